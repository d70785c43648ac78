/** What is known of the fleet of a manager, and how that goes out as JSON. Types only. */
import type { NextStep } from "../../core/vocabulary/member.ts";
import type { Timestamp } from "./timestamp.ts";

/** The slots and the verdicts as the manager has read them. */
export interface FleetReading {
  /** Milliseconds since the epoch. */
  readonly readAtMs: number;
  readonly slots: readonly {
    readonly index: number;
    readonly holder: string | undefined;
    readonly content: string | undefined;
    readonly isTrial: boolean;
    readonly isAbandoned: boolean;
  }[];
  readonly proven: readonly string[];
  readonly refused: readonly RefusalStatus[];
}

/** What is read for whoever looks: also what the managers show each other. */
export interface FleetLook extends FleetReading {
  readonly members: MembersReading;
  /** Why the others cannot be shown what this manager does, in one line; undefined: they can. */
  readonly notShown: string | undefined;
}

/** Off: they do not show each other what they do. Unread: they do, and it cannot be read. Why is one line. */
export type MembersReading =
  | ({ readonly kind: "read" } & MemberList)
  | { readonly kind: "off" }
  | { readonly kind: "unread"; readonly fault: string };

export interface MemberList {
  /** In the order of their names. */
  readonly members: readonly MemberReading[];
  /** Whether there are more. */
  readonly isPartial: boolean;
}

/** One manager of the fleet; contents by their names. */
export interface MemberReading {
  readonly name: string;
  readonly runs: string | undefined;
  readonly next:
    | { readonly kind: NextStep; readonly content: string }
    | undefined;
}

/** Of the refusals that an operator takes back: which. Unknown and ambiguous: no refused content begins so, or several do, and nothing was changed. */
export interface ClearedRefusals {
  readonly kind: "cleared" | "unknown" | "ambiguous";
  readonly contents: readonly string[];
}

/** The fleet as the control endpoint uses it; both questions reject with an Error with one line for the user. */
export interface AskedFleet {
  /** Of this manager. */
  readonly name: string;
  readonly fault: string | undefined;
  readonly status: FleetReading | undefined;
  look(): Promise<FleetLook>;
  /** Undefined: all of them. */
  clear(beginning: string | undefined): Promise<ClearedRefusals>;
}

/** What the host knows of the fleet and the core does not. */
export interface FleetFacts {
  readonly group: string;
  readonly name: string;
  /** Why the fleet cannot be asked. */
  readonly fault: string | undefined;
  readonly reading: FleetReading | undefined;
  /** How many refusals operators have taken back at this manager. */
  readonly cleared: number;
}

/** The names of contents are whole. */
export interface FleetStatus {
  readonly group: string;
  readonly name: string;
  /** What the child runs on. */
  readonly content: string | null;
  /** This manager waits for a slot. */
  readonly waiting:
    | {
      readonly content: string;
      readonly why: string;
      readonly since: Timestamp | null;
    }
    | null;
  /** This manager has a slot. */
  readonly slot:
    | {
      readonly content: string;
      /** Whether it tries that content for the fleet. */
      readonly trial: boolean;
      /** When it will have proven it; null before the child is ready. */
      readonly trial_until: Timestamp | null;
    }
    | null;
  /** What lies on the disk and was rejected, because the fleet has refused it. */
  readonly rejected: string | null;
  /** Why the fleet cannot be asked. */
  readonly unreachable: string | null;
  /** When what follows was read. */
  readonly read_at: Timestamp | null;
  readonly slots: readonly SlotStatus[];
  readonly proven: readonly string[];
  readonly refused: readonly RefusalStatus[];
}

/** The answer to whoever looks. */
export interface FleetAnswer extends FleetStatus, MembersStatus {
  readonly timestamp: Timestamp;
}

/** What a look adds to the rest. */
export interface MembersStatus {
  /** All managers of the fleet, this one too; null where they do not show each other what they do, or could not be read now. */
  readonly members: readonly MemberStatus[] | null;
  /** Whether there are more of them than `members` has. */
  readonly members_partial: boolean;
  /** Why the managers could not be read now; or, beside `members`, why this one is not shown to the others. */
  readonly members_unreachable: string | null;
}

export interface MemberStatus {
  readonly name: string;
  /** What its child runs on. */
  readonly content: string | null;
  /** What it does with `next`; null: it has nothing else to do. */
  readonly does: NextStep | null;
  readonly next: string | null;
}

export interface SlotStatus {
  readonly index: number;
  readonly holder: string | null;
  readonly content: string | null;
  readonly trial: boolean;
  readonly abandoned: boolean;
}

export interface RefusalStatus {
  readonly content: string;
  readonly by: string;
  readonly why: string;
  readonly at: string;
}
