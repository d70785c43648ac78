/** What an operator asks of the manager in a random schedule, and what is known of it. */
import { objectionTo } from "../../src/core/rules/objection.ts";
import type { Command } from "../../src/core/vocabulary/command.ts";
import type { State } from "../../src/core/vocabulary/state.ts";
import { FREEZE_MAX_MS } from "./reload_schedule.ts";
import type { Random } from "./random.ts";
import type { Story } from "./schedule.ts";

/** Since when changes are held back, and what had begun before. */
interface Hold {
  readonly since: number;
  /** Children that had been started, and one more where a start was under way. */
  readonly children: number;
}

/** Since when no child is wanted. */
interface Halt {
  readonly since: number;
  /** Children that had been started. */
  readonly children: number;
}

/** The commands that were taken. */
export class Commands {
  hold: Hold | undefined;
  halt: Halt | undefined;
  /** When reloads were asked for. */
  readonly reloads: number[] = [];
  /** Those that are about rejected content too. */
  readonly forced: number[] = [];
  /** Until when one of them was not decided. */
  forcedUntil = -Infinity;
  /** When the child was to be stopped, and started. */
  readonly halts: number[] = [];
  readonly starts: number[] = [];
}

/** The states in which a hold finds no start on its way. */
const CALM: ReadonlySet<State["kind"]> = new Set([
  "idle",
  "running",
  "backingOff",
  "halted",
]);

/** The operator asks for this as soon as the manager runs. */
export function ask(story: Story, command: Command): void {
  const { world } = story;
  world.inbox.whenRunning(() => {
    const { model } = world.loop;
    if (objectionTo(model, command) === undefined) note(story, command);
    world.inbox.dispatch(command);
  });
}

function note({ world, commands }: Story, command: Command): void {
  const { agenda, children: { length }, loop: { model } } = world;
  const { now: since } = agenda;
  switch (command.kind) {
    case "hold": {
      const begun = CALM.has(model.state.kind) ? 0 : 1;
      const hold = commands.hold !== undefined
        ? { ...commands.hold }
        : { since, children: length + begun };
      commands.hold = hold;
      if (command.forMs === undefined) return;
      agenda.atAwake(agenda.awake + command.forMs, () => {
        if (commands.hold === hold) commands.hold = undefined;
      });
      return;
    }
    case "resume":
      commands.hold = undefined;
      return;
    case "reload":
      commands.reloads.push(since);
      if (command.force) commands.forced.push(since);
      return;
    case "stopChild":
      commands.halts.push(since);
      commands.halt = { since, children: length };
      return;
    case "startChild":
      commands.starts.push(since);
      commands.halt = undefined;
  }
}

/** Commands at random moments. In the end changes are resumed and, as a rule, the child is started. */
export function command(story: Story, random: Random, busyMs: number): void {
  if (!random.chance(0.3)) return;
  const { agenda } = story.world;
  const at = (ms: number, asked: Command) =>
    agenda.after(ms, () => ask(story, asked));
  for (let count = random.int(1, 5); count > 0; count--) {
    at(random.int(0, busyMs), anyCommand(random));
  }
  const isStarted = random.chance(0.8);
  const open: Command = random.chance(0.5)
    ? { kind: "resume" }
    : { kind: "hold", reason: "simulated", forMs: 10_000 };
  agenda.after(busyMs, () => settle(story, open, isStarted, SETTLE_TIMES));
}

/** What came during a freeze is taken in in any order, and a child may take its time to end. */
const SETTLE_TIMES = 4;

function settle(
  story: Story,
  open: Command,
  isStarted: boolean,
  times: number,
): void {
  const { agenda, loop: { model: { gate, state } } } = story.world;
  if (gate.kind === "held" && gate.until === undefined) ask(story, open);
  if (isStarted && state.kind === "halted") ask(story, { kind: "startChild" });
  if (times === 0) return;
  agenda.after(
    FREEZE_MAX_MS,
    () => settle(story, open, isStarted, times - 1),
  );
}

const anyCommand = (random: Random): Command =>
  random.pick<Command>([
    {
      kind: "hold",
      reason: undefined,
      forMs: random.pick([undefined, 100, 5_000, 20_000]),
    },
    { kind: "resume" },
    { kind: "reload", force: random.chance(0.5) },
    { kind: "stopChild" },
    { kind: "startChild" },
  ]);
