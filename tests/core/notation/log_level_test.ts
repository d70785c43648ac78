import assert from "node:assert/strict";
import {
  LOG_LEVELS,
  parseLogLevel,
} from "../../../src/core/notation/log_level.ts";

Deno.test("a level is read in any case", () => {
  for (const level of LOG_LEVELS) {
    assert.equal(parseLogLevel(level), level);
    assert.equal(parseLogLevel(level.toUpperCase()), level);
  }
  assert.equal(parseLogLevel("Info"), "info");
});

Deno.test("warning is warn", () => {
  assert.equal(parseLogLevel("warning"), "warn");
  assert.equal(parseLogLevel("WARNING"), "warn");
});

Deno.test("no other word is a level", () => {
  for (const text of ["", " info", "warnings", "fatal", "3", "toString"]) {
    assert.equal(parseLogLevel(text), undefined);
  }
});
