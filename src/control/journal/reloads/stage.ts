/** How far a reload has come, as a state of the core shows it. Pure. */
import type { Fingerprint } from "../../../core/vocabulary/fingerprint.ts";
import type {
  BackingOff,
  Goal,
  Overlapping,
  Reason,
  ReloadRequest,
  Running,
  State,
} from "../../../core/vocabulary/state.ts";
import type { Phase } from "../../vocabulary/journal.ts";

/** Reasons of a start that belongs to a reload. */
export type ReloadReason = Exclude<Reason, "start" | "crash" | "liveness">;

export type Stage =
  /** New content is considered; no child was stopped for it. */
  | {
    readonly kind: "considered";
    readonly phase: Phase;
    readonly content: Fingerprint | undefined;
  }
  /** A child is to be replaced, or is being replaced. */
  | {
    readonly kind: "replacing";
    readonly phase: Phase;
    readonly reason: ReloadReason;
  };

/** Undefined where nothing is under way that a reload consists of. A child that has yet to become ready is not seen here. */
export function stageOf(state: State): Stage | undefined {
  switch (state.kind) {
    case "running":
      return considered(state);
    case "backingOff":
      return inPause(state);
    case "overlapping":
      return {
        kind: "replacing",
        phase: OVERLAP_PHASES[state.next.kind],
        reason: state.candidate.requested ? "request" : "config",
      };
    case "draining":
      return towards(state.goal, "drain");
    case "stopping":
    case "sweeping":
    case "afterExit":
      return towards(state.goal, "stop");
    case "awaiting":
      return replacing(state.reason, "wait");
    case "proving":
      return replacing(state.reason, "check");
    case "preparing":
    case "retrying":
    case "beforeStart":
    case "spawning":
      return replacing(state.reason, "start");
    case "idle":
    case "halted":
    case "lingering":
    case "done":
      return undefined;
    default:
      return state satisfies never;
  }
}

const OVERLAP_PHASES: Readonly<Record<Overlapping["next"]["kind"], Phase>> = {
  spawning: "start",
  warming: "ready",
  waiting: "drain",
};

function considered({ pending, change, request }: Running): Stage | undefined {
  switch (pending.kind) {
    case "deferred":
    case "awaiting":
      return about("wait", pending.candidate.content);
    case "queued":
      return about("fleet", pending.candidate.content);
    case "vetting":
      return about("check", pending.candidate.content);
    case "hooking":
      return about("start", pending.candidate.content);
    case "acting":
      return about("act", pending.candidate.content);
    case "none":
    case "rejected":
      if (change.kind === "settling") {
        return about("debounce", change.candidate);
      }
      // The content for a reload that was asked for is not known yet.
      return request === undefined ? undefined : about("detect", undefined);
  }
}

function inPause({ change, cured, base }: BackingOff): Stage | undefined {
  if (change.kind === "settling") return about("debounce", change.candidate);
  return cured ? about("wait", base) : undefined;
}

const about = (phase: Phase, content: Fingerprint | undefined): Stage => ({
  kind: "considered",
  phase,
  content,
});

const towards = (goal: Goal, phase: Phase): Stage | undefined =>
  goal.kind === "restart" ? replacing(goal.reason, phase) : undefined;

function replacing(reason: Reason, phase: Phase): Stage | undefined {
  switch (reason) {
    case "start":
    case "crash":
    case "liveness":
      return undefined;
    case "config":
    case "request":
    case "rollback":
      return { kind: "replacing", phase, reason };
  }
}

/** The reload that somebody has asked for, while the content for it is not known yet. */
export const requestOf = (state: State): ReloadRequest | undefined =>
  state.kind === "running" ? state.request : undefined;
