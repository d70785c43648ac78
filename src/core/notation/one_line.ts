/** Keeps a record or a refusal on one line that shows what it holds, whatever text from outside is in it. Pure. */

/**
 * What a reader would not see, or would see something else for: control
 * characters (C0, DEL, C1), separators of lines and paragraphs, and format
 * characters, among them what turns the direction of text or has no width. Half
 * a surrogate pair is no character at all. Made where it is needed: to look up
 * the classes takes a tenth of a millisecond, and most starts need none.
 */
const unseen = () => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Most lines have nothing else. */
const PLAIN = /^[\x20-\x7e]*$/;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t" };
const HEX_MAX = 0xff;
const UNIT_MAX = 0xffff;

/** The text with such characters written as escapes: `\n`, `\x1b`, `\u202e`, `\u{e0001}`. */
export const oneLine = (text: string): string =>
  PLAIN.test(text) ? text : text.replace(unseen(), escaped);

const CUT = "...";

/** The text on one line of so many characters at most. */
export function shortLine(text: string, maxChars: number): string {
  const line = oneLine(text);
  if (line.length <= maxChars) return line;
  const kept = line.slice(0, maxChars - CUT.length);
  // Half a surrogate pair is no character.
  return (kept.isWellFormed() ? kept : kept.slice(0, -1)) + CUT;
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > UNIT_MAX) return `\\u{${hex}}`;
  return NAMED[char] ??
    (code > HEX_MAX
      ? `\\u${hex.padStart(4, "0")}`
      : `\\x${hex.padStart(2, "0")}`);
}

/** The same JSON text, with such characters in its strings written as JSON's escapes. */
export const oneLineJson = (json: string): string =>
  PLAIN.test(json)
    ? json
    : json.replace(unseen(), (char) =>
      Array.from({ length: char.length }, (_, at) =>
        `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""));
