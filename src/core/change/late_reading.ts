/**
 * Content may be decided on before all of it was read: a start and another
 * path's change do not wait for a path that takes long to read. Decides whether
 * what is read later is what was there then, and completes all that is known of
 * that content. Pure.
 */
import {
  type Fingerprint,
  isProvisional,
  type PathPrint,
} from "../vocabulary/fingerprint.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Observation } from "../vocabulary/observation.ts";
import type {
  Candidate,
  Pending,
  Running,
  StartContent,
  State,
} from "../vocabulary/state.ts";

/**
 * The content, with what was read only now of paths whose metadata are still
 * what they were; with other metadata it counts as changed. The same value if
 * there is nothing to take in.
 */
export function withReading(
  content: Fingerprint,
  { fingerprint, unread }: Observation,
): Fingerprint {
  const isNew = (had: PathPrint, path: number): boolean =>
    isReading(had, fingerprint[path]) &&
    !unread.some((other) => other.path === path);
  return content.some(isNew)
    ? content.map((had, path) => isNew(had, path) ? fingerprint[path] : had)
    : content;
}

function isReading(had: PathPrint, seen: PathPrint): boolean {
  if (had.kind === "fault" || seen.kind !== had.kind) return false;
  return isProvisional(had.identity) && !isProvisional(seen.identity) &&
    had.metadata === seen.metadata;
}

/** The same for all content that the manager knows of. */
export function withReadings(model: Model, seen: Observation): Model {
  let isComplete = true;
  const read: Read = (content) => {
    const next = withReading(content, seen);
    isComplete &&= next === content;
    return next;
  };
  const { state, failed, lastBaseline, stable, approved, good, slot } = model;
  const completed = {
    ...model,
    state: readState(state, read),
    failed: failed && { ...failed, content: read(failed.content) },
    lastBaseline: lastBaseline && read(lastBaseline),
    stable: stable && read(stable),
    approved: approved && read(approved),
    good: good && read(good),
    slot: slot && { ...slot, content: read(slot.content) },
  };
  return isComplete ? model : completed;
}

type Read = (content: Fingerprint) => Fingerprint;

function readState(state: State, read: Read): State {
  switch (state.kind) {
    case "running":
      return readChild(state, read);
    case "draining":
      return { ...state, child: readChild(state.child, read) };
    case "overlapping": {
      const { old, candidate, next } = state;
      return {
        ...state,
        old: readChild(old, read),
        candidate: readCandidate(candidate, read),
        next: next.kind === "spawning"
          ? next
          : { ...next, child: readChild(next.child, read) },
      };
    }
    case "proving":
      return { ...state, baseline: read(state.baseline) };
    case "beforeStart":
    case "spawning":
      return { ...state, ...readStart(state, read) };
    case "awaiting":
    case "retrying":
      return { ...state, on: state.on && readStart(state.on, read) };
    case "sweeping":
    case "afterExit": {
      const { left } = state;
      return left === undefined ? state : {
        ...state,
        left: { ...left, fingerprint: read(left.fingerprint) },
      };
    }
    case "halted":
    case "backingOff": {
      const { on, base } = state;
      return {
        ...state,
        on: on && readStart(on, read),
        base: base && read(base),
      };
    }
    default:
      return state;
  }
}

const readChild = (child: Running, read: Read): Running => ({
  ...child,
  baseline: read(child.baseline),
  given: read(child.given),
  pending: readPending(child.pending, read),
  halfTold: child.halfTold && {
    ...child.halfTold,
    content: read(child.halfTold.content),
  },
});

const readPending = (pending: Pending, read: Read): Pending =>
  pending.kind === "none" ? pending : {
    ...pending,
    candidate: readCandidate(pending.candidate, read),
  };

const readCandidate = (candidate: Candidate, read: Read): Candidate => ({
  ...candidate,
  content: read(candidate.content),
});

const readStart = (
  { baseline, rejected }: StartContent,
  read: Read,
): StartContent => ({
  baseline: read(baseline),
  rejected: rejected && { ...rejected, content: read(rejected.content) },
});
