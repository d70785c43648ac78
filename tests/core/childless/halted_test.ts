/** The child that an operator stops, and starts again. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import {
  FLEET,
  OVERLAP,
  QUICK,
  SAFE,
  Stepping,
} from "../../simulation/stepping.ts";

const SLOW = { debounceMs: 500, debounceMaxMs: 5_000 };
const VETTED: Policy = { ...QUICK, vetting: { atStart: "fail" } };
const WAITING: Policy = { ...QUICK, waitTimeoutMs: 1_000 };
const REVIVING: Policy = {
  ...QUICK,
  crash: { ...QUICK.crash, restart: "always" },
};

const stopChild = (story: Stepping) => story.send({ kind: "stopChild" });
const startChild = (story: Stepping) => story.send({ kind: "startChild" });

/** Child 1 had content 1, and an operator has stopped it. */
function halted(policy: Policy = QUICK): Stepping {
  const story = Stepping.ready(policy, 1);
  stopChild(story);
  story.end(1);
  assert.equal(story.kind, "halted");
  story.look(1);
  return story;
}

Deno.test("halted: the child is drained, asked to stop and killed after its time, and the manager stays", () => {
  const story = Stepping.ready({ ...REVIVING, drainDelayMs: 500 }, 1);
  assert.deepEqual(stopChild(story), ["timer drain"]);
  assert.deepEqual(story.timer("drain"), [
    "SIGTERM 1",
    "timer continue",
    "timer stop",
  ]);
  story.now += 1_000;
  assert.equal(story.timer("stop")[0], "SIGKILL 1");
  story.end(1, 137);
  assert.equal(story.kind, "halted", "the crash policy does not apply");
  assert.match(story.lines.at(-1) ?? "", /^No child process is running until/);
});

Deno.test("halted: a child that ends by itself before the stop signal is not started again", () => {
  const story = Stepping.ready({ ...REVIVING, drainDelayMs: 500 }, 1);
  stopChild(story);
  story.end(1, 1);
  assert.equal(story.kind, "halted");
});

Deno.test("halted: not before all of the group have ended", () => {
  const story = Stepping.ready(QUICK, 1);
  stopChild(story);
  const status = { kind: "code", code: 0 } as const;
  story.send({ kind: "exited", run: 1, status });
  story.send({ kind: "groupProbed", run: 1, alive: true });
  assert.equal(story.kind, "sweeping");
  story.send({ kind: "groupProbed", run: 1, alive: false });
  assert.equal(story.kind, "halted");
});

Deno.test("halted: not before a child that outlives SIGKILL has ended", () => {
  const story = Stepping.ready(QUICK, 1);
  stopChild(story);
  for (const _ of ["SIGKILL", "its grace"]) {
    story.now += 1_000;
    story.timer("stop");
  }
  assert.equal(story.kind, "stopping");
  story.end(1, 137);
  assert.equal(story.kind, "halted");
});

Deno.test("halted: both children of an overlap are stopped", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  const words = stopChild(story);
  assert.ok(words.includes("SIGTERM 1") && words.includes("SIGTERM 2"));
  story.end(1);
  assert.equal(story.kind, "sweeping", "the next one is there still");
  assert.ok(
    !story.lines.some((line) => /^Next child process waits/.test(line)),
  );
  story.end(2);
  story.timer("probeGroup");
  story.send({ kind: "groupProbed", run: 1, alive: false });
  assert.equal(story.kind, "halted");
  story.look(1);
  assert.equal(startChild(story)[0], "spawn 3 on 1");
});

Deno.test("halted: an overlap whose next child is not there yet starts none", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.change(2);
  story.slow = true;
  story.verdict("approved");
  stopChild(story);
  assert.ok(story.effects.some(({ kind }) => kind === "cancel"));
  const failure = { kind: "withdrawn", detail: "simulated" } as const;
  const words = story.send({ kind: "spawnFailed", run: 2, failure });
  assert.equal(words[0], "SIGTERM 1");
  story.end(1);
  assert.equal(story.kind, "halted");
});

/** The states in which a start is under way, and the way there. */
const STARTS: readonly (readonly [string, () => Stepping])[] = [
  ["awaiting", () => {
    const story = new Stepping(WAITING);
    story.send({ kind: "begin" });
    return story;
  }],
  ["preparing", () => {
    const story = new Stepping(QUICK);
    story.send({ kind: "begin" });
    return story;
  }],
  ["proving", () => {
    const story = new Stepping(VETTED);
    story.send({ kind: "begin" });
    story.look(1);
    return story;
  }],
  ["retrying", () => {
    const story = new Stepping(QUICK);
    story.refusing = true;
    story.send({ kind: "begin" });
    story.look(1);
    return story;
  }],
  ["backingOff", () => {
    const story = Stepping.ready(REVIVING, 1);
    story.end(1, 1);
    return story;
  }],
];

