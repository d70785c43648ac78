/** What was given for each option, and where; values are made of it one by one. Pure. */
import {
  environmentNames,
  OPTION_NAMES,
  type OptionName,
  OPTIONS,
} from "./options.ts";
import { UsageError } from "./scan.ts";
import { BadValue, type ValueParser } from "./values/basic.ts";

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
    if (value === undefined) continue;
    // A block of text in a manifest ends with a line feed that nobody means.
    const text = value.replace(/\n+$/, "");
    const items = split(text, OPTIONS[name].separator);
    // Manifests often set a variable to nothing to mean "not set"; for
    // `config` that is the way to say that nothing is watched.
    if (items.length === 0 && name !== "config") continue;
    given.set(name, {
      place: `environment variable ${variable}`,
      texts: items.length === 0 ? [text] : items,
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

/** A list may have a separator too many or, with commas, spaces. */
function split(text: string, separator: "," | "\n" | undefined): string[] {
  const items = separator === undefined ? [text] : text.split(separator);
  return items
    .map((item) => separator === "," ? item.trim() : item)
    .filter((item) => item !== "");
}

/** A text that its option cannot take; `refusalOf` makes the user's line of it. */
export class NotAllowed extends Error {
  readonly place: string;
  readonly option: OptionName;
  readonly text: string;

  constructor(place: string, option: OptionName, text: string, use: string) {
    super(use);
    this.place = place;
    this.option = option;
    this.text = text;
  }
}

/** The values of an option, in order; without any, its default. Throws a NotAllowed. */
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
      throw new NotAllowed(origin.place, name, text, error.message);
    }
  });
}

/** The last one wins, as with every flag that is given twice. */
export const last = <T>(
  given: Given,
  name: OptionName,
  parse: ValueParser<T>,
): T | undefined => all(given, name, parse).at(-1);
