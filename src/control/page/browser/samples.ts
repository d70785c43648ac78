/** The use of resources by the child, sampled by the page from scrapes, and its line. Pure. */

export interface Sample {
  /** Milliseconds of a clock that never goes back. */
  readonly at: number;
  /** Undefined where no child runs, or nobody knows. */
  readonly cpuSeconds: number | undefined;
  readonly residentBytes: number | undefined;
}

/** Four minutes of a sample every two seconds. */
export const SAMPLES_MAX = 120;
/** Between samples that are further apart, the line has a gap: the page was hidden. */
const GAP_MS = 7_000;

const CPU = "flush_manager_child_cpu_seconds_total";
const MEMORY = "flush_manager_child_resident_memory_bytes";

/** From the text of a scrape. */
export const sampleFrom = (metrics: string, at: number): Sample => ({
  at,
  cpuSeconds: valueOf(metrics, CPU),
  residentBytes: valueOf(metrics, MEMORY),
});

function valueOf(metrics: string, name: string): number | undefined {
  const line = metrics.split("\n").find((each) => each.startsWith(`${name} `));
  const value = Number(line?.slice(name.length + 1));
  return Number.isFinite(value) ? value : undefined;
}

export const withSample = (
  samples: readonly Sample[],
  sample: Sample,
): readonly Sample[] => [...samples, sample].slice(-SAMPLES_MAX);

/** Shares of one processor, between two samples; undefined where there is none. */
export function cpuShares(
  samples: readonly Sample[],
): readonly (number | undefined)[] {
  return samples.map((sample, at) => {
    const before = samples[at - 1];
    if (before?.cpuSeconds === undefined) return undefined;
    if (sample.cpuSeconds === undefined || isGap(before, sample)) {
      return undefined;
    }
    const used = sample.cpuSeconds - before.cpuSeconds;
    // Another child begins from nothing.
    return used < 0 ? undefined : used * 1_000 / (sample.at - before.at);
  });
}

export const memory = (
  samples: readonly Sample[],
): readonly (number | undefined)[] =>
  samples.map((sample, at) =>
    at > 0 && isGap(samples[at - 1], sample) ? undefined : sample.residentBytes
  );

const isGap = (before: Sample, after: Sample) => after.at - before.at > GAP_MS;

interface Box {
  readonly width: number;
  readonly height: number;
  /** The value at the upper edge is this at least. */
  readonly leastTop: number;
}

export interface Line {
  /** A path from the left to the right, the newest value at the right edge. */
  readonly path: string;
  /** A path of no length where the newest value is; empty where there is none. */
  readonly end: string;
}

export function lineOf(
  values: readonly (number | undefined)[],
  { width, height, leastTop }: Box,
): Line {
  const top = Math.max(leastTop, ...values.map((value) => value ?? 0));
  const step = width / (SAMPLES_MAX - 1);
  const first = SAMPLES_MAX - values.length;
  let path = "";
  let end = "";
  values.forEach((value, at) => {
    if (value === undefined) {
      end = "";
      return;
    }
    const x = round((first + at) * step);
    const y = round(height - value / top * height);
    path += `${end === "" ? "M" : "L"}${x} ${y}`;
    end = `M${x} ${y}h0`;
  });
  return { path, end };
}

const round = (value: number): number => Math.round(value * 10) / 10;