for (const [state, begin] of STARTS) {
  Deno.test(`halted: a start that is under way is given up (${state})`, () => {
    const story = begin();
    assert.equal(story.kind, state);
    story.signal("SIGHUP");
    stopChild(story);
    assert.equal(story.kind, "halted");
    const kinds = story.effects.map(({ kind }) => kind);
    assert.ok(kinds.includes("cancel"));
    for (const name of ["retry", "look", "await"] as const) story.timer(name);
    assert.equal(story.kind, "halted");
    const { state: after } = story.model;
    assert.deepEqual("held" in after && after.held, ["SIGHUP"]);
  });
}

Deno.test("halted: a child that is being started is stopped as soon as it is there, or not started", () => {
  for (const isThere of [true, false]) {
    const story = new Stepping(QUICK);
    story.slow = true;
    story.send({ kind: "begin" });
    story.look(1);
    stopChild(story);
    if (isThere) {
      const words = story.send({ kind: "spawned", run: 1, pid: 7 });
      assert.equal(words[0], "SIGTERM 1");
      story.end(1);
    } else {
      const failure = { kind: "withdrawn", detail: "simulated" } as const;
      story.send({ kind: "spawnFailed", run: 1, failure });
    }
    assert.equal(story.kind, "halted");
  }
});

Deno.test("halted: a child that is stopped for a restart is not followed by another one", () => {
  for (const policy of [QUICK, { ...QUICK, drainDelayMs: 500 }]) {
    const story = Stepping.ready(policy, 1);
    story.change(2);
    assert.deepEqual(stopChild(story), []);
    story.timer("drain");
    story.end(1);
    assert.equal(story.kind, "halted");
  }
});

Deno.test("halted: the rest of a group that is waited for after a crash is followed by no child", () => {
  const story = Stepping.ready(REVIVING, 1);
  const status = { kind: "code", code: 1 } as const;
  story.send({ kind: "exited", run: 1, status });
  stopChild(story);
  story.send({ kind: "groupProbed", run: 1, alive: false });
  assert.equal(story.kind, "halted");
});

Deno.test("halted: SIGTERM and SIGINT end the manager with 0", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const story = halted();
    story.signal(signal);
    assert.deepEqual(story.model.state, { kind: "done", code: 0 });
  }
});

Deno.test("halted: the first SIGTERM while the child is stopped leaves it its time, the second one is urgent", () => {
  const story = Stepping.ready(QUICK, 1);
  stopChild(story);
  assert.deepEqual(story.signal("SIGTERM"), []);
  assert.equal(story.signal("SIGTERM")[0], "SIGKILL 1");
  story.end(1, 0);
  assert.equal(story.kind, "done");
});

Deno.test("halted: a bug ends the manager with 70", () => {
  const story = halted();
  story.send({ kind: "bug", detail: "simulated" });
  assert.deepEqual(story.model.state, { kind: "done", code: 70 });
});

Deno.test("halted: changes are looked at and told, and nothing is started", () => {
  const story = halted({ ...QUICK, ...SLOW });
  assert.deepEqual(story.send({ kind: "hint", cause: "event" }), []);
  assert.deepEqual(story.effects.map(({ kind }) => kind), ["look"]);
  assert.deepEqual(story.look(2), ["timer look"]);
  story.now += 500;
  assert.deepEqual(story.look(2), []);
  assert.equal(
    story.lines.at(-1),
    "Config file change waits for the start of the child process",
  );
  // It has been there for its quiet window.
  startChild(story);
  assert.equal(story.look(2)[0], "spawn 2 on 2");
});

Deno.test("halted: content that changes when the start is asked for is left its quiet window", () => {
  const story = halted({ ...QUICK, ...SLOW });
  story.look(2);
  startChild(story);
  assert.deepEqual(story.look(2), ["timer look"]);
  story.now += 500;
  assert.equal(story.look(2)[0], "spawn 2 on 2");
});

Deno.test("halted: signals meanwhile are for the next child", () => {
  const story = halted();
  assert.deepEqual(story.signal("SIGHUP"), []);
  startChild(story);
  story.look(1);
  story.now += 1_000;
  assert.deepEqual(story.timer("held"), ["SIGHUP 2"]);
});

