/** What stands in braces in arguments and commands, for values that are known only when a program starts. Pure. */

/**
 * `{config}` is the first path, `{config1}` the second; `{listen0}` the first
 * descriptor; `{run}` the number of the child; `{env:NAME}` a variable of the
 * child. Braces around one may be doubled.
 */
const PLACEHOLDER =
  /(\{+)(config|run|(config|listen)(0|[1-9]\d*)|env:([A-Za-z_][A-Za-z0-9_.-]*))(\}+)/g;

/** What the placeholders stand for. */
export interface PlaceholderValues {
  /** The watched paths, in the order given. */
  readonly config: readonly string[];
  /** Descriptors, in the order of their addresses. */
  readonly listen: readonly number[];
  /** Undefined: there is no child that it could be about. */
  readonly run: number | undefined;
  /** The value of a variable; undefined where it is not set. */
  readonly env?: (name: string) => string | undefined;
}

/**
 * The text with our placeholders replaced, once. In doubled braces, `{{config}}`,
 * a placeholder stands for its own text, `{config}`; a third pair is one of
 * braces around its value, as in format strings of Python. All else in braces
 * stays as it is, doubled or not, and so does a placeholder without a value.
 */
export function expand(text: string, values: PlaceholderValues): string {
  // Without one, not even the expression need be compiled.
  if (!text.includes("{")) return text;
  return text.replace(PLACEHOLDER, (whole, ...groups: string[]) => {
    const [open, name, list, index, variable, close] = groups;
    const pairs = Math.min(open.length, close.length);
    const value = isLiteral(pairs)
      ? name
      : valueOf({ name, list, index, variable }, values);
    if (value === undefined) return whole;
    const literal = Math.floor(pairs / 2);
    return "{".repeat(open.length - pairs + literal) + value +
      "}".repeat(close.length - pairs + literal);
  });
}

/** Two braces stand for one, so an even number of pairs leaves none for a placeholder. */
const isLiteral = (pairs: number): boolean => pairs % 2 === 0;

function valueOf(
  { name, list, index, variable }: {
    readonly name: string;
    readonly list: string | undefined;
    readonly index: string | undefined;
    readonly variable: string | undefined;
  },
  { config, listen, run, env }: PlaceholderValues,
): string | undefined {
  if (variable !== undefined) return env?.(variable);
  if (name === "run") return run?.toString();
  return list === "listen"
    ? listen[Number(index)]?.toString()
    : config[Number(index ?? 0)];
}

/** The text with its `{env:NAME}` replaced; other placeholders are none there. */
export const expandVariables = (
  text: string,
  env: NonNullable<PlaceholderValues["env"]>,
): string => expand(text, { config: [], listen: [], run: undefined, env });

/** The names of the variables whose values the text needs. */
export function variablesIn(text: string): readonly string[] {
  if (!text.includes("{env:")) return [];
  return [...text.matchAll(PLACEHOLDER)].flatMap((
    [, open, , , , name, close],
  ) =>
    name === undefined || isLiteral(Math.min(open.length, close.length))
      ? []
      : [name]
  );
}

/**
 * The first placeholder of ours that has no value, to be refused before a start:
 * a number that is too high, any where there are none. Where nothing is watched,
 * `{config}` is not ours but the command's. Only the lengths count.
 */
export function firstWithoutValue(
  text: string,
  values: {
    readonly config: readonly unknown[];
    readonly listen: readonly unknown[];
  },
): string | undefined {
  if (!text.includes("{")) return undefined;
  for (const found of text.matchAll(PLACEHOLDER)) {
    const [, open, name, list, index, , close] = found;
    if (index === undefined) continue;
    if (isLiteral(Math.min(open.length, close.length))) continue;
    const { length } = values[list === "listen" ? "listen" : "config"];
    if (Number(index) >= length) return `{${name}}`;
  }
  return undefined;
}
