/** How a child ended, and the exit code that follows. */
import assert from "node:assert/strict";
import {
  describeStatus,
  exitCodeAfterStop,
  exitCodeOf,
  isAsked,
} from "../../../src/core/vocabulary/exit_status.ts";

Deno.test("exit_status: exit codes follow the shell's rule", () => {
  for (let code = 0; code <= 255; code++) {
    assert.equal(exitCodeOf({ kind: "code", code }), code);
  }
  assert.equal(exitCodeOf({ kind: "signal", number: 15 }), 143);
  assert.equal(exitCodeOf({ kind: "signal", number: 35 }), 163);
});

Deno.test("exit_status: an asked stop is 0 only when the child ended with 0 or of the signal it was sent", () => {
  const signal = (number: number) => ({ kind: "signal", number }) as const;
  assert.equal(exitCodeAfterStop({ kind: "code", code: 0 }, "SIGTERM"), 0);
  assert.equal(exitCodeAfterStop({ kind: "code", code: 3 }, "SIGTERM"), 3);
  assert.equal(exitCodeAfterStop({ kind: "code", code: 143 }, "SIGTERM"), 143);
  assert.equal(exitCodeAfterStop(signal(15), "SIGTERM"), 0);
  assert.equal(exitCodeAfterStop(signal(3), "SIGQUIT"), 0);
  assert.equal(exitCodeAfterStop(signal(3), "SIGTERM"), 131);
  assert.equal(exitCodeAfterStop(signal(9), "SIGTERM"), 137);
  assert.equal(exitCodeAfterStop(signal(9), "SIGKILL"), 137);
});

Deno.test("exit_status: the end that was asked for is code 0 or the signal that was sent", () => {
  const signal = (number: number) => ({ kind: "signal", number }) as const;
  assert.ok(isAsked({ kind: "code", code: 0 }, "SIGTERM"));
  assert.ok(isAsked(signal(15), "SIGTERM"));
  assert.ok(isAsked(signal(9), "SIGKILL"));
  assert.ok(!isAsked({ kind: "code", code: 2 }, "SIGTERM"));
  assert.ok(!isAsked({ kind: "code", code: 143 }, "SIGTERM"));
  assert.ok(!isAsked(signal(9), "SIGTERM"));
});

Deno.test("exit_status: a status is described in Go's words", () => {
  const table: [Parameters<typeof describeStatus>[0], string][] = [
    [{ kind: "code", code: 7 }, "exit status 7"],
    [{ kind: "signal", number: 9 }, "signal: killed"],
    [{ kind: "signal", number: 11 }, "signal: segmentation fault"],
    [{ kind: "signal", number: 40 }, "signal: signal 40"],
  ];
  for (const [status, text] of table) {
    assert.equal(describeStatus(status), text);
  }
});
