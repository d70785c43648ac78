/** The values of GET /status. */
import assert from "node:assert/strict";
import { statusOf } from "../../../src/control/status/status.ts";
import type { Facts } from "../../../src/control/vocabulary/facts.ts";
import type { Status } from "../../../src/control/vocabulary/status.ts";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import { QUICK, SAFE } from "../../simulation/stepping.ts";
import { CRASHING, Story, VETTED } from "../journal/story.ts";
import { factsOf } from "./facts.ts";

const ONE = "1".repeat(64);
const TWO = "2".repeat(64);

const statusAt = (story: Story, facts: Partial<Facts> = {}): Status =>
  statusOf(story.model, story.policy, story.journal, factsOf(story, facts));

const file = (identity: string, metadata = identity): PathPrint => ({
  kind: "file",
  identity,
  metadata,
  dev: 1,
  ino: 1,
  size: 12,
  mtimeMs: Date.UTC(2026, 0, 2),
});

/** A child runs on the first of these contents. */
function running(policy = QUICK): Story {
  const story = new Story(policy);
  story.send({ kind: "begin" });
  story.find(file(ONE));
  if (policy.vetting !== undefined) story.verdict("approved");
  story.find(file(ONE));
  story.send({ kind: "ready", run: 1 });
  return story.wait(60_000);
}

Deno.test("status: what the manager and its child are", () => {
  const status = statusAt(running());
  assert.equal(status.state, "running");
  assert.equal(status.state_since, "2026-01-01T00:00:00.000Z");
  assert.equal(status.timestamp, "2026-01-01T00:01:00.000Z");
  assert.equal(status.uptime_seconds, 60);
  assert.deepEqual(status.command, ["program", "--serve"]);
  assert.deepEqual(status.child, {
    running: true,
    ready: true,
    pid: 1_001,
    started_at: "2026-01-01T00:00:00.000Z",
    uptime_seconds: 60,
    start_reason: "start",
    starts: {
      start: 1,
      config: 0,
      crash: 0,
      liveness: 0,
      rollback: 0,
      request: 0,
    },
    last_exit: null,
  });
});

Deno.test("status: a wall clock that was set back makes no negative uptime", () => {
  const story = running();
  const status = statusAt(story, { now: Date.UTC(2025, 0, 1) });
  assert.equal(status.uptime_seconds, 0);
  assert.equal(status.child.uptime_seconds, 60);
});

Deno.test("status: a child that is being ended is told of, but does not run", () => {
  const story = running();
  story.signal("SIGTERM");
  const { child } = statusAt(story);
  assert.equal(child.running, false);
  assert.equal(child.ready, false);
  assert.equal(child.pid, 1_001);
});

Deno.test("status: the end of a child by a signal is named", () => {
  const story = running(CRASHING);
  const status = { kind: "signal", number: 11 } as const;
  story.send({ kind: "exited", run: 1, status });
  assert.deepEqual(statusAt(story).child.last_exit, {
    pid: 1_001,
    at: "2026-01-01T00:01:00.000Z",
    code: null,
    signal: "SIGSEGV",
    asked: false,
    uptime_seconds: 60,
  });
  assert.equal(statusAt(story).child.pid, null);
});

Deno.test("status: a path has the digests of what the child has and of what lies on the disk", () => {
  const story = running({ ...QUICK, debounceMs: 500, debounceMaxMs: 5_000 });
  assert.deepEqual(statusAt(story).paths, [{
    path: "/c",
    status: "current",
    detail: null,
    kind: "file",
    size_bytes: 12,
    modified_at: "2026-01-02T00:00:00.000Z",
    running_sha256: ONE,
    disk_sha256: ONE,
  }]);
  story.find(file(TWO));
  const [path] = statusAt(story).paths;
  assert.equal(path.status, "pending");
  assert.equal(path.running_sha256, ONE);
  assert.equal(path.disk_sha256, TWO);
});

Deno.test("status: content that was rejected is called so, until the path holds other content", () => {
  const story = running(VETTED);
  story.find(file(TWO));
  story.verdict("rejected");
  assert.equal(statusAt(story).paths[0].status, "rejected");
  assert.equal(statusAt(story).last_reload_successful, false);
  story.find(file("3".repeat(64)));
  assert.equal(statusAt(story).paths[0].status, "pending");
});

Deno.test("status: content that the child is not told of, as asked, is ignored", () => {
  const story = running({ ...QUICK, onChange: { kind: "none" } });
  story.find(file(TWO));
  const [path] = statusAt(story).paths;
  assert.equal(path.status, "ignored");
  assert.equal(path.running_sha256, ONE);
  assert.equal(path.disk_sha256, TWO);
});

