/** How far a reload is, in one line. Pure. */
import { oneLine } from "../../core/notation/one_line.ts";
import type { ServerEvent } from "../answer/event_parser.ts";
import { dataOf } from "./event_text.ts";
import { length } from "./moments.ts";
import type { Screen } from "./status_screen.ts";
import { cut } from "./table.ts";

export interface Progress {
  /** Undefined until the reload has begun. */
  readonly reloadId: number | undefined;
  /** Those that are over, with their lengths in milliseconds. */
  readonly over: readonly { readonly phase: string; readonly ms: number }[];
  readonly phase: string;
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
}

export const begun = (now: number): Progress => ({
  reloadId: undefined,
  over: [],
  phase: "asked",
  since: now,
});

/** After an event of the manager; only those of reloads count. */
export function progressed(
  progress: Progress,
  event: ServerEvent,
  now: number,
): Progress {
  if (event.event !== "reload") return progress;
  const { what, phase, reload_id: id } = dataOf(event);
  if (typeof id !== "number") return progress;
  // Another one has taken its place.
  if (what === "begun") return { ...begun(now), reloadId: id, phase: "begun" };
  if (what !== "phase" || typeof phase !== "string") return progress;
  const isFirst = progress.phase === "begun" || progress.phase === "asked";
  const last = { phase: progress.phase, ms: now - progress.since };
  return {
    reloadId: id,
    over: isFirst ? progress.over : [...progress.over, last],
    phase,
    since: now,
  };
}

export function progressLine(
  { reloadId, over, phase, since }: Progress,
  now: number,
  { columns, style }: Screen,
): string {
  const name = reloadId === undefined ? "Reload" : `Reload ${reloadId}`;
  const past = over.map((it) =>
    `${oneLine(it.phase)} ${length(it.ms / 1_000)}`
  );
  // To the tenth of a second: more would flicker.
  const seconds = Math.floor(Math.max(0, now - since) / 100) / 10;
  const line = `${name}: ${
    [...past, `${oneLine(phase)} ${seconds.toFixed(1)}s`].join(" > ")
  }`;
  // The last column is left free: some terminals wrap there.
  return style("warning", cut(line, columns - 1));
}
