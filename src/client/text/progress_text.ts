/** How far a reload is, in one line. Pure. */
import type { ReloadStatus } from "../../control/vocabulary/status.ts";
import type { Screen } from "./style.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { reloadFrom } from "../answer/answers.ts";
import type { ServerEvent } from "../answer/event_parser.ts";
import { dataOf } from "./event_text.ts";
import { length } from "./moments.ts";
import { cut } from "./table.ts";

export interface Progress {
  /** As it was told last; undefined until it has begun. */
  readonly reload: ReloadStatus | undefined;
  /** When that was, in milliseconds since the epoch: since then its phase lasts. */
  readonly since: number;
}

export const begun = (now: number): Progress => ({
  reload: undefined,
  since: now,
});

/** After an event of the manager; only those of reloads count. */
export function progressed(
  progress: Progress,
  event: ServerEvent,
  now: number,
): Progress {
  if (event.event !== "reload") return progress;
  const reload = reloadFrom(dataOf(event).reload);
  return reload === undefined ? progress : { reload, since: now };
}

/** The phases that are over with how long they took, then the one that lasts. */
export function progressLine(
  { reload, since }: Progress,
  now: number,
  { columns, style }: Screen,
): string {
  // To the tenth of a second: more would flicker.
  const seconds = Math.floor(Math.max(0, now - since) / 100) / 10;
  const lasts = `${oneLine(lastingOf(reload))} ${seconds.toFixed(1)}s`;
  const name = reload === undefined ? "Reload" : `Reload ${reload.id}`;
  const line = `${name}: ${[...pastOf(reload), lasts].join(" > ")}`;
  // The last column is left free: some terminals wrap there.
  return style("warning", cut(line, columns - 1));
}

function lastingOf(reload: ReloadStatus | undefined): string {
  if (reload === undefined) return "asked";
  return reload.outcome ?? reload.phase ?? "begun";
}

const pastOf = (reload: ReloadStatus | undefined): string[] =>
  (reload?.phases ?? []).flatMap(({ phase, duration_seconds: took }) =>
    took === null ? [] : [`${oneLine(phase)} ${length(took)}`]
  );
