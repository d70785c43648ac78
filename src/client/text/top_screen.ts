/** The live view: a status with what the child and its group use. Pure. */
import type { Status } from "../../control/vocabulary/status.ts";
import { formatBytes } from "../../core/notation/bytes.ts";
import { statusScreen } from "./status_screen.ts";
import type { Screen } from "./style.ts";
import { cutStyled } from "./table.ts";

/** What the child's group uses; undefined where the manager cannot tell. */
export interface Usage {
  readonly cpuSeconds: number | undefined;
  readonly residentBytes: number | undefined;
  readonly openDescriptors: number | undefined;
  readonly threads: number | undefined;
}

export interface Sample {
  readonly status: Status;
  readonly usage: Usage;
  /** On a clock that never goes back, milliseconds. */
  readonly at: number;
}

/** From the metrics, in Prometheus' text format; these have no labels. */
export function usageFrom(metrics: string): Usage {
  const value = (name: string): number | undefined => {
    const line = metrics.split("\n").find((line) =>
      line.startsWith(`${name} `)
    );
    const number = Number(line?.split(" ")[1]);
    return Number.isNaN(number) ? undefined : number;
  };
  const child = "flush_manager_child_";
  return {
    cpuSeconds: value(`${child}cpu_seconds_total`),
    residentBytes: value(`${child}resident_memory_bytes`),
    openDescriptors: value(`${child}open_fds`),
    threads: value(`${child}threads`),
  };
}

/** As many lines as fit, none of them wider than the terminal. `fault` is why there is no later sample. */
export function topScreen(
  now: Sample,
  before: Sample | undefined,
  fault: string | undefined,
  screen: Screen & { readonly rows: number },
): string[] {
  const { columns, rows, style } = screen;
  const [head, ...rest] = statusScreen(now.status, screen);
  const lines = [
    head,
    `  use         ${usageText(now, before)}`,
    ...fault === undefined ? [] : [style("bad", fault)],
    ...rest,
  ].slice(0, Math.max(1, rows - 1));
  // A line that the terminal wraps would push the first ones off its screen.
  return [...lines, style("dim", "q: quit")]
    .map((line) => cutStyled(line, columns));
}

function usageText({ usage, at }: Sample, before: Sample | undefined): string {
  const { residentBytes, openDescriptors, threads } = usage;
  const some = (value: number | undefined, unit: string) =>
    value === undefined ? [] : [`${value} ${unit}${value === 1 ? "" : "s"}`];
  const parts = [
    ...cpuText(usage, at, before),
    ...residentBytes === undefined ? [] : [`${formatBytes(residentBytes)} RSS`],
    ...some(threads, "thread"),
    ...some(openDescriptors, "open file"),
  ];
  return parts.length === 0 ? "-" : parts.join(", ");
}

/** Of one processor, between the two samples; none after a restart, when it counts anew. */
function cpuText(
  { cpuSeconds }: Usage,
  at: number,
  before: Sample | undefined,
): string[] {
  const earlier = before?.usage.cpuSeconds;
  if (cpuSeconds === undefined || earlier === undefined) return [];
  if (before === undefined || cpuSeconds < earlier) return [];
  const share = (cpuSeconds - earlier) / ((at - before.at) / 1_000);
  return [`${Math.round(share * 100)}% CPU`];
}
