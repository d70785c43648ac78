/**
 * What reaches the manager of a simulated system. While the manager does not run,
 * it waits here, and the rest of the system goes on.
 */
import type { Happening } from "../../src/core/vocabulary/event.ts";
import type { Loop } from "../../src/manager/loop.ts";
import type { Agenda } from "./agenda.ts";
import type { Random } from "./random.ts";

export interface InboxOptions {
  readonly agenda: Agenda;
  readonly loop: () => Loop;
  /** Whether the manager's clock ticks, so that it notices a time in which it does not run. */
  readonly isTicking: () => boolean;
}

export class Inbox {
  /** When the manager ran again, and for how long it did not run in all. */
  thawedAt = 0;
  frozenMs = 0;
  readonly #options: InboxOptions;
  /** Undefined while the manager runs. */
  #backlog: (() => void)[] | undefined;
  #takenMs = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  get isFrozen(): boolean {
    return this.#backlog !== undefined;
  }

  /** The manager takes it in, as soon as it runs. */
  dispatch(happening: Happening): void {
    this.whenRunning(() => this.#options.loop().dispatch(happening));
  }

  /** Does it at once, or when the manager runs again. */
  whenRunning(act: () => void): void {
    if (this.#backlog === undefined) act();
    else this.#backlog.push(act);
  }

  /** The manager does not run for a while; then what has happened is taken in, in any order. */
  freeze(ms: number, random: Random): void {
    if (this.isFrozen) return;
    const { agenda, isTicking } = this.#options;
    this.#backlog = [];
    this.frozenMs += ms;
    if (isTicking()) agenda.freeze();
    agenda.after(ms, () => this.#thaw(random));
  }

  #thaw(random: Random): void {
    const { agenda, loop } = this.#options;
    const backlog = this.#backlog ?? [];
    this.#backlog = undefined;
    this.thawedAt = agenda.now;
    agenda.thaw();
    while (backlog.length > 0) {
      const [act] = backlog.splice(random.int(0, backlog.length - 1), 1);
      act();
    }
    loop().catchUp();
  }

  /** For how long the manager's clock stood still since this was last asked. */
  takeStalled(): number {
    const forMs = this.#options.agenda.stalledMs - this.#takenMs;
    this.#takenMs += forMs;
    // Virtual time is not exact.
    return forMs < 0.001 ? 0 : forMs;
  }
}
