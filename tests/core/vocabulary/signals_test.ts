/** The names and numbers of signals. */
import assert from "node:assert/strict";
import {
  HEARD,
  parseSignal,
  SIGNAL_NUMBERS,
  SIGNALS,
} from "../../../src/core/vocabulary/signals.ts";

Deno.test("signals: signals are read by name with or without SIG, any case, or number", () => {
  for (const text of ["SIGHUP", "HUP", "hup", "sighup", "1"]) {
    assert.equal(parseSignal(text), "SIGHUP", text);
  }
  for (
    const text of ["", "SIG", "0", "32", "SIGRTMIN", "HUP1", "1.0", " HUP"]
  ) {
    assert.equal(parseSignal(text), undefined, text);
  }
  for (const name of SIGNALS) {
    assert.equal(parseSignal(String(SIGNAL_NUMBERS[name])), name);
  }
});

Deno.test("signals: every signal that can be caught is heard", () => {
  const missing = SIGNALS.filter((name) => !HEARD.includes(name));
  assert.deepEqual(missing, [
    "SIGILL",
    "SIGFPE",
    "SIGKILL",
    "SIGSEGV",
    "SIGSTOP",
  ]);
});
