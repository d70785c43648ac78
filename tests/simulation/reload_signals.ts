/** Signals that ask for a reload in a random schedule, and what the core makes of them. */
import { objectionTo } from "../../src/core/rules/objection.ts";
import type { step } from "../../src/core/step.ts";
import type { Signal } from "../../src/core/vocabulary/signals.ts";
import type { State } from "../../src/core/vocabulary/state.ts";
import type { Random } from "./random.ts";
import type { Story } from "./schedule.ts";
import { Violation } from "./violation.ts";

/** The core does not mind which one it is; no schedule sends this one for another reason. */
const RELOAD_SIGNAL: Signal = "SIGURG";

export class ReloadSignals {
  /** When each of them reached the core. */
  readonly arrived: number[] = [];
  /** When the core took up a request for one of them. */
  readonly requested: number[] = [];
  /** Those of the requests to which nothing was objected. */
  readonly granted: number[] = [];
  /** When a start was last refused for which there is nothing to go back to: none follows until an operator asks for one. */
  refusedAt = -Infinity;

  /** The same core, watched. */
  watching(decide: typeof step, now: () => number): typeof step {
    return (model, event, policy) => {
      if (event.kind === "signal" && event.signal === policy.reloadSignal) {
        this.arrived.push(now());
      }
      if (event.kind === "reload" && event.signal !== undefined) {
        this.requested.push(now());
        const objection = objectionTo(model, event);
        if (objection === undefined) this.granted.push(now());
      }
      const next = decide(model, event, policy);
      const isHalted = next.model.state.kind === "halted";
      if (isHalted && STARTS.has(model.state.kind)) this.refusedAt = now();
      return next;
    };
  }
}

/** States on the way to a child. */
const STARTS: ReadonlySet<State["kind"]> = new Set([
  "awaiting",
  "preparing",
  "proving",
  "beforeStart",
  "spawning",
]);

export const reloadSignalOf = (random: Random): Signal | undefined =>
  random.chance(0.3) ? RELOAD_SIGNAL : undefined;

/** When they are sent: at any moment, and some close to one another. */
export function reloadSignalsAt(random: Random, busyMs: number): number[] {
  const first = Array.from(
    { length: random.int(1, 4) },
    () => random.int(0, busyMs),
  );
  return random.chance(0.5)
    ? [...first, ...first.map((at) => at + random.int(0, 2_000))]
    : first;
}

/** Holds after every step: no child gets one, and each asks for one reload at most. */
export function checkReloadSignals({ world, reloadSignals }: Story): void {
  const { arrived, requested } = reloadSignals;
  const heard = world.children.find(({ signals }) =>
    signals.includes(RELOAD_SIGNAL)
  );
  if (heard !== undefined) {
    throw new Violation("reload-signal", `run ${heard.run} got it`);
  }
  if (requested.length <= arrived.length) return;
  const detail = `${requested.length} asked for by ${arrived.length}`;
  throw new Violation("reload-signal", detail);
}

/** Holds when everything has come to rest: a reload was asked for, or a child was started, after the last of them. */
export function checkReloadSignalled(
  { world, commands, reloadSignals }: Story,
): void {
  const { arrived, requested } = reloadSignals;
  const last = arrived.at(-1);
  if (last === undefined) return;
  const isServed = requested.some((at) => at >= last) ||
    world.children.some(({ startedAt }) => startedAt >= last) ||
    // It was to be served by a start that was refused.
    reloadSignals.refusedAt >= last ||
    // An operator has given the start up.
    commands.halts.some((at) => at >= last);
  if (isServed) return;
  throw new Violation("reload-signal", `nothing came of that at ${last}`);
}
