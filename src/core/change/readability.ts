/**
 * Decides when an operator is told that a watched path cannot be read, and that it
 * can be again. A path that is gone for a moment, as in most ways to replace a
 * file, is no news. Pure; time is the `at` of each observation, in milliseconds.
 */
import {
  againstBase,
  type Fault,
  type Fingerprint,
} from "../vocabulary/fingerprint.ts";
import * as watching from "../text/watching.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Observation } from "../vocabulary/observation.ts";

/** Readability of one path; it is reported only when it outlasts the quiet window. */
export type PathHealth =
  | { readonly kind: "ok" }
  | { readonly kind: "suspect"; readonly since: number }
  | { readonly kind: "faulty"; readonly fault: Fault };

/**
 * Weighs the readability of all paths in one observation: what each is now, what
 * is to be said of it, and when to look again although nothing hints at it.
 */
export function weighReadability(
  health: readonly PathHealth[],
  base: Fingerprint,
  seen: Observation,
  { paths, windowMs }: {
    readonly paths: readonly string[];
    readonly windowMs: number;
  },
): { health: PathHealth[]; log: Message[]; looksAt: number[] } {
  const log: Message[] = [];
  const looksAt: number[] = [];
  const next = health.map((before, index): PathHealth => {
    const print = againstBase(base[index], seen.fingerprint[index]);
    const path = paths[index];
    if (print.kind !== "fault") {
      if (before.kind === "faulty") log.push(watching.configAvailable(path));
      return { kind: "ok" };
    }
    if (before.kind === "faulty") return before;
    const since = before.kind === "suspect" ? before.since : seen.at;
    if (seen.at - since < windowMs) {
      looksAt.push(since + windowMs);
      return { kind: "suspect", since };
    }
    log.push(watching.configUnavailable(path, print.detail));
    return { kind: "faulty", fault: print.fault };
  });
  return { health: next, log, looksAt };
}
