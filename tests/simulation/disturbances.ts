/** What happens to a manager in a random schedule besides writers: signals, leaps, bugs, times in which it does not run. */
import type { Tuning } from "../../src/core/vocabulary/policy.ts";
import type { Signal } from "../../src/core/vocabulary/signals.ts";
import { FREEZE_MAX_MS } from "./reload_schedule.ts";
import type { Random } from "./random.ts";
import type { Story } from "./schedule.ts";
import { PID_BASE } from "./verdict.ts";
import type { World } from "./world.ts";

/** Longer than `--debounce-max` and two checks take. */
const APPENDS_END_MS = 60_000;

/** In a few schedules a path is appended to all the time, and there is no child yet. */
export function append({ disk, agenda }: World, random: Random): void {
  if (!random.chance(0.05)) return;
  disk.isAppendedTo = true;
  agenda.after(APPENDS_END_MS, () => {
    disk.isAppendedTo = false;
  });
}

/** Signals at any moment, events of old incarnations, a leap of the clock, a bug. */
export function disturb(story: Story, random: Random, busyMs: number): void {
  const { world } = story;
  const send = (signal: Signal, at: number) =>
    world.agenda.after(at, () => arrive(story, signal));
  for (let count = random.int(0, 4); count > 0; count--) {
    send(
      random.pick(["SIGHUP", "SIGUSR1", "SIGWINCH"]),
      random.int(0, busyMs),
    );
  }
  if (random.chance(0.4)) {
    const at = random.int(0, busyMs);
    send(random.pick(["SIGTERM", "SIGINT"]), at);
    if (random.chance(0.3)) send("SIGTERM", at + random.int(0, 3_000));
  }
  if (random.chance(0.3)) {
    const at = random.int(0, busyMs);
    world.agenda.after(at, () => stale(world));
  }
  if (random.chance(0.05)) {
    const ms = random.int(1, 3_600_000);
    world.agenda.after(random.int(0, busyMs), () => world.agenda.leap(ms));
  }
  if (random.chance(0.02)) {
    world.agenda.after(random.int(0, busyMs), () => {
      world.inbox.whenRunning(() => {
        if (world.loop.model.state.kind === "done") return;
        story.bugAt ??= world.agenda.now;
        world.inbox.dispatch({ kind: "bug", detail: "simulated" });
      });
    });
  }
}

/** One of these at each of these moments. */
export function sendAll(
  story: Story,
  signal: Signal,
  times: readonly number[],
): void {
  for (const at of times) {
    story.world.agenda.after(at, () => arrive(story, signal));
  }
}

const arrive = (story: Story, signal: Signal) =>
  story.world.inbox.whenRunning(() => {
    // What came during a freeze may have ended the manager before.
    if (story.world.loop.model.state.kind === "done") return;
    story.arrived.push({ signal, at: story.world.agenda.now });
    deliver(story, signal);
  });

export const tuningOf = (random: Random): Tuning => ({
  debounceMs: random.pick([0, 50, 500, 2_000]),
  debounceMaxMs: random.pick([500, 5_000]),
  trustReplacement: random.chance(0.3),
});

/** In a part of the schedules the settings file gives the quiet window other lengths. */
export function tune(story: Story, random: Random, busyMs: number): void {
  if (!random.chance(0.2)) return;
  const { world, tunings } = story;
  for (let count = random.int(1, 4); count > 0; count--) {
    const tuning = tuningOf(random);
    world.agenda.after(random.int(0, busyMs), () => {
      world.inbox.whenRunning(() => {
        tunings.push(tuning);
        world.inbox.dispatch({ kind: "settings", tuning });
      });
    });
  }
}

/** In a part of the overlaps a signal waits for the old child, and another one comes. */
export function signalOverlaps(
  story: Story,
  random: Random,
  busyMs: number,
): void {
  if (!random.chance(0.3)) return;
  const { agenda, loop } = story.world;
  agenda.after(random.int(0, 500), () => arrive(story, "SIGHUP"));
  const attempt = () => {
    const { state } = loop.model;
    if (state.kind === "overlapping") return arrive(story, "SIGUSR1");
    if (agenda.now < busyMs && state.kind !== "done") {
      agenda.after(50, attempt);
    }
  };
  agenda.after(random.int(0, 1_000), attempt);
}

/** In a part of the schedules the manager does not run for a while, and everything else goes on. */
export function freeze(
  { world }: Story,
  random: Random,
  busyMs: number,
): void {
  for (let count = random.chance(0.25) ? 3 : 0; count > 0; count--) {
    const ms = random.pick([60, 500, 3_000, 8_000, FREEZE_MAX_MS]);
    world.agenda.after(
      random.int(0, busyMs),
      () => world.inbox.freeze(ms, random),
    );
  }
}

/** Of two children that are to stay the old one gets what is forwarded at once, the next one when it can take it. */
function deliver(story: Story, signal: Signal): void {
  const { world, policy } = story;
  const staying = world.children.filter(({ alive, askedToStop }) =>
    alive && !askedToStop
  );
  const before = staying.map(({ signals }) => signals.length);
  const waiting = staying.map(({ run }) => heldFor(world, run));
  world.inbox.dispatch({ kind: "signal", signal });
  const overtaken = staying.find(({ alive, askedToStop, signals }, at) =>
    alive && !askedToStop && signals.length > before[at] &&
    waiting[at].some((other) => other !== signal)
  );
  if (overtaken !== undefined) {
    story.missed ??=
      `run ${overtaken.run} got ${signal} before those that wait`;
  }
  const isForwarded = signal !== policy.reloadSignal &&
    !policy.rewrites.has(signal);
  if (staying.length < 2 || !isForwarded) return;
  const [old] = staying;
  if (old.signals.length > before[0] || waiting[0].length > 0) return;
  story.missed ??= `run ${old.run} did not get ${signal}`;
}

/** The signals that wait for a child that is to stay. */
function heldFor({ loop }: World, run: number): readonly Signal[] {
  const { state } = loop.model;
  switch (state.kind) {
    case "running":
      return state.run === run ? state.held : [];
    case "draining":
      return state.child.run === run ? state.child.held : [];
    case "overlapping": {
      const { old, next } = state;
      if (old.run === run) return old.held;
      return next.kind !== "spawning" && next.child.run === run
        ? next.child.held
        : [];
    }
    default:
      return [];
  }
}

/** News of the incarnation before the present one, once more. */
function stale(world: World): void {
  const old = world.children.at(-2);
  // In an overlap, and until its end was heard, it may be the present one.
  if (old?.endHeardAt === undefined || old.siblingAlive) return;
  const { run } = old;
  const status = { kind: "code", code: 99 } as const;
  world.inbox.dispatch({ kind: "exited", run, status });
  world.inbox.dispatch({ kind: "groupProbed", run, alive: false });
  world.inbox.dispatch({ kind: "spawned", run, pid: PID_BASE + run });
}
