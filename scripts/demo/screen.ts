/**
 * How the demo looks: colour only where it is wanted, one left margin, aligned
 * tables, lines no wider than its picture. Must not know what is shown.
 */
import process from "node:process";

/** As many columns as the picture of the demo has. */
export const COLUMNS = 92;

const hasColour = process.env.FORCE_COLOR !== undefined ||
  (Deno.stdout.isTerminal() && !Deno.noColor);

const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
} as const;

/** A way to show text. */
export type Style = keyof typeof CODES;

/** The text in that style, or as it is where there is no colour. */
export function styled(text: string, ...styles: readonly Style[]): string {
  if (!hasColour || styles.length === 0) return text;
  const codes = styles.map((style) => CODES[style]).join(";");
  return `\x1b[${codes}m${text}\x1b[0m`;
}

/** Where the demo's lines go; the caller decides what else is on the screen. */
export class Screen {
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Prints one line. */
  say(line = ""): void {
    this.#say(line);
  }

  /** Prints a headline with a blank line above it. */
  headline(title: string, rest = ""): void {
    this.say(
      `\n${styled(title, "bold")}${rest && `  ${styled(rest, "dim")}`}`,
    );
  }

  /** Prints a command of several words, broken between them. */
  command(words: readonly string[]): void {
    const shown = words.map((word) => /[ *?]/.test(word) ? `"${word}"` : word);
    let line = "  $";
    for (const word of shown) {
      if (line.length + 1 + word.length > COLUMNS - 2) {
        this.say(`${line} \\`);
        line = "     ";
      }
      line += ` ${word}`;
    }
    this.say(line);
  }

  /** Prints a line of somebody else with its time, cut to the columns. */
  quote(atMs: number, text: string): void {
    const time = `${String(Math.round(atMs)).padStart(6)} ms  `;
    const room = COLUMNS - time.length;
    const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    const [, level = ""] = /^(WARN|ERROR) /.exec(cut) ?? [];
    const shown = level === ""
      ? cut
      : styled(level, level === "ERROR" ? "red" : "yellow") +
        cut.slice(level.length);
    this.say(styled(time, "dim") + shown);
  }

  /** Prints what has come of a part. */
  outcome(text: string): void {
    this.say(
      `       ${styled("=>", "green", "bold")}  ${styled(text, "bold")}`,
    );
  }

  /** Prints rows in aligned columns; the first row is the header. Numbers go to the right. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = rows[0].map((_, at) =>
      Math.max(...rows.map((row) => row[at].length))
    );
    const right = rows[0].map((_, at) =>
      rows.slice(1).every((row) => /^\d/.test(row[at]))
    );
    for (const [index, row] of rows.entries()) {
      const cells = row.map((text, at) =>
        right[at] ? text.padStart(widths[at]) : text.padEnd(widths[at])
      );
      const line = `  ${cells.join("   ").trimEnd()}`;
      this.say(index === 0 ? styled(line, "dim") : line);
    }
  }
}
