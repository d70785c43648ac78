/** Sequences of events that a hostile reading of the core has found, and what must come of them. */
import assert from "node:assert/strict";
import type { PathPrint } from "../../src/core/vocabulary/fingerprint.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Action } from "../../src/core/vocabulary/settings.ts";
import { step } from "../../src/core/step.ts";
import {
  holding,
  OVERLAP,
  QUICK,
  SAFE,
  Stepping,
} from "../simulation/stepping.ts";

const WINDOW: Policy = { ...QUICK, debounceMs: 500, debounceMaxMs: 5_000 };
const EMPTY = { ...holding(0)[0], size: 0 } as PathPrint;
const NONE: Action = { kind: "none" };

/** Child 1 has ended for content 2, which rests. */
function between(policy: Policy): Stepping {
  const story = Stepping.ready(policy, 1);
  story.look(2);
  story.now += 500;
  story.look(2);
  story.end(1);
  return story;
}

/** A file that was renamed to its name. */
const renamed = (content: number): PathPrint =>
  ({ ...holding(content)[0], ino: 99 }) as PathPrint;

const spawned = (words: readonly string[]): string[] =>
  words.filter((word) => word.startsWith("spawn"));

for (const strategy of ["stop-start", "overlap"] as const) {
  Deno.test(`${strategy}: a change whose file is gone when its turn comes leaves the child alone`, () => {
    const policy: Policy = {
      ...QUICK,
      strategy,
      ready: SAFE.ready,
      splayMs: 600_000,
    };
    const story = Stepping.ready(policy, 1);
    assert.deepEqual(story.change(2), ["timer defer"]);
    story.now += 60_000;
    story.look(undefined);
    story.now += 540_000;
    story.look(undefined);
    assert.deepEqual(story.timer("defer"), []);
    // It is back with the same content: a change, whose turn has come already.
    assert.equal(story.kind, "running");
    const first = strategy === "overlap" ? "spawn 2 on 2" : "SIGTERM 1";
    assert.equal(story.change(2)[0], first);
  });
}

Deno.test("content that moves while it is checked before a start is not started on", () => {
  const policy: Policy = { ...WINDOW, vetting: { atStart: "fail" } };
  const story = Stepping.ready(policy, 1);
  story.look(2);
  story.now += 500;
  story.look(2);
  story.verdict("approved");
  story.end(1);
  story.look(3);
  story.now += 500;
  assert.deepEqual(story.look(3), ["vet 3"]);
  story.now += 1_000;
  story.send({ kind: "hint", cause: "event" });
  story.look(4);
  assert.deepEqual(spawned(story.verdict("approved")), []);
  story.look(4);
  story.now += 500;
  assert.deepEqual(story.look(4), ["vet 4"]);
  assert.deepEqual(spawned(story.verdict("approved")), ["spawn 2 on 4"]);
});

Deno.test("a writer that never rests does not keep the child from its start by moving the check", () => {
  const policy: Policy = { ...WINDOW, vetting: { atStart: "fail" } };
  const story = Stepping.ready(policy, 1);
  story.look(2);
  story.now += 500;
  story.look(2);
  story.verdict("approved");
  story.end(1);
  const from = story.now;
  let words: string[] = [];
  for (let content = 3; spawned(words).length === 0; content++) {
    story.look(content);
    story.now += 500;
    assert.deepEqual(story.look(content), [`vet ${content}`]);
    story.now += 300;
    words = story.look(content + 1);
    if (story.kind === "proving") words = story.verdict("approved");
    assert.ok(story.now - from <= 2 * policy.debounceMaxMs);
  }
});

Deno.test("a stop ends although the leader outlived SIGKILL and left a process behind", () => {
  const story = Stepping.ready(QUICK, 1);
  story.change(2);
  story.now += 1_000;
  story.timer("stop");
  story.now += 1_000;
  story.timer("stop");
  const status = { kind: "signal", number: 9 } as const;
  story.send({ kind: "exited", run: 1, status });
  story.send({ kind: "groupProbed", run: 1, alive: true });
  story.signal("SIGTERM");
  for (let probes = 0; probes < 20; probes++) {
    story.now += 64;
    story.timer("probeGroup");
    story.send({ kind: "groupProbed", run: 1, alive: true });
  }
  assert.equal(story.kind, "done");
});

