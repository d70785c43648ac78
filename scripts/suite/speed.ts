/**
 * How slow the machine is at the moment, in the unit that tests need: how long
 * the executable takes to start and end. Must not judge anything by it.
 */

/** What the executable needs on a quiet machine with two cores: the median of 40 starts on the machine that CI uses. */
const QUIET_MS = 42;
/** So many starts, as many at once as there are processors. */
const STARTS = 20;

/** How slow the machine is. */
export interface Speed {
  /** Median time of one start. */
  readonly startMs: number;
  /** That time as a multiple of a quiet machine's, 1 at least. */
  readonly slowness: number;
}

/** Starts the executable some 20 times on a program that does nothing. */
export async function measureSpeed(executable: string): Promise<Speed> {
  const times: number[] = [];
  const lane = async () => {
    while (times.length < STARTS) times.push(await startMs(executable));
  };
  await Promise.all(
    Array.from({ length: navigator.hardwareConcurrency }, lane),
  );
  const median = times.toSorted((a, b) => a - b)[times.length >> 1];
  const slowness = Math.max(1, Math.round(10 * median / QUIET_MS) / 10);
  return { startMs: median, slowness };
}

async function startMs(executable: string): Promise<number> {
  const startedMs = performance.now();
  const { code } = await new Deno.Command(executable, {
    args: ["--config=", "--", "true"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  if (code !== 0) {
    throw new Error(`Cannot measure ${executable}: it ended with ${code}`);
  }
  return performance.now() - startedMs;
}

/** As the line that a run begins with. */
export const describeSpeed = ({ startMs, slowness }: Speed): string =>
  `machine: a start takes ${
    Math.round(startMs)
  } ms, limits are ${slowness} x those of a quiet machine`;
