/** A reload takes a slot of the fleet first, and gives it back when it is over. */
import assert from "node:assert/strict";
import {
  type Policy,
  SPAWN_RETRY_MS,
} from "../../../src/core/vocabulary/policy.ts";
import type { ExitStatus } from "../../../src/core/vocabulary/exit_status.ts";
import {
  FLEET,
  holding,
  OVERLAP,
  QUICK,
  SAFE,
  Stepping,
} from "../../simulation/stepping.ts";
import { keyOfPrint } from "../../simulation/reloads.ts";
import { RULES } from "../reload/liveness_story.ts";

const PLAIN: Policy = { ...QUICK, fleet: FLEET };
const SAFELY: Policy = { ...SAFE, fleet: FLEET };

/** The fleet's answer to the latest wish. */
const taken = (story: Stepping, isTrial: boolean): string[] =>
  story.send({ kind: "slotTaken", ticket: story.model.ticket, isTrial });

/** Child 1 runs on content 1, and content 2 has a slot. */
function trying(policy: Policy, isTrial = true): Stepping {
  const story = Stepping.ready(policy, 1);
  assert.deepEqual(story.change(2), ["take slot for 2"]);
  taken(story, isTrial);
  return story;
}

/** Child 2 runs on content 2, and is ready. */
function restarted(policy: Policy, isTrial: boolean): Stepping {
  const story = trying(policy, isTrial);
  story.verdict("approved");
  story.end(1);
  story.look(2);
  return story;
}

Deno.test("held slot: nothing is done to the child before it is taken, and the check comes after that", () => {
  const story = Stepping.ready(SAFELY, 1);
  assert.deepEqual(story.change(2), ["take slot for 2"]);
  assert.deepEqual(taken(story, true), ["vet 2"]);
  assert.deepEqual(story.logged.map(({ text }) => text), [
    "Slot of the fleet taken: this manager tries the new configuration first",
    "Checking the new configuration",
  ]);
});

Deno.test("held slot: proven content gives it back when the child is ready", () => {
  const story = restarted(SAFELY, false);
  const ticket = story.model.slot?.ticket;
  const ready = story.send({ kind: "ready", run: 2 });
  assert.deepEqual(ready.at(-1), `release slot ${ticket}`);
  assert.equal(story.model.slot, undefined);
});

Deno.test("held slot: content on trial is proven when the child has run on it for the soak time", () => {
  const story = restarted(SAFELY, true);
  const ticket = story.model.slot?.ticket;
  assert.deepEqual(story.send({ kind: "ready", run: 2 }), ["timer ready"]);
  story.now += 29_999;
  assert.deepEqual(story.timer("ready"), ["timer ready"], "too early");
  story.now += 1;
  assert.deepEqual(story.timer("ready"), [
    "report proven",
    `release slot ${ticket}`,
  ]);
  assert.equal(
    story.lines.at(-2),
    "New configuration proven for the fleet: the child has run on it for 30s",
  );
});

Deno.test("held slot: proven content keeps it for the settle time after the child is ready", () => {
  const fleet = { ...FLEET, settleMs: 10_000 };
  const story = restarted({ ...SAFELY, fleet }, false);
  const ticket = story.model.slot?.ticket;
  assert.deepEqual(
    story.send({ kind: "ready", run: 2 }).at(-1),
    "timer settle",
  );
  story.now += 9_999;
  assert.deepEqual(story.timer("settle"), []);
  story.now += 1;
  assert.deepEqual(story.timer("settle"), [`release slot ${ticket}`]);
});

Deno.test("held slot: a rollback keeps it for the settle time too", () => {
  const fleet = { ...FLEET, settleMs: 10_000 };
  const story = restarted({ ...SAFELY, fleet }, true);
  const ticket = story.model.slot?.ticket;
  story.overdue(2);
  story.end(2);
  assert.deepEqual(
    story.send({ kind: "ready", run: 3 }).at(-1),
    "timer settle",
  );
  story.now += 10_000;
  assert.deepEqual(story.timer("settle"), [`release slot ${ticket}`]);
});

Deno.test("held slot: what the child has not heard of gives it back at once", () => {
  const fleet = { ...FLEET, settleMs: 10_000 };
  const story = trying({ ...SAFELY, fleet });
  const ticket = story.model.slot?.ticket;
  assert.equal(story.verdict("rejected").at(-1), `release slot ${ticket}`);
});

Deno.test("held slot: a soak time of zero is over when the child is ready", () => {
  const fleet = { ...FLEET, soakMs: 0 };
  const story = restarted({ ...SAFELY, fleet }, true);
  const ready = story.send({ kind: "ready", run: 2 });
  assert.equal(ready.includes("report proven"), true);
});

