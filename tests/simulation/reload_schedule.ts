/** The part of a random schedule that safe reloads need. Made from a seed alone. */
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Action } from "../../src/core/vocabulary/settings.ts";
import { ask } from "./commands.ts";
import { Random } from "./random.ts";
import type { Answers, Fate } from "./reloads.ts";
import type { Story } from "./schedule.ts";
import { CONFIG_SIGNAL } from "./trials.ts";

/** The longest time in which the manager does not run. */
export const FREEZE_MAX_MS = 30_000;

/** A part of the schedules goes without safe reloads. */
export const isSafe = (seed: number): boolean => seed % 9 > 4;

/** A policy that the command line allows: snapshots are vetted, an overlap has a sign. */
export function reloadPolicy(random: Random, plain: Policy): Policy {
  const snapshots = random.chance(0.5) && plain.configs.length > 0;
  const overlap = random.chance(0.4);
  const sign = overlap || random.chance(0.5);
  const action = random.chance(0.6) ? RESTART : actionOf(random);
  return {
    ...plain,
    configs: plain.configs.map((config) =>
      random.chance(0.2) ? { ...config, action: actionOf(random) } : config
    ),
    onChange: action,
    ready: {
      sign: sign ? { kind: "notify" } : undefined,
      intervalMs: 1_000,
      timeoutMs: random.pick([300, 1_000, 5_000]),
      threshold: 1,
    },
    strategy: overlap ? "overlap" : "stop-start",
    drainDelayMs: random.pick([0, 0, 500, 3_000]),
    minIntervalMs: random.pick([0, 0, 10_000, 30_000]),
    splayMs: random.pick([0, 0, 2_000]),
    vetting: snapshots || random.chance(0.5)
      ? { atStart: random.pick(["fail", "warn"]) }
      : undefined,
    snapshots,
    waitTimeoutMs: random.chance(0.15) ? 3_000 : undefined,
  };
}

const RESTART: Action = { kind: "restart" };

const SIGNAL: Action = { kind: "signal", signal: CONFIG_SIGNAL };
const EXEC: Action = { kind: "exec", argv: ["apply"] };
const HTTP: Action = {
  kind: "http",
  method: "POST",
  url: "http://localhost/reload",
};

const actionOf = (random: Random): Action =>
  random.pick<Action>([RESTART, { kind: "none" }, SIGNAL, EXEC, HTTP]);

const gentleOf = (random: Random): Action =>
  random.pick<Action>([SIGNAL, EXEC, HTTP]);

/** In a part of the schedules with several paths, most have an action of their own. */
export function withActions(random: Random, policy: Policy): Policy {
  if (policy.configs.length < 2 || random.chance(0.6)) return policy;
  const configs = policy.configs.map((config) =>
    random.chance(0.8) ? { ...config, action: gentleOf(random) } : config
  );
  return { ...policy, configs };
}

/** Contents that a writer may write; with 1, the first, everything begins. */
const CONTENTS = [2, 3, 4, 5, 6];

/** Of the contents, some are bad in a way of their own. */
export function reloadAnswers(
  random: Random,
  notices: Random,
  policy: Policy,
  proofs: Random,
): Answers {
  const some = () => CONTENTS.filter(() => random.chance(0.2));
  const refused = new Set(random.chance(0.1) ? [1, ...some()] : some());
  const fates = new Map<number, Fate>();
  for (const content of some()) {
    const exits = policy.snapshots && random.chance(0.5);
    fates.set(content, exits ? "exits" : "silent");
  }
  // Of its own, so that the other chances stay as they are.
  const prior = new Random(policy.seed);
  return {
    refused,
    fates,
    unapplied: new Set(some()),
    unanswered: new Set(),
    recoversAt: Infinity,
    outages: [],
    workMs: () =>
      random.chance(0.8) ? random.int(0, 100) : random.int(100, 3_000),
    priorMs: () =>
      policy.ready.sign !== undefined && prior.chance(0.3)
        ? prior.int(1, 1_000)
        : 0,
    readyMs: () =>
      random.chance(0.9)
        // Not in the very moment when the time is over.
        ? random.int(0, policy.ready.timeoutMs - 1)
        : random.int(0, 8_000),
    noticeMs: () => notices.chance(0.5) ? 0 : notices.int(0, 1_000),
    rewrites: notices.chance(0.2) ? 30 : 0,
    saves: () => random.chance(0.95),
    proveMs: () => proofs.chance(0.8) ? 0 : proofs.int(1, 40),
    availableMs: random.chance(0.2) ? Infinity : random.int(0, 4_000),
  };
}

