/** Reloads that an operator asks for while a child runs. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import {
  holding,
  OVERLAP,
  QUICK,
  SAFE,
  Stepping,
} from "../../simulation/stepping.ts";

const SLOW = { debounceMs: 500, debounceMaxMs: 5_000 };
const VETTED: Policy = { ...QUICK, vetting: { atStart: "fail" } };
const WAITING: Policy = { ...QUICK, waitTimeoutMs: 1_000 };

/** A reload is asked for, and the look for it finds these contents. */
function reload(
  story: Stepping,
  content: readonly (number | undefined)[],
  force = false,
): string[] {
  story.send({ kind: "reload", force });
  assert.deepEqual(
    story.effects.map(({ kind }) => kind),
    ["look"],
    "a look comes first",
  );
  return story.look(...content);
}

const reasonOf = (story: Stepping) => {
  const { state } = story.model;
  return state.kind === "running" ? state.reason : undefined;
};

Deno.test("requested: the child is restarted although nothing has changed", () => {
  const story = Stepping.ready(QUICK, 1);
  assert.equal(reload(story, [1])[0], "SIGTERM 1");
  story.end(1);
  assert.equal(story.look(1)[0], "spawn 2 on 1");
  assert.equal(reasonOf(story), "request");
  assert.equal(story.model.reloads, 1);
  const { lines } = story;
  assert.ok(lines.includes("Reload of child process requested"));
  assert.ok(
    lines.includes("Child process restarted successfully as requested"),
  );
});

Deno.test("requested: a restart is what it comes to, whatever --on-change says", () => {
  const onChange = { kind: "none" } as const;
  const story = Stepping.ready({ ...QUICK, onChange }, 1);
  assert.equal(reload(story, [1])[0], "SIGTERM 1");
});

Deno.test("requested: it waits neither for --min-interval nor for --splay", () => {
  const policy = { ...QUICK, minIntervalMs: 60_000, splayMs: 60_000 };
  const story = Stepping.ready(policy, 1);
  story.change(2);
  story.send({ kind: "timer", name: "look" });
  assert.equal(story.kind, "running", "the change waits for its turn");
  assert.equal(reload(story, [2])[0], "SIGTERM 1");
});

Deno.test("requested: the content is checked while the child runs, and a refusal leaves that alone", () => {
  const story = Stepping.ready(SAFE, 1);
  assert.deepEqual(reload(story, [1]), ["vet 1"]);
  assert.deepEqual(story.verdict("rejected"), []);
  assert.equal(story.kind, "running");
  assert.match(story.lines.at(-1) ?? "", /New configuration rejected|Check/);
  assert.deepEqual(story.send({ kind: "reload", force: false }), []);
  assert.match(story.lines.at(-1) ?? "", /rejected and has not changed since/);
});

Deno.test("requested: content that was rejected is tried again by force", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  story.verdict("rejected");
  assert.deepEqual(reload(story, [2], true), ["vet 2"]);
  assert.equal(story.verdict("approved")[0], "SIGTERM 1");
  assert.equal(story.end(1)[0], "spawn 2 on 2");
});

Deno.test("requested: rejected content that had changed and is back is not tried without force", () => {
  const story = Stepping.ready({ ...SAFE, ...SLOW }, 1);
  story.look(2);
  story.now += 500;
  story.look(2);
  story.verdict("rejected");
  story.look(3);
  story.send({ kind: "reload", force: false });
  assert.deepEqual(story.look(2), []);
  assert.match(story.lines.at(-1) ?? "", /rejected and has not changed since/);
  assert.equal(story.kind, "running");
});

Deno.test("requested: the old child keeps running until what --wait-for names is there", () => {
  const story = new Stepping(WAITING);
  story.send({ kind: "begin" });
  story.send({ kind: "available", ticket: story.model.ticket });
  story.look(1);
  story.look(1);
  assert.deepEqual(reload(story, [1]), ["awaitDependencies", "timer await"]);
  assert.equal(story.kind, "running");
  const { ticket } = story.model;
  assert.equal(story.send({ kind: "available", ticket })[0], "SIGTERM 1");
  story.end(1);
  // It is not waited for twice.
  assert.equal(story.look(1)[0], "spawn 2 on 1");
});

Deno.test("requested: without its dependencies the reload is rejected, and the child keeps running", () => {
  const story = new Stepping(WAITING);
  story.send({ kind: "begin" });
  story.send({ kind: "available", ticket: story.model.ticket });
  story.look(1);
  story.look(1);
  reload(story, [1]);
  story.unavailable("file:/db");
  assert.equal(story.kind, "running");
  assert.match(story.lines.at(-1) ?? "", /dependencies are missing/);
});

Deno.test("requested: with --strategy overlap the next child is started first", () => {
  const story = Stepping.ready(OVERLAP, 1);
  assert.deepEqual(reload(story, [1]), ["vet 1"]);
  assert.deepEqual(story.verdict("approved"), ["spawn 2 on 1", "timer ready"]);
  assert.equal(story.kind, "overlapping");
  assert.equal(story.send({ kind: "ready", run: 2 })[0], "SIGTERM 1");
  assert.equal(reasonOf(story), "request");
  assert.ok(
    story.lines.includes("Child process restarted successfully as requested"),
  );
});

