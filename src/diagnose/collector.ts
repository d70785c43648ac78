/** One part of what is collected: bounded in time, and nothing that it lacks ends the rest. */
import { formatDuration } from "../core/notation/duration.ts";
import { oneLine } from "../core/notation/one_line.ts";
import { within } from "../host/base/time_limit.ts";
import type { Contents } from "./contents.ts";

export interface Collector {
  /** What it is, for the user who waits. */
  readonly what: string;
  /** The files that it makes, or the folder that they are in, and what they tell. */
  readonly files: Readonly<Record<string, string>>;
  /** What was added before it fails or its time is over stays. */
  readonly collect: (contents: Contents) => void | Promise<void>;
}

/** Resolves to why it is incomplete; undefined where it is not. Never rejects. */
export async function collected(
  { what, collect }: Collector,
  contents: Contents,
  limitMs: number,
): Promise<string | undefined> {
  let isOver = true;
  try {
    const collecting = Promise.resolve(collect(contents));
    await within(limitMs, collecting.then(() => isOver = false));
    if (!isOver) return undefined;
    throw new Error(`not complete after ${formatDuration(limitMs)}`);
  } catch (error) {
    const why = oneLine(error instanceof Error ? error.message : String(error));
    contents.fault(what, why);
    return why;
  }
}
