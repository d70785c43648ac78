/**
 * The fleet as one manager sees it: takes slots from a store and gives them back.
 * One call to the store is under way at a time. After each it is found anew what
 * is due next: to settle what is over, to seek a slot, to renew the one that we
 * have, or to show the others what we do.
 */
import type {
  ClearedRefusals,
  FleetLook,
  FleetReading,
  MembersReading,
} from "../../control/vocabulary/fleet.ts";
import type { SlotAnswer, SlotVerdict } from "../../core/vocabulary/event.ts";
import { clearingOf } from "../slots/clearing.ts";
import { Errands } from "./errands.ts";
import type { Fleet, FleetOptions, SlotRequest } from "../slots/fleet.ts";
import { MemberShowing } from "./member_showing.ts";
import { SlotRenewal } from "./slot_renewal.ts";
import { askPauseMs, refusedPauseMs, storePauseMs } from "./pace.ts";
import { type SeekerSystem, SYSTEM } from "./seeker_system.ts";
import { Settler } from "./settler.ts";
import type { ShownMember } from "../slots/member_board.ts";
import { decideSlot, type SlotDecision } from "../slots/slot_decision.ts";
import {
  type FleetView,
  type SlotStore,
  StoreUnreachable,
} from "../slots/slot_store.ts";
import { StoreCalls } from "./store_calls.ts";
import { type Due, Turns } from "./turns.ts";

/** An end of the manager does not wait longer for its store. */
const CLOSE_MAX_MS = 1_000;
const ENDS = "this manager ends";
/** So many attempts are made in that time. */
const CLOSE_ATTEMPTS = 5;
/** Of so many tickets the content is known, because a verdict may come after the release. */
const REQUESTS_MAX = 4;

export interface SeekerOptions extends FleetOptions {
  readonly store: SlotStore;
  /** As of the Settler, but not at the end of the manager: nothing is tried again then. */
  readonly onUntold?: (detail: string) => void;
  /** As of the MemberShowing, but not at the end of the manager. */
  readonly onNotShown?: (detail: string) => void;
  /** Another manager of the fleet has another limit; told once for each limit. */
  readonly onOtherLimit?: (name: string, limit: number) => void;
  readonly system?: SeekerSystem;
  readonly decide?: typeof decideSlot;
}

/** A wish for a slot, and the slot that it has got. */
interface Wish {
  readonly request: SlotRequest;
  readonly since: number;
  askAt: number;
  /** What was told last: the same is not told again. */
  told: string;
  held: SlotRenewal | undefined;
}

/** An answer without the ticket of its request. */
type Told = SlotAnswer extends infer A
  ? A extends SlotAnswer ? Omit<A, "ticket"> : never
  : never;

export class SlotSeeker implements Fleet {
  readonly #options: SeekerOptions;
  readonly #system: SeekerSystem;
  readonly #calls: StoreCalls;
  readonly #settler: Settler;
  readonly #errands: Errands;
  readonly #showing: MemberShowing;
  readonly #turns: Turns;
  readonly #requests = new Map<number, SlotRequest>();
  #wish: Wish | undefined;
  /** The store asks not to be asked before this. */
  #notBefore = -Infinity;
  /** Limits of others that were told. */
  readonly #otherLimits = new Set<number>();
  /** Why the latest call failed. */
  #fault: string | undefined;
  #isClosed = false;

