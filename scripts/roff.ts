/** Markdown's sentences, code and links as lines of a manual page (man(7)). Pure. */

/** A text of one paragraph, a sentence a line; without those that only name another part of a page. */
export function roff(markdown: string): string {
  return markdown
    .replace(/ See \[[^\]]+\]\(#[^)]*\)\./g, "")
    .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .split(/(?<=[^.][.:]) (?=[A-Z`])/)
    .map((sentence) => `${protectedLine(fonts(sentence))}\n`)
    .join("");
}

/** Text that is to appear as it is. */
export const roffText = (text: string): string =>
  text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll('"', "\\(dq");

/** Code is bold, as what must be typed is in a manual page. */
const fonts = (sentence: string) =>
  sentence.split("`").map((part, index) =>
    index % 2 === 0 || part === ""
      ? roffText(part)
      : `\\fB${roffText(part)}\\fR`
  ).join("");

/** A line that begins with one of these would be a request. */
const protectedLine = (line: string) =>
  /^[.']/.test(line) ? `\\&${line}` : line;
