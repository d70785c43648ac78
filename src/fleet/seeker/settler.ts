/** Tells verdicts and gives back what we do not need any more, until the store has taken it. */
import { askPauseMs, conflictPauseMs } from "./pace.ts";
import type { SeekerSystem } from "./seeker_system.ts";
import { settlingChange } from "../slots/slot_decision.ts";
import { StoreUnreachable } from "../slots/slot_store.ts";
import type { StoreCalls } from "./store_calls.ts";
import type { Report } from "../slots/verdicts.ts";

/** Verdicts that wait for the store; of more the oldest is dropped. */
const REPORTS_MAX = 16;
/** One failure is no news: a store that has too many requests answers so. */
const TOLD_AT_FAILURE = 2;

export class Settler {
  readonly #calls: StoreCalls;
  readonly #system: SeekerSystem;
  readonly #onUntold: (detail: string) => void;
  /** Whether what is left is that of a reload; a wish that was not granted has none. */
  #isOfReload = false;
  /** Attempts in a row to settle that, which have failed. */
  #failures = 0;
  #reports: readonly Report[] = [];
  #since = 0;
  #at = 0;

  /** `onUntold` gets why what a reload has left cannot be settled; once, at the second failure in a row. */
  constructor(
    calls: StoreCalls,
    system: SeekerSystem,
    onUntold: (detail: string) => void,
  ) {
    this.#calls = calls;
    this.#system = system;
    this.#onUntold = onUntold;
  }

  /** When the next attempt is due. */
  get at(): number {
    return this.#at;
  }

  add(report: Report): void {
    this.#reports = [...this.#reports, report].slice(-REPORTS_MAX);
    this.#isOfReload = true;
  }

  /** A reload does not need the slot any more that it had. */
  owesSlot(): void {
    this.#isOfReload = true;
  }

  /** There is something new to settle: it is not put off. */
  hurry(): void {
    this.#since = this.#system.now();
    this.#at = this.#since;
  }

  /** Whether something is left; a slot that we may have is, if there is no wish for one. */
  isNeeded(hasWish: boolean): boolean {
    return this.#reports.length > 0 || (this.#calls.mayHold && !hasWish);
  }

  /**
   * Reads, and writes once. `isHolding` is asked after the reading. Throws a
   * StoreUnreachable.
   */
  async settle(isHolding: () => boolean): Promise<void> {
    try {
      await this.#attempt(isHolding);
    } catch (error) {
      if (error instanceof StoreUnreachable && this.#isOfReload) {
        this.#failures += 1;
        if (this.#failures === TOLD_AT_FAILURE) this.#onUntold(error.message);
      }
      throw error;
    }
    this.#failures = 0;
    if (!this.isNeeded(false)) this.#isOfReload = false;
  }

  async #attempt(isHolding: () => boolean): Promise<void> {
    const { now, chance } = this.#system;
    this.#at = now() + askPauseMs(now() - this.#since, chance());
    const view = await this.#calls.read();
    const reports = this.#reports;
    const { uid } = this.#calls.store.identity;
    const change = settlingChange(view, uid, reports, isHolding());
    const isDone = change === undefined ||
      await this.#calls.change(view, change);
    if (isDone) {
      this.#reports = this.#reports
        .filter((report) => !reports.includes(report));
      this.#at = now();
    } else {
      this.#at = now() + conflictPauseMs(chance());
    }
  }
}
