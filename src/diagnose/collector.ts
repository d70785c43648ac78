/** One part of what is collected: bounded in time, and nothing that it lacks ends the rest. */
// @ts-types="../../types/std_async_deadline.d.ts"
import { deadline } from "@std/async/deadline";
import { formatDuration } from "../core/notation/duration.ts";
import { oneLine } from "../core/notation/one_line.ts";
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
  try {
    await deadline(Promise.resolve(collect(contents)), limitMs);
    return undefined;
  } catch (error) {
    const why = isOver(error)
      ? `not complete after ${formatDuration(limitMs)}`
      : oneLine(error instanceof Error ? error.message : String(error));
    contents.fault(what, why);
    return why;
  }
}

const isOver = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "TimeoutError";
