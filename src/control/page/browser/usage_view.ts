/// <reference lib="dom" />
/** The child's CPU and memory, as the page has sampled them. */
import { formatBytes } from "../../../core/notation/bytes.ts";
import { byId, sayAt, setAttributes } from "./dom.ts";
import {
  cpuShares,
  lineOf,
  memory,
  type Sample,
  sampleFrom,
  withSample,
} from "./samples.ts";

/** Of the line; the picture has room for the end of it. */
const WIDTH = 236;
const HEIGHT = 48;
/** One tenth of a processor: below that, a line at rest would look busy. */
const CPU_LEAST_TOP = 0.1;
/** The line of a memory that does not change is not at the edge. */
const MEMORY_HEADROOM = 1.25;

export class UsageView {
  #samples: readonly Sample[] = [];

  take(metrics: string): void {
    const sample = sampleFrom(metrics, performance.now());
    this.#samples = withSample(this.#samples, sample);
    const cpu = cpuShares(this.#samples);
    const bytes = memory(this.#samples);
    draw("cpu", cpu, CPU_LEAST_TOP, percent);
    draw("memory", bytes, largest(bytes) * MEMORY_HEADROOM, formatBytes);
  }
}

const largest = (values: readonly (number | undefined)[]): number =>
  Math.max(1, ...values.map((value) => value ?? 0));

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function draw(
  id: string,
  values: readonly (number | undefined)[],
  leastTop: number,
  text: (value: number) => string,
): void {
  const last = values.at(-1);
  const shown = last === undefined ? "–" : text(last);
  const known = values.filter((value) => value !== undefined);
  const range = known.length === 0
    ? "nothing sampled yet"
    : `${text(Math.min(...known))} to ${text(Math.max(...known))}`;
  sayAt(`${id}-now`, shown);
  sayAt(`${id}-range`, range);
  const line = lineOf(values, { width: WIDTH, height: HEIGHT, leastTop });
  setAttributes(byId(`${id}-line`, SVGPathElement), { d: line.path });
  setAttributes(byId(`${id}-dot`, SVGPathElement), { d: line.end });
}
