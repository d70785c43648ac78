/** The lines of `--live`, word for word. */
import assert from "node:assert/strict";
import * as texts from "../../../src/core/text/liveness.ts";
import type { Liveness } from "../../../src/core/vocabulary/state.ts";

const RULES = {
  sign: { kind: "http", url: "http://user:secret@localhost/healthz?token=x" },
  threshold: 3,
  action: { kind: "restart" },
} as const;

const FAILING: Liveness = {
  since: 10_000,
  everyMs: 10_000,
  question: 9,
  askedAt: undefined,
  answeredAt: 40_000,
  failures: 3,
  why: "no answer within 1s",
  reloadedAt: -Infinity,
};

Deno.test("text: liveness, word for word", () => {
  const lines = [
    texts.noAnswer(7, RULES, 1, "connection refused"),
    texts.answersAgain(7, 1),
    texts.answersAgain(7, 2),
    texts.hung(7, RULES, FAILING, "no answer within 1s", 70_000),
    texts.hung(
      7,
      { ...RULES, action: { kind: "signal", signal: "SIGABRT" } },
      { ...FAILING, answeredAt: undefined, failures: 1 },
      "connection refused",
      40_000,
    ),
    texts.triggered(7, { action: { kind: "exit" } }),
  ];
  assert.deepEqual(lines.map(({ level, text }) => `${level} ${text}`), [
    "warn Child process (PID: 7) did not answer http:http://localhost/healthz?...: connection refused (1 of 3 in a row)",
    "info Child process (PID: 7) answers again after 1 failed probe",
    "info Child process (PID: 7) answers again after 2 failed probes",
    "error Child process (PID: 7) hangs: it answered http:http://localhost/healthz?... until 30s ago (3 probes in a row failed): no answer within 1s; stopping it for a restart",
    "error Child process (PID: 7) has never answered http:http://localhost/healthz?... in 30s (1 probe): connection refused; check the probe if the program works; sending it SIGABRT for a restart",
    "error Child process (PID: 7) says that it does not work any more (WATCHDOG=trigger); stopping it and shutting down",
  ]);
});
