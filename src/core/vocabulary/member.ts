/** What a manager shows to the others of its fleet. */
import type { Fingerprint } from "./fingerprint.ts";

export interface Member {
  /** What its child runs on; undefined where none serves. */
  readonly runs: Fingerprint | undefined;
  /** What it does about other content; undefined: nothing. */
  readonly next: NextContent | undefined;
}

/** One content that a manager is to run on, as far as it has got. */
export interface NextContent {
  readonly kind: NextStep;
  readonly content: Fingerprint;
}

/** It waits for a slot, tries for the fleet what nobody has proven, reloads in its turn, or does not use it. */
export const NEXT_STEPS = ["waits", "tries", "reloads", "rejects"] as const;
export type NextStep = typeof NEXT_STEPS[number];
