/**
 * `deno task demo-svg`: runs the demo and writes what it has printed as
 * docs/demo.svg: text that can be selected, in light and in dark. Owns the look
 * of the picture; must not change what the demo said.
 */
import { COLUMNS } from "./demo/screen.ts";
import { ROOT } from "./denort.ts";
import { must, script } from "./shell.ts";
import { taskOptions } from "./task_options.ts";

const FONT_PX = 14;
/** Of a character of nearly every monospaced font, in units of its size. */
const ADVANCE = 0.6;
const LINE_PX = 19;
const MARGIN_PX = 16;
/** What the picture leaves out: the README says it in its own words. */
const END = "Try next";

const STYLE = `.page{fill:#f6f8fa;stroke:#d1d9e0}
text{font:${FONT_PX}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328;white-space:pre}
.c1{font-weight:700}.c2{fill:#59636e}.c31{fill:#cf222e}.c32{fill:#116329}
.c33{fill:#7d4e00}.c34{fill:#0550ae}.c35{fill:#8250df}
@media(prefers-color-scheme:dark){.page{fill:#0d1117;stroke:#3d444d}
text{fill:#f0f6fc}.c2{fill:#9198a1}.c31{fill:#ff7b72}.c32{fill:#7ee787}
.c33{fill:#f2cc60}.c34{fill:#79c0ff}.c35{fill:#d2a8ff}}`;

interface Span {
  /** The codes of SGR (ECMA-48) that hold for it. */
  readonly codes: readonly string[];
  readonly text: string;
}

/** A line with its SGR sequences as spans. */
export function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let codes: readonly string[] = [];
  // deno-lint-ignore no-control-regex
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    // deno-lint-ignore no-control-regex
    const sgr = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
    if (sgr === undefined) {
      if (part !== "") spans.push({ codes, text: part });
      continue;
    }
    codes = sgr === "" || sgr === "0" ? [] : sgr.split(";");
  }
  return spans;
}

/** The picture of a transcript as an SVG document. Pure. */
export function picture(transcript: string): string {
  const all = transcript.trimEnd().split("\n");
  const end = all.findIndex((line) => line.includes(END));
  const lines = (end < 0 ? all : all.slice(0, end)).join("\n").trimEnd()
    .split("\n");
  const width = Math.ceil(COLUMNS * FONT_PX * ADVANCE) + 2 * MARGIN_PX;
  const height = lines.length * LINE_PX + 2 * MARGIN_PX;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    "<title>What the demo of flush-manager prints</title>",
    `<style>${STYLE}</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${
      height - 1
    }" rx="6"/>`,
    ...lines.map((line, at) => text(spansOf(line), at)),
    "</svg>\n",
  ].join("\n");
}

/** Each span is as wide as its columns, whatever the reader's font is. */
function text(spans: readonly Span[], row: number): string {
  const y = MARGIN_PX + row * LINE_PX + FONT_PX;
  let column = 0;
  const parts = spans.map(({ codes, text }) => {
    const from = column;
    column += text.length;
    const shown = text.trimEnd();
    if (shown.trim() === "") return "";
    const indent = shown.length - shown.trimStart().length;
    const px = (columns: number) =>
      Number((columns * FONT_PX * ADVANCE).toFixed(1));
    const attributes = [
      `x="${MARGIN_PX + px(from + indent)}"`,
      `textLength="${px(shown.length - indent)}"`,
      ...codes.length === 0
        ? []
        : [`class="${codes.map((code) => `c${code}`).join(" ")}"`],
    ];
    return `<tspan ${attributes.join(" ")}>${escaped(shown.trim())}</tspan>`;
  });
  return `<text y="${y}">${parts.join("")}</text>`;
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

if (import.meta.main) {
  await script("demo-svg", async () => {
    taskOptions(Deno.args, {});
    const transcript = await must("run the demo", Deno.execPath(), [
      "run",
      "-A",
      "scripts/demo.ts",
    ], { cwd: ROOT, env: { FORCE_COLOR: "1" } });
    await Deno.writeTextFile(`${ROOT}docs/demo.svg`, picture(transcript));
    console.log("docs/demo.svg is written");
  });
}
