/**
 * Where the slots of a fleet are kept: Leases of Kubernetes, or files in a
 * directory. A store reads and writes; what is written is decided elsewhere
 * (slot_decision.ts).
 */
import type { MemberBoard } from "./member_board.ts";

/** The manager that has a slot. */
export interface Holder {
  /** The name that operators know it by: that of its pod, or of its host and process. */
  readonly name: string;
  /** Unlike that of any other manager, also of an earlier one with the same name. */
  readonly uid: string;
  /** The name of the content that it reloads to (`digestOf`). */
  readonly content: string;
  /** Whether no manager of the fleet has proven that content yet. */
  readonly isTrial: boolean;
  /** Its `--fleet-limit`; undefined where it does not tell. */
  readonly limit?: number;
}

/** Content that no manager of the fleet may use. */
export interface Refusal {
  readonly content: string;
  /** The name of the manager that it failed at. */
  readonly by: string;
  /** One line without any content: "rejected by its check", "rolled back". */
  readonly why: string;
  /** In ISO 8601, by the clock of that manager; only shown, never compared. */
  readonly at: string;
}

/** What the fleet knows of contents; it is kept with the first slot. The newest come first. */
export interface Verdicts {
  readonly proven: readonly string[];
  readonly refused: readonly Refusal[];
  /** Contents whose trial nobody has ended: how many holders have vanished during it. */
  readonly abandoned: Readonly<Record<string, number>>;
}

export const NO_VERDICTS: Verdicts = { proven: [], refused: [], abandoned: {} };

/** So many of each are kept. */
export const VERDICTS_MAX = 16;

/** One slot, as it was read. */
export interface Slot {
  /** From 0. */
  readonly index: number;
  /** Undefined: nobody has it. */
  readonly holder: Holder | undefined;
  /** Whether its holder has vanished without giving it back: then it may be taken over. */
  readonly isAbandoned: boolean;
}

/** All slots at one moment. Stores extend it with what their next write has to name. */
export interface FleetView {
  /** As many as the limit, in order. */
  readonly slots: readonly Slot[];
  readonly verdicts: Verdicts;
}

/** One atomic change of a slot; of the first one also of the verdicts. */
export interface SlotChange {
  readonly index: number;
  readonly holder: Holder | undefined;
  /** Undefined leaves them as they are; only with index 0. */
  readonly verdicts: Verdicts | undefined;
}

/**
 * The store cannot be reached, or does not answer as it should; the message is
 * one line for the user, and says what to do where that is known. Trying again
 * later may help.
 */
export class StoreUnreachable extends Error {
  /** The store asks not to be asked again before so many milliseconds are over. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Every call may throw a StoreUnreachable, and ends with the signal's reason when that is aborted. */
export interface SlotStore {
  /** Who we are in the store. Known before the first call. */
  readonly identity: { readonly name: string; readonly uid: string };
  /** How long a slot stays ours after a renewal that has succeeded; Infinity where the kernel watches over it. */
  readonly holdMs: number;
  /** How often a slot that we have is to be renewed; undefined where it need not be. */
  readonly renewEveryMs: number | undefined;
  /** Undefined where the managers do not show each other what they do. */
  readonly board?: MemberBoard | undefined;
  /** Reads all slots. */
  read(signal: AbortSignal): Promise<FleetView>;
  /**
   * Changes a slot as it was in `view`. False: somebody has changed it since, and
   * nothing was written. A change whose holder is the one of the view, the same
   * value, writes the verdicts alone: another manager's slot is not renewed by it.
   */
  change(
    view: FleetView,
    change: SlotChange,
    signal: AbortSignal,
  ): Promise<boolean>;
  /**
   * Tells that we still have the slot. False: we have it no longer. That somebody
   * has written verdicts meanwhile is no reason for it.
   */
  renew(index: number, signal: AbortSignal): Promise<boolean>;
  /** Releases descriptors and connections; slots that we have are not given back. */
  close(): void;
}
