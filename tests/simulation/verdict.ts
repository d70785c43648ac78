/** Whether a verdict of the manager rests on what had happened by then. It reads what an operator reads: the log. */
import type { Child } from "./child.ts";
import type { Reloads } from "./reloads.ts";

/** The number of a child is its pid less this. */
export const PID_BASE = 1_000;

/** The child that this line of the log calls not ready. */
export function runCalledNotReady(text: string): number | undefined {
  const pid = / \(PID: (\d+)\) is not ready after /.exec(text)?.[1];
  return pid === undefined ? undefined : Number(pid) - PID_BASE;
}

/** What is wrong with such a verdict at that time of the manager's clock. */
export function faultOfVerdict(
  { run, signedAt, startedAwake }: Child,
  at: number,
  timeoutMs: number,
): string | undefined {
  if (signedAt !== undefined) return `run ${run} had given its sign`;
  const hadMs = at - startedAwake;
  // Virtual time is not exact.
  return hadMs < timeoutMs - 1
    ? `run ${run} had ${hadMs} of ${timeoutMs} ms`
    : undefined;
}

/** Whether this line of the log gives up a wait for dependencies. */
export const callsDependenciesMissing = (text: string): boolean =>
  text.includes("dependencies are missing after ");

/** What is wrong with that. */
export function faultOfWait(
  { areDependenciesThere, waitedMs }: Reloads,
  timeoutMs: number,
): string | undefined {
  if (areDependenciesThere) return "the dependencies were there";
  // Virtual time is not exact.
  return waitedMs < timeoutMs - 1
    ? `the dependencies had ${waitedMs} of ${timeoutMs} ms`
    : undefined;
}
