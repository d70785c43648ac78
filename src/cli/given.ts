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
import { BadValue, UsageError } from "./values/basic.ts";

/** Looks up an environment variable; undefined when it is not set. Throws where its value is no text. */
export type Environment = (name: string) => string | undefined;

interface Origin {
  /** How the user would recognise the place: `option --debounce`. */
  readonly place: string;
  readonly texts: readonly string[];
}

/** By option; one that was not given is absent. */
export type Given = ReadonlyMap<OptionName, Origin>;

/**
 * Manifests often set a variable to nothing to mean "not set"; for these options
 * that is the way to say that nothing is watched, and that nobody is answered.
 */
const MEANS_SOMETHING_EMPTY: ReadonlySet<OptionName> = new Set([
  "config",
  "control",
]);

/** Joins the command line and the environment, which loses. */
export function collect(
  flags: ReadonlyMap<OptionName, readonly string[]>,
  environment: Environment,
): Given {
  const given = new Map<OptionName, Origin>();
  for (const name of OPTION_NAMES) {
    const texts = flags.get(name);
    if (texts !== undefined) {
      given.set(name, { place: `option --${name}`, texts });
      continue;
    }
    const variable = environmentName(name);
    const value = read(environment, variable);
    if (value === undefined) continue;
    // A block of text in a manifest ends with a line feed that nobody means.
    const text = value.replace(/\n+$/, "");
    const items = split(text, optionOf(name).separator);
    if (items.length === 0 && !MEANS_SOMETHING_EMPTY.has(name)) continue;
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
