/**
 * The event loop: holds the one mutable state, feeds events to the core one at
 * a time and performs the effects that come back. Decides nothing itself.
 */
import type { Observation } from "../core/vocabulary/observation.ts";
import type { Effect, Occasion, Recipient } from "../core/vocabulary/effect.ts";
import type { Event, Happening, TimerName } from "../core/vocabulary/event.ts";
import { EXIT_BUG } from "../core/vocabulary/exit_status.ts";
import type { Message } from "../core/vocabulary/message.ts";
import {
  initialModel,
  liveRuns,
  type Model,
} from "../core/vocabulary/model.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import type { TakenStep } from "../core/vocabulary/taken_step.ts";
import { stateChanged } from "../core/text/manager.ts";
import { policyFrom } from "../core/rules/tuning.ts";
import { killedBy } from "../core/termination/killing.ts";
import { step } from "../core/step.ts";
import type { ReloadEffects } from "./reloads/reload_system.ts";
import type { SlotEffects } from "./slot_effects.ts";

/**
 * What the loop needs of a system. The real one is in system.ts, a simulated
 * one in the tests.
 */
export interface Host extends ReloadEffects, SlotEffects {
  /**
   * Milliseconds on a clock that never goes back, and that stands still while
   * this process does not run.
   */
  readonly now: () => number;
  /** For how many milliseconds this process did not run since the last call. */
  readonly takeStalled: () => number;
  readonly log: (message: Message) => void;
  /** Answered by an `observed` event that began no earlier than now. */
  readonly look: (
    depth: Observation["depth"],
    cause: Observation["cause"],
  ) => void;
  /**
   * Answered by a `spawned` or a `spawnFailed` event. After `cancel` nothing is
   * started, and the answer is `spawnFailed`.
   */
  readonly spawn: (run: number, occasion: Occasion) => void;
  readonly signal: (run: number, signal: Signal, to: Recipient) => void;
  readonly isGroupAlive: (run: number) => boolean;
  readonly leave: (run: number) => void;
  readonly setTimer: (name: TimerName, at: number | undefined) => void;
  readonly suspend: () => void;
}

/**
 * The sources of events merge repeated events, so only a bug can make the queue
 * this long.
 */
export const QUEUE_MAX = 1024;

export interface LoopOptions {
  /** Another one than the core is for tests. */
  readonly decide?: typeof step;
  /** Hears of each step before its effects are performed; it must not throw. */
  readonly onDecided?: (taken: TakenStep) => void;
  /**
   * Hears of each step when its effects have been performed. What it throws is a
   * bug like any other, and it hears of nothing more.
   */
  readonly onStep?: (taken: TakenStep) => void;
}

/** One manager, from `begin` to the exit code. */
export class Loop {
  readonly #host: Host;
  #policy: Policy;
  readonly #decide: typeof step;
  readonly #onDecided: LoopOptions["onDecided"];
  #onStep: LoopOptions["onStep"];
  readonly #queue: Happening[] = [];
  readonly #done = Promise.withResolvers<number>();
  #model: Model;
  #busy = false;

  constructor(host: Host, policy: Policy, options: LoopOptions = {}) {
    const { decide = step, onDecided, onStep } = options;
    this.#host = host;
    this.#policy = policy;
    this.#decide = decide;
    this.#onDecided = onDecided;
    this.#onStep = onStep;
    this.#model = initialModel(policy);
  }

  /** Resolves to the exit code when there is nothing left to do. */
  get done(): Promise<number> {
    return this.#done.promise;
  }

  /** Whether an event is being handled; to others than its effects, for good only if the loop hangs. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** The present model, for tests and invariants. Each model is immutable. */
  get model(): Model {
    return this.#model;
  }

  /**
   * Handles the event. Events that its effects cause are handled after it, in
   * order.
   */
  dispatch(happening: Happening): void {
    if (this.#queue.length >= QUEUE_MAX) {
      throw new Error(`Event queue is over its limit of ${QUEUE_MAX}`);
    }
    this.#queue.push(happening);
    if (!this.#busy) this.#drain();
  }

  /** Handles a pause in which this process did not run. */
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

  /** The event `stalled` comes before the events that wait in the queue. */
  #next(): Happening | undefined {
    this.#host.now();
    const forMs = this.#host.takeStalled();
    return forMs > 0 ? { kind: "stalled", forMs } : this.#queue.shift();
  }

  #take(happening: Happening): void {
    const event = { ...happening, at: this.#host.now() };
    let failure: string | undefined;
    try {
      this.#policy = policyFrom(event, this.#policy);
      const before = this.#model;
      const { model: after, effects } = this.#decide(
        before,
        event,
        this.#policy,
      );
      this.#model = after;
      const taken = { event, before, after, effects };
      this.#onDecided?.(taken);
      failure = this.#performAll([
        ...tracesOf(before, event, after),
        ...effects,
      ]);
      const fault = this.#tell(taken);
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

  /**
   * Performs all effects, also after one has failed; returns the first error.
   */
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

  /**
   * Kills all children and ends, because handling the event `bug` has failed
   * too.
   */
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
        return this.#host.vet(effect.ticket, effect.content, effect.previous);
      case "capture":
        return this.#host.capture(effect.ticket, effect.content);
      case "act":
        return this.#host.act(
          effect.ticket,
          effect.run,
          effect.action,
          effect.occasion,
          effect.isFirst,
        );
      case "beforeStart":
        return this.#host.beforeStart(
          effect.ticket,
          effect.run,
          effect.occasion,
        );
      case "afterExit":
        return this.#host.afterExit(effect.ticket, effect.run, effect.ending);
      case "endHook":
        return this.#host.endHook(effect.ticket);
      case "cancel":
        return this.#host.cancel();
      case "activate":
        return this.#host.activate(effect.content);
      case "keep":
        return this.#host.keep(effect.contents);
      case "requestReload":
        // Before what waits in the queue: the core has seen that it can be taken now.
        this.#queue.unshift({
          kind: "reload",
          force: false,
          signal: effect.signal,
        });
        return;
      case "takeSlot":
        return this.#host.takeSlot(
          effect.ticket,
          effect.content,
          effect.isForced,
        );
      case "reportSlot":
        return this.#host.reportSlot(effect.ticket, effect.verdict);
      case "releaseSlot":
        return this.#host.releaseSlot(effect.ticket);
      case "showMember":
        return this.#host.showMember(effect.member);
      case "askSign":
        return this.#host.askSign(effect.run);
      case "askLive":
        return this.#host.askLive(effect.run, effect.question);
      case "awaitDependencies":
        return this.#host.awaitDependencies(effect.ticket);
      case "askDependencies":
        return this.#host.askDependencies(effect.ticket);
    }
  }

  /**
   * Answers with `spawnFailed` if the host throws. Then the error is thrown
   * again, as a bug.
   */
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

/** The log line that says which event has led from which state to which. */
function tracesOf({ state }: Model, { kind }: Event, next: Model): Effect[] {
  const to = next.state.kind;
  return state.kind === to
    ? []
    : [{ kind: "log", message: stateChanged(state.kind, to, kind) }];
}
