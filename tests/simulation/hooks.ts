/**
 * The hooks of a simulated system: they take their time, fail now and then, and
 * some go on until they are ended. Records what an invariant needs; it judges
 * nothing.
 */
import type { Host } from "../../src/manager/loop.ts";
import type { HookOutcome } from "../../src/core/vocabulary/event.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Agenda } from "./agenda.ts";
import type { Inbox } from "./inbox.ts";
import type { Random } from "./random.ts";

/** How the hooks of a schedule go. */
export interface HookAnswers {
  readonly workMs: () => number;
  /** Whether the next `--before-start` succeeds. */
  readonly succeeds: () => boolean;
}

const NEVER = 24 * 60 * 60 * 1_000;
/** A `--before-start` fails so often at most, so that there is a rest. */
const FAILURES_MAX = 3;
/** From the end that was asked for to the end. */
const DEATH_MS = 100;

/** In a part of the schedules there are hooks. */
export function withHooks(
  random: Random,
  policy: Policy,
): { readonly policy: Policy; readonly hooks: HookAnswers | undefined } {
  if (!random.chance(0.25)) return { policy, hooks: undefined };
  const hook = { command: ["hook"], timeoutMs: random.pick([500, 10_000]) };
  const which = random.pick(["before", "after", "both"] as const);
  const fails = random.chance(0.4);
  return {
    policy: {
      ...policy,
      beforeStart: which === "after" ? undefined : hookOf(hook.timeoutMs),
      afterExit: which === "before" ? undefined : hookOf(hook.timeoutMs),
    },
    hooks: {
      workMs: () =>
        random.chance(0.8)
          ? random.int(0, 300)
          : random.pick([2_000, 8_000, NEVER]),
      succeeds: () => !fails || random.chance(0.6),
    },
  };
}

const hookOf = (timeoutMs: number): Policy["afterExit"] => ({
  command: ["hook"],
  timeoutMs,
});

type HookHost = Pick<Host, "beforeStart" | "afterExit" | "endHook">;

interface Running {
  readonly ticket: number;
  readonly kind: "before" | "after";
  isAsked: boolean;
  readonly end: (outcome: HookOutcome) => void;
}

/** When a start was decided for which a hook ran first. */
interface Begun<Decision> {
  readonly run: number;
  readonly decision: Decision;
}

export interface HookOptions<Decision> {
  readonly agenda: Agenda;
  readonly inbox: () => Inbox;
  readonly answers: HookAnswers | undefined;
  readonly policy: Policy;
  readonly decide: () => Decision;
}

export class Hooks<Decision> {
  /** Times that a `--before-start` has failed. */
  failures = 0;
  /** When the latest of them was. */
  failedAt = -Infinity;
  /** Children for which `--after-exit` has run, each once for each time. */
  readonly afterExits: number[] = [];
  /** The latest start whose hook has succeeded; the next child takes that. */
  approved: Begun<Decision> | undefined;
  /** When the latest `--before-start` was begun. */
  beganAt = -Infinity;
  readonly #running = new Map<number, Running>();
  readonly #options: HookOptions<Decision>;

  constructor(options: HookOptions<Decision>) {
    this.#options = options;
  }

  /** Hooks that run, and that nobody has asked to end. */
  get underWay(): number {
    return [...this.#running.values()].filter(({ isAsked }) => !isAsked).length;
  }

  host(): HookHost {
    const { policy, decide } = this.#options;
    return {
      beforeStart: (ticket, run) => {
        const { answers } = this.#options;
        const decision = decide();
        this.beganAt = this.#options.agenda.now;
        const workMs = answers?.workMs() ?? 0;
        const limitMs = policy.beforeStart?.timeoutMs ?? NEVER;
        const isGood = workMs < limitMs &&
          (this.failures >= FAILURES_MAX || answers?.succeeds() !== false);
        const { end } = this.#begin(ticket, "before", (outcome) => {
          if (outcome.kind === "failed") {
            this.failures++;
            this.failedAt = this.#options.agenda.now;
          }
          if (outcome.kind === "done") this.approved = { run, decision };
        });
        this.#options.agenda.after(Math.min(workMs, limitMs), () =>
          end(
            isGood
              ? { kind: "done" }
              : { kind: "failed", detail: "simulated", tail: ["bad"] },
          ));
      },
      afterExit: (ticket, run) => {
        this.afterExits.push(run);
        const { end } = this.#begin(ticket, "after", () => {});
        const workMs = this.#options.answers?.workMs() ?? 0;
        this.#options.agenda.after(workMs, () => end({ kind: "done" }));
      },
      endHook: (ticket) => this.#kill(ticket),
    };
  }

  /** Ends a `--before-start`, as the effect `cancel` does. */
  cancel(): void {
    for (const { ticket, kind } of this.#running.values()) {
      if (kind === "before") this.#kill(ticket);
    }
  }

  #kill(ticket: number): void {
    const running = this.#running.get(ticket);
    if (running === undefined) return;
    running.isAsked = true;
    this.#options.agenda.after(
      DEATH_MS,
      () => running.end({ kind: "withdrawn" }),
    );
  }

  /** The answer is told once, when the manager runs. */
  #begin(
    ticket: number,
    kind: Running["kind"],
    onEnd: (outcome: HookOutcome) => void,
  ): Running {
    const running: Running = {
      ticket,
      kind,
      isAsked: false,
      end: (outcome) => {
        if (!this.#running.delete(ticket)) return;
        onEnd(outcome);
        this.#options.inbox().dispatch({ kind: "hookEnded", ticket, outcome });
      },
    };
    this.#running.set(ticket, running);
    return running;
  }
}
