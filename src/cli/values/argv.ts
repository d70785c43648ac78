/** A program and its arguments, written as one text. Pure: nothing is looked up or expanded. */
import type { Argv } from "../../core/vocabulary/settings.ts";
import { BadValue, type ValueParser } from "./basic.ts";
import { shellWords } from "./shell_words.ts";

/**
 * Words with a shell's quoting but none of its expansions, or a JSON array of
 * strings, which is taken as it is. A text that begins with `[` is JSON. Bash's
 * `$'...'` and `$"..."` are none of POSIX' quotes, and refused.
 */
export const argv: ValueParser<Argv> = (value) => {
  const [command, ...args] = value.startsWith("[")
    ? fromJson(value)
    : words(value);
  if (command === undefined || command === "") {
    throw new BadValue(
      'a command with its arguments (nginx -s reload), or a JSON array of them (["nginx", "-s", "reload"])',
    );
  }
  if ([command, ...args].some((word) => word.includes("\0"))) {
    throw new BadValue("a command without NUL characters");
  }
  return [command, ...args];
};

function words(value: string): string[] {
  const found = shellWords(value);
  if (found === "unclosed") {
    throw new BadValue(
      "a command in which every quote is closed and no backslash comes last",
    );
  }
  if (found === "bash") {
    throw new BadValue(
      "a command without bash's $'...' and $\"...\"; quote the $ or use a JSON array",
    );
  }
  return found;
}

function fromJson(value: string): string[] {
  const refusal = () =>
    new BadValue(
      'a JSON array of strings (["nginx", "-s", "reload"]) where a command begins with [',
    );
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw refusal();
  }
  if (!Array.isArray(parsed)) throw refusal();
  return parsed.map((word) => {
    if (typeof word !== "string") throw refusal();
    return word;
  });
}
