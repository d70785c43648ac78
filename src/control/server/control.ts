/** What the routes need of a manager: what it tells, and what it can be asked for. */
import type { Command } from "../vocabulary/command.ts";
import type { ReloadRecord } from "../vocabulary/journal.ts";
import type { EventLog } from "./event_log.ts";

/** A part that was looked at for a verdict. */
export interface Check {
  readonly name: string;
  readonly isOk: boolean;
  /** One line. */
  readonly detail: string;
}

/** The answer to a probe. */
export interface Verdict {
  readonly isOk: boolean;
  /** One line that says why not; empty if it is. */
  readonly reason: string;
  readonly checks: readonly Check[];
}

/** What came of a command. */
export type Outcome =
  | {
    readonly kind: "taken";
    /** Of a reload: the id of its record. */
    readonly reloadId?: number;
  }
  | {
    readonly kind: "objection";
    /** For programs: `held`, `busy`. */
    readonly code: string;
    /** One line that says why it cannot be taken now. */
    readonly why: string;
  };

export interface Control {
  /** A snapshot, as JSON. */
  readonly status: (debug: boolean) => unknown;
  /** Its `status` is `error` where something has to be done. */
  readonly health: () => { readonly status: string };
  readonly liveness: () => Verdict;
  readonly readiness: () => Verdict;
  /** For the Accept header of a scrape. */
  readonly metrics: (
    accept: string | undefined,
  ) => { readonly contentType: string; readonly body: string };
  /** What it leads to has begun when this returns. */
  readonly command: (command: Command) => Outcome;
  /** Resolves when the reload has ended; to undefined where the manager ends before. */
  readonly reloadEnded: (id: number) => Promise<ReloadRecord | undefined>;
  /** A record as it is shown, in JSON's notation of the status. */
  readonly shownReload: (record: ReloadRecord) => unknown;
  readonly events: EventLog;
}
