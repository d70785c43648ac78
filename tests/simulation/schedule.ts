/**
 * One random schedule: a policy, the character of every incarnation, and what
 * happens when. Made from a seed alone.
 */
import type { SpawnFailure } from "../../src/core/vocabulary/event.ts";
import type { ExitStatus } from "../../src/core/vocabulary/exit_status.ts";
import type { Policy, Tuning } from "../../src/core/vocabulary/policy.ts";
import type { KillMode } from "../../src/core/vocabulary/settings.ts";
import type { Signal } from "../../src/core/vocabulary/signals.ts";
import { step } from "../../src/core/step.ts";
import { command, Commands } from "./commands.ts";
import type { Entry } from "./disk.ts";
import {
  append,
  disturb,
  freeze,
  sendAll,
  signalOverlaps,
  tune,
  tuningOf,
} from "./disturbances.ts";
import { withHooks } from "./hooks.ts";
import { PLAIN } from "./plain.ts";
import {
  disturbCopies,
  disturbOverlaps,
  disturbReloads,
  isSafe,
  reloadAnswers,
  reloadPolicy,
  withActions,
  withOutages,
  withRetries,
} from "./reload_schedule.ts";
import type { Hung } from "./liveness_invariants.ts";
import { hangOf, withLiveness } from "./liveness_schedule.ts";
import { Random } from "./random.ts";
import {
  reloadSignalOf,
  ReloadSignals,
  reloadSignalsAt,
} from "./reload_signals.ts";
import type { Answers } from "./reloads.ts";
import { Patience } from "./patience.ts";
import { Batches } from "./batches.ts";
import { Rest } from "./rest.ts";
import type { Character } from "./child.ts";
import { withSlots } from "./slots.ts";
import { World } from "./world.ts";

/** Make seeds of their own, so that other schedules stay as they are. */
const OVERLAPS = 0x5bd1_e995;
const PATHLESS = 0x27d4_eb2d;
const KILL_MODES = 0x1b87_3593;
const SUSPENSIONS = 0x1656_67b1;
const RETRIES = 0x3243_f6a9;
const ACTIONS = 0x2b7e_1516;
const OUTAGES = 0x4cf5_ad43;
const FREEZES = 0x5c4d_d124;
const ORDERS = 0x2545_f491;
const APPENDS = 0x3c6e_f372;
const NOTICES = 0x9e37_79b1;
const SLOW = 0x6a09_e667;
const COPIES = 0x7feb_352d;
const PROOFS = 0x85eb_ca6b;
const COMMANDS = 0x165a_6e29;
const RELOAD_SIGNALS = 0x38d0_1377;
const TUNINGS = 0x2127_599b;
const LIVES = 0x4f1b_bcdc;
const HANGS = 0x6ed9_eba1;
const HOOKS = 0x2974_3c51;
const SLOTS = 0x5f35_6495;
const POLL_MS = 5_000;
/** Nothing new begins after this. */
const BUSY_MS = 30_000;
/** After this, all paths are read at once, so that there are looks that have read everything. */
const SLOW_READS_MS = 120_000;
/**
 * Everything has come to rest by then: the slowest writer, slow reads, the poller, the
 * quiet window, a stop with all its timeouts, and all of that once more for a
 * change that came during the stop.
 */
const SETTLED_MS = 240_000;
/** With safe reloads there are turns and further attempts to wait for. */
const RELOADS_SETTLED_MS = 600_000;
/** Later incarnations do not crash, so that there is a rest. */
const CRASHING_RUNS = 5;

/** What the schedule has done to the manager, for the invariants. */
export interface Story {
  readonly world: World;
  readonly policy: Policy;
  /** What the quiet window was so far; the first is the policy's. */
  readonly tunings: Tuning[];
  readonly rest: Rest;
  readonly patience: Patience;
  readonly batches: Batches;
  /** Signals as they arrived. */
  readonly arrived: { readonly signal: Signal; readonly at: number }[];
  bugAt: number | undefined;
  /** When everything has come to rest. */
  readonly settledAt: number;
  /** How safe reloads go; undefined in a schedule without them. */
  readonly answers: Answers | undefined;
  /** What an operator has asked for. */
  readonly commands: Commands;
  readonly reloadSignals: ReloadSignals;
  /** A signal that the old one of two children did not get at once. */
  missed: string | undefined;
  /** Deeds of the world that have been judged. */
  judged: number;
  /** The child that hangs, and has not been ended for it. */
  hung: Hung | undefined;
  /** Since when a first start has looked at the paths. */
  startingSince: number | undefined;
  /** When the latest reload was. */
  reloadedAt: number | undefined;
  told: Told;
}

