/** A program and its arguments, written as one text. Pure: nothing is looked up or expanded. */
import { split } from "shlex";
import type { Argv } from "../../core/vocabulary/settings.ts";
import { BadValue, type ValueParser } from "./basic.ts";

/**
 * Words with a shell's quoting but none of its expansions, or a JSON array of
 * strings, which is taken as it is. A text that begins with `[` is JSON.
 *
 * shlex 3.0.0 takes backslashes in single quotes once more when double quotes
 * follow in the same word, and knows bash's `$'...'`; JSON has no such corners.
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

/** Escapes without a quote to close them are refused too. */
function words(value: string): string[] {
  try {
    return split(value);
  } catch {
    throw new BadValue(
      "a command in which every quote is closed and no backslash comes last",
    );
  }
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