Deno.test("status: a path that is not there is unreadable, with why", () => {
  const story = running();
  story.look(undefined);
  const [path] = statusAt(story).paths;
  assert.equal(path.status, "unreadable");
  assert.equal(path.detail, "missing");
  assert.equal(path.disk_sha256, null);
  assert.equal(path.running_sha256, ONE);
});

Deno.test("status: a directory in the place of a file cannot be read by the child that has the file", () => {
  const story = running();
  story.find({ ...file(TWO), kind: "directory" } as PathPrint);
  const [path] = statusAt(story).paths;
  assert.equal(path.status, "unreadable");
  assert.equal(path.detail, "was a file, is a directory now");
  assert.equal(path.kind, "directory");
  story.end(1);
  assert.equal(statusAt(story).paths[0].status, "unknown");
});

Deno.test("status: what was not read, or is compared by its metadata, has no digest", () => {
  const story = new Story(QUICK);
  story.send({ kind: "begin" });
  story.find(file("provisional:5:6", "5:6"));
  assert.equal(statusAt(story).paths[0].disk_sha256, null);
  assert.equal(statusAt(story).paths[0].status, "current");
  story.find(file(ONE, "5:6"));
  assert.equal(statusAt(story).paths[0].running_sha256, ONE);
  // A look at metadata does not read it again.
  story.find(file("provisional:5:6", "5:6"));
  assert.equal(statusAt(story).paths[0].disk_sha256, ONE);
});

Deno.test("status: without a child nothing is known of what it would have", () => {
  const story = new Story(VETTED);
  story.send({ kind: "begin" });
  story.find(file(ONE));
  const [path] = statusAt(story).paths;
  assert.equal(path.status, "unknown");
  assert.equal(path.disk_sha256, ONE);
  assert.equal(path.running_sha256, null);
});

Deno.test("status: a reload is told of while it lasts, and then among the last ones", () => {
  const story = running(VETTED);
  story.wait(500).find(file(TWO));
  story.wait(250);
  const { reload } = statusAt(story);
  assert.equal(reload?.phase, "check");
  assert.equal(reload?.outcome, null);
  assert.equal(reload?.duration_seconds, null);
  story.verdict("rejected");
  const status = statusAt(story);
  assert.equal(status.reload, null);
  assert.deepEqual(status.reloads, [{
    id: 1,
    trigger: "config",
    action: null,
    paths: ["/c"],
    started_at: "2026-01-01T00:01:00.500Z",
    ended_at: "2026-01-01T00:01:00.750Z",
    duration_seconds: 0.25,
    downtime_seconds: null,
    outcome: "rejected",
    decided_outcome: null,
    detail: "bad",
    phase: null,
    phases: [{
      phase: "check",
      started_at: "2026-01-01T00:01:00.500Z",
      duration_seconds: 0.25,
    }],
  }]);
});

Deno.test("status: both reloads are told of while one waits for its child and the other is checked", () => {
  const story = running(SAFE);
  story.find(file(TWO));
  story.verdict("approved");
  story.end(1);
  story.find(file("3".repeat(64)));
  const { reload, unready_reload } = statusAt(story);
  assert.equal(unready_reload?.id, 1);
  assert.equal(unready_reload?.phase, "ready");
  assert.equal(reload?.id, 2);
  assert.equal(reload?.phase, "check");
});

Deno.test("status: the last error is told without what a check has printed", () => {
  const story = running(SAFE);
  story.find(file(TWO));
  story.refuse("exit status 1", "password = hunter2");
  const status = statusAt(story);
  assert.equal(status.last_error?.type, "rejected");
  assert.doesNotMatch(JSON.stringify(status), /hunter2/);
});

Deno.test("status: a hold is told of, with its end", () => {
  const story = running();
  assert.equal(statusAt(story).hold, null);
  story.send({ kind: "hold", reason: "incident 7", forMs: 1_800_000 });
  story.wait(60_000);
  assert.deepEqual(statusAt(story).hold, {
    reason: "incident 7",
    since: "2026-01-01T00:01:00.000Z",
    until: "2026-01-01T00:31:00.000Z",
  });
});

Deno.test("status: degraded facilities are told of", () => {
  const degradations = [
    { facility: "watcher", detail: "polls every 5s" },
  ] as const;
  assert.deepEqual(statusAt(running(), { degradations }).degraded, [
    { facility: "watcher", detail: "polls every 5s" },
  ]);
});
