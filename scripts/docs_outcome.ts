/** What the checks of the documentation tell. */

/** One thing that is wrong. */
export interface Fault {
  /** `file:line`, or the file. */
  readonly place: string;
  readonly text: string;
}

/** What one check did. */
export interface Outcome {
  /** How many things were looked at: none at all is a fault of the check. */
  readonly checked: number;
  readonly faults: readonly Fault[];
  /** What could not be checked here, and why. */
  readonly skipped?: readonly string[];
  /** What could not be checked for want of a network: no failure in CI, as the others are. */
  readonly unreachable?: readonly string[];
}
