/** From argv and environment to Settings: flags win over environment over defaults. Pure. */
import type { CrashPolicy, Settings, WatchedPath } from "../core/settings.ts";
import {
  DEBOUNCE_MS,
  environmentName,
  OPTION_NAMES,
  type OptionName,
  OPTIONS,
} from "./options.ts";
import { scan, UsageError } from "./scan.ts";
import { BadValue } from "./values.ts";

export { UsageError } from "./scan.ts";

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly settings: Settings }
  | { readonly kind: "check"; readonly settings: Settings };

/** Looks up an environment variable; undefined when it is not set. */
export type Environment = (name: string) => string | undefined;

/**
 * Reads `argv` (without the program's name). `check` as the very first word is
 * the subcommand; to run a program of that name, write `-- check`.
 *
 * @throws UsageError with one line that names the option, the value and what is allowed
 */
export function parseInvocation(
  argv: readonly string[],
  environment: Environment,
): Invocation {
  const checking = argv[0] === "check";
  const { given, positionals, ask } = scan(checking ? argv.slice(1) : argv);
  if (ask !== undefined) return { kind: ask };
  const values = collect(given, environment);
  const settings = toSettings(values, positionals);
  return { kind: checking ? "check" : "run", settings };
}

interface Origin {
  /** How the user would recognise the place: `option --debounce`. */
  readonly place: string;
  readonly texts: readonly string[];
}

type Values = ReadonlyMap<OptionName, Origin>;

function collect(
  given: ReadonlyMap<OptionName, readonly string[]>,
  environment: Environment,
): Values {
  const values = new Map<OptionName, Origin>();
  for (const name of OPTION_NAMES) {
    const texts = given.get(name);
    if (texts !== undefined) {
      values.set(name, { place: `option --${name}`, texts });
      continue;
    }
    const variable = environmentName(name);
    const value = environment(variable);
    // Manifests often set a variable to nothing to mean "not set"; for
    // `config` that is the way to say that nothing is watched.
    if (value === undefined || (value === "" && name !== "config")) continue;
    values.set(name, {
      place: `environment variable ${variable}`,
      texts: OPTIONS[name].repeatable ? value.split(",") : [value],
    });
  }
  return values;
}

type ValueOf<N extends OptionName> = ReturnType<(typeof OPTIONS)[N]["parse"]>;

function all<N extends OptionName>(values: Values, name: N): ValueOf<N>[] {
  const { defaultValue, parse } = OPTIONS[name];
  const origin = values.get(name);
  if (origin === undefined) {
    return defaultValue === undefined ? [] : [defaultValue as ValueOf<N>];
  }
  return origin.texts.map((text) => {
    try {
      return parse(text) as ValueOf<N>;
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      throw new UsageError(
        `Cannot use ${origin.place}: the value ${
          JSON.stringify(text)
        } is not allowed; use ${error.message}`,
      );
    }
  });
}

/** The last one wins, as with every flag that is given twice. */
const last = <N extends OptionName>(values: Values, name: N) =>
  all(values, name).at(-1);

const required = <N extends OptionName>(values: Values, name: N) =>
  last(values, name) as ValueOf<N>;

function toSettings(
  values: Values,
  positionals: readonly string[],
): Settings {
  const named = values.has("command");
  const [first, ...rest] = positionals;
  const command = named || first === undefined
    ? required(values, "command")
    : first;
  if (command === "") {
    throw new UsageError(
      'Cannot use command "": it is empty; name a program to run',
    );
  }
  return {
    command,
    args: named ? positionals : rest,
    workdir: last(values, "workdir"),
    configs: watchedPaths(values),
    compare: required(values, "compare"),
    ...debounceOf(required(values, "debounce")),
    debounceMaxMs: required(values, "debounce-max"),
    pollIntervalMs: required(values, "poll-interval"),
    stopSignal: required(values, "stop-signal"),
    stopTimeoutMs: required(values, "stop-timeout"),
    rewrites: new Map(
      all(values, "rewrite-signal").map(({ from, to }) => [from, to]),
    ),
    subreaper: required(values, "subreaper"),
    crash: crashPolicy(values),
    logLevel: required(values, "log-level"),
    logFormat: required(values, "log-format"),
  };
}

function crashPolicy(values: Values): CrashPolicy {
  const { firstMs, maxMs } = required(values, "backoff");
  return {
    restart: required(values, "restart"),
    backoffFirstMs: firstMs,
    backoffMaxMs: maxMs,
    max: last(values, "max-restarts"),
  };
}

function debounceOf(
  value: number | "auto",
): Pick<Settings, "debounceMs" | "trustReplacement"> {
  return value === "auto"
    ? { debounceMs: DEBOUNCE_MS, trustReplacement: true }
    : { debounceMs: value, trustReplacement: false };
}

function watchedPaths(values: Values): WatchedPath[] {
  const named = values.has("config");
  const paths = all(values, "config").filter((path) => path !== "");
  return [...new Set(paths)].map((path) => ({ path, named }));
}
