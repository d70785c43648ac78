/** A moment, as the journal enters it. Pure. */

/** Milliseconds since the epoch, and on the clock of the durations. */
export interface Moment {
  readonly at: number;
  readonly clock: number;
}
