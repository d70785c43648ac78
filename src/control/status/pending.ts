/** What is to be done next, and what it waits for. Pure. */
import { formatDuration } from "../../core/notation/duration.ts";
import type { Model } from "../../core/vocabulary/model.ts";
import type { Settings } from "../../core/vocabulary/settings.ts";
import type { Pending, Running } from "../../core/vocabulary/state.ts";
import { holdOf } from "../journal/gate.ts";
import type { Facts } from "../vocabulary/facts.ts";
import type { PendingReason, PendingStatus } from "../vocabulary/status.ts";
import { momentOfClock } from "./moments.ts";

/** What is told of a wish for a slot before its first answer. */
export const NOT_ANSWERED = "a slot of the fleet is asked for";

type Waits = Pick<Settings, "minIntervalMs">;

/** A wait; `until` is on the clock of the model. */
interface Wait {
  readonly reason: PendingReason;
  readonly detail: string;
  readonly until: number | undefined;
}

/** Null where nothing waits. */
export function pendingOf(
  model: Model,
  settings: Waits,
  facts: Facts,
): PendingStatus | null {
  const wait = waitOf(model, settings, facts.clock);
  return wait === undefined
    ? null
    : { ...wait, until: momentOfClock(facts, wait.until) };
}

function waitOf(
  model: Model,
  settings: Waits,
  clock: number,
): Wait | undefined {
  const { state } = model;
  switch (state.kind) {
    case "running":
      return ofChild(model, state, settings, clock);
    case "awaiting":
      return dependencies(state.wait.missing);
    case "proving":
      return because("check", "the content of the next child is checked");
    case "preparing":
      return state.wait === undefined ? undefined : DEBOUNCE;
    case "retrying":
      return because("retry", "the child could not be started");
    case "backingOff":
      return because(
        "backoff",
        state.reason === "crash"
          ? `the child ended by itself ${times(model.crashes.streak)}`
          : `the child could not be started ${times(model.crashes.streak)}`,
        state.retryAt,
      );
    case "beforeStart":
      return BEFORE_START;
    case "afterExit":
      return because("hook", "--after-exit runs for the child that has ended");
    case "idle":
    case "halted":
    case "spawning":
    case "draining":
    case "overlapping":
    case "stopping":
    case "sweeping":
    case "lingering":
    case "done":
      return undefined;
    default:
      return state satisfies never;
  }
}

const because = (
  reason: PendingReason,
  detail: string,
  until?: number,
): Wait => ({ reason, detail, until });

const DEBOUNCE = because(
  "debounce",
  "the content has changed and must be unchanged for the quiet window",
);

const BEFORE_START = because(
  "hook",
  "--before-start runs for the next child",
);

const times = (count: number) =>
  count === 1 ? "once" : `${count} times in a row`;

const dependencies = (missing: readonly string[]): Wait =>
  because("dependencies", `dependencies are missing: ${missing.join(", ")}`);

function ofChild(
  model: Model,
  { pending, change }: Running,
  settings: Waits,
  clock: number,
): Wait | undefined {
  if (pending.kind !== "none" && pending.kind !== "rejected") {
    return ofCandidate(model, pending, settings, clock);
  }
  if (change.kind === "settling") return DEBOUNCE;
  return pending.kind === "rejected" && pending.retryAt !== undefined
    ? because(
      "retry",
      "the content was rejected and is tried again",
      pending.retryAt,
    )
    : undefined;
}

function ofCandidate(
  model: Model,
  pending: Exclude<Pending, { kind: "none" | "rejected" }>,
  settings: Waits,
  clock: number,
): Wait {
  switch (pending.kind) {
    case "queued":
      return because(
        "fleet",
        pending.why ?? NOT_ANSWERED,
      );
    case "vetting":
      return because("check", "the new content is checked");
    case "awaiting":
      return dependencies(pending.wait.missing);
    case "hooking":
      return BEFORE_START;
    case "acting":
      return because("action", "the child is told of the new content");
    case "deferred":
      return turnOf(model, settings, clock);
  }
}

/** What a candidate that is deferred waits for, as the core weighs it (core/reload/confirmed_change.ts). */
function turnOf(
  model: Model,
  { minIntervalMs }: Waits,
  clock: number,
): Wait {
  const { retiring, turnAt, appliedAt } = model;
  const hold = holdOf(model);
  if (hold !== undefined) {
    const why = hold.reason === undefined ? "" : `: ${hold.reason}`;
    return because("hold", `changes are held back${why}`, hold.until);
  }
  if (retiring !== undefined) {
    return because(
      "old_child",
      `the old child process (PID: ${retiring.pid}) has not ended yet`,
    );
  }
  if (turnAt === undefined) {
    return because("retry", "the last attempt failed and is made again");
  }
  if (turnAt <= clock) {
    return because("child_start", "the child cannot receive signals yet");
  }
  const isInterval = appliedAt !== undefined &&
    appliedAt + minIntervalMs === turnAt;
  return isInterval
    ? because(
      "min_interval",
      `reloads are at least ${formatDuration(minIntervalMs)} apart`,
      turnAt,
    )
    : because("splay", "replicas spread their reloads", turnAt);
}
