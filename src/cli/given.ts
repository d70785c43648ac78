/** What was given for each option, and where; values are made of it one by one. Pure. */
import {
  environmentNames,
  OPTION_NAMES,
  type OptionName,
  OPTIONS,
} from "./options.ts";
import { UsageError } from "./scan.ts";
import { BadValue, type ValueParser } from "./values.ts";

/** In a URL, before its host; and its query, which often holds a token. */
const CREDENTIALS = /\/\/[^/\s]*@/g;
const QUERY = /(\/\/[^?\s]*\?)\S+/g;

/** Looks up an environment variable; undefined when it is not set. Throws where its value is no text. */
export type Environment = (name: string) => string | undefined;

interface Origin {
  /** How the user would recognise the place: `option --debounce`. */
  readonly place: string;
  readonly texts: readonly string[];
}

/** By option; one that was not given is absent. */
export type Given = ReadonlyMap<OptionName, Origin>;

/** Joins the command line and the environment, which loses. */
export function collect(
  flags: ReadonlyMap<OptionName, readonly string[]>,
  environment: Environment,
): Given {
  const given = new Map<OptionName, Origin>();
  const variables = environmentNames();
  for (const [index, name] of OPTION_NAMES.entries()) {
    const texts = flags.get(name);
    if (texts !== undefined) {
      given.set(name, { place: `option --${name}`, texts });
      continue;
    }
    const variable = variables[index];
    const value = read(environment, variable);
    // Manifests often set a variable to nothing to mean "not set"; for
    // `config` that is the way to say that nothing is watched.
    if (value === undefined || (value === "" && name !== "config")) continue;
    given.set(name, {
      place: `environment variable ${variable}`,
      texts: split(value, OPTIONS[name].separator),
    });
  }
  return given;
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

/**
 * A block of text in a manifest ends with a line feed that nobody means, and a
 * list may have a separator too many or, with commas, spaces.
 */
function split(value: string, separator: "," | "\n" | undefined): string[] {
  const text = value.replace(/\n+$/, "");
  if (separator === undefined) return [text];
  const items = text.split(separator)
    .map((item) => separator === "," ? item.trim() : item)
    .filter((item) => item !== "");
  return items.length === 0 ? [text] : items;
}

/**
 * The values of an option, in order; without any, its default. Throws a
 * UsageError that names the place, the value and what is allowed.
 */
export function all<T>(
  given: Given,
  name: OptionName,
  parse: ValueParser<T>,
): T[] {
  const origin = given.get(name);
  return origin === undefined ? [] : origin.texts.map((text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      throw new UsageError(
        `Cannot use ${origin.place}: the value ${
          JSON.stringify(
            text.replace(CREDENTIALS, "//").replace(QUERY, "$1..."),
          )
        } is not allowed; use ${error.message}`,
      );
    }
  });
}

/** The last one wins, as with every flag that is given twice. */
export const last = <T>(
  given: Given,
  name: OptionName,
  parse: ValueParser<T>,
): T | undefined => all(given, name, parse).at(-1);
