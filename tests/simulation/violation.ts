/** What an invariant says when it is broken. The list is the one in ARCHITECTURE.md. */

export type Invariant =
  | "one-child"
  | "group-before-respawn"
  | "newest-content"
  | "at-rest"
  | "restarts-bounded"
  | "prompt-end"
  | "nothing-after-stop"
  | "exit-code"
  | "released"
  | "stop-heard"
  | "kill-mode"
  | "signals-kept"
  | "reload-signal"
  | "vetted-before-touched"
  | "rejected-is-not-retried"
  | "failed-is-retried"
  | "rollback"
  | "saved-content"
  | "batch"
  | "dependencies"
  | "hooks"
  | "own-content"
  | "turn"
  | "hold"
  | "hold-ends"
  | "halt"
  | "no-gap"
  | "slot"
  | "slot-given-back"
  | "member"
  | "reload-decided"
  | "patience"
  | "promises"
  | "no-verdict-on-unseen-evidence"
  | "doubt-is-settled"
  | "reloads-bounded"
  | "start-bounded"
  | "hung-is-ended"
  | "no-live-verdict-on-unseen-evidence";

/** A broken invariant; the message names it first. */
export class Violation extends Error {
  constructor(readonly invariant: Invariant, detail: string) {
    super(`${invariant}: ${detail}`);
  }
}
