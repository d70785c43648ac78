/**
 * Decides when an operator is told that a watched path cannot be read, and that it
 * can be read again. Most ways to replace a file remove it for a moment, which is
 * not reported. Pure; time is the `at` of each look, in milliseconds.
 */
import { describeWatched } from "../notation/describe.ts";
import {
  againstBase,
  type Fingerprint,
  type PathPrint,
} from "../vocabulary/fingerprint.ts";
import type { Model, PathHealth } from "../vocabulary/model.ts";
import * as watching from "../text/watching.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Reason } from "../vocabulary/state.ts";
import type { Observation } from "../vocabulary/observation.ts";

/** Whether a child could read the path, also where its metadata stand in for its content. */
export const isReadable = ({ kind }: PathHealth): boolean =>
  kind === "ok" || kind === "coarse";

/**
 * The readability of all paths in one look: what it is now, what is logged of it,
 * and when to look again although nothing hints at it.
 */
export function weighReadability(
  health: readonly PathHealth[],
  base: Fingerprint,
  seen: Observation,
  { written, windowMs }: {
    readonly written: readonly string[];
    readonly windowMs: number;
  },
): { health: PathHealth[]; log: Message[]; looksAt: number[] } {
  const log: Message[] = [];
  const looksAt: number[] = [];
  const next = health.map((before, index): PathHealth => {
    const print = againstBase(base[index], seen.fingerprint[index]);
    const path = written[index];
    if (print.kind !== "fault") {
      if (before.kind === "faulty") log.push(watching.configAvailable(path));
      return readable(before, path, print, log);
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

/**
 * The readability of all paths when a child is started on `content`, and what is
 * logged of it. A path that cannot be read is reported at once. Only before the
 * first start a missing path is expected, and reported elsewhere.
 */
export function readabilityAtStart(
  { model, policy }: {
    readonly model: Pick<Model, "health" | "lastBaseline">;
    readonly policy: Pick<Policy, "configs">;
  },
  content: Fingerprint,
  reason: Reason,
): { health: PathHealth[]; faults: Message[] } {
  const { lastBaseline } = model;
  const faults: Message[] = [];
  const health = content.map((print, index): PathHealth => {
    const path = describeWatched(policy.configs[index]);
    const before = model.health[index];
    if (print.kind !== "fault") {
      if (before.kind === "faulty") faults.push(watching.configAvailable(path));
      return readable(before, path, print, faults);
    }
    const isExpected = reason === "start" && print.fault === "missing";
    // Although the path was reported before, that this child lacks it is news.
    const isLost = lastBaseline !== undefined &&
      lastBaseline[index].kind !== "fault";
    if ((before.kind !== "faulty" || isLost) && !isExpected) {
      faults.push(watching.configLeftOut(path, print.detail));
    }
    return { kind: "faulty", fault: print.fault };
  });
  return { health, faults };
}

/** Of a path that can be read, whether all of it is; reported once that it is not. */
function readable(
  before: PathHealth,
  path: string,
  { coarse }: Exclude<PathPrint, { kind: "fault" }>,
  log: Message[],
): PathHealth {
  if (coarse === undefined) return { kind: "ok" };
  if (before.kind !== "coarse") log.push(watching.configCoarse(path, coarse));
  return { kind: "coarse" };
}