Deno.test("requested: a child that does not become ready is rolled back", () => {
  const story = Stepping.ready(SAFE, 1);
  reload(story, [2]);
  story.verdict("approved");
  story.end(1);
  assert.equal(reasonOf(story), "request");
  assert.equal(story.overdue(2)[0], "SIGTERM 2");
  assert.equal(story.end(2)[0], "spawn 3 on 1");
});

Deno.test("requested: content that changes is left its quiet window first", () => {
  const story = Stepping.ready({ ...VETTED, ...SLOW }, 1);
  story.look(2);
  story.now += 100;
  assert.deepEqual(reload(story, [2]), ["timer look"]);
  story.now += 400;
  assert.deepEqual(story.look(2), ["vet 2"]);
  assert.equal(story.verdict("approved")[0], "SIGTERM 1");
});

Deno.test("requested: content that has changed back is reloaded all the same", () => {
  const story = Stepping.ready({ ...VETTED, ...SLOW }, 1);
  story.look(2);
  reload(story, [2]);
  assert.deepEqual(story.look(1), ["vet 1"]);
  assert.equal(story.verdict("approved")[0], "SIGTERM 1");
});

Deno.test("requested: content that changes during its check is reloaded when it rests", () => {
  const story = Stepping.ready({ ...SAFE, onChange: { kind: "none" } }, 1);
  reload(story, [1]);
  assert.deepEqual(story.look(2), ["vet 2"]);
  assert.equal(story.verdict("approved")[0], "SIGTERM 1");
});

Deno.test("requested: what is not there any more when it is to be saved is looked for again", () => {
  const story = Stepping.ready(SAFE, 1);
  reload(story, [1]);
  story.verdict("moved");
  assert.deepEqual(story.look(1), ["vet 1"]);
});

Deno.test("requested: an answer of a look that was under way does not count", () => {
  const story = Stepping.ready(QUICK, 1);
  const startedAt = story.now;
  story.now += 10;
  story.send({ kind: "reload", force: false });
  const { effects } = story;
  assert.equal(effects.length, 1);
  const observation = {
    at: story.now,
    fingerprint: story.model.lastBaseline ?? [],
    depth: "content",
    cause: "event",
    unread: [],
  } as const;
  assert.deepEqual(
    story.send({ kind: "observed", startedAt, observation }),
    [],
  );
  assert.equal(story.look(1)[0], "SIGTERM 1");
});

Deno.test("requested: a path that is away for a moment is waited for", () => {
  const story = Stepping.ready({ ...QUICK, ...SLOW }, 1);
  assert.deepEqual(reload(story, [undefined]), ["timer look"]);
  story.now += 100;
  assert.equal(story.look(1)[0], "SIGTERM 1");
});

Deno.test("requested: a path that stays away is no content for the next child", () => {
  const story = Stepping.ready({ ...QUICK, ...SLOW }, 1);
  reload(story, [undefined]);
  story.now += 500;
  assert.deepEqual(story.look(undefined), []);
  assert.equal(story.kind, "running");
  assert.equal(story.logged.at(-1)?.level, "warn");
  assert.match(story.lines.at(-1) ?? "", /a watched path cannot be read/);
  assert.deepEqual(story.look(1), [], "it is not remembered");
});

Deno.test("requested: changes that are held back meanwhile hold the reload back", () => {
  const story = Stepping.ready(VETTED, 1);
  reload(story, [1]);
  story.hold();
  assert.deepEqual(story.verdict("approved"), []);
  assert.equal(story.kind, "running");
  assert.deepEqual(story.send({ kind: "resume" }), ["vet 1"]);
  assert.equal(story.verdict("approved")[0], "SIGTERM 1");
});

Deno.test("requested: an action that is under way is not disturbed", () => {
  const onChange = { kind: "exec", argv: ["apply"] } as const;
  const story = Stepping.ready({ ...QUICK, onChange }, 1);
  assert.deepEqual(story.change(2), ["act on 2"]);
  assert.deepEqual(story.send({ kind: "reload", force: false }), []);
  assert.match(story.lines.at(-1) ?? "", /a reload is under way/);
});

Deno.test("requested: a change that has its turn before the look answers becomes the reload", () => {
  const policy: Policy = {
    ...VETTED,
    splayMs: 1_000,
    onChange: { kind: "none" },
  };
  const story = Stepping.ready(policy, 1);
  assert.deepEqual(story.change(2), ["timer defer"]);
  story.now += 1_000;
  story.send({ kind: "reload", force: false });
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
  assert.deepEqual(story.look(2), [], "it is not checked twice");
  assert.equal(story.verdict("approved")[0], "SIGTERM 1");
});

Deno.test("requested: a child that fails on what it had before is not rolled back to that, also if a path is missing for another reason", () => {
  const configs = ["/a", "/b"].map((path) => ({ path, named: true }));
  const [a] = holding(1);
  const b = (fault: "missing" | "unreadable") =>
    ({ kind: "fault", fault, detail: fault }) as const;
  const story = new Stepping({ ...SAFE, configs });
  story.send({ kind: "begin" });
  story.find(a, b("unreadable"));
  story.verdict("approved");
  story.send({ kind: "ready", run: 1 });
  story.now += 60_000;
  story.send({ kind: "reload", force: false });
  story.find(a, b("missing"));
  story.verdict("approved");
  story.end(1);
  assert.deepEqual(story.overdue(2), []);
  assert.equal(story.kind, "running");
});
