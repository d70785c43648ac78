/** What was given for each option, and where; and the values that this means. Pure. */
import {
  defaultOf,
  environmentName,
  type NameWithDefault,
  OPTION_NAMES,
  type OptionName,
  optionOf,
  OPTIONS,
  type ValueOf,
} from "./options.ts";
import { refuseValue } from "./refusal.ts";
import { BadValue, refusalsOf, UsageError } from "./values/basic.ts";

/** Looks up an environment variable; undefined when it is not set. Throws where its value is no text. */
export type Environment = (name: string) => string | undefined;

/** Where a value is from. */
export type Source =
  | { readonly kind: "flag" }
  /** Of the program and its arguments: they follow the options. */
  | { readonly kind: "positional" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "file"; readonly at: FilePlace };

/** Lines and columns begin with 1. */
export interface FilePlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** `settings.yaml:3:11`, as compilers write it and editors open it. */
export const describePlace = ({ path, line, column }: FilePlace): string =>
  `${path}:${line}:${column}`;

/** What a settings file says, as texts that its options take. */
export interface FileSettings {
  readonly options: ReadonlyMap<OptionName, FileValue>;
  /** The arguments of the command; undefined where the file has none. */
  readonly args: FileValue | undefined;
  /** Whether changes are held back, and why; undefined where the file says nothing. */
  readonly hold: FileHold | undefined;
}

export interface FileHold {
  readonly at: FilePlace;
  /** The reason is empty where none is given. */
  readonly held: { readonly reason: string } | false;
}

export interface FileValue {
  readonly at: FilePlace;
  readonly texts: readonly string[];
}

export interface Origin {
  /** How the user would recognise the place: `option --debounce`. */
  readonly place: string;
  readonly source: Source;
  readonly texts: readonly string[];
}

/** By option; one that was not given is absent. */
export type Given = ReadonlyMap<OptionName, Origin>;

/**
 * Manifests often set a variable to nothing to mean "not set"; for these options
 * that is the way to say that nothing is watched, that nobody is answered, and that
 * nothing is ignored.
 */
export const MEANS_SOMETHING_EMPTY: ReadonlySet<OptionName> = new Set([
  "config",
  "control",
  "ignore",
]);

/** Joins the command line, the environment and the settings file; of an option, the first of them that has it counts. */
export function collect(
  flags: ReadonlyMap<OptionName, readonly string[]>,
  environment: Environment,
  file: FileSettings | undefined,
): Given {
  const given = new Map<OptionName, Origin>();
  for (const name of OPTION_NAMES) {
    const origin = fromFlags(name, flags.get(name)) ??
      fromEnvironment(name, environment) ?? fromFile(name, file);
    if (origin !== undefined) given.set(name, origin);
  }
  return given;
}

const fromFlags = (
  name: OptionName,
  texts: readonly string[] | undefined,
): Origin | undefined =>
  texts === undefined
    ? undefined
    : { place: `option --${name}`, source: { kind: "flag" }, texts };

function fromEnvironment(
  name: OptionName,
  environment: Environment,
): Origin | undefined {
  const variable = environmentName(name);
  const value = read(environment, variable);
  if (value === undefined) return undefined;
  // A block of text in a manifest ends with a line feed that nobody means.
  const text = withoutLastLineFeeds(value);
  const items = split(text, optionOf(name).separator);
  if (items.length === 0 && !MEANS_SOMETHING_EMPTY.has(name)) return undefined;
  return {
    place: `environment variable ${variable}`,
    source: { kind: "variable", name: variable },
    texts: items.length === 0 ? [text] : items,
  };
}

function fromFile(
  name: OptionName,
  file: FileSettings | undefined,
): Origin | undefined {
  const value = file?.options.get(name);
  if (value === undefined) return undefined;
  const { at, texts } = value;
  const source = { kind: "file", at } as const;
  return { place: `${describePlace(at)}: ${name}`, source, texts };
}

function read(environment: Environment, variable: string): string | undefined {
  try {
    return environment(variable);
  } catch {
    throw new UsageError(
      `Cannot use environment variable ${variable}: its value is not UTF-8`,
    );
  }
}

/** Without a regular expression: compiling one takes longer than all of this. */
function withoutLastLineFeeds(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return text.slice(0, end);
}

/** A list may have a separator too many or, with commas, spaces. */
function split(text: string, separator: "," | "\n" | undefined): string[] {
  const items = separator === undefined
    ? [text]
    : separator === ","
    ? splitAtCommas(text)
    : text.split(separator);
  return items
    .map((item) => separator === "," ? item.trim() : item)
    .filter((item) => item !== "");
}

/** A comma in braces is one of a pattern, `conf.d/{a,b}.yaml`; a brace without its other one is a character. */
function splitAtCommas(text: string): string[] {
  if (!text.includes("{")) return text.split(",");
  return [...text.matchAll(/(?:\{[^{}]*\}|[^,])+/g)].map(([item]) => item);
}

/** All values of an option, in the order given. Throws a UsageError. */
export function all<N extends OptionName>(given: Given, name: N): ValueOf<N>[] {
  const { place = "", texts = [] } = given.get(name) ?? {};
  return texts.map((text) => {
    try {
      return OPTIONS[name].parse(text) as ValueOf<N>;
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      throw refuseValue(place, name, text, error.message);
    }
  });
}

/** Of every value that its option cannot take, in the order of the usage text. */
export const refusedValues = (given: Given): UsageError[] =>
  [...given].flatMap(([name, origin]) =>
    origin.texts.flatMap((text) => {
      const one = new Map([[name, { ...origin, texts: [text] }]]);
      return refusalsOf(() => all(one, name));
    })
  );

/** The value of an option; undefined where it was not given. The last one wins, as with every flag that is given twice. */
export const last = <N extends OptionName>(
  given: Given,
  name: N,
): ValueOf<N> | undefined => all(given, name).at(-1);

/** The same, or the default where it was not given. */
export const lastOrDefault = <N extends NameWithDefault>(
  given: Given,
  name: N,
): ValueOf<N> => last(given, name) ?? defaultOf(name);
