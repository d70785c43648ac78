/** Words as a shell splits and unquotes them (POSIX, 2.2 Quoting); nothing is expanded. Pure. */

/** Before these a backslash disappears in double quotes; before a line feed both do (2.2.3). */
const ESCAPED_IN_DOUBLE = new Set(["$", "`", '"', "\\"]);
const BLANK = /[ \t\n]/;

/** Why a text has no words: a quote is not closed or a backslash comes last, or a quote of bash's own. */
export type Unreadable = "unclosed" | "bash";

/** The words of the text, in which `#` begins no comment. */
export function shellWords(text: string): string[] | Unreadable {
  const words: string[] = [];
  /** Undefined between two words. */
  let word: string | undefined;
  for (let at = 0; at < text.length;) {
    const char = text[at];
    if (BLANK.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
      continue;
    }
    const part = readPart(text, at);
    if (typeof part === "string") return part;
    // A line that is continued begins no word.
    if (part.text !== "" || part.isQuoted) word = (word ?? "") + part.text;
    at = part.end;
  }
  return word === undefined ? words : [...words, word];
}

interface Part {
  readonly text: string;
  /** So that an empty one is a word. */
  readonly isQuoted: boolean;
  readonly end: number;
}

/** One quoted text or one other character. */
function readPart(text: string, at: number): Part | Unreadable {
  switch (text[at]) {
    case "'": {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return "unclosed";
      return { text: text.slice(at + 1, end), isQuoted: true, end: end + 1 };
    }
    case '"':
      return readDouble(text, at + 1);
    case "\\": {
      const next = text[at + 1];
      if (next === undefined) return "unclosed";
      const kept = next === "\n" ? "" : next;
      return { text: kept, isQuoted: false, end: at + 2 };
    }
    case "$":
      if (/^['"]/.test(text.slice(at + 1, at + 2))) return "bash";
      // Falls through.
    default:
      return { text: text[at], isQuoted: false, end: at + 1 };
  }
}

function readDouble(text: string, from: number): Part | Unreadable {
  let inside = "";
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"') return { text: inside, isQuoted: true, end: at + 1 };
    const next = text[at + 1];
    if (char !== "\\" || next === undefined) inside += char;
    else if (next === "\n") at++;
    else if (ESCAPED_IN_DOUBLE.has(next)) {
      inside += next;
      at++;
    } else inside += char;
  }
  return "unclosed";
}
