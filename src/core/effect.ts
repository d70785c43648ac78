/** What the core wants done, as data; performed in one place (app.ts). */
import type { Observation } from "./config_watch.ts";
import type { TimerName } from "./event.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Message } from "./messages.ts";
import type { Signal } from "./signals.ts";
import type { Reason } from "./state.ts";

/** Why a child is started, and on what. */
export interface Occasion {
  readonly reason: Reason;
  /** Restarts because of a changed configuration so far, this one included. */
  readonly reloads: number;
  readonly baseline: Fingerprint;
  /** What the child before it was started on. */
  readonly previous: Fingerprint | undefined;
}

export type Effect =
  | { readonly kind: "log"; readonly message: Message }
  /** Take a fingerprint that begins now or later; answered by `observed`. */
  | {
    readonly kind: "look";
    readonly depth: Observation["depth"];
    readonly cause: Observation["cause"];
  }
  /** Answered by `spawned` or `spawnFailed`. */
  | {
    readonly kind: "spawn";
    readonly run: number;
    readonly occasion: Occasion;
  }
  /** To the child's whole process group; a group that is gone is no error. */
  | {
    readonly kind: "signal";
    readonly run: number;
    readonly signal: Signal;
  }
  /** Answered by `groupProbed`. */
  | { readonly kind: "probe"; readonly run: number }
  /** Arms the timer for `at`, replacing an earlier one of that name; undefined disarms it. */
  | {
    readonly kind: "timer";
    readonly name: TimerName;
    readonly at: number | undefined;
  }
  /** Stop ourselves as the terminal's ^Z would have (job control). */
  | { readonly kind: "suspend" };