Deno.test("held slot: content that the check refuses is refused for the fleet, and the slot given back at once", () => {
  const story = trying(SAFELY);
  const ticket = story.model.slot?.ticket;
  assert.deepEqual(story.verdict("rejected"), [
    "report refused",
    `release slot ${ticket}`,
  ]);
});

Deno.test("held slot: without a canary the fleet does not hear of content that fails", () => {
  const fleet = { ...FLEET, canary: false };
  const story = trying({ ...SAFELY, fleet }, false);
  const ticket = story.model.slot?.ticket;
  assert.deepEqual(story.verdict("rejected"), [`release slot ${ticket}`]);
  assert.equal(
    story.lines.some((line) => line.includes("for the fleet")),
    false,
  );
});

Deno.test("held slot: a check that circumstances hinder says nothing about the content", () => {
  const story = trying({
    ...SAFELY,
    retryRejected: { firstMs: 1_000, maxMs: 1_000 },
  });
  const ticket = story.model.slot?.ticket;
  assert.deepEqual(story.verdict("rejected", "circumstances"), [
    "timer defer",
    `release slot ${ticket}`,
  ]);
});

Deno.test("held slot: a rollback is told at once, and the slot kept until the old content has its child", () => {
  const story = restarted(SAFELY, true);
  const ticket = story.model.slot?.ticket;
  assert.equal(story.overdue(2).includes("report refused"), true);
  assert.equal(story.model.slot?.fault, "rolled back");
  story.end(2);
  assert.equal(story.model.state.kind, "running");
  const ready = story.send({ kind: "ready", run: 3 });
  assert.equal(ready.at(-1), `release slot ${ticket}`);
});

/** Child 2 is ready, and has run on content 2 for 20 of 30 s of its soak. */
function soaking(policy: Policy = SAFELY): Stepping {
  const story = restarted(policy, true);
  story.send({ kind: "ready", run: 2 });
  story.now += 20_000;
  return story;
}

/** Child 2 ends by itself. */
const endsBy = (story: Stepping, status: ExitStatus): string[] =>
  story.send({ kind: "exited", run: 2, status });
/** The saved contents that the last event has left. */
const keptBy = ({ effects }: Stepping): string[] =>
  effects.flatMap((effect) =>
    effect.kind === "keep" ? [...new Set(effect.contents.map(keyOfPrint))] : []
  );
const SIGKILL: ExitStatus = { kind: "signal", number: 9 };
const NOT_JUDGED =
  "New configuration not judged for the fleet: somebody else has ended the child";

Deno.test("held slot: content is not good before its soak time is over", () => {
  const story = soaking();
  assert.deepEqual(story.model.good, holding(1));
  story.now += 10_000;
  story.timer("ready");
  assert.deepEqual(story.model.good, holding(2));
});

Deno.test("held slot: a child that tells again that it is ready does not end its soak", () => {
  const story = soaking();
  assert.deepEqual(story.send({ kind: "ready", run: 2 }), []);
  assert.deepEqual(story.model.good, holding(1));
});

Deno.test("held slot: a child that ends by itself in its soak time is rolled back, and the content refused", () => {
  for (const code of [0, 3]) {
    const story = soaking();
    const ticket = story.model.slot?.ticket;
    const ended = endsBy(story, { kind: "code", code });
    assert.equal(ended.at(-1), "report refused");
    assert.deepEqual(
      story.lines.slice(-2).map((line) => line.replaceAll(/\(.*?\)/g, "()")),
      [
        "Rolling back: the child failed on the new configuration (), starting it on the last good one (); the new one is not tried again until it changes",
        "New configuration refused for the fleet: the child ended by itself",
      ],
    );
    story.end(2);
    assert.equal(story.baseline, "1");
    const ready = story.send({ kind: "ready", run: 3 });
    assert.equal(ready.at(-1), `release slot ${ticket}`);
  }
});

Deno.test("held slot: ^C in the soak time ends both, and nothing is told of the content", () => {
  const story = soaking({ ...SAFELY, foreground: true });
  story.send({ kind: "signal", signal: "SIGINT" });
  story.now += 1;
  const ended = endsBy(story, { kind: "code", code: 0 });
  assert.equal(ended.includes("report refused"), false);
  assert.equal(ended.some((word) => word.startsWith("release slot")), true);
  assert.equal(story.lines.includes(NOT_JUDGED), true);
  const { state } = story.model;
  assert.equal("goal" in state && state.goal.kind, "follow");
});

