/** What the routes need of a manager: what it tells, and what it can be asked for. */
import type { Finding } from "../../core/vocabulary/finding.ts";
import type { Command } from "../vocabulary/command.ts";
import type { ClearedRefusals, FleetAnswer } from "../vocabulary/fleet.ts";
import type { ReloadRecord } from "../vocabulary/journal.ts";
import type { EventLog } from "./event_log.ts";

/** The answer to a probe. */
export interface Probe {
  readonly ok: boolean;
  /** `ok` or why not, or all checks where they are asked for. */
  readonly text: string;
}

/** What came of a command. */
export type Outcome =
  | {
    readonly kind: "taken";
    /** The id of the reload that this has begun; undefined if it has begun none. */
    readonly reloadId?: number | undefined;
  }
  | {
    readonly kind: "objection";
    /** For programs: `held`, `busy`. */
    readonly code: string;
    /** One line that says why it cannot be taken now. */
    readonly why: string;
  };

/** What the routes need of a manager's fleet. */
export interface FleetControl {
  /** Reads the fleet anew: it as /status has it, and why it cannot be asked, if it cannot. */
  readonly look: () => Promise<FleetAnswer>;
  /** Undefined: all refusals. Rejects with an Error with one line for the user. */
  readonly clear: (beginning: string | undefined) => Promise<ClearedRefusals>;
}

export interface Control {
  /** A snapshot, as JSON. */
  readonly status: (debug: boolean) => unknown;
  /** Its `status` is `error` where something has to be done. */
  readonly health: () => { readonly status: string };
  readonly liveness: (verbose: boolean) => Probe;
  readonly readiness: (verbose: boolean) => Probe;
  /** For the Accept header of a scrape. */
  readonly metrics: (
    accept: string | undefined,
  ) => { readonly contentType: string; readonly body: string };
  /** What it leads to has begun when this returns. */
  readonly command: (command: Command) => Outcome;
  /** Resolves when the reload has ended; to undefined where the manager ends before. */
  readonly reloadEnded: (id: number) => Promise<ReloadRecord | undefined>;
  /** Resolves to true when nothing of the child is left; to false where the manager ends before that. */
  readonly childStopped: () => Promise<boolean>;
  /** A reload as /status shows it. */
  readonly shownReload: (record: ReloadRecord) => unknown;
  /** Undefined without `--fleet`. */
  readonly fleet: FleetControl | undefined;
  readonly events: EventLog;
  /** The last lines of the log, as JSON, one a line. */
  readonly lines: () => string;
  /** Without secrets, as JSON. */
  readonly settings: () => unknown;
  /** What `flush-manager check` says of the settings, without secrets. */
  readonly check: () => Promise<readonly Finding[]>;
}
