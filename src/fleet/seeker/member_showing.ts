/** Shows the others what this manager does, until the store has taken it. */
import { askPauseMs, storePauseMs } from "./pace.ts";
import type { SeekerSystem } from "./seeker_system.ts";
import type { ShownMember } from "../slots/member_board.ts";
import { StoreUnreachable } from "../slots/slot_store.ts";
import type { StoreCalls } from "./store_calls.ts";
import type { Due } from "./turns.ts";

/** One failure is no news: a store that has too many requests answers so. */
const TOLD_AT_FAILURE = 2;

export class MemberShowing {
  readonly #calls: StoreCalls;
  readonly #system: SeekerSystem;
  readonly #onNotShown: (detail: string) => void;
  /** What the others are to see; undefined before the first time. */
  #latest: ShownMember | undefined;
  /** The same, as long as they do not see it. */
  #wanted: ShownMember | undefined;
  /** When the first attempt was due of those that have failed since. */
  #since = 0;
  #at = 0;
  /** When the last attempt began. */
  #askedAt = -Infinity;
  #isUnderWay = false;
  /** Attempts in a row that have failed. */
  #failures = 0;
  /** Why the latest attempt has failed. */
  #fault: string | undefined;

  /** `onNotShown` gets why the store does not take it; once, at the second failure in a row. */
  constructor(
    calls: StoreCalls,
    system: SeekerSystem,
    onNotShown: (detail: string) => void,
  ) {
    this.#calls = calls;
    this.#system = system;
    this.#onNotShown = onNotShown;
  }

  /** Where the store has no board, there is nothing to do. A store that has failed is not asked earlier for something newer. */
  want(member: ShownMember): void {
    if (this.#calls.store.board === undefined) return;
    this.#latest = this.#wanted = member;
    if (this.#failures === 0) this.#begin();
  }

  /** Shows the latest once more, now. False: there is none yet. */
  async again(): Promise<boolean> {
    if (this.#latest === undefined) return false;
    this.#wanted = this.#latest;
    await this.#show(this.#latest);
    return true;
  }

  /** Why the others cannot be shown it; undefined: they can, as far as we know. */
  get fault(): string | undefined {
    return this.#fault;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  get due(): Due | undefined {
    const member = this.#wanted;
    return member && { at: this.#at, act: () => this.#show(member) };
  }

  /** A store that does not take it is asked again after a pause; for what is only looked at, that is no fault of the fleet. */
  async #show(member: ShownMember): Promise<void> {
    this.#askedAt = this.#system.now();
    this.#isUnderWay = true;
    try {
      await this.#calls.show(member);
    } catch (error) {
      if (!(error instanceof StoreUnreachable)) throw error;
      this.#failed(error);
      return;
    } finally {
      this.#isUnderWay = false;
    }
    this.#failures = 0;
    this.#fault = undefined;
    if (this.#wanted === member) this.#wanted = undefined;
    else this.#begin();
  }

  /** States that follow each other closely, as in a restart, are one write where the board asks for that. */
  #begin(): void {
    const { spacingMs = 0 } = this.#calls.store.board ?? {};
    this.#since = this.#system.now();
    this.#at = Math.max(this.#since, this.#askedAt + spacingMs);
  }

  #failed({ message, retryAfterMs = 0 }: StoreUnreachable): void {
    const { now, chance } = this.#system;
    const pauseMs = askPauseMs(now() - this.#since, chance());
    this.#at = now() + Math.max(pauseMs, storePauseMs(retryAfterMs, chance()));
    this.#failures += 1;
    this.#fault = message;
    if (this.#failures === TOLD_AT_FAILURE) this.#onNotShown(message);
  }
}
