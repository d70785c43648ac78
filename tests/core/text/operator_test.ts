/** The log lines about an operator's commands, verbatim: operators grep for these too. */
import assert from "node:assert/strict";
import * as operator from "../../../src/core/text/operator.ts";
import type { Message } from "../../../src/core/vocabulary/message.ts";

const TABLE: readonly (readonly [Message, string, string])[] = [
  [
    operator.held(undefined, undefined),
    "info",
    "Changes are held back until they are resumed",
  ],
  [
    operator.held("incident 7", 1_800_000),
    "info",
    "Changes are held back for 30m0s: incident 7",
  ],
  [operator.resumed(), "info", "Changes are resumed"],
  [
    operator.holdEnded("incident 7", 1_800_000.4),
    "info",
    "Changes are resumed: they were held back for 30m0s, as asked: incident 7",
  ],
  [
    operator.changeHeldBack(undefined, undefined),
    "warn",
    "Config file change waits until changes are resumed",
  ],
  [
    operator.changeHeldBack("incident 7", 90_000),
    "warn",
    "Config file change waits until changes are resumed, at the latest in 1m30s: incident 7",
  ],
  [
    operator.reloadRequested(false),
    "info",
    "Reload of child process requested",
  ],
  [
    operator.reloadRequested(true),
    "info",
    "Reload of child process requested, also on configuration that was rejected",
  ],
  [
    operator.reloadSignalled("SIGHUP"),
    "info",
    "Received signal: SIGHUP, which asks for a reload",
  ],
  [
    operator.reloadWaits("SIGHUP", operator.RELOADING),
    "info",
    "Reload of child process by SIGHUP waits: a reload is under way",
  ],
  [
    operator.reloadByStart("SIGHUP"),
    "info",
    "Reload of child process by SIGHUP needs nothing more: a child process is about to be started",
  ],
  [operator.haltRequested(), "info", "Stop of child process requested"],
  [operator.startRequested(), "info", "Start of child process requested"],
  [
    operator.halted(),
    "info",
    "No child process is running until its start is requested; flush-manager keeps running",
  ],
  [
    operator.changeAwaitsStart(),
    "info",
    "Config file change waits for the start of the child process",
  ],
  [
    operator.declined("reload", operator.heldBack("incident 7")),
    "warn",
    "Cannot reload child process as requested: changes are held back: incident 7",
  ],
  [
    operator.declined("reload", operator.oldChildRemains(7)),
    "warn",
    "Cannot reload child process as requested: the old child process (PID: 7) has not ended yet; try again",
  ],
  [
    operator.declined("hold", operator.ENDING),
    "warn",
    "Cannot hold changes back as requested: flush-manager is shutting down",
  ],
  [
    operator.declined("resume", operator.NOT_HELD),
    "warn",
    "Cannot resume changes as requested: they are not held back",
  ],
  [
    operator.declined("stopChild", operator.STOPPED),
    "warn",
    "Cannot stop child process as requested: the child process is stopped",
  ],
  [
    operator.declined("startChild", operator.RUNNING),
    "warn",
    "Cannot start child process as requested: the child process is running",
  ],
  [
    operator.reloadUnreadable(),
    "warn",
    "Cannot reload child process as requested: a watched path cannot be read; the child keeps its last configuration",
  ],
];

for (const [message, level, text] of TABLE) {
  Deno.test(`text: ${text}`, () => {
    assert.equal(message.text, text);
    assert.equal(message.level, level);
  });
}

Deno.test("text: a hold tells its reason and its time as fields", () => {
  const { fields } = operator.held("incident 7", 1_000);
  assert.deepEqual(fields, { reason: "incident 7", for_ms: 1_000 });
  assert.deepEqual(operator.held(undefined, undefined).fields, {});
});
