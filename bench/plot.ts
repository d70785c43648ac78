/**
 * The picture of a run for the README: what a reload costs clients, and for each
 * measure a dot a tool on a logarithmic axis with its ticks. Pure; the colours
 * are legible on a light and on a dark page.
 */
import type { Loss } from "./losses.ts";
import { format, type Series, type Spread, spreadOf } from "./stats.ts";
import { FLOOR, OURS } from "./tools.ts";

const PANELS: readonly (readonly [measure: string, title: string])[] = [
  ["start-up", "start-up to the child's first instruction, ms"],
  ["change to new child, in place", "change in place to new child, ms"],
  ["change to new child, swap", "ConfigMap update to new child, ms"],
  ["downtime, swap", "restart downtime, ms"],
  ["signal", "signal passed on, ms"],
  ["reaping", "10,000 orphans reaped, ms"],
  ["RssAnon", "private memory, MiB"],
];

const WIDTH = 760;
const LABEL_WIDTH = 210;
const AXIS_WIDTH = 460;
const ROW_HEIGHT = 18;
const TITLE_HEIGHT = 32;
const TICKS_HEIGHT = 20;

const STYLE = `text{font:12px system-ui,sans-serif;fill:#57606a}
.title{font-weight:600;fill:#24292f}.tick{font-size:10px}
line{stroke:#d1d9e0}.spread{stroke:#8c959f;stroke-width:2}
.dot{fill:#6e7781}.ours{fill:#1f6feb}.floor{fill:#bf8700}
@media(prefers-color-scheme:dark){text{fill:#9da7b1}.title{fill:#e6edf3}
line{stroke:#3d444d}.spread{stroke:#6e7681}.dot{fill:#9da7b1}.ours{fill:#4493f8}.floor{fill:#d29922}}`;

/** One row of a panel. */
interface Row {
  readonly name: string;
  readonly kind: "dot" | "ours" | "floor";
  readonly spread: Spread;
  readonly value: string;
}

/** Where a value is on the axis, and which values have a tick. */
interface Axis {
  readonly x: (value: number) => number;
  readonly ticks: readonly number[];
}

/** The picture as an SVG document. */
export function plot(
  series: readonly Series[],
  losses: readonly Loss[],
): string {
  const panels: [title: string, rows: readonly Row[], axis: Axis][] = [[
    "requests lost with each reload of nginx under load",
    losses.map(rowOfLoss),
    linearAxis(Math.max(...losses.map(({ lostPerReload }) => lostPerReload))),
  ]];
  for (const [measure, title] of PANELS) {
    const rows = rowsOf(series, measure);
    if (rows.length > 0) panels.push([title, rows, logAxis(rows)]);
  }
  const parts: string[] = [];
  let top = 0;
  for (const [title, rows, axis] of panels) {
    parts.push(panel(title, rows, axis, top));
    top += TITLE_HEIGHT + rows.length * ROW_HEIGHT + TICKS_HEIGHT;
  }
  const [plain] = losses;
  const notes = [
    `Requests lost: linear, ${plain.reloads} reloads each (docs/evidence.md). The others are logarithmic.`,
    "Dot: median; line: from the least to the 90th percentile, or to the edge. Further left is better.",
    "Floor: an empty program compiled the same way.",
  ];
  parts.push(...notes.map((note, at) => text(0, top + 20 + at * 16, note)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${
      top + 62
    }" role="img">`,
    `<title>flush-manager and its peers</title>`,
    `<style>${STYLE}</style>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function rowOfLoss({ way, lostPerReload: lost }: Loss): Row {
  return {
    name: way,
    kind: lost === 0 ? "ours" : "dot",
    spread: { min: lost, median: lost, p90: lost, count: 1 },
    value: format(lost),
  };
}

/** Least median first. */
function rowsOf(series: readonly Series[], measure: string): Row[] {
  return series
    .filter((one) => one.measure === measure)
    .flatMap(({ tool, samples }): Row[] => {
      const spread = spreadOf(samples);
      if (spread === undefined) return [];
      const kind = tool === OURS ? "ours" : tool === FLOOR ? "floor" : "dot";
      return [{ name: tool, kind, spread, value: format(spread.median) }];
    })
    .sort((a, b) => a.spread.median - b.spread.median);
}

/** From the power of ten below the least value to that above the greatest. */
function logAxis(rows: readonly Row[]): Axis {
  // A time that is not above zero has no place: it is drawn at the left end.
  const positive = rows.flatMap(({ spread }) => [spread.min, spread.p90])
    .concat(rows.map(({ spread }) => spread.median))
    .filter((value) => value > 0);
  const from = Math.floor(Math.log10(Math.min(...positive)));
  const to = Math.max(
    from + 1,
    Math.ceil(Math.log10(Math.max(...positive))),
  );
  return {
    x: (value) =>
      AXIS_WIDTH * Math.max(0, Math.log10(Math.max(value, 10 ** from)) - from) /
      (to - from),
    ticks: Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at)),
  };
}

/** From zero to a round number above the greatest value. */
function linearAxis(most: number): Axis {
  const step = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  const end = Math.ceil(Math.max(most, 1) / step);
  return {
    x: (value) => AXIS_WIDTH * value / (end * step),
    ticks: Array.from({ length: end + 1 }, (_, at) => at * step),
  };
}

function panel(
  title: string,
  rows: readonly Row[],
  { x, ticks }: Axis,
  top: number,
): string {
  const first = top + TITLE_HEIGHT;
  const bottom = first + rows.length * ROW_HEIGHT;
  const at = (value: number) => (LABEL_WIDTH + x(value)).toFixed(1);
  const grid = ticks.map((tick) =>
    `<line x1="${at(tick)}" y1="${first - 4}" x2="${
      at(tick)
    }" y2="${bottom}"/>` +
    text(
      at(tick),
      bottom + 12,
      String(tick),
      'class="tick" text-anchor="middle"',
    )
  );
  const dots = rows.map(({ name, kind, spread, value }, index) => {
    const y = first + index * ROW_HEIGHT + 6;
    const { min, median, p90 } = spread;
    const end = LABEL_WIDTH + x(Math.max(median, p90));
    return [
      text(LABEL_WIDTH - 12, y + 4, name, 'text-anchor="end"'),
      `<line class="spread" x1="${at(min)}" y1="${y}" x2="${
        at(p90)
      }" y2="${y}"/>`,
      `<circle class="${kind}" cx="${at(median)}" cy="${y}" r="5"/>`,
      text((end + 10).toFixed(1), y + 4, value),
    ].join("");
  });
  const heading = text(LABEL_WIDTH, top + 20, title, 'class="title"');
  return [heading, ...grid, ...dots].join("\n");
}

function text(
  x: number | string,
  y: number,
  content: string,
  more = "",
): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}"${more && ` ${more}`}>${safe}</text>`;
}
