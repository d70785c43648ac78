/**
 * The event loop: holds the one mutable state, feeds events to the core one at
 * a time and performs the effects that come back. Decides nothing itself.
 */
import type { Observation } from "../core/vocabulary/observation.ts";
import type { Effect, Occasion } from "../core/vocabulary/effect.ts";
import type { Event, TimerName } from "../core/vocabulary/event.ts";
import { EXIT_BUG } from "../core/vocabulary/exit_status.ts";
import type { Fingerprint } from "../core/vocabulary/fingerprint.ts";
import { internalError } from "../core/text/manager.ts";
import type { Message } from "../core/vocabulary/message.ts";
import { initialModel } from "../core/states/opening.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Gentle } from "../core/vocabulary/settings.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import type { Model } from "../core/vocabulary/state.ts";
import type { Transition } from "../core/states/moves.ts";

/** What the loop needs of a system; the real one is in host/, a simulated one in the tests. */
export interface Host {
  readonly now: () => number;
  readonly log: (message: Message) => void;
  /** Answered by an `observed` event that began no earlier than now. */
  readonly look: (
    depth: Observation["depth"],
    cause: Observation["cause"],
  ) => void;
  /**
   * Answered by a `spawned` or a `spawnFailed` event: at once, but for the very
   * first start, whose failure may take a while to explain.
   */
  readonly spawn: (run: number, occasion: Occasion) => void;
  readonly signal: (run: number, signal: Signal) => void;
  readonly isGroupAlive: (run: number) => boolean;
  readonly setTimer: (name: TimerName, at: number | undefined) => void;
  readonly suspend: () => void;
  /** Answered by a `vetted` event. */
  readonly vet: (ticket: number, content: Fingerprint) => void;
  /** Answered by an `acted` event. */
  readonly act: (
    ticket: number,
    action: Gentle,
    occasion: Occasion,
  ) => void;
  /** Ends what `vet`, `act` and `awaitDependencies` have begun; they answer no more. */
  readonly cancel: () => void;
  readonly activate: (content: Fingerprint) => void;
  readonly keep: (contents: readonly Fingerprint[]) => void;
  /** Answered by an `available` event. */
  readonly awaitDependencies: () => void;
}

/** An event as its source knows it: the loop adds when it was taken in. */
export type Happening = Event extends infer E
  ? E extends Event ? Omit<E, "at"> : never
  : never;

/** The core, or a part of it: undefined is left to the whole. */
export type Decide = (
  model: Model,
  event: Event,
  policy: Policy,
) => Transition | undefined;

/** Sources coalesce, so a queue this long can only be a bug. */
export const QUEUE_MAX = 1024;

/** One manager, from `begin` to the exit code. */
export class App {
  readonly #host: Host;
  readonly #policy: Policy;
  readonly #whole: () => Promise<Decide>;
  readonly #queue: Happening[] = [];
  readonly #done = Promise.withResolvers<number>();
  #decide: Decide;
  #model: Model;
  /** An event is being handled, or the whole core is being loaded for it. */
  #busy = false;

  /**
   * `decide` is the core. Where it is only a part of it, `whole` loads the rest
   * for the first event that needs it; the events behind that one wait.
   */
  constructor(
    host: Host,
    policy: Policy,
    decide: Decide,
    whole: () => Promise<Decide> = () => Promise.resolve(decide),
  ) {
    this.#host = host;
    this.#policy = policy;
    this.#decide = decide;
    this.#whole = whole;
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

  #drain(): void {
    this.#busy = true;
    for (
      let next = this.#queue.shift();
      next !== undefined;
      next = this.#queue.shift()
    ) {
      if (this.#take(next)) continue;
      this.#queue.unshift(next);
      return void this.#complete();
    }
    this.#busy = false;
  }

  /** Goes on with the whole core. */
  async #complete(): Promise<void> {
    try {
      this.#decide = await this.#whole();
    } catch (error) {
      // It is a part of the executable; without it nothing can be decided.
      this.#host.log(internalError(String(error)));
      this.#queue.length = 0;
      this.#abandon();
    }
    this.#drain();
  }

  /** False where the part of the core that is there leaves the event to the whole. */
  #take(happening: Happening): boolean {
    const event = { ...happening, at: this.#host.now() };
    let failure: string | undefined;
    try {
      const next = this.#decide(this.#model, event, this.#policy);
      if (next === undefined) return false;
      this.#model = next.model;
      failure = this.#performAll(next.effects);
    } catch (error) {
      failure = String(error);
    }
    const { state } = this.#model;
    if (state.kind === "done") this.#done.resolve(state.code);
    if (failure === undefined) return true;
    if (happening.kind === "bug") this.#abandon();
    else this.#queue.unshift({ kind: "bug", detail: failure });
    return true;
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
    for (const run of childrenOf(this.#model)) {
      try {
        this.#host.signal(run, "SIGKILL");
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
        return this.#host.signal(effect.run, effect.signal);
      case "probe":
        return this.dispatch({
          kind: "groupProbed",
          run: effect.run,
          alive: this.#host.isGroupAlive(effect.run),
        });
      case "timer":
        return this.#host.setTimer(effect.name, effect.at);
      case "suspend":
        return this.#host.suspend();
      case "vet":
        return this.#host.vet(effect.ticket, effect.content);
      case "act":
        return this.#host.act(effect.ticket, effect.action, effect.occasion);
      case "cancel":
        return this.#host.cancel();
      case "activate":
        return this.#host.activate(effect.content);
      case "keep":
        return this.#host.keep(effect.contents);
      case "awaitDependencies":
        return this.#host.awaitDependencies();
    }
  }

  #spawn(run: number, occasion: Occasion): void {
    try {
      this.#host.spawn(run, occasion);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const failure = { kind: "transient", detail } as const;
      this.dispatch({ kind: "spawnFailed", run, failure });
    }
  }
}

/** The incarnations that may be alive. */
function childrenOf({ state, retiring }: Model): number[] {
  const runs = retiring === undefined ? [] : [retiring.run];
  switch (state.kind) {
    case "overlapping":
      runs.push(state.old.run);
      runs.push(
        state.fresh.kind === "spawning"
          ? state.fresh.run
          : state.fresh.child.run,
      );
      return runs;
    case "draining":
      return [...runs, state.child.run];
    default:
      return "run" in state ? [...runs, state.run] : runs;
  }
}
