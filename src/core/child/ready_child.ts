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
import { readinessOn, readyTimer, soaksUntil } from "../fleet/soak.ts";

/** True once the child can receive signals: it reported ready, or HELD_SIGNALS_MS have passed since its start. */
export function canReceiveSignals(
  { readiness, startedAt }: Running,
  { policy, at }: Pick<Now, "policy" | "at">,
): boolean {
  return policy.ready.sign === undefined
    ? at >= startedAt + HELD_SIGNALS_MS
    : readiness.kind !== "awaited" || readiness.proof !== "sign";
}

/** A child that has just become ready. */
export interface Ready {
  readonly now: Now;
  readonly child: Running;
  readonly lines: readonly Message[];
  /** Lets go saved contents that are not needed any more. */
  readonly keeps: readonly Effect[];
  /** For what it has to show still, as a canary of its fleet. */
  readonly timer: Effect;
  /** Passes on the signals that have waited for it. */
  readonly forwards: readonly Effect[];
}

/** The child gave its sign, or has survived its trial or its soak; undefined if it was ready before. */
export function becomeReady(now: Now, child: Running): Ready | undefined {
  const { readiness } = child;
  if (readiness.kind === "ready") return undefined;
  const { policy, at } = now;
  const soakEnd = soaksUntil(child);
  if (soakEnd !== undefined && at < soakEnd) return undefined;
  const isSoaked = soakEnd !== undefined;
  const next = isSoaked
    ? { kind: "ready" } as const
    : readinessOn(now, child.given);
  // A trial that is shorter than HELD_SIGNALS_MS does not show that it can receive signals.
  const mustWait = policy.ready.sign === undefined &&
    !canReceiveSignals(child, now);
  return {
    ...inUse(now, {
      ...child,
      readiness: next,
      held: mustWait ? child.held : [],
    }),
    lines: isSoaked ? [] : linesOnReady(now, child),
    forwards: mustWait ? [] : forwardHeld(child),
  };
}

/** A child that is ready with this readiness: its content is good, unless it has yet to soak. */
export function inUse(
  now: Now,
  child: Running,
): Pick<Ready, "now" | "child" | "keeps" | "timer"> {
  const { policy, model: { good } } = now;
  const { readiness, given, baseline } = child;
  const isGood = readiness.kind === "ready";
  return {
    now: isGood ? withGoodContent(now, given) : now,
    child,
    keeps: keepOnly(
      policy,
      isGood ? undefined : good,
      given,
      baseline,
      pendingContent(child),
    ),
    timer: readyTimer(readiness),
  };
}

function linesOnReady(
  { policy, at }: Now,
  child: Running,
): readonly Message[] {
  const { readiness, pid, startedAt, reason } = child;
  const hasSurvived = readiness.kind === "awaited" &&
    readiness.proof === "survival" && at >= readiness.by;
  return hasSurvived ? [reloads.childProven(pid, policy.ready.timeoutMs)] : [
    reloads.childReady(pid, at - startedAt),
    ...(isServing(child) ? [] : linesOnSign(reason)),
  ];
}

/**
 * Whether it serves: it gave its sign, or is asked for none, as for a service
 * manager. That it must survive or soak to be a last good one is another matter.
 */
export const isServing = ({ readiness }: Running): boolean =>
  readiness.kind === "ready" ||
  (readiness.kind === "awaited" && readiness.proof !== "sign");

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

/** A child is ready with this content, and has soaked if it had to: where contents are saved, it is the last good one. */
const withGoodContent = (now: Now, content: Fingerprint): Now =>
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
