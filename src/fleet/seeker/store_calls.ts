/**
 * The calls of one manager to its store, each with a time limit that holds also
 * for a store that ignores its signal. Remembers what was read, and whether we may
 * have a slot.
 */
import { formatDuration } from "../../core/notation/duration.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type {
  FleetReading,
  MembersReading,
} from "../../control/vocabulary/fleet.ts";
import type { SeekerSystem } from "./seeker_system.ts";
import type { ShownMember } from "../slots/member_board.ts";
import { ownSlot } from "../slots/slot_decision.ts";
import {
  type FleetView,
  type SlotChange,
  type SlotStore,
  StoreUnreachable,
} from "../slots/slot_store.ts";

const ENDS = "this manager ends";
/** Two renewals that hang fit into the time for which a Lease stays ours. */
const CALL_MAX_MS = 4_000;

export class StoreCalls {
  readonly store: SlotStore;
  readonly #system: SeekerSystem;
  #seen: { readonly view: FleetView; readonly readAtMs: number } | undefined;
  #mayHold = false;
  /** Ends the call that is under way. */
  #end: (reason: StoreUnreachable) => void = () => {};
  /** Why no further call is made. */
  #ended: StoreUnreachable | undefined;

  constructor(store: SlotStore, system: SeekerSystem) {
    this.store = store;
    this.#system = system;
  }

  /**
   * Whether the store may have us as the holder of a slot: it has, or the answer to
   * a write that would make us one was lost.
   */
  get mayHold(): boolean {
    return this.#mayHold;
  }

  async read(): Promise<FleetView> {
    const view = await this.#call((signal) => this.store.read(signal));
    this.#saw(view, this.#system.wallNow());
    return view;
  }

  /** False: it was changed by somebody else since it was read. */
  async change(view: FleetView, change: SlotChange): Promise<boolean> {
    const { uid } = this.store.identity;
    const didHold = this.#mayHold;
    if (change.holder?.uid === uid) this.#mayHold = true;
    const isDone = await this.#call((signal) =>
      this.store.change(view, change, signal)
    );
    if (isDone) this.#saw(changed(view, change), this.#system.wallNow());
    else this.#mayHold = didHold;
    return isDone;
  }

  /** False: the slot is not ours any more. */
  async renew(index: number): Promise<boolean> {
    const isOurs = await this.#call((signal) =>
      this.store.renew(index, signal)
    );
    if (!isOurs) this.#mayHold = false;
    return isOurs;
  }

  /** Only where the store has a board. */
  async show(member: ShownMember): Promise<void> {
    const { board } = this.store;
    if (board !== undefined) {
      await this.#call((signal) => board.show(member, signal));
    }
  }

  /** Never rejects: whoever looks is told the slots nevertheless. */
  async members(): Promise<MembersReading> {
    const { board } = this.store;
    if (board === undefined) return { kind: "off" };
    try {
      const list = await this.#call((signal) => board.members(signal));
      return { kind: "read", ...list };
    } catch (error) {
      return { kind: "unread", fault: unreachable(error).message };
    }
  }

  /** Ends the call that is under way. */
  interrupt(): void {
    this.#end(new StoreUnreachable(ENDS));
  }

  /** The same, and lets no other one begin. */
  end(): void {
    this.#ended = new StoreUnreachable(ENDS);
    this.#end(this.#ended);
  }

  get status(): FleetReading | undefined {
    if (this.#seen === undefined) return undefined;
    const { view: { slots, verdicts }, readAtMs } = this.#seen;
    return {
      readAtMs,
      slots: slots.map(({ index, holder, isAbandoned }) => ({
        index,
        holder: holder?.name,
        content: holder?.content,
        isTrial: holder?.isTrial ?? false,
        isAbandoned,
      })),
      proven: verdicts.proven,
      refused: verdicts.refused,
    };
  }

  #saw(view: FleetView, readAtMs: number): void {
    this.#seen = { view, readAtMs };
    this.#mayHold = ownSlot(view, this.store.identity.uid) !== undefined;
  }

  async #call<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) throw this.#ended;
    const controller = new AbortController();
    const { promise: over, reject } = Promise.withResolvers<never>();
    this.#end = (reason) => {
      reject(reason);
      controller.abort(reason);
    };
    const cancel = this.#system.limit(CALL_MAX_MS, () => {
      const limitText = formatDuration(CALL_MAX_MS);
      this.#end(new StoreUnreachable(`no answer within ${limitText}`));
    });
    try {
      return await Promise.race([act(controller.signal), over]);
    } catch (error) {
      throw unreachable(error);
    } finally {
      cancel();
      this.#end = () => {};
    }
  }
}

/** The slots after a change of ours was written. */
function changed(
  { slots, verdicts }: FleetView,
  change: SlotChange,
): FleetView {
  const { index, holder } = change;
  return {
    slots: slots.map((slot) =>
      slot.index !== index || slot.holder === holder
        ? slot
        : { index, holder, isAbandoned: false }
    ),
    verdicts: change.verdicts ?? verdicts,
  };
}

/** Whatever goes wrong in a store must not end the manager: it is as good as not there. */
const unreachable = (error: unknown): StoreUnreachable =>
  error instanceof StoreUnreachable ? error : new StoreUnreachable(
    oneLine(error instanceof Error ? error.message : String(error)),
  );
