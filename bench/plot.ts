/**
 * The picture of a run for the README: for each measure a group of bars on a
 * logarithmic scale, the median of each tool. Pure; the colours are legible on
 * a light and on a dark page.
 */
import { format, medianOf, type Series } from "./stats.ts";
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
const LABEL_WIDTH = 150;
const BAR_WIDTH = 500;
const ROW_HEIGHT = 18;
const TITLE_HEIGHT = 30;

const STYLE = `text{font:12px system-ui,sans-serif;fill:#57606a}
.title{font-weight:600;fill:#24292f}
.bar{fill:#8c959f}.ours{fill:#1f6feb}.floor{fill:#bf8700}
@media(prefers-color-scheme:dark){text{fill:#9da7b1}.title{fill:#e6edf3}}`;

interface Bar {
  readonly tool: string;
  readonly median: number;
}

/** The picture as an SVG document. */
export function plot(series: readonly Series[]): string {
  const parts: string[] = [];
  let top = 0;
  for (const [measure, title] of PANELS) {
    const bars = barsOf(series, measure);
    if (bars.length === 0) continue;
    parts.push(panel(title, bars, top));
    top += TITLE_HEIGHT + bars.length * ROW_HEIGHT;
  }
  const note =
    "Median of each tool, logarithmic scale, shorter is better. Floor: an empty program compiled the same way.";
  parts.push(text(0, top + 24, note));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${
      top + 36
    }" role="img">`,
    `<title>flush-manager and its peers</title>`,
    `<style>${STYLE}</style>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

/** Shortest first. */
function barsOf(series: readonly Series[], measure: string): Bar[] {
  return series
    .filter((one) => one.measure === measure)
    .flatMap(({ tool }) => {
      const median = medianOf(series, measure, tool);
      return median === undefined ? [] : [{ tool, median }];
    })
    .sort((a, b) => a.median - b.median);
}

function panel(title: string, bars: readonly Bar[], top: number): string {
  const least = Math.max(1e-3, Math.min(...bars.map(({ median }) => median)));
  const most = Math.max(...bars.map(({ median }) => median));
  // The scale begins below the least, so that its bar can be seen.
  const scale = (value: number) =>
    BAR_WIDTH * Math.log(Math.max(value, least) / (least / 3)) /
    Math.log(most / (least / 3));
  const rows = bars.map(({ tool, median }, at) => {
    const y = top + TITLE_HEIGHT + at * ROW_HEIGHT;
    const width = scale(median).toFixed(1);
    const kind = tool === OURS ? "ours" : tool === FLOOR ? "floor" : "bar";
    return [
      text(LABEL_WIDTH - 8, y + 12, tool, 'text-anchor="end"'),
      `<rect class="${kind}" x="${LABEL_WIDTH}" y="${
        y + 2
      }" width="${width}" height="${ROW_HEIGHT - 5}" rx="2"/>`,
      text(LABEL_WIDTH + Number(width) + 6, y + 12, format(median)),
    ].join("");
  });
  const heading = text(LABEL_WIDTH, top + 20, title, 'class="title"');
  return [heading, ...rows].join("\n");
}

function text(x: number, y: number, content: string, more = ""): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}"${more && ` ${more}`}>${safe}</text>`;
}
