/** What GET /status?debug=true adds. */
import assert from "node:assert/strict";
import { debugOf } from "../../../src/control/status/debug.ts";
import type { Facts } from "../../../src/control/vocabulary/facts.ts";
import { QUICK } from "../../simulation/stepping.ts";
import { CRASHING, Story, VETTED } from "../journal/story.ts";
import { factsOf, WATCHING } from "./facts.ts";

const debugAt = (story: Story, facts: Partial<Facts> = {}) =>
  debugOf(WATCHING, story.journal, factsOf(story, facts));

function rejecting(): Story {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.refuse("exit status 1", "line 3: unknown directive");
  return story;
}

Deno.test("debug: without an error it says so, and what to do", () => {
  const debug = debugAt(Story.ready(QUICK, 1));
  assert.equal(debug.status, "no_debug_info");
  assert.match(debug.message, /^No error since .*POST \/reload/);
  assert.equal(debug.last_error, null);
});

Deno.test("debug: during a reload it says which, and how far it is", () => {
  const story = rejecting();
  story.change(3);
  const debug = debugAt(story);
  assert.equal(debug.status, "processing");
  assert.equal(
    debug.message,
    "Reload 2 is under way (check); ask again when it has ended",
  );
  assert.equal(debug.last_error?.type, "rejected");
});

Deno.test("debug: an error has its time for machines and for people, and what the check has printed", () => {
  const debug = debugAt(rejecting().wait(300_400));
  assert.equal(debug.status, "error");
  assert.deepEqual(debug.last_error, {
    type: "rejected",
    message: debug.message,
    timestamp: "2026-01-01T00:01:00.000Z",
    time: "2026-01-01 00:01:00 UTC (5m0s ago)",
    output: ["line 3: unknown directive"],
  });
});

Deno.test("debug: the child's last end is told", () => {
  const story = Story.ready(CRASHING, 1);
  story.end(1, 3);
  assert.equal(debugAt(story).last_exit?.code, 3);
});

Deno.test("debug: how changes are found is told", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "hint", cause: "event" });
  const degradations = [
    { facility: "watcher", detail: "polls every 5s" },
    { facility: "reaper", detail: "orphans stay" },
  ] as const;
  const { watcher } = debugAt(story, { degradations, watchRearms: 2 });
  assert.deepEqual(watcher, {
    degraded: ["polls every 5s"],
    hints: { poll: 0, event: 1, replacement: 0 },
    changes_found_by_poll: 0,
    rearms: 2,
    unanswered_hint_at: "2026-01-01T00:01:00.000Z",
    poll_interval_seconds: 5,
    verify_interval_seconds: 0,
    debounce_seconds: 0.5,
    debounce_max_seconds: 5,
  });
});

Deno.test("debug: what looks like a secret in the output is redacted, also over several lines", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.refuse(
    "exit status 1",
    "password=hunter2",
    "-----BEGIN PRIVATE KEY-----",
    "MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8",
    "-----END PRIVATE KEY-----",
    "line 3: unknown directive",
  );
  const output = debugAt(story).last_error?.output ?? [];
  assert.equal(output.at(-1), "line 3: unknown directive");
  assert.doesNotMatch(output.join("\n"), /hunter2|MIIB/);
});
