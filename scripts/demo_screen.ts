/**
 * How the demo looks: colour only on a terminal that wants it, one left margin,
 * aligned tables. Must not know what is shown.
 */

const isTerminal = Deno.stdout.isTerminal();
const hasColour = isTerminal && !Deno.noColor;

const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
} as const;

/** A way to show text. */
export type Style = keyof typeof CODES;

/** The text in that style, or as it is where there is no colour. */
export function styled(text: string, ...styles: readonly Style[]): string {
  if (!hasColour || styles.length === 0) return text;
  const codes = styles.map((style) => CODES[style]).join(";");
  return `\x1b[${codes}m${text}\x1b[0m`;
}

/** Prints one line. */
export function say(line = ""): void {
  console.log(line);
}

/** Prints a headline with a blank line above it. */
export function headline(title: string, rest = ""): void {
  say(`\n${styled(title, "bold")}${rest && `  ${rest}`}`);
}

/** Prints a name and what it is. */
export function item(name: string, ...values: readonly string[]): void {
  for (const [index, value] of values.entries()) {
    say(`  ${(index === 0 ? name : "").padEnd(10)}${value}`);
  }
}

/** Prints a line of somebody else: dim, with its time, cut to the terminal. */
export function quote(atMs: number, text: string): void {
  const line = `  ${String(Math.round(atMs)).padStart(6)} ms  ${text}`;
  const width = isTerminal ? Deno.consoleSize().columns : Infinity;
  say(styled(
    line.length > width ? `${line.slice(0, width - 1)}…` : line,
    "dim",
  ));
}

/** A cell of a table: its text, and how it is shown. */
export type Cell = string | readonly [text: string, ...styles: Style[]];

/** Prints rows in aligned columns; the first row is the header. Numbers go to the right. */
export function table(rows: readonly (readonly Cell[])[]): void {
  const textOf = (cell: Cell) => typeof cell === "string" ? cell : cell[0];
  const columns = rows[0].map((_, at) => rows.map((row) => textOf(row[at])));
  const widths = columns.map((cells) =>
    Math.max(...cells.map(({ length }) => length))
  );
  const right = columns.map((cells) =>
    cells.slice(1).every((text) => /^\d/.test(text))
  );
  for (const [index, row] of rows.entries()) {
    const line = row.map((cell, at) => {
      const text = textOf(cell);
      const styles = typeof cell === "string" ? [] : cell.slice(1) as Style[];
      const pad = " ".repeat(widths[at] - text.length);
      const shown = styled(text, ...(index === 0 ? ["dim" as const] : styles));
      return right[at] ? pad + shown : shown + pad;
    });
    say(`  ${line.join("   ").trimEnd()}`);
  }
}

/** A duration as the demo shows it. */
export const ms = (value: number) => `${Math.round(value)} ms`;