/** Child 2 soaks on content 2 of the first path; then the second one changes, of which it does not hear. */
function soakingBeside(): Stepping {
  const configs: Policy["configs"] = [
    { path: "/a", named: true },
    { path: "/b", named: true, action: { kind: "none" } },
  ];
  const story = Stepping.ready({ ...SAFELY, configs }, 1, 1);
  story.change(2, 1);
  taken(story, true);
  story.verdict("approved");
  story.end(1);
  story.look(2, 1);
  story.send({ kind: "ready", run: 2 });
  story.change(2, 9);
  story.verdict("approved");
  story.acted("done");
  assert.equal(story.baseline, "2,9");
  return story;
}

Deno.test("held slot: what the child does not hear of in its soak time does not keep its failure from the fleet", () => {
  const story = soakingBeside();
  assert.equal(
    endsBy(story, { kind: "code", code: 1 }).at(-1),
    "report refused",
  );
  story.end(2);
  assert.equal(story.baseline, "1,1");
  assert.deepEqual(story.look(2, 9), []);
});

Deno.test("held slot: nor does it make a kill from outside in the soak time a reason for more than another turn", () => {
  const story = soakingBeside();
  const ended = endsBy(story, SIGKILL);
  assert.equal(ended.includes("report refused"), false);
  assert.match(story.lines.at(-2) ?? "", /is tried again in 1m0s unless/);
});

Deno.test("held slot: without a canary a kill from outside is left to --retry-rejected", () => {
  const fleet = { ...FLEET, canary: false };
  const story = restarted({ ...SAFELY, fleet }, false);
  endsBy(story, SIGKILL);
  assert.match(
    story.lines.at(-1) ?? "",
    /is not tried again until it changes$/,
  );
});

Deno.test("held slot: content that waits for another turn has it in the soak time of what came before", () => {
  const retryRejected = { firstMs: 10_000, maxMs: 10_000 };
  const story = soaking({ ...SAFELY, retryRejected });
  story.change(3);
  taken(story, true);
  story.verdict("rejected", "circumstances");
  story.now += 9_999;
  assert.deepEqual(story.timer("defer"), ["timer defer"]);
  story.now += 1;
  assert.deepEqual(story.timer("defer"), ["take slot for 3"]);
});

Deno.test("held slot: a program that crashes in its soak time is no kill from outside", () => {
  const story = soaking();
  const SIGSEGV = 11;
  const ended = endsBy(story, { kind: "signal", number: SIGSEGV });
  assert.equal(ended.at(-1), "report refused");
});

Deno.test("held slot: a kill from outside in the soak time says nothing about the content, which is tried again", () => {
  for (const number of [9, 15, 2]) {
    const story = soaking();
    const ticket = story.model.slot?.ticket;
    const ended = endsBy(story, { kind: "signal", number });
    assert.equal(ended.includes("report refused"), false);
    assert.match(
      story.lines.at(-2) ?? "",
      /; the new one is tried again in 1m0s unless it changes$/,
    );
    assert.equal(story.lines.at(-1), NOT_JUDGED);
    story.end(2);
    assert.equal(story.baseline, "1");
    story.look(2);
    const ready = story.send({ kind: "ready", run: 3 });
    assert.equal(ready.at(-1), `release slot ${ticket}`);
    story.now += 60_000;
    assert.deepEqual(story.timer("defer"), ["take slot for 2"]);
  }
});

Deno.test("held slot: nor does one before the child is ready", () => {
  const story = restarted(SAFELY, true);
  const ended = endsBy(story, SIGKILL);
  assert.equal(ended.includes("report refused"), false);
  assert.equal(story.lines.at(-1), NOT_JUDGED);
});

Deno.test("held slot: nor does one of the next child in an overlap", () => {
  const story = trying({ ...OVERLAP, fleet: FLEET });
  story.verdict("approved");
  const ended = endsBy(story, SIGKILL);
  assert.equal(ended.includes("report refused"), false);
  assert.equal(story.lines.includes(NOT_JUDGED), true);
  story.send({ kind: "groupProbed", run: 2, alive: false });
  story.now += 60_000;
  story.look(2);
  assert.deepEqual(story.timer("defer"), ["take slot for 2"]);
});

Deno.test("held slot: nor does one of a next child that is ready, while the old one drains", () => {
  const story = trying({ ...OVERLAP, fleet: FLEET, drainDelayMs: 500 });
  story.verdict("approved");
  story.send({ kind: "ready", run: 2 });
  const ended = endsBy(story, SIGKILL);
  assert.equal(ended.includes("report refused"), false);
  assert.equal(story.lines.includes(NOT_JUDGED), true);
});