  constructor(options: SeekerOptions) {
    this.#options = options;
    this.#system = options.system ?? SYSTEM;
    this.#calls = new StoreCalls(options.store, this.#system);
    this.#settler = new Settler(this.#calls, this.#system, (detail) => {
      if (!this.#isClosed) options.onUntold?.(detail);
    });
    this.#errands = new Errands(this.#system);
    this.#showing = new MemberShowing(this.#calls, this.#system, (detail) => {
      if (!this.#isClosed) options.onNotShown?.(detail);
    });
    this.#turns = new Turns(this.#system, () => this.#nextDue());
  }

  get name(): string {
    return this.#options.store.identity.name;
  }

  get status(): FleetReading | undefined {
    return this.#calls.status;
  }

  get fault(): string | undefined {
    return this.#ownDue() === undefined ? undefined : this.#fault;
  }

  look(): Promise<FleetLook> {
    return this.#errand(async () => {
      await this.#calls.read();
      await this.#showing.due?.act();
      const members = await this.#membersWithUs();
      const { status } = this.#calls;
      const notShown = this.#showing.fault;
      return status && { ...status, members, notShown };
    });
  }

  /** Somebody may have removed what we have shown: then it is shown again. */
  async #membersWithUs(): Promise<MembersReading> {
    const reading = await this.#calls.members();
    const { name } = this.#options.store.identity;
    if (
      reading.kind !== "read" || reading.isPartial ||
      this.#showing.fault !== undefined ||
      reading.members.some((member) => member.name === name)
    ) return reading;
    const isAgain = await this.#showing.again();
    return isAgain ? await this.#calls.members() : reading;
  }

  clear(beginning: string | undefined): Promise<ClearedRefusals> {
    return this.#errand(async () => {
      const view = await this.#calls.read();
      const { answer, change } = clearingOf(view, beginning);
      const isDone = change === undefined ||
        await this.#calls.change(view, change);
      return isDone ? answer : undefined;
    });
  }

  take(request: SlotRequest): void {
    this.#drop();
    this.#remember(request);
    const since = this.#system.now();
    this.#wish = { request, since, askAt: since, told: "", held: undefined };
    this.#turns.take();
  }

  show(member: ShownMember): void {
    this.#showing.want(member);
    this.#turns.take();
  }

  report(ticket: number, verdict: SlotVerdict): void {
    const request = this.#requests.get(ticket);
    if (request === undefined || !this.#options.rules.canary) return;
    const { content, isForced } = request;
    const by = this.#options.store.identity.name;
    this.#settler.add({ content, verdict, isForced, by, at: this.#isoNow() });
    this.#settler.hurry();
    this.#turns.take();
  }

  release(ticket: number): void {
    if (this.#wish?.request.ticket !== ticket) return;
    this.#drop();
    this.#settler.hurry();
    this.#turns.take();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#drop();
    this.#errands.end(new StoreUnreachable(ENDS));
    const cancel = this.#system.after(CLOSE_MAX_MS, () => this.#calls.end());
    // What is only looked at takes nothing of the time that the slot may need.
    if (this.#showing.isUnderWay) this.#calls.interrupt();
    await this.#turns.end();
    await this.#settleAtOnce();
    cancel();
    this.#calls.end();
    this.#options.store.close();
  }

  /** It is done between what the manager needs itself. */
  #errand<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new StoreUnreachable(ENDS));
    const done = this.#errands.add(attempt);
    this.#turns.take();
    return done;
  }

  #isoNow(): string {
    return new Date(this.#system.wallNow()).toISOString();
  }

  #remember(request: SlotRequest): void {
    this.#requests.set(request.ticket, request);
    const [oldest] = this.#requests.keys();
    if (this.#requests.size > REQUESTS_MAX) this.#requests.delete(oldest);
  }

  #drop(): void {
    const held = this.#wish?.held;
    if (held !== undefined) {
      held.end();
      this.#settler.owesSlot();
    }
    this.#wish = undefined;
  }

  #nextDue(): Due | undefined {
    const { at } = this.#errands;
    const errand = at === undefined
      ? undefined
      : { at, act: () => this.#errands.run() };
    const show = this.#showing.due;
    const shown = show &&
      { ...show, at: Math.max(show.at, this.#notBefore) };
    return [this.#ownDue(), errand, shown]
      .filter((due) => due !== undefined)
      .sort((a, b) => a.at - b.at)[0];
  }

  /** What this manager needs of the store next. */
  #ownDue(): Due | undefined {
    const wish = this.#wish;
    const dues: Due[] = [];
    if (this.#settler.isNeeded(wish !== undefined)) {
      dues.push({ at: this.#settler.at, act: () => this.#settle() });
    }
    if (wish !== undefined && wish.held === undefined) {
      dues.push({ at: wish.askAt, act: () => this.#seek(wish) });
    }
    const held = wish?.held;
    if (held?.renewAt !== undefined) {
      dues.push({ at: held.renewAt, act: () => held.renew() });
    }
    const [first] = dues.sort((a, b) => a.at - b.at);
    return first && {
      at: Math.max(first.at, this.#notBefore),
      act: () => this.#perform(first),
    };
  }

  async #perform({ act }: Due): Promise<void> {
    try {
      await act();
      this.#fault = undefined;
    } catch (error) {
      if (!(error instanceof StoreUnreachable)) throw error;
      this.#failed(error);
    }
  }

  #failed({ message, retryAfterMs }: StoreUnreachable): void {
    const { now, chance } = this.#system;
    if (retryAfterMs !== undefined) {
      this.#notBefore = now() + storePauseMs(retryAfterMs, chance());
    }
    this.#fault = message;
    const wish = this.#wish;
    if (wish?.held !== undefined) wish.held.trouble = message;
    else if (wish !== undefined) {
      this.#tell(wish, { kind: "slotUnreachable", detail: message });
    }
  }

  #tell(wish: Wish, told: Told): void {
    const text = JSON.stringify(told);
    if (this.#wish !== wish || wish.told === text) return;
    wish.told = text;
    this.#options.answer({ ...told, ticket: wish.request.ticket });
  }

  async #seek(wish: Wish): Promise<void> {
    const { now, chance } = this.#system;
    const waitedMs = now() - wish.since;
    wish.askAt = now() + askPauseMs(waitedMs, chance());
    const view = await this.#calls.read();
    if (this.#wish !== wish) return;
    const { decide = decideSlot, rules, store } = this.#options;
    const { identity } = store;
    const { request } = wish;
    const at = this.#isoNow();
    const asking = { identity, request, rules, chance: chance(), at };
    const decision = decide(view, asking);
    if (decision.kind === "wait") {
      const { why } = decision;
      this.#tell(wish, { kind: "slotAwaited", why });
      this.#compareLimits(view);
    } else if (decision.kind === "refused") {
      const { by, why } = decision;
      wish.askAt = now() + refusedPauseMs(waitedMs, chance());
      this.#tell(wish, { kind: "slotRefused", by, why });
    } else await this.#write(wish, view, decision);
  }

  /** A manager looks at as many slots as its limit says: with another one, it may be alone in those. */
  #compareLimits({ slots }: FleetView): void {
    const { rules, onOtherLimit } = this.#options;
    for (const { holder, isAbandoned } of slots) {
      const { limit = rules.limit, name = "" } = holder ?? {};
      if (isAbandoned || limit === rules.limit) continue;
      if (this.#otherLimits.has(limit)) continue;
      this.#otherLimits.add(limit);
      onOtherLimit?.(name, limit);
    }
  }

  async #write(
    wish: Wish,
    view: FleetView,
    decision: Extract<SlotDecision, { kind: "take" | "tidy" }>,
  ): Promise<void> {
    const { now, chance } = this.#system;
    const { index } = decision.change;
    const sentAt = now();
    if (!await this.#calls.change(view, decision.change)) {
      // Another manager was faster, and most likely has the slot.
      wish.askAt = now() + askPauseMs(0, chance());
      return;
    }
    wish.askAt = now();
    // An answer that took as long as that may not be true any more.
    const isLate = now() - sentAt >= this.#options.store.holdMs;
    if (decision.kind === "tidy" || isLate || this.#wish !== wish) return;
    wish.held = new SlotRenewal({
      index,
      sentAt,
      calls: this.#calls,
      system: this.#system,
      onLost: (detail) => this.#tell(wish, { kind: "slotLost", detail }),
    });
    this.#tell(wish, { kind: "slotTaken", isTrial: decision.isTrial });
  }

  #settle(): Promise<void> {
    return this.#settler.settle(() => this.#wish?.held !== undefined);
  }

  /** Settles what is left, unless the store does not answer. */
  async #settleAtOnce(): Promise<void> {
    const isNeeded = () => this.#settler.isNeeded(false);
    try {
      for (let count = 0; count < CLOSE_ATTEMPTS && isNeeded(); count++) {
        await this.#settle();
      }
    } catch (error) {
      if (!(error instanceof StoreUnreachable)) throw error;
    }
  }
}
