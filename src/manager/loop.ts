/**
 * The event loop: holds the one mutable state, feeds events to the core one at
 * a time and performs the effects that come back. Decides nothing itself.
 */
import type { Observation } from "../core/vocabulary/observation.ts";
import type { Effect, Occasion, Recipient } from "../core/vocabulary/effect.ts";
import type { Event, TimerName } from "../core/vocabulary/event.ts";
import { EXIT_BUG } from "../core/vocabulary/exit_status.ts";
import type { Fingerprint } from "../core/vocabulary/fingerprint.ts";
import type { Message } from "../core/vocabulary/message.ts";
import {
  initialModel,
  liveRuns,
  type Model,
} from "../core/vocabulary/model.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Gentle } from "../core/vocabulary/settings.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import type { TakenStep } from "../core/vocabulary/taken_step.ts";
import { stateChanged } from "../core/text/manager.ts";
import { killedBy } from "../core/states/killing.ts";
import { step } from "../core/step.ts";

/** What the loop needs of a system; the real one is in host/, a simulated one in the tests. */
export interface Host {
  /** Milliseconds on a clock that never goes back, and stands still while we do not run. */
  readonly now: () => number;
  /** For how long we did not run since this was last asked. */
  readonly takeStalled: () => number;
  readonly log: (message: Message) => void;
  /** Answered by an `observed` event that began no earlier than now. */
  readonly look: (
    depth: Observation["depth"],
    cause: Observation["cause"],
  ) => void;
  /** Answered by a `spawned` or a `spawnFailed` event; after `cancel` by the latter, and nothing is started. */
  readonly spawn: (run: number, occasion: Occasion) => void;
  readonly signal: (run: number, signal: Signal, to: Recipient) => void;
  readonly isGroupAlive: (run: number) => boolean;
  readonly leave: (run: number) => void;
  readonly setTimer: (name: TimerName, at: number | undefined) => void;
  readonly suspend: () => void;
  /** Answered by a `vetted` event. */
  readonly vet: (ticket: number, content: Fingerprint) => void;
  /** Answered by a `captured` or a `vetted` event. */
  readonly capture: (ticket: number, content: Fingerprint) => void;
  /** Answered by an `acted` event. */
  readonly act: (
    ticket: number,
    run: number,
    action: Gentle,
    occasion: Occasion,
  ) => void;
  /**
   * Ends what `vet`, `act` and `awaitDependencies` have begun, which answer no
   * more, and a `spawn` that has started nothing yet.
   */
  readonly cancel: () => void;
  readonly activate: (content: Fingerprint) => void;
  readonly keep: (contents: readonly Fingerprint[]) => void;
  /** Answered by a `ready` or a `notReady` event. */
  readonly askSign: (run: number) => void;
  /** Answered by an `available` event, and by `missing` events before it. */
  readonly awaitDependencies: (ticket: number) => void;
  /** Answered by an `available` or an `unavailable` event. */
  readonly askDependencies: (ticket: number) => void;
}

/** An event as its source knows it: the loop adds when it was taken in. */
export type Happening = Event extends infer E
  ? E extends Event ? Omit<E, "at"> : never
  : never;

/** Sources coalesce, so a queue this long can only be a bug. */
export const QUEUE_MAX = 1024;

export interface LoopOptions {
  /** Another one than the core is for tests. */
  readonly decide?: typeof step;
  /**
   * Hears of each step when its effects have been performed. What it throws is a
   * bug like any other, and it hears of nothing more.
   */
  readonly onStep?: (taken: TakenStep) => void;
}

/** One manager, from `begin` to the exit code. */
export class Loop {
  readonly #host: Host;
  readonly #policy: Policy;
  readonly #decide: typeof step;
  #onStep: LoopOptions["onStep"];
  readonly #queue: Happening[] = [];
  readonly #done = Promise.withResolvers<number>();
  #model: Model;
  #busy = false;

  constructor(host: Host, policy: Policy, options: LoopOptions = {}) {
    const { decide = step, onStep } = options;
    this.#host = host;
    this.#policy = policy;
    this.#decide = decide;
    this.#onStep = onStep;
    this.#model = initialModel(policy);
  }

  /** Resolves to the exit code when there is nothing left to do. */
  get done(): Promise<number> {
    return this.#done.promise;
  }

  /** For tests and invariants; a snapshot that never changes. */
  get model(): Model {
    return this.#model;
  }

