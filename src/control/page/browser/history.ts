/** What the timeline shows: the reloads that the manager tells of, and the crashes that the page has heard of. Pure. */
import { length } from "../../../client/text/moments.ts";
import { exitText, newestFirst } from "../../../client/text/words.ts";
import type {
  ExitStatusJson,
  ReloadStatus,
  Status,
} from "../../vocabulary/status.ts";

export interface Crash {
  readonly at: number;
  /** How it ended; undefined where only the end itself is known. */
  readonly detail: string | undefined;
}

/** Something of the timeline. */
export type Happening =
  & { readonly key: string; readonly at: number }
  & (
    | { readonly kind: "reload"; readonly reload: ReloadStatus }
    | { readonly kind: "crash"; readonly detail: string | undefined }
  );

const CRASHES_MAX = 20;
const SHOWN_MAX = 30;
/** An end is told of by an event and by the status, at times of their own. */
const SAME_MS = 1_000;

export function withCrash(
  crashes: readonly Crash[],
  crash: Crash,
): readonly Crash[] {
  const known = crashes.find(({ at }) => Math.abs(at - crash.at) < SAME_MS);
  if (known === undefined) {
    return [...crashes, crash].sort((one, other) => one.at - other.at)
      .slice(-CRASHES_MAX);
  }
  return known.detail !== undefined || crash.detail === undefined
    ? crashes
    : crashes.map((each) =>
      each === known ? { ...each, detail: crash.detail } : each
    );
}

/** States in which nobody has asked the child to end. */
const UNASKED: readonly string[] = ["running", "draining", "overlapping"];

/** From an event of the kind `state`; undefined where the child was asked to end, or has not ended. */
export function crashFromEvent(data: unknown): Crash | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { time, from, event }: Record<string, unknown> = { ...data };
  if (event !== "exited" || typeof time !== "string") return undefined;
  if (typeof from !== "string" || !UNASKED.includes(from)) return undefined;
  const at = Date.parse(time);
  return Number.isNaN(at) ? undefined : { at, detail: undefined };
}

/** The last end of a child, if nobody had asked for it. */
export const crashFromExit = (
  exit: ExitStatusJson | null,
): Crash | undefined =>
  exit === null || exit.asked ? undefined : {
    at: Date.parse(exit.at),
    detail: `${exitText(exit)} after ${length(exit.uptime_seconds)}`,
  };

/** The newest first. */
export function happenings(
  status: Status,
  crashes: readonly Crash[],
): readonly Happening[] {
  const reloads = newestFirst(status).map((reload): Happening => ({
    kind: "reload",
    key: `reload-${reload.id}`,
    at: Date.parse(reload.started_at),
    reload,
  }));
  const ends = crashes.map(({ at, detail }): Happening => ({
    kind: "crash",
    key: `crash-${at}`,
    at,
    detail,
  }));
  return [...reloads, ...ends].sort((one, other) => other.at - one.at)
    .slice(0, SHOWN_MAX);
}