/** In a part of the schedules what failed is tried again, and what makes it fail passes. */
export function withRetries(
  random: Random,
  policy: Policy,
  answers: Answers,
): { readonly policy: Policy; readonly answers: Answers } {
  if (random.chance(0.4)) return { policy, answers };
  const retryRejected = random.pick([
    undefined,
    { firstMs: 1_000, maxMs: 8_000 },
    { firstMs: 5_000, maxMs: 20_000 },
  ]);
  const unanswered = new Set(CONTENTS.filter(() => random.chance(0.2)));
  const recoversAt = random.chance(0.7) ? random.int(1_000, 60_000) : Infinity;
  return {
    policy: { ...policy, retryRejected },
    answers: { ...answers, unanswered, recoversAt },
  };
}

/** In a part of the schedules with dependencies those go away for a while, also for longer than they are waited for. */
export function withOutages(
  random: Random,
  policy: Policy,
  answers: Answers,
  busyMs: number,
): { readonly policy: Policy; readonly answers: Answers } {
  if (policy.waitTimeoutMs === undefined) return { policy, answers };
  const waitForScope = random.chance(0.7) ? "every" : "first";
  const outages = Array.from({ length: random.int(0, 4) }, () => {
    const from = random.int(0, busyMs);
    return [from, from + random.pick([300, 2_000, 8_000])] as const;
  });
  return {
    policy: { ...policy, waitForScope },
    answers: { ...answers, outages },
  };
}

const HOLD = { kind: "hold", reason: undefined, forMs: undefined } as const;
const RESUME = { kind: "resume" } as const;
const RELOAD = { kind: "reload", force: false } as const;

/** Changes are held back and resumed, reloads asked for, late answers given. */
export function disturbReloads(
  story: Story,
  random: Random,
  busyMs: number,
): void {
  const { world } = story;
  const { agenda } = world;
  if (random.chance(0.3)) {
    for (let count = random.int(1, 3); count > 0; count--) {
      agenda.after(random.int(0, busyMs), () => ask(story, HOLD));
      agenda.after(random.int(0, busyMs), () => ask(story, RESUME));
    }
    agenda.after(busyMs, () => ask(story, RESUME));
    // What came during a freeze is taken in in any order.
    agenda.after(busyMs + FREEZE_MAX_MS, () => ask(story, RESUME));
  }
  for (let count = random.chance(0.3) ? 2 : 0; count > 0; count--) {
    agenda.after(random.int(0, busyMs), () => ask(story, RELOAD));
  }
  if (random.chance(0.3)) {
    agenda.after(random.int(0, busyMs), () => late(story));
  }
}

/** In a part of the overlaps the old child ends by itself while the next one starts. */
export function disturbOverlaps(
  { world }: Story,
  random: Random,
  busyMs: number,
): void {
  if (!random.chance(0.3)) return;
  const { agenda, loop } = world;
  const attempt = () => {
    const { state } = loop.model;
    if (state.kind === "overlapping" && state.next.kind !== "waiting") {
      return world.crash(state.old.run);
    }
    if (agenda.now < busyMs && state.kind !== "done") agenda.after(50, attempt);
  };
  agenda.after(random.int(0, busyMs), attempt);
}

/** In a part of the schedules somebody damages saved contents. */
export function disturbCopies(
  { world }: Story,
  random: Random,
  busyMs: number,
): void {
  if (!random.chance(0.2)) return;
  const { agenda, reloads: { copies } } = world;
  for (let count = random.int(1, 3); count > 0; count--) {
    agenda.after(random.int(0, busyMs), () => {
      const { saved } = copies;
      if (saved.length > 0) copies.damage(random.pick(saved));
    });
  }
}

/** Answers to questions that are over. */
function late({ world }: Story): void {
  const ticket = world.loop.model.ticket - 1;
  world.inbox.dispatch({
    kind: "vetted",
    ticket,
    verdict: { kind: "approved" },
  });
  world.inbox.dispatch({ kind: "acted", ticket, outcome: { kind: "done" } });
  world.inbox.dispatch({ kind: "available", ticket });
  world.inbox.dispatch({ kind: "unavailable", ticket, missing: [] });
}