/** A child was told of content. */
export interface Told {
  readonly at: number;
  /** How often in a row that was the child's own answer to the time before, and soon. */
  readonly streak: number;
  /** How often children had written by then. */
  readonly rewrites: number;
  /** How often something else had happened by then that changes the distance of an answer. */
  readonly others: number;
}

/** The schedule of `seed`, ready to run; `decide` is the core under test. */
export function tell(seed: number, decide: typeof step = step): Story {
  const random = new Random(seed);
  const some = random.int(1, 3);
  const paths = new Random(seed ^ PATHLESS).chance(0.04) ? 0 : some;
  const safe = isSafe(seed) ? new Random(~seed) : undefined;
  const signals = new Random(seed ^ RELOAD_SIGNALS);
  const plain = {
    ...policyOf(random, paths),
    reloadSignal: reloadSignalOf(signals),
    killMode: killModeOf(new Random(seed ^ KILL_MODES)),
  };
  const reloads = safe === undefined
    ? { policy: plain, answers: undefined }
    : reloadsOf(seed, safe, plain);
  const { answers } = reloads;
  const hooked = withHooks(new Random(seed ^ HOOKS), reloads.policy);
  const { hooks } = hooked;
  const turned = withSlots(new Random(seed ^ SLOTS), hooked.policy);
  const { slots } = turned;
  const policy = withLiveness(new Random(seed ^ LIVES), turned.policy);
  const characters = new Map<number, Character>();
  const crashes = random.chance(0.25);
  const rest = new Rest();
  const batches = new Batches();
  const patience: Patience = new Patience(() =>
    world.agenda.leaptMs + world.inbox.frozenMs
  );
  const reloadSignals = new ReloadSignals();
  const world: World = new World({
    policy,
    paths,
    ...(answers === undefined ? {} : { answers }),
    hooks,
    slots,
    decide: reloadSignals.watching(
      patience.watching(rest.watching(batches.watching(decide))),
      () => world.agenda.now,
    ),
    characterOf: (run) => {
      const crashing = crashes && run <= CRASHING_RUNS;
      const known = characters.get(run) ??
        {
          ...characterOf(random, crashing),
          ...suspensionOf(seed, run, safe),
          hang: run > CRASHING_RUNS || policy.live === undefined
            ? undefined
            : hangOf(new Random(seed ^ HANGS + run)),
        };
      characters.set(run, known);
      return known;
    },
    lookMs: () => random.chance(0.9) ? random.int(0, 3) : random.int(3, 400),
    readMs: readMsOf(new Random(seed ^ SLOW), () => world.agenda.now),
  });
  const story: Story = {
    world,
    policy,
    tunings: [policy],
    rest,
    patience,
    batches,
    arrived: [],
    bugAt: undefined,
    settledAt: safe === undefined && slots === undefined
      ? SETTLED_MS
      : RELOADS_SETTLED_MS,
    answers,
    commands: new Commands(),
    reloadSignals,
    missed: undefined,
    judged: 0,
    hung: undefined,
    startingSince: undefined,
    reloadedAt: undefined,
    told: { at: -Infinity, streak: 0, rewrites: 0, others: 0 },
  };
  world.agenda.after(0, () => world.inbox.dispatch({ kind: "begin" }));
  poll(world);
  const writers = paths === 0 ? 0 : random.int(0, 12);
  for (let count = writers; count > 0; count--) {
    const at = random.int(0, BUSY_MS);
    write(world, random, at, paths);
  }
  if (paths > 0 && safe !== undefined) {
    append(world, new Random(seed ^ APPENDS));
  }
  disturb(story, random, BUSY_MS);
  if (policy.reloadSignal !== undefined) {
    sendAll(story, policy.reloadSignal, reloadSignalsAt(signals, BUSY_MS));
  }
  freeze(story, new Random(seed ^ FREEZES), BUSY_MS);
  if (safe !== undefined) disturbReloads(story, safe, BUSY_MS);
  if (policy.snapshots) {
    disturbCopies(story, new Random(seed ^ COPIES), BUSY_MS);
  }
  command(story, new Random(seed ^ COMMANDS), BUSY_MS);
  tune(story, new Random(seed ^ TUNINGS), BUSY_MS);
  if (policy.strategy === "overlap") {
    disturbOverlaps(story, new Random(seed ^ OVERLAPS), BUSY_MS);
    signalOverlaps(story, new Random(seed ^ ORDERS), BUSY_MS);
  }
  return story;
}

/** The policy and the answers of a schedule with safe reloads. */
function reloadsOf(seed: number, random: Random, plain: Policy) {
  const policy = withActions(
    new Random(seed ^ ACTIONS),
    reloadPolicy(random, plain),
  );
  const notices = new Random(seed ^ NOTICES);
  const proofs = new Random(seed ^ PROOFS);
  const answers = reloadAnswers(random, notices, policy, proofs);
  const again = withRetries(new Random(seed ^ RETRIES), policy, answers);
  const outages = new Random(seed ^ OUTAGES);
  return withOutages(outages, again.policy, again.answers, BUSY_MS);
}