Deno.test("held slot: without a slot a kill from outside is what it was: the content is not tried again until it changes", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  endsBy(story, SIGKILL);
  assert.match(
    story.lines.at(-1) ?? "",
    /is not tried again until it changes$/,
  );
});

Deno.test("held slot: in an overlap the soak begins when the next child has the place, and the earlier content stays saved", () => {
  const story = trying({ ...OVERLAP, fleet: FLEET });
  story.verdict("approved");
  const ready = story.send({ kind: "ready", run: 2 });
  assert.equal(ready.includes("timer ready"), true, ready.join("; "));
  assert.deepEqual(keptBy(story), ["1", "2"]);
  assert.deepEqual(story.model.good, holding(1));
  story.end(1);
  story.end(2, 3);
  assert.equal(story.baseline, "1");
});

Deno.test("held slot: a child that hears of the content has its soak too", () => {
  const onChange = { kind: "exec", argv: ["reload"] } as const;
  const story = trying({ ...SAFELY, onChange });
  story.verdict("approved");
  const acted = story.acted("done");
  assert.equal(acted.includes("timer ready"), true, acted.join("; "));
  assert.deepEqual(story.model.good, holding(1));
  const ended = story.send({
    kind: "exited",
    run: 1,
    status: { kind: "code", code: 3 },
  });
  assert.equal(ended.at(-1), "report refused");
});

Deno.test("held slot: other content in the soak time is tried at once, and what was good stays so until it has passed its own", () => {
  const story = soaking();
  const ticket = story.model.slot?.ticket;
  assert.deepEqual(story.change(3), [
    `release slot ${ticket}`,
    "take slot for 3",
  ]);
  taken(story, true);
  story.verdict("rejected");
  assert.deepEqual(story.model.good, holding(1));
  // The child has stayed on content 2 all the same, and nothing has happened to it.
  story.now += 10_000;
  story.timer("ready");
  assert.deepEqual(story.model.good, holding(2));
});

Deno.test("held slot: an end that an operator has asked for in the soak time says nothing about the content", () => {
  const ends: ((story: Stepping) => string[])[] = [
    (story) => story.signal("SIGTERM"),
    (story) => story.send({ kind: "stopChild" }),
    (story) => story.send({ kind: "reload", force: false }),
  ];
  for (const asked of ends) {
    const story = soaking();
    const words: string[] = [...asked(story), ...endsBy(story, SIGKILL)];
    assert.equal(words.includes("report refused"), false);
  }
});

Deno.test("held slot: a child that does not answer in its soak time is rolled back, and the content refused", () => {
  const story = restarted({ ...SAFELY, live: RULES }, true);
  story.send({ kind: "ready", run: 2 });
  const words: string[] = [];
  for (let question = 1; question <= RULES.threshold; question++) {
    story.timer("live");
    const answer = { why: "it hangs", heardAt: undefined };
    words.push(...story.send({ kind: "lived", run: 2, question, ...answer }));
  }
  assert.equal(words.includes("report refused"), true, words.join("; "));
  assert.equal(
    story.lines.at(-1),
    "New configuration refused for the fleet: the child did not answer",
  );
  assert.equal(
    story.lines.some((line) => line.startsWith("Rolling back: ")),
    true,
  );
});

Deno.test("held slot: a child that is late proves nothing by what it is told of", () => {
  const onChange = { kind: "signal", signal: "SIGHUP" } as const;
  const ready = { ...SAFE.ready, timeoutMs: 5_000 };
  const story = new Stepping({ ...PLAIN, ready, onChange });
  story.send({ kind: "begin" });
  story.look(1);
  story.look(1);
  story.overdue(1);
  story.change(2);
  const words = taken(story, true);
  assert.deepEqual(words, ["SIGHUP 1", `release slot ${story.model.ticket}`]);
});

Deno.test("held slot: without saved content a child that ends in the soak time has the content refused, and a kill from outside has not", () => {
  const crash = {
    restart: "always",
    backoffFirstMs: 1_000,
    backoffMaxMs: 1_000,
    max: undefined,
  } as const;
  const ends = (status: ExitStatus) => {
    const story = trying({ ...PLAIN, crash });
    story.end(1);
    story.look(2);
    story.now += 20_000;
    return endsBy(story, status);
  };
  assert.deepEqual(
    ends({ kind: "code", code: 3 }).slice(-2).map((word) => word.slice(0, 14)),
    ["report refused", "release slot 1"],
  );
  assert.equal(ends(SIGKILL).includes("report refused"), false);
});

