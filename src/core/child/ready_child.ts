/** A child becomes ready: its content is good, and it can receive signals. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import type { EventOf } from "../vocabulary/event.ts";
import type { Fingerprint } from "../vocabulary/fingerprint.ts";
import type { Message } from "../vocabulary/message.ts";
import { HELD_SIGNALS_MS, type Policy } from "../vocabulary/policy.ts";
import type { Running } from "../vocabulary/state.ts";
import * as reloads from "../text/reload.ts";
import { forwardHeld } from "./forwarding.ts";
import { knowing, log, type Now } from "../transition/moves.ts";
import { linesOnSign } from "./restarted.ts";

/** True once the child can receive signals: it reported ready, or HELD_SIGNALS_MS have passed since its start. */
export function canReceiveSignals(
  { readiness, startedAt }: Running,
  { policy, at }: Pick<Now, "policy" | "at">,
): boolean {
  return policy.ready.sign === undefined
    ? at >= startedAt + HELD_SIGNALS_MS
    : readiness.kind !== "awaited" || readiness.proof === "survival";
}

/** A child that has just become ready. */
export interface Ready {
  readonly now: Now;
  readonly child: Running;
  readonly lines: readonly Message[];
  /** Lets go saved contents that are not needed any more. */
  readonly keeps: readonly Effect[];
  /** Passes on the signals that have waited for it. */
  readonly forwards: readonly Effect[];
}

/** The child gave its sign, or has survived its trial; undefined if it was ready before. */
export function becomeReady(now: Now, child: Running): Ready | undefined {
  const { readiness, pid, startedAt, reason } = child;
  if (readiness.kind === "ready") return undefined;
  const { policy, at } = now;
  const hasSurvived = readiness.kind === "awaited" &&
    readiness.proof === "survival" && at >= readiness.by;
  // A trial that is shorter than HELD_SIGNALS_MS does not show that it can receive signals.
  const mustWait = policy.ready.sign === undefined &&
    !canReceiveSignals(child, now);
  return {
    now: withGoodContent(now, child.given),
    child: {
      ...child,
      readiness: { kind: "ready" },
      held: mustWait ? child.held : [],
    },
    lines: hasSurvived ? [reloads.childProven(pid, policy.ready.timeoutMs)] : [
      reloads.childReady(pid, at - startedAt),
      ...(awaitsSign(child) ? linesOnSign(reason) : []),
    ],
    keeps: keepOnly(policy, child.given, child.baseline, pendingContent(child)),
    forwards: mustWait ? [] : forwardHeld(child),
  };
}

/** Whether it has not given its sign since it was started. */
const awaitsSign = ({ readiness }: Running): boolean =>
  readiness.kind === "late" ||
  (readiness.kind === "awaited" && readiness.proof === "sign");

/** The child has answered a probe with no. */
export function notYet(
  child: Running,
  { why }: EventOf<"notYet">,
): { readonly child: Running; readonly effects: readonly Effect[] } {
  const { readiness } = child;
  return {
    child: readiness.kind === "awaited"
      ? { ...child, readiness: { ...readiness, why } }
      : child,
    effects: log(reloads.stillNotReady(why)),
  };
}

/** A child was ready with this content: where contents are saved, it is the last good one. */
export const withGoodContent = (now: Now, content: Fingerprint): Now =>
  now.policy.snapshots ? knowing(now, { good: content }) : now;

const pendingContent = ({ pending }: Running) =>
  pending.kind === "none" ? undefined : pending.candidate.content;

/** Lets all saved contents go but these, the most needed first. */
export const keepOnly = (
  policy: Policy,
  ...contents: readonly (Fingerprint | undefined)[]
): Effect[] =>
  policy.snapshots
    ? [{ kind: "keep", contents: contents.filter((one) => one !== undefined) }]
    : [];

/** It is decided that this saved content is in use. */
export const activate = (policy: Policy, content: Fingerprint): Effect[] =>
  policy.snapshots ? [{ kind: "activate", content }] : [];
