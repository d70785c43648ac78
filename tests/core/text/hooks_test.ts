/** The log lines of hooks, verbatim: operators grep for these too. */
import assert from "node:assert/strict";
import type { Message } from "../../../src/core/vocabulary/message.ts";
import * as hooks from "../../../src/core/text/hooks.ts";

Deno.test("the record of a hook has its arguments as a list, without secrets", () => {
  const { fields } = hooks.beforeStartRunning(["curl", "-H", "X: s3cret"]);
  assert.deepEqual(fields, { command: "curl", args: ["-H", "X: ..."] });
});

const TABLE: readonly (readonly [Message, string, string])[] = [
  [
    hooks.beforeStartRunning(["sh", "-c", "app migrate"]),
    "info",
    'Running before-start hook: ["sh","-c","app migrate"]',
  ],
  [hooks.beforeStartDone(), "debug", "Before-start hook succeeded"],
  [
    hooks.beforeStartFailed("exit status 1"),
    "error",
    "Cannot start child process: before-start hook failed: exit status 1",
  ],
  [
    hooks.startBackoff(2, 2_000),
    "info",
    "Starting child process again in 2s (restart 2 in a row)",
  ],
  [
    hooks.afterExitRunning(["clean", "{env:DB}"], 7),
    "debug",
    "Running after-exit hook for child process (PID: 7): clean {env:DB}",
  ],
  [hooks.afterExitDone(), "debug", "After-exit hook succeeded"],
  [
    hooks.afterExitFailed("exit status 1"),
    "warn",
    "After-exit hook failed: exit status 1",
  ],
  [
    hooks.afterExitEnded(),
    "warn",
    "After-exit hook was killed: its time is over",
  ],
  [
    hooks.afterExitSkipped(7),
    "warn",
    "After-exit hook for child process (PID: 7) is not run: no time of the stop is left",
  ],
  [hooks.hookOutputAtStart("L"), "error", "Hook output: L"],
  [hooks.hookOutput("L"), "warn", "Hook output: L"],
];

Deno.test("the lines of hooks are worded and levelled as operators know them", () => {
  for (const [{ level, text }, expectedLevel, expected] of TABLE) {
    assert.deepEqual([level, text], [expectedLevel, expected]);
  }
});