Deno.test("halted: a start waits for dependencies and is vetted, as the first one is", () => {
  const story = halted({ ...VETTED });
  startChild(story);
  assert.deepEqual(story.look(2), ["vet 2"]);
  assert.equal(story.verdict("approved")[0], "spawn 2 on 2");

  const waiting = new Stepping({ ...WAITING, waitForScope: "first" });
  waiting.send({ kind: "begin" });
  stopChild(waiting);
  assert.deepEqual(startChild(waiting), ["awaitDependencies", "timer await"]);
});

Deno.test("halted: content that its check refuses leaves the child stopped, and the manager there", () => {
  const story = halted(VETTED);
  startChild(story);
  story.look(2);
  story.verdict("rejected");
  assert.equal(story.kind, "halted");
  assert.ok(story.logged.some(({ level }) => level === "error"));
  startChild(story);
  assert.deepEqual(story.look(1).slice(0, 1), ["spawn 3 on 1"]);
});

Deno.test("halted: with saved content the child is started on the last one where the new one is refused", () => {
  const story = halted(SAFE);
  story.look(2);
  startChild(story);
  assert.deepEqual(story.look(2), ["vet 2"]);
  assert.equal(story.verdict("rejected")[0], "spawn 2 on 1");
  assert.deepEqual(story.look(2), [], "the refusal is remembered");
});

Deno.test("halted: content that was rejected before is not used, and not forgotten", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  story.verdict("rejected");
  stopChild(story);
  story.end(1);
  story.look(2);
  assert.equal(startChild(story)[0], "spawn 2 on 1");
  assert.deepEqual(story.look(2), []);
});

Deno.test("halted: content that the fleet has refused is not used before the fleet was asked again", () => {
  const story = Stepping.ready({ ...SAFE, fleet: FLEET }, 1);
  story.change(2);
  const { ticket } = story.model;
  story.send({ kind: "slotRefused", ticket, by: "web-1", why: "rolled back" });
  stopChild(story);
  story.end(1);
  story.look(2);
  story.now += 60_000;
  assert.equal(startChild(story)[0], "spawn 2 on 1");
});

Deno.test("halted: while changes are held back the child is started on what it had", () => {
  const story = halted(SAFE);
  story.look(2);
  story.hold();
  assert.equal(startChild(story)[0], "spawn 2 on 1");
});

Deno.test("halted: dependencies that stay away leave the child stopped", () => {
  const story = new Stepping(WAITING);
  story.send({ kind: "begin" });
  stopChild(story);
  startChild(story);
  story.unavailable("file:/db");
  assert.equal(story.kind, "halted");
  assert.match(story.lines.at(-2) ?? "", /dependencies are missing/);
});

Deno.test("halted: a program that cannot be started leaves the child stopped", () => {
  const story = halted();
  story.slow = true;
  startChild(story);
  story.look(1);
  const failure = { kind: "not-found", detail: "simulated" } as const;
  story.send({ kind: "spawnFailed", run: 2, failure });
  assert.equal(story.kind, "halted");
});

Deno.test("halted: new content of a start is given up for the last good one if the child fails", () => {
  const story = halted(SAFE);
  story.look(2);
  startChild(story);
  story.look(2);
  story.verdict("approved");
  story.end(2, 1);
  assert.equal(story.kind, "running");
  assert.equal(story.baseline, "1");
});

Deno.test("halted: without paths there is nothing to look at before a start", () => {
  const story = new Stepping({ ...QUICK, configs: [] });
  story.send({ kind: "begin" });
  stopChild(story);
  story.end(1);
  assert.equal(startChild(story)[0], "spawn 2 on ");
});

Deno.test("halted: the last content, used because the new one was refused, is not taken for the failure", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  // Content 2 has not shown that it works.
  stopChild(story);
  story.end(2);
  story.look(3);
  startChild(story);
  story.look(3);
  assert.equal(story.verdict("rejected")[0], "spawn 3 on 2");
  story.end(3, 1);
  assert.ok(!story.lines.some((line) => line.startsWith("Rolling back")));
});

Deno.test("halted: content that has been unchanged for long need not rest again, also if it changed for long before", () => {
  const story = halted({ ...QUICK, debounceMs: 500, debounceMaxMs: 500 });
  for (const content of [2, 3, 4]) {
    story.look(content);
    story.now += 300;
  }
  story.now += 200;
  assert.deepEqual(story.look(4), []);
  startChild(story);
  assert.equal(story.look(4)[0], "spawn 2 on 4");
});
