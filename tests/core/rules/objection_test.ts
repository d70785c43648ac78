/** Which command is objected to in which state, and why. */
import assert from "node:assert/strict";
import {
  type Objection,
  objectionTo,
} from "../../../src/core/rules/objection.ts";
import type { Command } from "../../../src/core/vocabulary/command.ts";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { OVERLAP, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  hold: { kind: "hold", reason: undefined, forMs: undefined },
  resume: { kind: "resume" },
  reload: { kind: "reload", force: false },
  force: { kind: "reload", force: true },
  stop: { kind: "stopChild" },
  start: { kind: "startChild" },
};

const WAITING: Policy = { ...QUICK, waitTimeoutMs: 1_000 };
const REVIVING: Policy = {
  ...QUICK,
  crash: { ...QUICK.crash, restart: "always" },
};
const DRAINING: Policy = { ...QUICK, drainDelayMs: 500 };

const begun = (policy: Policy): Stepping => {
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  return story;
};
const ready = (policy: Policy) => () => Stepping.ready(policy, 1);
/** A story that goes on from there. */
const after = (
  begin: () => Stepping,
  ...happenings: readonly ((story: Stepping) => unknown)[]
) =>
() => {
  const story = begin();
  for (const happen of happenings) happen(story);
  return story;
};

const change = (story: Stepping) => story.change(2);
const approve = (story: Stepping) => story.verdict("approved");
const refuse = (story: Stepping) => story.verdict("rejected");
const stopChild = (story: Stepping) => story.send({ kind: "stopChild" });
const term = (story: Stepping) => story.signal("SIGTERM");
const reload = (story: Stepping) =>
  story.send({ kind: "reload", force: false });
const crash = (story: Stepping) => story.end(1, 1);
const exits = (story: Stepping) =>
  story.send({
    kind: "exited",
    run: 1,
    status: { kind: "code", code: 1 },
  });

/** What the answer to each command is; "" is none. The order is that of COMMANDS. */
type Row = readonly [
  name: string,
  story: () => Stepping,
  state: string,
  codes: string,
];

