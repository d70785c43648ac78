/** The values of GET /health. */
import assert from "node:assert/strict";
import { codeOfHealth, healthOf } from "../../../src/control/status/health.ts";
import { OWN_CHECKS } from "../../../src/core/vocabulary/settings.ts";
import type { Facts } from "../../../src/control/vocabulary/facts.ts";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import { holding, QUICK, SAFE } from "../../simulation/stepping.ts";
import { CRASHING, Story, VETTED } from "../journal/story.ts";
import { factsOf } from "./facts.ts";

const healthAt = (story: Story, facts: Partial<Facts> = {}) =>
  healthOf(story.model, story.journal, factsOf(story, facts));

/** What a look finds where no child could read. */
const FIFO = {
  kind: "fault",
  fault: "unsupported",
  detail: "is a FIFO",
} as const;

const dependency = (
  name: string,
  status: "unknown" | "ok" | "error",
  detail: string,
) => ({ name, status, detail, checkedAt: undefined });

Deno.test("health: all is well with a child that is ready", () => {
  const health = healthAt(Story.ready(QUICK, 1));
  assert.equal(health.status, "ok");
  assert.equal(codeOfHealth(health), 200);
  assert.deepEqual(Object.keys(health.checks), [
    "child",
    "config",
    "watcher",
    "control",
    "reaper",
    "dependencies",
  ]);
});

Deno.test("health: each of our own checks has a name that no dependency may have", () => {
  const degradations = (["log", "snapshots"] as const).map((facility) => ({
    facility,
    detail: "x",
  }));
  const { checks } = healthAt(Story.ready(QUICK, 1), { degradations });
  assert.deepEqual(
    Object.keys(checks).toSorted(),
    [...OWN_CHECKS].toSorted(),
  );
});

Deno.test("health: rejected content is degraded, with why", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.verdict("rejected");
  const health = healthAt(story);
  assert.equal(health.status, "degraded");
  assert.equal(codeOfHealth(health), 200);
  assert.equal(
    health.checks.config.detail,
    "new content of /c was rejected: bad; the child runs on other content",
  );
});

Deno.test("health: a path that the child has and that cannot be read is degraded", () => {
  const story = Story.ready(QUICK, 1);
  story.look(undefined);
  assert.deepEqual(healthAt(story).checks.config, {
    status: "degraded",
    detail: "cannot read /c",
  });
});

Deno.test("health: a path that was never there is expected", () => {
  const story = new Story(QUICK);
  story.send({ kind: "begin" });
  story.look(undefined);
  assert.equal(healthAt(story).checks.config.status, "ok");
});

Deno.test("health: a path that is there and cannot be read is degraded from the first start on", () => {
  const story = new Story(QUICK);
  story.send({ kind: "begin" });
  story.find(FIFO);
  const degraded = { status: "degraded", detail: "cannot read /c" };
  assert.deepEqual(healthAt(story).checks.config, degraded);
  story.send({ kind: "stopChild" });
  story.end(1);
  assert.deepEqual(healthAt(story).checks.config, degraded);
});

Deno.test("health: what cannot be read in the place of a path that was never there is degraded", () => {
  const story = new Story(QUICK);
  story.send({ kind: "begin" });
  story.look(undefined);
  story.find(FIFO);
  assert.equal(healthAt(story).checks.config.detail, "cannot read /c");
  story.look(undefined);
  assert.equal(healthAt(story).checks.config.status, "ok");
});

Deno.test("health: a directory in the place of a file that the child has is degraded", () => {
  const story = Story.ready(QUICK, 1);
  const [print] = holding(2);
  story.find({ ...print, kind: "directory" } as PathPrint);
  assert.equal(healthAt(story).checks.config.detail, "cannot read /c");
});

Deno.test("health: a path that was never there is expected also while the child is stopped", () => {
  const story = new Story(QUICK);
  story.send({ kind: "begin" });
  story.look(undefined);
  story.send({ kind: "stopChild" });
  story.end(1);
  story.look(undefined);
  assert.equal(healthAt(story).checks.config.status, "ok");
});

Deno.test("health: a path that was lost is degraded also while the child is stopped", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "stopChild" });
  story.end(1);
  story.look(undefined);
  assert.equal(healthAt(story).checks.config.detail, "cannot read /c");
});

Deno.test("health: a child that ended by itself is an error until it runs again", () => {
  const story = Story.ready(CRASHING, 1);
  story.end(1, 3);
  const health = healthAt(story);
  assert.equal(health.status, "error");
  assert.equal(codeOfHealth(health), 503);
  story.wait(1_000).timer("retry");
  story.look(1);
  assert.equal(healthAt(story).status, "ok");
});

Deno.test("health: a child that is not ready yet is degraded, one that never was is an error", () => {
  const story = new Story({ ...QUICK, ready: SAFE.ready });
  story.send({ kind: "begin" });
  story.look(1);
  assert.equal(healthAt(story).checks.child.status, "degraded");
  story.wait(5_000).overdue(1);
  assert.equal(healthAt(story).checks.child.status, "error");
});

Deno.test("health: a child that outlives SIGKILL is an error", () => {
  const story = Story.ready(QUICK, 1);
  story.change(2);
  assert.equal(healthAt(story).checks.child.status, "degraded");
  story.wait(1_000).timer("stop");
  story.wait(1_000).timer("stop");
  assert.equal(
    healthAt(story).checks.child.detail,
    "the child is still there after SIGKILL",
  );
});

Deno.test("health: a facility that works less well is degraded, also one without a check of its own", () => {
  const degradations = [
    { facility: "watcher", detail: "polls every 5s" },
    { facility: "snapshots", detail: "the disk is full" },
  ] as const;
  const { checks, status } = healthAt(Story.ready(QUICK, 1), { degradations });
  assert.equal(status, "degraded");
  assert.equal(checks.watcher.detail, "polls every 5s");
  assert.equal(checks.snapshots.detail, "the disk is full");
  assert.equal(checks.reaper.status, "ok");
});

Deno.test("health: dependencies that an operator names have checks of their own", () => {
  const dependencies = [
    dependency("postgres", "error", "connection refused"),
    dependency("redis", "ok", "connected"),
    dependency("nats", "unknown", "not looked at yet"),
  ];
  const health = healthAt(Story.ready(QUICK, 1), { dependencies });
  assert.equal(health.status, "error");
  assert.deepEqual(health.checks.postgres, {
    status: "error",
    detail: "connection refused",
  });
  assert.equal(health.checks.redis.status, "ok");
  assert.equal(health.checks.nats.status, "degraded");
  assert.deepEqual(health.checks.dependencies, {
    status: "error",
    detail: "postgres",
  });
});

Deno.test("health: a dependency cannot take the place of another check", () => {
  const dependencies = [dependency("child", "ok", "connected")];
  const story = Story.ready(CRASHING, 1);
  story.end(1, 3);
  assert.equal(healthAt(story, { dependencies }).checks.child.status, "error");
});

Deno.test("health: a child that waits for dependencies names them", () => {
  const story = new Story({
    ...QUICK,
    waitFor: [{ kind: "file", path: "/db" }],
    waitTimeoutMs: 9_000,
  });
  story.send({ kind: "begin" });
  assert.deepEqual(healthAt(story).checks.dependencies, {
    status: "degraded",
    detail: "waiting for file:/db",
  });
});

Deno.test("health: a child that somebody has stopped is degraded", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "stopChild" });
  story.end(1);
  assert.equal(healthAt(story).status, "degraded");
});
