/** The two formats of a record. */
import assert from "node:assert/strict";
import { childStarted, configuration } from "../../../src/core/text/manager.ts";
import {
  formatJson,
  formatText,
  LINE_MAX_BYTES,
} from "../../../src/host/log/line_format.ts";

const time = new Date(2026, 0, 2, 3, 4, 5, 678);

Deno.test("text is the original's line", () => {
  assert.equal(
    formatText(childStarted(7), time),
    "[flush-manager] INFO: 2026/01/02 03:04:05 Child process started with PID: 7",
  );
});

Deno.test("an argument with control characters stays on its line", () => {
  const text = formatText(configuration("c", [], ["a\nb\t\x1b[0m"]), time);
  assert.ok(text.endsWith("args=[a\\nb\\t\\x1b[0m]"), text);
});

Deno.test("json has time, level, event, msg and the event's fields", () => {
  assert.deepEqual(JSON.parse(formatJson(childStarted(7), time)), {
    time: time.toISOString(),
    level: "info",
    event: "child_started",
    msg: "Child process started with PID: 7",
    pid: 7,
  });
});

Deno.test("arguments are a list in json, whatever they hold", () => {
  const args = ["a b", "", "[c]", "d,e"];
  const line = formatJson(configuration("c", ["/f"], args), time);
  assert.deepEqual(JSON.parse(line).args, args);
});

Deno.test("json that is too long for a line stays json", () => {
  for (
    const text of ["x".repeat(5_000), "\u0001".repeat(5_000), "é".repeat(3_000)]
  ) {
    const line = formatJson(configuration("c", [], [text]), time);
    assert.ok(new TextEncoder().encode(line).length < LINE_MAX_BYTES);
    const { msg, level, event } = JSON.parse(line);
    assert.deepEqual([level, event], ["info", "manager_configuration"]);
    assert.ok(msg.endsWith("...[cut]"));
  }
});
