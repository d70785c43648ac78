/** Keeps a record or a refusal on one line, whatever a user's argument holds. Pure. */

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t" };

/** The text with its control characters written as escapes. */
export function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f]/g, (char) => {
    const hex = char.charCodeAt(0).toString(16).padStart(2, "0");
    return NAMED[char] ?? `\\x${hex}`;
  });
}