const TABLE: readonly Row[] = [
  ["idle", () => new Stepping(QUICK), "idle", " already busy busy busy busy"],
  [
    "awaiting",
    () => begun(WAITING),
    "awaiting",
    " already busy busy  already",
  ],
  ["preparing", () => begun(QUICK), "preparing", " already busy busy  already"],
  [
    "proving",
    after(() => begun(SAFE), (story) => story.look(1)),
    "proving",
    " already busy busy  already",
  ],
  [
    "spawning",
    after(() => begun(QUICK), (story) => {
      story.slow = true;
      story.look(1);
    }),
    "spawning",
    " already busy busy  already",
  ],
  [
    "spawning, to be stopped by an operator",
    after(() => begun(QUICK), (story) => {
      story.slow = true;
      story.look(1);
    }, stopChild),
    "spawning",
    " already no_child no_child already busy",
  ],
  [
    "retrying",
    after(() => begun(QUICK), (story) => {
      story.refusing = true;
      story.look(1);
    }),
    "retrying",
    " already busy busy  already",
  ],
  ["running", ready(QUICK), "running", " already    already"],
  [
    "running, a reload was asked for",
    after(ready(QUICK), reload),
    "running",
    " already busy busy  already",
  ],
  [
    "running, changes are held back",
    after(ready(QUICK), (story) => story.hold()),
    "running",
    "  held held  already",
  ],
  [
    "running, new content is checked",
    after(ready(SAFE), change),
    "running",
    " already busy busy  already",
  ],
  [
    "running, new content was rejected",
    after(ready(SAFE), change, refuse),
    "running",
    " already rejected   already",
  ],
  [
    "running, rejected content changes",
    after(
      ready({ ...SAFE, debounceMs: 500, debounceMaxMs: 500 }),
      (story) => story.look(2),
      (story) => story.now += 500,
      change,
      refuse,
      (story) => story.look(3),
    ),
    "running",
    " already    already",
  ],
  [
    "running, a path is gone",
    after(
      ready(QUICK),
      (story) => story.look(undefined),
      (story) => story.look(undefined),
    ),
    "running",
    " already rejected rejected  already",
  ],
  [
    "running, new content waits for dependencies",
    after(() => begun(WAITING), (story) => {
      story.send({ kind: "available", ticket: story.model.ticket });
      story.look(1);
      story.look(1);
    }, change),
    "running",
    " already busy busy  already",
  ],
  [
    "running, beside a child that retires",
    after(
      ready(OVERLAP),
      change,
      approve,
      (story) => story.send({ kind: "ready", run: 2 }),
    ),
    "running",
    " already busy busy  already",
  ],
  [
    "overlapping",
    after(ready(OVERLAP), change, approve),
    "overlapping",
    " already busy busy  already",
  ],
  [
    "overlapping, to be stopped by an operator before the next child is there",
    after(ready(OVERLAP), change, (story) => {
      story.slow = true;
      approve(story);
    }, stopChild),
    "overlapping",
    " already no_child no_child already busy",
  ],
  [
    "draining for a restart",
    after(ready(DRAINING), change),
    "draining",
    " already busy busy  already",
  ],
  [
    "draining for an operator",
    after(ready(DRAINING), stopChild),
    "draining",
    " already no_child no_child already busy",
  ],
  [
    "draining for a stop",
    after(ready(DRAINING), term),
    "draining",
    "ending ending ending ending ending ending",
  ],
  [
    "stopping for a restart",
    after(ready(QUICK), change),
    "stopping",
    " already busy busy  already",
  ],
  [
    "stopping for an operator",
    after(ready(QUICK), stopChild),
    "stopping",
    " already no_child no_child already busy",
  ],
  [
    "stopping for a stop",
    after(ready(QUICK), term),
    "stopping",
    "ending ending ending ending ending ending",
  ],
  [
    "sweeping after a crash",
    after(ready(REVIVING), exits),
    "sweeping",
    " already busy busy  already",
  ],
  [
    "sweeping, and the manager ends with the child",
    after(ready(QUICK), exits),
    "sweeping",
    "ending ending ending ending ending ending",
  ],
  [
    "backingOff",
    after(ready(REVIVING), crash),
    "backingOff",
    " already    already",
  ],
  [
    "backingOff, changes are held back",
    after(ready(REVIVING), crash, (story) => story.hold()),
    "backingOff",
    "  held held  already",
  ],
  [
    "halted",
    after(ready(QUICK), stopChild, (story) => story.end(1)),
    "halted",
    " already no_child no_child already ",
  ],
  [
    "lingering",
    after(
      ready(OVERLAP),
      change,
      approve,
      (story) => story.send({ kind: "ready", run: 2 }),
      (story) => story.end(2),
    ),
    "lingering",
    "ending ending ending ending ending ending",
  ],
  [
    "done",
    after(ready(QUICK), crash),
    "done",
    "ending ending ending ending ending ending",
  ],
];

for (const [name, story, state, codes] of TABLE) {
  Deno.test(`objection: ${name}`, () => {
    const { model, kind } = story();
    assert.equal(kind, state);
    const answers = Object.values(COMMANDS).map((command) =>
      objectionTo(model, command)?.code ?? ""
    );
    assert.deepEqual(answers, codes.split(" "));
  });
}

Deno.test("objection: says why, and for what reason changes are held back", () => {
  const story = Stepping.ready(QUICK, 1);
  story.hold(1_000, "incident 7");
  const expected: Objection = {
    code: "held",
    why: "changes are held back: incident 7",
  };
  assert.deepEqual(objectionTo(story.model, COMMANDS.reload), expected);
});

Deno.test("objection: a command that is objected to changes nothing, and is logged with the reason", () => {
  const story = Stepping.ready(QUICK, 1);
  const { model } = story;
  assert.deepEqual(story.send({ kind: "startChild" }), []);
  assert.equal(story.model, model);
  assert.equal(
    story.lines.at(-1),
    "Cannot start child process as requested: the child process is running",
  );
});
