/** Rows in columns, as wide as what stands in them. Pure. */
import type { Style, Tone } from "./style.ts";

/** A text, or one in a tone. */
export type Cell = string | readonly [Tone, string];

const textOf = (cell: Cell): string =>
  typeof cell === "string" ? cell : cell[1];
const toneOf = (cell: Cell): Tone =>
  typeof cell === "string" ? "plain" : cell[0];

/** In code points, which is right for all but wide and combining characters. */
const widthOf = (text: string): number => [...text].length;

const GAP = "  ";

/** The lines; the last column is cut where the terminal ends. */
export function table(
  rows: readonly (readonly Cell[])[],
  columns: number,
  style: Style,
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) {
      widths[at] = Math.max(widths[at] ?? 0, widthOf(textOf(cell)));
    }
  }
  return rows.map((row) => {
    let line = "";
    let used = 0;
    for (const [at, cell] of row.entries()) {
      const isLast = at === row.length - 1;
      const text = isLast
        ? cut(textOf(cell), Math.max(CUT_MIN, columns - used))
        : textOf(cell);
      const padding = isLast
        ? ""
        : " ".repeat(widths[at] - widthOf(text)) + GAP;
      line += style(toneOf(cell), text) + padding;
      used += widths[at] + GAP.length;
    }
    return line.trimEnd();
  });
}

/** A column that is cut further tells nothing. */
const CUT_MIN = 16;

/** The text, or its beginning with an ellipsis. */
export function cut(text: string, width: number): string {
  const points = [...text];
  return points.length <= width
    ? text
    : `${points.slice(0, Math.max(0, width - 1)).join("")}…`;
}

// deno-lint-ignore no-control-regex -- the escapes of style.ts (ECMA-48: SGR)
const STYLE = /(\x1b\[[0-9;]*m)/;

/** The same for a line with escapes of style: these take no room, and all of them are kept, so that each style ends. */
export function cutStyled(line: string, width: number): string {
  const parts = line.split(STYLE);
  const isStyle = (part: string) => STYLE.test(part);
  const text = parts.filter((part) => !isStyle(part)).join("");
  if (widthOf(text) <= width) return line;
  let room = Math.max(0, width - 1);
  let hasEnded = false;
  return parts.map((part) => {
    if (isStyle(part) || hasEnded) return isStyle(part) ? part : "";
    const points = [...part];
    hasEnded = points.length > room;
    const shown = points.slice(0, room).join("");
    room -= Math.min(room, points.length);
    return hasEnded ? `${shown}…` : shown;
  }).join("");
}
