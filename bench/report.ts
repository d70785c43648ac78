/** The report of a run: every number of every tool, and its ratio to ours. */
import { format, type Series, spreadOf } from "./stats.ts";
import type { Verdict } from "./targets.ts";
import { FLOOR, OURS } from "./tools.ts";

/** All that a run found out. */
export interface Outcome {
  readonly machine: string;
  readonly date: string;
  readonly quick: boolean;
  /** Without a version: not installed. */
  readonly peers: readonly {
    readonly name: string;
    readonly version: string;
  }[];
  readonly series: readonly Series[];
  readonly verdicts: readonly Verdict[];
}

const INTRO = `# Benchmark

Written by \`deno task bench\`; measured side by side in one run, the tools
taking turns. The child is a static C program that stamps the monotonic clock as
its first act; the same program makes the changes and sends the signals, so both
ends of a time are stamped alike. The **floor** is the least that a supervisor
can be when it is compiled as this one is: it hears SIGTERM, starts a program and
waits for it. The last column is a tool's median divided by ours: below 1 the
tool is better than we are.

A change is measured without the quiet window (\`--debounce=0ms\`). *In place* is
one write(2) over the file, *swap* an update of a ConfigMap volume as the kubelet
makes it. Downtime is from the old child's last act to the new one's first.
`;

/** The report as a Markdown document. */
export function toMarkdown(outcome: Outcome): string {
  const measures = [...new Set(outcome.series.map(({ measure }) => measure))];
  return [
    INTRO,
    machineLine(outcome),
    peersLine(outcome),
    "## Targets\n",
    verdictTable(outcome.verdicts),
    "## Measurements\n",
    ...measures.map((measure) => table(measure, outcome.series)),
  ].join("\n");
}

function machineLine({ machine, date, quick }: Outcome): string {
  const how = quick ? " A quick run: smaller loads, fewer samples." : "";
  return `Measured on ${date}: ${machine}.${how}\n`;
}

function peersLine({ peers }: Outcome): string {
  const list = peers.map(({ name, version }) =>
    version === "" ? `${name} (not installed)` : `${name} ${version}`
  );
  return `Peers: ${list.join(", ")}.\n`;
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ text, detail, met }) => [
    text,
    detail,
    met === undefined ? "-" : met ? "met" : "**missed**",
  ]);
  return grid(["target", "measured", ""], rows);
}

function table(measure: string, all: readonly Series[]): string {
  const series = all.filter((one) => one.measure === measure);
  const ours = series.find(({ tool }) => tool === OURS);
  const base = ours && spreadOf(ours.samples)?.median;
  const rows = series.map(({ tool, samples, note }) => {
    const name = tool === OURS || tool === FLOOR ? `**${tool}**` : tool;
    const named = note === undefined ? name : `${name} (${note})`;
    const spread = spreadOf(samples);
    if (spread === undefined) return [named, "-", "-", "-", "0", "-"];
    const { min, median, p90, count } = spread;
    const ratio = base === undefined || base === 0
      ? "-"
      : format(median / base);
    return [
      named,
      format(min),
      format(median),
      format(p90),
      String(count),
      ratio,
    ];
  });
  const head = ["tool", "min", "median", "p90", "samples", "ratio to ours"];
  return `### ${measure}, ${series[0].unit}\n\n${grid(head, rows)}`;
}

/** Cells padded to the width of their column, as the formatter has them. */
function grid(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, at) =>
    Math.max(3, title.length, ...rows.map((row) => row[at].length))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [line(head), rule, ...rows.map(line), ""].join("\n");
}

/** Processor, cores, memory and kernel of this machine, in one line. */
export async function describeMachine(): Promise<string> {
  const cpu = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = /^model name\s*:\s*(.*)$/m.exec(cpu)?.[1] ?? Deno.build.arch;
  const memory = (Deno.systemMemoryInfo().total / 2 ** 30).toFixed(0);
  const cores = navigator.hardwareConcurrency;
  // What else ran makes every time longer, and medians more than minima.
  const load = Deno.loadavg()[2].toFixed(1);
  return `${model}, ${cores} cores, ${memory} GiB, Linux ${Deno.osRelease()}, Deno ${Deno.version.deno}; load average of the last 15 minutes ${load}`;
}