Deno.test("a child that retires and outlived SIGKILL does not hold the end up either", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  story.send({ kind: "ready", run: 2 });
  story.now += 1_000;
  story.timer("retireStop");
  story.now += 1_000;
  story.timer("retireStop");
  const status = { kind: "signal", number: 9 } as const;
  story.send({ kind: "exited", run: 1, status });
  story.send({ kind: "groupProbed", run: 1, alive: true });
  story.signal("SIGTERM");
  story.end(2);
  for (let probes = 0; probes < 20; probes++) {
    story.now += 64;
    story.timer("retireProbeGroup");
    story.send({ kind: "groupProbed", run: 1, alive: true });
  }
  assert.equal(story.kind, "done");
});

Deno.test("auto: the replacement of one path leaves another that is written in place its window", () => {
  const policy: Policy = {
    ...WINDOW,
    trustReplacement: true,
    configs: ["/a", "/b"].map((path) => ({ path, named: true })),
  };
  const story = Stepping.ready(policy, 1, 1);
  assert.deepEqual(story.look(2, 1), ["timer look"]);
  story.now += 10;
  const [a] = holding(2);
  const words = story.send({
    kind: "observed",
    startedAt: story.now,
    observation: {
      at: story.now,
      fingerprint: [a, renamed(5)],
      depth: "content",
      cause: "replacement",
      unread: [],
    },
  });
  assert.deepEqual(words, ["timer look"]);
});

Deno.test("auto: an empty file is held however it came there", () => {
  const policy: Policy = { ...WINDOW, trustReplacement: true };
  const story = Stepping.ready(policy, 1);
  const words = story.send({
    kind: "observed",
    startedAt: story.now,
    observation: {
      at: story.now,
      fingerprint: [{ ...renamed(2), size: 0 } as PathPrint],
      depth: "content",
      cause: "replacement",
      unread: [],
    },
  });
  assert.deepEqual(words, ["timer look"]);
});

Deno.test("auto: between two children a path that is renamed away is waited for", () => {
  const story = between({ ...WINDOW, trustReplacement: true });
  story.find(renamed(3));
  story.now += 20;
  story.send({
    kind: "observed",
    startedAt: story.now,
    observation: {
      at: story.now,
      fingerprint: holding(undefined),
      depth: "metadata",
      cause: "replacement",
      unread: [],
    },
  });
  assert.deepEqual(spawned(story.look(undefined)), []);
});

Deno.test("a path whose changes are ignored does not make another one's return a change", () => {
  const policy: Policy = {
    ...QUICK,
    configs: [{ path: "/a", named: true, action: NONE }, {
      path: "/b",
      named: true,
    }],
  };
  const story = Stepping.ready(policy, 1, 7);
  for (const a of [1, 2, 2, 2]) story.look(a, undefined);
  story.now += 1_000;
  story.look(2, 7);
  assert.deepEqual(story.look(2, 7), []);
  assert.equal(story.kind, "running");
  assert.equal([...story.look(2, 8), ...story.look(2, 8)][0], "SIGTERM 1");
});

Deno.test("the first stop leaves a child that retires its time, a second does not", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  story.send({ kind: "ready", run: 2 });
  story.now += 200;
  story.end(2, 7);
  assert.equal(story.kind, "lingering");
  assert.deepEqual(story.signal("SIGTERM"), []);
  assert.equal(story.signal("SIGTERM")[0], "SIGKILL 1");
});

Deno.test("a child that becomes ready while it is drained has proven its content", () => {
  const story = Stepping.ready({ ...SAFE, drainDelayMs: 3_000 }, 1);
  story.change(2);
  story.verdict("approved");
  story.timer("drain");
  story.end(1);
  story.change(3);
  story.verdict("approved");
  assert.equal(story.kind, "draining");
  story.now += 500;
  story.send({ kind: "ready", run: 2 });
  story.now += 2_500;
  story.timer("drain");
  story.end(2);
  assert.deepEqual(spawned(story.end(3, 1)), ["spawn 4 on 2"]);
});