  /** Takes in what happened. Events that effects cause are handled after it, in order. */
  dispatch(happening: Happening): void {
    if (this.#queue.length >= QUEUE_MAX) {
      throw new Error(`Event queue is over its limit of ${QUEUE_MAX}`);
    }
    this.#queue.push(happening);
    if (!this.#busy) this.#drain();
  }

  /** Takes in that we did not run for a while. */
  catchUp(): void {
    if (!this.#busy) this.#drain();
  }

  #drain(): void {
    this.#busy = true;
    for (
      let next = this.#next();
      next !== undefined;
      next = this.#next()
    ) {
      this.#take(next);
    }
    this.#busy = false;
  }

  /** That we did not run comes before what happened meanwhile. */
  #next(): Happening | undefined {
    this.#host.now();
    const forMs = this.#host.takeStalled();
    return forMs > 0 ? { kind: "stalled", forMs } : this.#queue.shift();
  }

  #take(happening: Happening): void {
    const event = { ...happening, at: this.#host.now() };
    let failure: string | undefined;
    try {
      const before = this.#model;
      const { model: after, effects } = this.#decide(
        before,
        event,
        this.#policy,
      );
      this.#model = after;
      failure = this.#performAll([
        ...tracesOf(before, event, after),
        ...effects,
      ]);
      const fault = this.#tell({ event, before, after, effects });
      failure ??= fault;
    } catch (error) {
      failure = String(error);
    }
    const { state } = this.#model;
    if (state.kind === "done") this.#done.resolve(state.code);
    if (failure === undefined) return;
    if (happening.kind === "bug") this.#abandon();
    else this.#queue.unshift({ kind: "bug", detail: failure });
  }

  /** Returns what the observer has thrown, if it has. */
  #tell(taken: TakenStep): string | undefined {
    try {
      this.#onStep?.(taken);
      return undefined;
    } catch (error) {
      this.#onStep = undefined;
      return String(error);
    }
  }

  /** One failed effect does not keep the others from being performed; the first error is returned. */
  #performAll(effects: readonly Effect[]): string | undefined {
    let failure: string | undefined;
    for (const effect of effects) {
      try {
        this.#perform(effect);
      } catch (error) {
        failure ??= String(error);
      }
    }
    return failure;
  }

  /** Even the orderly answer to a bug has failed: take the child along and end. */
  #abandon(): void {
    for (const run of liveRuns(this.#model)) {
      try {
        this.#host.signal(run, "SIGKILL", killedBy(this.#policy));
      } catch {
        // Nothing more can be done for it.
      }
    }
    this.#model = {
      ...this.#model,
      state: { kind: "done", code: EXIT_BUG },
      retiring: undefined,
    };
    this.#done.resolve(EXIT_BUG);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "log":
        return this.#host.log(effect.message);
      case "look":
        return this.#host.look(effect.depth, effect.cause);
      case "spawn":
        return this.#spawn(effect.run, effect.occasion);
      case "signal":
        return this.#host.signal(effect.run, effect.signal, effect.to);
      case "probeGroup":
        return this.dispatch({
          kind: "groupProbed",
          run: effect.run,
          alive: this.#host.isGroupAlive(effect.run),
        });
      case "leave":
        return this.#host.leave(effect.run);
      case "timer":
        return this.#host.setTimer(effect.name, effect.at);
      case "suspend":
        return this.#host.suspend();
      case "vet":
        return this.#host.vet(effect.ticket, effect.content);
      case "capture":
        return this.#host.capture(effect.ticket, effect.content);
      case "act":
        return this.#host.act(
          effect.ticket,
          effect.run,
          effect.action,
          effect.occasion,
        );
      case "cancel":
        return this.#host.cancel();
      case "activate":
        return this.#host.activate(effect.content);
      case "keep":
        return this.#host.keep(effect.contents);
      case "askSign":
        return this.#host.askSign(effect.run);
      case "awaitDependencies":
        return this.#host.awaitDependencies(effect.ticket);
      case "askDependencies":
        return this.#host.askDependencies(effect.ticket);
    }
  }

  /** It is answered in any case; what it throws is a bug. */
  #spawn(run: number, occasion: Occasion): void {
    try {
      this.#host.spawn(run, occasion);
    } catch (error) {
      const failure = { kind: "withdrawn", detail: String(error) } as const;
      this.dispatch({ kind: "spawnFailed", run, failure });
      throw error;
    }
  }
}

/** Logs which event has led from which state to which. */
function tracesOf({ state }: Model, { kind }: Event, next: Model): Effect[] {
  const to = next.state.kind;
  return state.kind === to
    ? []
    : [{ kind: "log", message: stateChanged(state.kind, to, kind) }];
}
