/** What the simulation of a fleet says when an invariant is broken. The list is the one in ARCHITECTURE.md. */

export type FleetInvariant =
  | "at-most-limit"
  | "one-trial"
  | "loss-is-told"
  | "loss-has-a-reason"
  | "refused-is-not-tried"
  | "bad-stops-at-one"
  | "deadly-stops-at-two"
  | "newest-content"
  | "nobody-waits-for-ever"
  | "given-back"
  | "seldom-asked";

/** A broken invariant; the message names it first. */
export class FleetViolation extends Error {
  constructor(readonly invariant: FleetInvariant, detail: string) {
    super(`${invariant}: ${detail}`);
  }
}
