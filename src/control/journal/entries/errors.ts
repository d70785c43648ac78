/** The latest error. Pure. */
import type { Event } from "../../../core/vocabulary/event.ts";
import type { Message } from "../../../core/vocabulary/message.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";
import type { ErrorType, Journal } from "../../vocabulary/journal.ts";
import type { Moment } from "./moment.ts";

/** Warnings of nothing that has failed: what an operator has asked for has this effect, or none. */
const NO_FAILURE: ReadonlySet<string> = new Set([
  "change_held_back",
  "change_slowed",
  "command_declined",
]);

/** Lines that tell of a watched path, whatever the event was: a start may have waited for a check, so that the check's answer logs them. */
const OF_PATH: ReadonlySet<string> = new Set([
  "config_unavailable",
  "config_left_out",
  "config_coarse",
]);

/** Takes in the first line of a failure that a step has logged, at ERROR or WARN: those after it explain it. */
export function withErrors(
  journal: Journal,
  { event, effects }: TakenStep,
  { at }: Moment,
): Journal {
  const line = effects.find((effect) =>
    effect.kind === "log" && isFailure(effect.message)
  );
  if (line?.kind !== "log") return journal;
  const lastError = {
    at,
    type: OF_PATH.has(line.message.event) ? "path" : typeOf(event),
    message: line.message.text,
    tail: tailOf(event),
  };
  return { ...journal, lastError };
}

const isFailure = ({ level, event }: Message): boolean =>
  level === "error" || level === "warn" && !NO_FAILURE.has(event);

function typeOf(event: Event): ErrorType {
  switch (event.kind) {
    case "vetted":
      return event.verdict.kind === "unsaved" ? "save" : "rejected";
    case "slotRefused":
      return "rejected";
    case "slotUnreachable":
    case "slotLost":
      return "fleet";
    case "timer":
      return event.name === "fleet" ? "fleet" : "log";
    case "acted":
      return event.outcome.kind === "unswitched" ? "save" : "action";
    case "notReady":
      return "not-ready";
    case "exited":
      return "crash";
    case "lived":
    case "liveTriggered":
      return "liveness";
    case "spawnFailed":
      return event.failure.kind === "lost" ? "save" : "spawn";
    case "observed":
      return "path";
    case "unavailable":
      return "dependency";
    case "bug":
      return "bug";
    default:
      return "log";
  }
}

function tailOf(event: Event): readonly string[] {
  if (event.kind === "vetted" && event.verdict.kind === "rejected") {
    return event.verdict.tail;
  }
  return event.kind === "acted" && event.outcome.kind === "failed"
    ? event.outcome.tail
    : [];
}