Deno.test("held slot: a machine on which no process can be started says nothing about the content", () => {
  const story = trying(SAFELY);
  story.verdict("approved");
  story.refusing = true;
  story.end(1);
  const words = SPAWN_RETRY_MS.flatMap(() => story.timer("retry"));
  assert.equal(
    story.lines.some((line) => line.startsWith("Rolling back")),
    true,
  );
  assert.equal(words.includes("report refused"), false);
});

Deno.test("held slot: a program that cannot be executed with the content has it refused", () => {
  const story = trying(SAFELY);
  story.verdict("approved");
  story.slow = true;
  story.end(1);
  const failure = { kind: "refused", detail: "too long" } as const;
  const failed = story.send({ kind: "spawnFailed", run: 2, failure });
  assert.equal(failed.includes("report refused"), true);
});

Deno.test("held slot: without saved content a crash of the first child ends the manager, and is told before that", () => {
  const story = trying(PLAIN);
  story.end(1);
  story.look(2);
  const ended = story.end(2, 1);
  assert.equal(ended.includes("report refused"), true);
  assert.equal(ended.at(-1)?.startsWith("release slot"), true);
  assert.equal(story.kind, "done");
});

Deno.test("held slot: a stop gives it back at once, without a verdict", () => {
  const story = restarted(SAFELY, true);
  story.send({ kind: "ready", run: 2 });
  const ticket = story.model.slot?.ticket;
  const stopped = story.signal("SIGTERM");
  assert.equal(stopped.at(-1), `release slot ${ticket}`);
  assert.equal(stopped.some((word) => word.startsWith("report")), false);
});

Deno.test("held slot: other content ends the trial without a verdict, and its slot is given back before the next one is asked for", () => {
  const story = restarted(SAFELY, true);
  story.send({ kind: "ready", run: 2 });
  const ticket = story.model.slot?.ticket;
  assert.deepEqual(story.change(3), [
    `release slot ${ticket}`,
    "take slot for 3",
  ]);
});

Deno.test("held slot: content that changes before its check has ended gives it back", () => {
  const story = trying(SAFELY);
  const ticket = story.model.slot?.ticket;
  assert.equal(story.look(3).includes(`release slot ${ticket}`), true);
});

Deno.test("held slot: in an overlap it is kept until one of the two children has the place", () => {
  const story = trying({ ...OVERLAP, fleet: FLEET });
  assert.deepEqual(story.verdict("approved").slice(0, 1), ["spawn 2 on 2"]);
  const failed = story.overdue(2);
  assert.equal(failed.includes("report refused"), true);
  assert.equal(story.model.slot, undefined);
});

Deno.test("held slot: a crash while the wish is open gives the wish up, and the next start waits for nobody", () => {
  const story = Stepping.ready(PLAIN, 1);
  story.change(2);
  const { ticket } = story.model;
  assert.equal(story.end(1).includes(`release slot ${ticket}`), true);
});

Deno.test("held slot: one that is lost is told, and the reload goes on", () => {
  const story = restarted(SAFELY, true);
  const ticket = story.model.slot?.ticket ?? 0;
  const detail = "not renewed for 15s";
  assert.deepEqual(story.send({ kind: "slotLost", ticket, detail }), []);
  assert.equal(
    story.lines.at(-1),
    "Slot of the fleet lost: not renewed for 15s; another manager may reload at the same time",
  );
});

Deno.test("held slot: the loss of one that was given back is told too, because a manager that was frozen may find it so late", () => {
  const story = restarted(SAFELY, false);
  const ticket = story.model.slot?.ticket ?? 0;
  story.send({ kind: "ready", run: 2 });
  assert.equal(story.model.slot, undefined);
  story.send({ kind: "slotLost", ticket, detail: "not renewed for 15s" });
  assert.match(story.lines.at(-1) ?? "", /^Slot of the fleet lost: /);
});

Deno.test("held slot: content that the child does not hear of needs none", () => {
  const story = Stepping.ready({ ...PLAIN, onChange: { kind: "none" } }, 1);
  assert.deepEqual(story.change(2), []);
  assert.equal(story.baseline, "2");
});

Deno.test("held slot: a signal is a reload too", () => {
  const onChange = { kind: "signal", signal: "SIGHUP" } as const;
  const story = Stepping.ready({ ...PLAIN, onChange }, 1);
  assert.deepEqual(story.change(2), ["take slot for 2"]);
  const { ticket } = story.model;
  assert.deepEqual(taken(story, false), ["SIGHUP 1", `release slot ${ticket}`]);
});
