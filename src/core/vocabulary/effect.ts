/** What the core wants done, as data; performed in one place (manager/loop.ts). */
import type { Observation } from "./observation.ts";
import type { SlotVerdict, TimerName } from "./event.ts";
import type { Ending } from "./exit_status.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Member } from "./member.ts";
import type { Message } from "./message.ts";
import type { Signal } from "./signals.ts";
import type { Gentle } from "./settings.ts";
import type { Reason } from "./state.ts";

/** Why a child is started, or told of new content, and what that content is. */
export interface Occasion {
  readonly reason: Reason;
  /** Times that a candidate was put into effect, this one included. */
  readonly reloads: number;
  readonly baseline: Fingerprint;
  /** What the child before it had, or the child itself. */
  readonly previous: Fingerprint | undefined;
  /** Whether the child reads the saved copy of `baseline` instead of the paths themselves. */
  readonly saved: boolean;
  /** Whether another child keeps the place until it is decided that this one takes it. */
  readonly beside: boolean;
}

/** Of a child: its whole process group, or its main process alone. */
export type Recipient = "group" | "main";

export type Effect =
  | { readonly kind: "log"; readonly message: Message }
  /** Take a fingerprint that begins now or later; answered by `observed`. */
  | {
    readonly kind: "look";
    readonly depth: Observation["depth"];
    readonly cause: Observation["cause"];
  }
  /** Answered by `spawned` or `spawnFailed`; when the child gives its sign, by `ready`. */
  | {
    readonly kind: "spawn";
    readonly run: number;
    readonly occasion: Occasion;
  }
  /** One that is gone is no error. */
  | {
    readonly kind: "signal";
    readonly run: number;
    readonly signal: Signal;
    readonly to: Recipient;
    /** It is the action for new content. */
    readonly tells?: true;
  }
  /** Answered by `groupProbed`. */
  | { readonly kind: "probeGroup"; readonly run: number }
  /** What is left of the child's group is no concern of ours any more: it gets no signal and counts as gone. */
  | { readonly kind: "leave"; readonly run: number }
  /** Arms the timer for `at`, replacing an earlier one of that name; undefined disarms it. */
  | {
    readonly kind: "timer";
    readonly name: TimerName;
    readonly at: number | undefined;
  }
  /** See whether this content may be used, and save it if that is asked for; answered by `vetted`. */
  | {
    readonly kind: "vet";
    readonly ticket: number;
    readonly content: Fingerprint;
    /** What the child has, or the last one had; undefined before the first one. */
    readonly previous: Fingerprint | undefined;
  }
  /**
   * Save a copy of what the paths hold now, whatever that is, without those that
   * cannot be read in `content`; answered by `captured`, or by `vetted` if it cannot
   * be saved.
   */
  | {
    readonly kind: "capture";
    readonly ticket: number;
    readonly content: Fingerprint;
  }
  /**
   * Let the child find this content, if it runs on saved ones, and do what the
   * host has to do for it to be used; if that fails, let it find the previous
   * content again. What an earlier action for the same content has done is undone
   * by none of that, so one that is not the first cannot be `unswitched`: it fails.
   * Answered by `acted`.
   */
  | {
    readonly kind: "act";
    readonly ticket: number;
    readonly run: number;
    readonly action: Gentle;
    readonly occasion: Occasion;
    readonly isFirst: boolean;
  }
  /** It is decided that this saved content is in use: let others find it; a failure is only reported. */
  | { readonly kind: "activate"; readonly content: Fingerprint }
  /** Other saved contents are not needed any more. The most needed one is the first. */
  | { readonly kind: "keep"; readonly contents: readonly Fingerprint[] }
  /** Look once more for the child's sign, now; answered by `ready` or `notReady`. */
  | { readonly kind: "askSign"; readonly run: number }
  /** Ask whether the child still works, in place of an earlier question; answered by `lived`. */
  | {
    readonly kind: "askLive";
    readonly run: number;
    readonly question: number;
  }
  /** Look for what `--wait-for` names; answered by `available`, and by `missing` until then. */
  | { readonly kind: "awaitDependencies"; readonly ticket: number }
  /** Look once more for what is missing of it, now; answered by `available` or `unavailable`. */
  | { readonly kind: "askDependencies"; readonly ticket: number }
  /** Take a slot of the fleet for this content; answered by a `SlotAnswer`. */
  | {
    readonly kind: "takeSlot";
    readonly ticket: number;
    readonly content: Fingerprint;
    /** Whether an operator wants it although it was rejected. */
    readonly isForced: boolean;
  }
  /** Tell the fleet what has become of the content of this ticket. */
  | {
    readonly kind: "reportSlot";
    readonly ticket: number;
    readonly verdict: SlotVerdict;
  }
  /** Give the slot of this ticket back, or the wish for one up. */
  | { readonly kind: "releaseSlot"; readonly ticket: number }
  /** Show the other managers of the fleet what this one does. */
  | { readonly kind: "showMember"; readonly member: Member }
  /** What this signal asks for has its turn: an event `reload` follows, before any other. */
  | { readonly kind: "requestReload"; readonly signal: Signal }
  /** Run `--before-start` for this start; answered by `hookEnded`. */
  | {
    readonly kind: "beforeStart";
    readonly ticket: number;
    readonly run: number;
    readonly occasion: Occasion;
  }
  /** Run `--after-exit` for this child, of whose group nobody is left; answered by `hookEnded`. */
  | {
    readonly kind: "afterExit";
    readonly ticket: number;
    readonly run: number;
    readonly ending: Ending;
  }
  /** Kill the `--after-exit` of this ticket, which is still answered by `hookEnded`. */
  | { readonly kind: "endHook"; readonly ticket: number }
  /** Give up what `vet`, `act`, `awaitDependencies` or `beforeStart` has begun, and a `spawn` that has started nothing yet. */
  | { readonly kind: "cancel" }
  /** Stop ourselves as the terminal's ^Z would have (job control). */
  | { readonly kind: "suspend" };
