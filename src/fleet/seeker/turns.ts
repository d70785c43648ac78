/** Does one thing at a time, and finds out after each what is due next. */
import type { SeekerSystem } from "./seeker_system.ts";

/** Something to do, and when. It never rejects. */
export interface Due {
  readonly at: number;
  readonly act: () => Promise<void>;
}

export class Turns {
  readonly #system: SeekerSystem;
  readonly #nextDue: () => Due | undefined;
  #work: Promise<void> | undefined;
  #isOver = false;
  #cancel = () => {};

  constructor(system: SeekerSystem, nextDue: () => Due | undefined) {
    this.#system = system;
    this.#nextDue = nextDue;
  }

  /** Begins what is due, or waits for it. Call it when something else may be due. */
  take(): void {
    this.#cancel();
    if (this.#work !== undefined || this.#isOver) return;
    const due = this.#nextDue();
    if (due === undefined) return;
    const waitMs = due.at - this.#system.now();
    if (waitMs > 0) {
      this.#cancel = this.#system.after(waitMs, () => this.take());
    } else {
      this.#work = this.#perform(due);
    }
  }

  /** Nothing is begun any more. Resolves when what is under way is over. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#cancel();
    await this.#work;
  }

  async #perform({ act }: Due): Promise<void> {
    try {
      await act();
    } finally {
      this.#work = undefined;
      this.take();
    }
  }
}
