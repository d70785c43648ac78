/** What a manager asks of its fleet. */
import type {
  ClearedRefusals,
  FleetLook,
  FleetReading,
} from "../../control/vocabulary/fleet.ts";
import type { FleetRules } from "../../core/vocabulary/settings.ts";
import type { SlotAnswer, SlotVerdict } from "../../core/vocabulary/event.ts";
import type { ShownMember } from "./member_board.ts";

/** One wish for a slot. */
export interface SlotRequest {
  readonly ticket: number;
  /** The name of the content that it is for (`digestOf`). */
  readonly content: string;
  /** Whether an operator has asked for this content although it was refused: then no verdict of the fleet counts. */
  readonly isForced: boolean;
}

/**
 * The part of a manager that takes and gives back slots. It decides nothing about
 * the child, and holds one slot at most. Every answer names the ticket of its
 * request; none comes for a ticket that was released, but that its slot was lost.
 */
export interface Fleet {
  /** Seeks a slot until one is taken, or the ticket is released. Answers through `answer` of its options. */
  take(request: SlotRequest): void;
  /** Tells the fleet what has become of the content of this ticket; also if the slot was lost or given back meanwhile. */
  report(ticket: number, verdict: SlotVerdict): void;
  /** Gives the slot of this ticket back, or the wish for one up. */
  release(ticket: number): void;
  /** Shows the others what this manager does, as soon as the store can be asked. */
  show(member: ShownMember): void;
  /** The name that operators know this manager by. */
  readonly name: string;
  /** What is known of the fleet, for whoever asks; undefined: nothing was read yet. */
  readonly status: FleetReading | undefined;
  /** Why the store could not be asked the last time; undefined: it could, or there is nothing to ask. */
  readonly fault: string | undefined;
  /** Reads what is known of the fleet anew, for an operator. Rejects with a StoreUnreachable. */
  look(): Promise<FleetLook>;
  /**
   * Takes back that one content is refused, or that any is: it is tried again by one
   * manager. `beginning` is that of its name. Rejects with a StoreUnreachable.
   */
  clear(beginning: string | undefined): Promise<ClearedRefusals>;
  /** Gives back what is held, within a second, and ends. Never throws. */
  close(): Promise<void>;
}

export interface FleetOptions {
  readonly rules: FleetRules;
  readonly answer: (answer: SlotAnswer) => void;
}
