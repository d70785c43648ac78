/**
 * Splits one line of a watcher script into words as a shell would. Pure; must
 * not know what the words mean.
 */

/** A word that cannot be read; the message says why. */
export class BadLine extends Error {}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  "\\": "\\",
  '"': '"',
};

/**
 * The words of a line. Blanks separate; double quotes keep blanks and know the
 * escapes \n, \t, \\ and \"; single quotes keep everything; a word that begins
 * with # begins a comment.
 *
 * @throws {BadLine} for a quote that is not closed or an unknown escape
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (line[at] === " " || line[at] === "\t") at++;
    if (at >= line.length || line[at] === "#") return words;
    let word = "";
    while (at < line.length && line[at] !== " " && line[at] !== "\t") {
      const part = line[at] === '"'
        ? doubleQuoted(line, at)
        : line[at] === "'"
        ? singleQuoted(line, at)
        : { text: line[at], next: at + 1 };
      word += part.text;
      at = part.next;
    }
    words.push(word);
  }
}

interface Part {
  readonly text: string;
  /** Where the line goes on after it. */
  readonly next: number;
}

function doubleQuoted(line: string, open: number): Part {
  let text = "";
  for (let at = open + 1; at < line.length; at++) {
    if (line[at] === '"') return { text, next: at + 1 };
    if (line[at] !== "\\") {
      text += line[at];
      continue;
    }
    const escaped = ESCAPES[line[++at]];
    if (escaped === undefined) {
      throw new BadLine(
        `\\${line[at] ?? ""} is no escape; use \\n \\t \\\\ \\"`,
      );
    }
    text += escaped;
  }
  throw new BadLine(`the quote at column ${open + 1} is not closed`);
}

function singleQuoted(line: string, open: number): Part {
  const close = line.indexOf("'", open + 1);
  if (close < 0) {
    throw new BadLine(`the quote at column ${open + 1} is not closed`);
  }
  return { text: line.slice(open + 1, close), next: close + 1 };
}
