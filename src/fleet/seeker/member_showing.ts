/** Shows the others what this manager does, until the store has taken it. */
import { askPauseMs } from "./pace.ts";
import type { SeekerSystem } from "./seeker_system.ts";
import type { ShownMember } from "../slots/member_board.ts";
import { StoreUnreachable } from "../slots/slot_store.ts";
import type { StoreCalls } from "./store_calls.ts";
import type { Due } from "./turns.ts";

export class MemberShowing {
  readonly #calls: StoreCalls;
  readonly #system: SeekerSystem;
  /** What the others are to see, and see not yet. */
  #wanted: ShownMember | undefined;
  #since = 0;
  #at = 0;

  constructor(calls: StoreCalls, system: SeekerSystem) {
    this.#calls = calls;
    this.#system = system;
  }

  /** Where the store has no board, there is nothing to do. */
  want(member: ShownMember): void {
    if (this.#calls.store.board === undefined) return;
    this.#wanted = member;
    this.#since = this.#system.now();
    this.#at = this.#since;
  }

  get due(): Due | undefined {
    const member = this.#wanted;
    return member && { at: this.#at, act: () => this.#show(member) };
  }

  /** A store that does not take it is asked again after a pause; for what is only looked at, that is no fault of the fleet. */
  async #show(member: ShownMember): Promise<void> {
    const { now, chance } = this.#system;
    this.#at = now() + askPauseMs(now() - this.#since, chance());
    try {
      await this.#calls.show(member);
    } catch (error) {
      if (error instanceof StoreUnreachable) return;
      throw error;
    }
    if (this.#wanted === member) this.#wanted = undefined;
    else this.#at = now();
  }
}
