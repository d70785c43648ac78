/** The log lines of safe reloads, verbatim: operators grep for these too. */
import assert from "node:assert/strict";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import type { Message } from "../../../src/core/vocabulary/message.ts";
import type { ReadySign } from "../../../src/core/vocabulary/settings.ts";
import * as reloads from "../../../src/core/text/reload.ts";

const file = (identity: string): PathPrint => ({
  kind: "file",
  identity,
  metadata: "",
  dev: 1,
  ino: 1,
  size: 1,
  mtimeMs: 1,
});
const bad = [file("b".repeat(64))];
const good: PathPrint[] = [
  file("a".repeat(64)),
  { kind: "fault", fault: "missing", detail: "does not exist" },
];

const waitsFor = (sign: ReadySign, threshold = 1) => ({
  sign,
  timeoutMs: 30_000,
  threshold,
});

const TABLE: readonly (readonly [Message, string, string])[] = [
  [reloads.approved(), "info", "New configuration accepted"],
  [
    reloads.rejected("the check ended with exit status 1", undefined),
    "warn",
    "New configuration rejected: the check ended with exit status 1; the child keeps its last configuration until it changes again",
  ],
  [
    reloads.rejected("D", 60_000),
    "warn",
    "New configuration rejected: D; the child keeps its last configuration; the new one is tried again in 1m0s unless it changes",
  ],
  [
    reloads.rejectedSoStartingOnLast("D", undefined),
    "warn",
    "New configuration rejected: D; starting on the last configuration until it changes again",
  ],
  [
    reloads.rejectedSoStartingOnLast("D", 60_000),
    "warn",
    "New configuration rejected: D; starting on the last configuration; the new one is tried again in 1m0s unless it changes",
  ],
  [reloads.tryingAgain(), "info", "Trying the rejected configuration again"],
  [
    reloads.rejectedAtStart("D"),
    "error",
    "Cannot start child process: configuration rejected: D",
  ],
  [reloads.checkOutput("L"), "warn", "Check output: L"],
  [
    reloads.unsaved("No space left on device", 30_000),
    "warn",
    "Cannot save the new configuration: No space left on device; trying again in 30s",
  ],
  [
    reloads.notSwitched("Cannot switch D/current: W", 30_000),
    "warn",
    "Cannot switch D/current: W; trying again in 30s",
  ],
  [
    reloads.notSwitchedBack("Cannot switch D/current: W"),
    "warn",
    "Cannot switch D/current: W; the rejected configuration is found there until the next reload",
  ],
  [
    reloads.currentNotSwitched("Cannot switch D/current: W"),
    "warn",
    "Cannot switch D/current: W; the configuration before is found there until the next reload",
  ],
  [
    reloads.snapshotsExposed("/d", 0o777),
    "warn",
    "Snapshot directory /d has mode 0777: others may take copies away or put others there, so each is verified before it is used",
  ],
  [
    reloads.copyLostSoStartingOnGood("Cannot switch D/current: W"),
    "warn",
    "Cannot switch D/current: W; starting on the last good configuration",
  ],
  [
    reloads.copyLost("Cannot switch D/current: W"),
    "warn",
    "Cannot switch D/current: W; saving the configuration again",
  ],
  [
    reloads.deferred(1_500),
    "info",
    "Config file change waits 1.5s for its turn",
  ],
  [
    reloads.changeSignals("SIGHUP", 7),
    "info",
    "Config file change detected, sending SIGHUP to child process (PID: 7)",
  ],
  [
    reloads.changeActs([
      { kind: "signal", signal: "SIGHUP" },
      { kind: "http", method: "POST", url: "http://u:secret@h/?token=1" },
    ]),
    "info",
    "Config file change detected, carrying out 2 actions in order: signal:HUP, http:POST:http://h/?...",
  ],
  [
    reloads.actionsSkipped([{ kind: "exec", argv: ["apply"] }]),
    "info",
    "The restart puts all changes into effect, so this is skipped: exec:apply",
  ],
  [
    reloads.changeRuns(["nginx", "-s", "reload it"]),
    "info",
    'Config file change detected, running ["nginx","-s","reload it"]',
  ],
  [
    reloads.changeCalls("POST", "http://u:secret@h/-/reload"),
    "info",
    "Config file change detected, calling POST http://h/-/reload",
  ],
  [reloads.applied(), "info", "New configuration applied"],
  [
    reloads.notApplied("answered 500", undefined),
    "error",
    "Cannot apply the new configuration: answered 500; not tried again until it changes",
  ],
  [
    reloads.notApplied("D", 60_000),
    "error",
    "Cannot apply the new configuration: D; tried again in 1m0s unless it changes",
  ],
  [
    reloads.childReady(7, 12.4),
    "info",
    "Child process (PID: 7) is ready after 12ms",
  ],
  [
    reloads.childNotReady(7, waitsFor({ kind: "notify" }), "answered 503"),
    "error",
    "Child process (PID: 7) is not ready after 30s: answered 503",
  ],
  [
    reloads.signRefused("exec:true"),
    "warn",
    "Cannot take exec:true for a sign of the new child process: it was there before the child was started; use a sign that only the new child can give (notify, log: or {run})",
  ],
  [
    reloads.childNotReady(7, waitsFor({ kind: "notify" }), undefined),
    "error",
    "Child process (PID: 7) is not ready after 30s: it has not sent READY=1",
  ],
  [
    reloads.childNotReady(
      7,
      waitsFor({ kind: "log", pattern: /up/ }),
      undefined,
    ),
    "error",
    "Child process (PID: 7) is not ready after 30s: no line of its output matches log:up",
  ],
  [
    reloads.childNotReady(
      7,
      waitsFor({ kind: "http", url: "http://u:secret@h/" }),
      undefined,
    ),
    "error",
    "Child process (PID: 7) is not ready after 30s: http:http://h/ has not answered",
  ],
  [
    reloads.childNotReady(
      7,
      waitsFor({ kind: "file", path: "/up" }, 3),
      undefined,
    ),
    "error",
    "Child process (PID: 7) is not ready after 30s: file:/up has not succeeded 3 times in a row",
  ],
  [
    reloads.rollingBack(bad, good, undefined),
    "error",
    "Rolling back: the child failed on the new configuration (sha256 bbbbbbbbbbbb), starting it on the last good one (sha256 aaaaaaaaaaaa,-); the new one is not tried again until it changes",
  ],
  [
    reloads.rollingBack(bad, good, 60_000),
    "error",
    "Rolling back: the child failed on the new configuration (sha256 bbbbbbbbbbbb), starting it on the last good one (sha256 aaaaaaaaaaaa,-); the new one is tried again in 1m0s unless it changes",
  ],
  [
    reloads.overlapFailed("W", 7, 60_000),
    "error",
    "Cannot replace child process (PID: 7): W; it keeps running on its last configuration; the new one is tried again in 1m0s unless it changes",
  ],
  [
    reloads.overlapFailed("W", 7, undefined),
    "error",
    "Cannot replace child process (PID: 7): W; it keeps running on its last configuration; the new one is not tried again until it changes",
  ],
  [
    reloads.draining(7, 5_000),
    "info",
    "Draining child process (PID: 7) for 5s before it is stopped",
  ],
  [
    reloads.dependenciesAwaited(["tcp:redis:6379 (connection refused)"]),
    "info",
    "Waiting for dependencies: tcp:redis:6379 (connection refused)",
  ],
  [
    reloads.dependenciesMissing(60_000, ["tcp:r:1 (connection refused)"]),
    "error",
    "Cannot start child process: dependencies are missing after 1m0s: tcp:r:1 (connection refused)",
  ],
  [
    reloads.listening("tcp:127.0.0.1:80", 15),
    "info",
    "Listening on tcp:127.0.0.1:80 as descriptor 15",
  ],
];

for (const [message, level, text] of TABLE) {
  Deno.test(`${level}: ${text}`, () => {
    assert.equal(message.text, text);
    assert.equal(message.level, level);
  });
}

Deno.test("a rollback's record has both digests whole", () => {
  assert.deepEqual(reloads.rollingBack(bad, good, undefined).fields, {
    rejected_sha256: "b".repeat(64),
    good_sha256: `${"a".repeat(64)},-`,
  });
});

Deno.test("reloads: of what a check has printed the last ten lines are logged", () => {
  const tail = Array.from({ length: 251 }, (_, at) => String(at));
  const lines = reloads.outputOf(reloads.checkOutput, tail);
  assert.deepEqual(
    lines.map(({ text }) => text),
    tail.slice(-10).map((line) => `Check output: ${line}`),
  );
});
