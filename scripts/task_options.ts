/**
 * Reads the options of a task. An argument that the task does not know is
 * refused, because a misspelt one would be a run of something else.
 */
// @ts-types="../types/std_cli_parse_args.d.ts"
import { parseArgs, type ParsedArgs } from "@std/cli/parse-args";

/** What a task takes; names without dashes. */
export interface TaskOptions<B extends string, S extends string> {
  /** Options without a value. */
  readonly boolean?: readonly B[];
  /** Options with a value. */
  readonly string?: readonly S[];
  /** Whether it also takes words, such as paths, and what one is called. */
  readonly words?: string;
}

/**
 * The values by name, and the words in `_`.
 *
 * @throws {Error} with one line that names the argument and all that may stand there
 */
export function taskOptions<B extends string = never, S extends string = never>(
  argv: readonly string[],
  { boolean = [], string = [], words }: TaskOptions<B, S>,
): ParsedArgs<B, S> {
  const known = [
    ...words === undefined ? [] : [words],
    ...string.map((name) => `--${name} VALUE`),
    ...boolean.map((name) => `--${name}`),
  ];
  const allowed = known.length === 0
    ? "this task takes no options"
    : `it is none of ${known.join(", ")}`;
  const args = parseArgs([...argv], {
    boolean,
    string,
    unknown: (arg, name) => {
      if (name === undefined && words !== undefined) return true;
      throw new Error(`Cannot read ${arg}: ${allowed}`);
    },
  });
  // What follows `--` is not shown to `unknown`.
  if (words === undefined && args._.length > 0) {
    throw new Error(`Cannot read ${args._[0]}: ${allowed}`);
  }
  for (const name of string) {
    if (args[name] === "") {
      throw new Error(`Cannot read --${name}: it needs one value`);
    }
  }
  return args;
}

/**
 * The number that an option was given, or the default.
 *
 * @throws {Error} with one line that says what it must be
 */
export function wholeNumber(
  option: string,
  text: string | undefined,
  otherwise: number,
  [min, max]: readonly [min: number, max: number],
): number {
  if (text === undefined) return otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new Error(
    `Cannot use ${option} ${text}: it is a whole number from ${min} to ${max}`,
  );
}
