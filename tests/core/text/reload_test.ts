/** The log lines of safe reloads, verbatim: operators grep for these too. */
import assert from "node:assert/strict";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import type { Message } from "../../../src/core/vocabulary/message.ts";
import * as reloads from "../../../src/core/text/reload.ts";

const file = (identity: string): PathPrint => ({
  kind: "file",
  identity,
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

const TABLE: readonly (readonly [Message, string, string])[] = [
  [reloads.approved(), "info", "New configuration accepted"],
  [
    reloads.rejected("the check ended with exit status 1"),
    "error",
    "New configuration rejected: the check ended with exit status 1; the child keeps its last configuration until it changes again",
  ],
  [
    reloads.rejectedAtStart("D"),
    "error",
    "Cannot start child process: configuration rejected: D",
  ],
  [reloads.checkOutput("L"), "error", "Check output: L"],
  [
    reloads.unsaved("No space left on device", 30_000),
    "error",
    "Cannot save the new configuration: No space left on device; trying again in 30s",
  ],
  [
    reloads.notSwitched("Cannot switch D/current: W", 30_000),
    "error",
    "Cannot switch D/current: W; trying again in 30s",
  ],
  [
    reloads.notSwitchedBack("Cannot switch D/current: W"),
    "error",
    "Cannot switch D/current: W; the rejected configuration is found there until the next reload",
  ],
  [
    reloads.currentNotSwitched("Cannot switch D/current: W"),
    "error",
    "Cannot switch D/current: W; the configuration before is found there until the next reload",
  ],
  [
    reloads.snapshotsExposed("/d", 0o777),
    "info",
    "Snapshot directory /d has mode 0777: others may take copies away or put others there, so each is verified before it is used",
  ],
  [
    reloads.copyLostSoStartingOnGood("Cannot switch D/current: W"),
    "error",
    "Cannot switch D/current: W; starting on the last good configuration",
  ],
  [
    reloads.copyLost("Cannot switch D/current: W"),
    "error",
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
    reloads.notApplied("answered 500"),
    "error",
    "Cannot apply the new configuration: answered 500; not tried again until it changes",
  ],
  [
    reloads.childReady(7, 12.4),
    "info",
    "Child process (PID: 7) is ready after 12ms",
  ],
  [
    reloads.childNotReady(7, 30_000),
    "error",
    "Child process (PID: 7) is not ready after 30s",
  ],
  [
    reloads.rollingBack(bad, good),
    "error",
    "Rolling back: the child failed on the new configuration (sha256 bbbbbbbbbbbb), starting it on the last good one (sha256 aaaaaaaaaaaa,-); the new one is not tried again until it changes",
  ],
  [
    reloads.overlapFailed("W", 7),
    "error",
    "Cannot replace child process (PID: 7): W; it keeps running on its last configuration",
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
    reloads.dependenciesMissing(60_000),
    "error",
    "Cannot start child process: dependencies are missing after 1m0s",
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
  assert.deepEqual(reloads.rollingBack(bad, good).fields, {
    rejected_sha256: "b".repeat(64),
    good_sha256: `${"a".repeat(64)},-`,
  });
});