/** In a part of the schedules, paths take long to read for a time. */
function readMsOf(random: Random, now: () => number): () => number {
  if (!random.chance(0.15)) return () => 0;
  return () =>
    now() > SLOW_READS_MS || random.chance(0.8) ? 0 : random.int(1, 20_000);
}

function policyOf(random: Random, paths: number): Policy {
  return {
    ...PLAIN,
    command: "program",
    args: [],
    configs: Array.from({ length: paths }, (_, index) => ({
      path: `/config/${index}`,
      named: true,
    })),
    ...tuningOf(random),
    stopSignal: "SIGTERM",
    stopTimeoutMs: random.pick([0, 1_000, 10_000]),
    rewrites: new Map(random.chance(0.1) ? [["SIGUSR1", undefined]] : []),
    foreground: false,
    seed: random.int(0, 2 ** 31),
    crash: {
      restart: random.pick(["never", "on-failure", "always"]),
      backoffFirstMs: random.pick([1, 1_000]),
      backoffMaxMs: random.pick([1_000, 30_000]),
      max: random.chance(0.5)
        ? {
          count: random.int(0, 3),
          windowMs: random.pick([60_000, Infinity]),
        }
        : undefined,
    },
  };
}

const killModeOf = (random: Random): KillMode =>
  random.chance(0.7) ? "group" : random.pick(["main", "mixed"]);

/** Safe reloads tell a child things that one that is suspended cannot take in. */
function suspensionOf(
  seed: number,
  run: number,
  safe: Random | undefined,
): Pick<Character, "suspendedAfterMs"> {
  const random = new Random(seed ^ SUSPENSIONS + run);
  const suspended = safe === undefined && random.chance(0.1);
  return { suspendedAfterMs: suspended ? random.int(0, 20_000) : undefined };
}

function characterOf(
  random: Random,
  crashes: boolean,
): Omit<Character, "suspendedAfterMs"> {
  const status: ExitStatus = random.chance(0.5)
    ? { kind: "code", code: random.pick([0, 1, 7, 255]) }
    : { kind: "signal", number: random.pick([6, 9, 11, 15, 35]) };
  const spawnFailure: SpawnFailure | undefined = random.chance(0.04)
    ? {
      kind: random.pick(["not-found", "not-executable", "transient"]),
      detail: "simulated",
    }
    : undefined;
  return {
    stopMs: random.chance(0.1) ? Infinity : random.int(0, 3_000),
    stopCode: random.chance(0.3) ? random.pick([0, 3, 143]) : undefined,
    killMs: random.chance(0.05) ? random.int(1, 3_000) : 0,
    crash: crashes && random.chance(0.5)
      ? { afterMs: random.int(0, 20_000), status }
      : undefined,
    siblingMs: random.chance(0.2)
      ? random.pick([0, 100, 5_000, Infinity])
      : undefined,
    spawnFailure,
  };
}

function poll(world: World): void {
  world.agenda.after(POLL_MS, () => {
    world.inbox.dispatch({ kind: "hint", cause: "poll" });
    poll(world);
  });
}

/** One writer at work on a path: atomic, torn, back and forth, unreadable for a while, away for a while. */
function write(world: World, random: Random, at: number, paths: number): void {
  const path = random.int(0, paths - 1);
  const content = () => random.int(1, 6);
  const put = (delayMs: number, entry: Entry) =>
    world.agenda.after(at + delayMs, () => {
      world.disk.set(path, entry, random.chance(0.5));
      hint(world, random);
    });
  const full = (): Entry => ({ kind: "content", content: content() });
  const pause = random.pick([1, 20, 300, 2_000, 8_000]);
  switch (random.int(0, 4)) {
    case 0:
      return put(0, full());
    case 1:
      put(0, { kind: "content", content: 0 });
      return put(pause, full());
    case 2:
      put(0, full());
      return put(pause, full());
    case 3:
      put(0, { kind: random.pick(["missing", "unreadable"]) });
      return put(pause, full());
    case 4:
      for (let count = 0; count < 10; count++) put(count * pause / 10, full());
  }
}

/** Events are hints: some come late, some twice, some never. */
function hint(world: World, random: Random): void {
  const cause = random.pick(["event", "replacement"] as const);
  const tell = () => world.inbox.dispatch({ kind: "hint", cause });
  if (random.chance(0.3)) return;
  world.agenda.after(
    random.chance(0.9) ? random.int(0, 3) : random.int(3, 3_000),
    tell,
  );
  if (random.chance(0.2)) world.agenda.after(random.int(0, 50), tell);
}
