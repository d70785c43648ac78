/**
 * What an operator asks of the store, beside what the manager itself needs of it.
 * Each is done once, or a few times where other managers write at the same time.
 */
import { conflictPauseMs } from "./pace.ts";
import type { SeekerSystem } from "./seeker_system.ts";
import { StoreUnreachable } from "../slots/slot_store.ts";

/** An operator waits: after so many attempts he is told, and may ask again. */
const ATTEMPTS_MAX = 5;

interface Errand {
  at: number;
  attempts: number;
  /** Whether it is done. */
  readonly attempt: () => Promise<boolean>;
  readonly fail: (error: unknown) => void;
}

export class Errands {
  readonly #system: SeekerSystem;
  readonly #waiting = new Set<Errand>();

  constructor(system: SeekerSystem) {
    this.#system = system;
  }

  /**
   * Resolves to what `attempt` does; undefined is that another manager has written
   * meanwhile. Rejects with a StoreUnreachable. It begins when `run` is called.
   */
  add<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add({
      at: this.#system.now(),
      attempts: 0,
      attempt: async () => {
        const result = await attempt();
        if (result !== undefined) resolve(result);
        return result !== undefined;
      },
      fail: reject,
    });
    return promise;
  }

  /** When the next attempt is due; undefined: never. */
  get at(): number | undefined {
    const [next] = this.#inOrder();
    return next?.at;
  }

  /** Makes the next attempt. Never rejects: whoever has asked is told. */
  async run(): Promise<void> {
    const [errand] = this.#inOrder();
    if (errand === undefined) return;
    try {
      errand.attempts++;
      if (await errand.attempt()) return this.#over(errand);
      if (errand.attempts === ATTEMPTS_MAX) throw new StoreUnreachable(CROWDED);
      const { now, chance } = this.#system;
      errand.at = now() + conflictPauseMs(chance());
    } catch (error) {
      this.#over(errand);
      errand.fail(error);
    } finally {
      this.#giveWay();
    }
  }

  /** What the manager needs itself, and was due meanwhile, comes before the next one. */
  #giveWay(): void {
    const now = this.#system.now();
    for (const errand of this.#waiting) errand.at = Math.max(errand.at, now);
  }

  /** Nothing is done any more. */
  end(reason: StoreUnreachable): void {
    for (const { fail } of this.#waiting) fail(reason);
    this.#waiting.clear();
  }

  #over(errand: Errand): void {
    this.#waiting.delete(errand);
  }

  #inOrder(): readonly Errand[] {
    return [...this.#waiting].sort((a, b) => a.at - b.at);
  }
}

const CROWDED =
  `other managers have written at the same time ${ATTEMPTS_MAX} times; try again`;
