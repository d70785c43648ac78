/** Which signals a step has passed on to a child. Pure. */
import type { Effect } from "../../../core/vocabulary/effect.ts";
import type { Model } from "../../../core/vocabulary/model.ts";
import type { Signal } from "../../../core/vocabulary/signals.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";
import type { Journal } from "../../vocabulary/journal.ts";
import { withOneMore } from "./histogram.ts";

type Sent = Extract<Effect, { kind: "signal" }>;

/** Those that somebody has sent to us, without the ones that end a child, wake it for that, or tell it of new content. */
export function withForwarded(journal: Journal, taken: TakenStep): Journal {
  const sent = taken.effects.filter((effect) => effect.kind === "signal");
  if (sent.length === 0) return journal;
  const forwarded = sent.filter((one) =>
    one.tells === undefined && !isForTheEnd(one, taken)
  );
  const signalsForwarded = forwarded.reduce(
    (counts, { signal }) => withOneMore(counts, signal),
    journal.signalsForwarded,
  );
  return signalsForwarded === journal.signalsForwarded
    ? journal
    : { ...journal, signalsForwarded };
}

const WAKES: ReadonlySet<string> = new Set(["continue", "retireContinue"]);

function isForTheEnd(
  { run, signal }: Sent,
  { event, before, after }: TakenStep,
): boolean {
  if (signal === "SIGKILL") return true;
  if (event.kind === "timer" && WAKES.has(event.name)) return true;
  return stopOf(before, run) === undefined && stopOf(after, run) === signal;
}

/** The signal by which the child, or the rest of its group, was asked to end. */
const stopOf = ({ state, retiring }: Model, run: number): Signal | undefined =>
  [state, retiring].flatMap((one) =>
    (one?.kind === "stopping" || one?.kind === "sweeping") &&
      one.run === run && one.phase.kind !== "unasked"
      ? [one.signal]
      : []
  )[0];