Deno.test("a file that is emptied again and again is waited for no longer than one that stays empty", () => {
  const story = between(WINDOW);
  const from = story.now;
  story.find(EMPTY);
  story.now += 4_900;
  story.look(3);
  story.now += 50;
  let words = story.find(EMPTY);
  while (spawned(words).length === 0) {
    story.now += 50;
    words = story.find(EMPTY);
  }
  assert.ok(story.now - from <= 5_500, `${story.now - from} ms`);
});

Deno.test("a further attempt to start does not wait for rest again", () => {
  const story = between(WINDOW);
  story.look(3);
  story.now += 500;
  story.refusing = true;
  assert.equal(story.look(3)[0], "spawn 2 on 3");
  story.now += 100;
  story.timer("retry");
  story.refusing = false;
  assert.equal(story.look(3)[0], "spawn 2 on 3");
});

Deno.test("a directory that is gone is waited for like a file", () => {
  const directory = (content: number) =>
    ({ ...holding(content)[0], kind: "directory" }) as PathPrint;
  const story = new Stepping(WINDOW);
  story.send({ kind: "begin" });
  story.find(directory(1));
  story.find(directory(1));
  story.now += 60_000;
  story.find(directory(2));
  story.now += 500;
  story.find(directory(2));
  story.end(1);
  const [gone] = holding(undefined);
  story.find(gone);
  story.now += 500;
  assert.deepEqual(spawned(story.find(gone)), []);
  story.now += 4_500;
  assert.deepEqual(spawned(story.find(gone)), ["spawn 2 on -"]);
});

Deno.test("a held signal waits a second although the child has survived its trial", () => {
  const ready = { ...SAFE.ready, sign: undefined, timeoutMs: 100 };
  const story = Stepping.ready({ ...SAFE, ready }, 1);
  story.timer("ready");
  story.change(2);
  story.verdict("approved");
  const status = { kind: "code", code: 0 } as const;
  story.send({ kind: "exited", run: 1, status });
  story.signal("SIGHUP");
  story.send({ kind: "groupProbed", run: 1, alive: false });
  story.now += 100;
  assert.deepEqual(story.timer("ready"), []);
  story.now += 900;
  assert.deepEqual(story.timer("held"), ["SIGHUP 2"]);
});

Deno.test("an old child that ends while it is drained for one that is ready is no surprise", () => {
  const policy: Policy = { ...OVERLAP, drainDelayMs: 500 };
  const story = Stepping.ready(policy, 1);
  story.change(2);
  story.verdict("approved");
  story.send({ kind: "ready", run: 2 });
  const status = { kind: "code", code: 0 } as const;
  const { effects } = step(
    story.model,
    { kind: "exited", run: 1, status, at: story.now },
    policy,
  );
  const lines = effects.flatMap((effect) =>
    effect.kind === "log" ? [effect.message.text] : []
  );
  assert.ok(
    lines.includes("Child process restarted successfully after config change"),
  );
  assert.ok(!lines.some((line) => line.includes("before the next one was")));
});

Deno.test("a child that is started without a path says so, although the path was said to be gone", () => {
  const policy: Policy = {
    ...WINDOW,
    configs: ["/a", "/b"].map((path) => ({ path, named: true })),
  };
  const story = Stepping.ready(policy, 1, 1);
  story.look(2, undefined);
  story.now += 500;
  story.look(2, undefined);
  assert.equal(story.model.health[1].kind, "faulty");
  story.end(1);
  const lines: string[] = [];
  while (story.kind !== "running") {
    const [a, b] = holding(2, undefined);
    const { effects } = step(story.model, {
      kind: "observed",
      startedAt: story.now,
      at: story.now,
      observation: {
        at: story.now,
        fingerprint: [a, b],
        depth: "content",
        cause: "event",
        unread: [],
      },
    }, policy);
    for (const effect of effects) {
      if (effect.kind === "log") lines.push(effect.message.text);
    }
    story.look(2, undefined);
    story.now += 500;
  }
  const left = lines.filter((line) => line.includes("started without it"));
  assert.equal(left.length, 1);
});
