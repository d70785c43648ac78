/** From argv and environment to Settings: flags win over environment over defaults. Pure. */
import type {
  CrashPolicy,
  Settings,
  WatchedPath,
} from "../core/vocabulary/settings.ts";
import { all, collect, type Environment, type Given, last } from "./given.ts";
import { DEBOUNCE_MS, type OptionName, OPTIONS } from "./options.ts";
import { RELOAD_DEFAULTS, type ReloadSettings } from "./reload_defaults.ts";
import { scan, UsageError } from "./scan.ts";
import { text, type ValueParser } from "./values/basic.ts";

export type { Environment } from "./given.ts";
export { UsageError } from "./scan.ts";

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly settings: Settings }
  | { readonly kind: "check"; readonly settings: Settings };

/**
 * Reads `argv` (without the program's name). `check` as the very first word is
 * the subcommand; to run a program of that name, write `-- check`.
 *
 * @throws UsageError with one line that names the option, the value and what is allowed
 */
export async function parseInvocation(
  argv: readonly string[],
  environment: Environment,
): Promise<Invocation> {
  try {
    return await read(argv, environment);
  } catch (error) {
    const { refusalOf } = await import("./refusal.ts");
    throw refusalOf(error) ?? error;
  }
}

async function read(
  argv: readonly string[],
  environment: Environment,
): Promise<Invocation> {
  const checking = argv[0] === "check";
  const { flags, positionals, ask } = scan(checking ? argv.slice(1) : argv);
  if (ask !== undefined) return { kind: ask };
  const given = collect(flags, environment);
  const settings = {
    ...toSettings(given, positionals),
    ...await reloadSettings(given, positionals),
  };
  return { kind: checking ? "check" : "run", settings };
}

type ValueOf<N extends OptionName> = ReturnType<(typeof OPTIONS)[N]["parse"]>;

function required<N extends OptionName>(given: Given, name: N): ValueOf<N> {
  const { defaultValue, parse } = OPTIONS[name];
  const value = last(given, name, parse as ValueParser<ValueOf<N>>);
  return value ?? defaultValue as ValueOf<N>;
}

const optional = <N extends OptionName>(given: Given, name: N) =>
  last(given, name, OPTIONS[name].parse as ValueParser<ValueOf<N>>);

function toSettings(
  given: Given,
  positionals: readonly string[],
): Omit<Settings, keyof ReloadSettings> {
  const named = given.has("command");
  const [first, ...rest] = positionals;
  const command = named || first === undefined
    ? required(given, "command")
    : first;
  if (command === "") {
    throw new UsageError(
      'Cannot use command "": it is empty; name a program to run',
    );
  }
  return {
    command,
    args: named ? positionals : rest,
    workdir: optional(given, "workdir"),
    compare: required(given, "compare"),
    ...debounceOf(required(given, "debounce")),
    debounceMaxMs: required(given, "debounce-max"),
    pollIntervalMs: required(given, "poll-interval"),
    stopSignal: required(given, "stop-signal"),
    stopTimeoutMs: required(given, "stop-timeout"),
    rewrites: new Map(
      all(given, "rewrite-signal", OPTIONS["rewrite-signal"].parse).map((
        { from, to },
      ) => [from, to]),
    ),
    subreaper: required(given, "subreaper"),
    crash: crashPolicy(given),
    logLevel: required(given, "log-level"),
    logFormat: required(given, "log-format"),
  };
}

/** The options that make it worth loading their reader. */
const RELOAD_OPTIONS: readonly OptionName[] = [
  "on-change",
  "check-command",
  "check-timeout",
  "check-at-start",
  "snapshot-dir",
  "strategy",
  "drain-delay",
  "min-interval",
  "splay",
  "ready",
  "ready-interval",
  "ready-timeout",
  "ready-threshold",
  "listen",
  "env",
  "env-file",
  "env-dir",
  "wait-for",
  "wait-timeout",
];

function crashPolicy(given: Given): CrashPolicy {
  const { firstMs, maxMs } = required(given, "backoff");
  return {
    restart: required(given, "restart"),
    backoffFirstMs: firstMs,
    backoffMaxMs: maxMs,
    max: optional(given, "max-restarts"),
  };
}

function debounceOf(
  value: number | "auto",
): Pick<Settings, "debounceMs" | "trustReplacement"> {
  return value === "auto"
    ? { debounceMs: DEBOUNCE_MS, trustReplacement: true }
    : { debounceMs: value, trustReplacement: false };
}

/** The options of safe reloads cost a start that does without them nothing. */
async function reloadSettings(
  given: Given,
  positionals: readonly string[],
): Promise<ReloadSettings> {
  const paths = all(given, "config", text);
  const plain = !paths.join().includes("=") &&
    !positionals.join().includes("{") &&
    RELOAD_OPTIONS.every((name) => !given.has(name));
  if (!plain) {
    const { readReloadOptions } = await import("./reload_options.ts");
    return readReloadOptions(given, positionals);
  }
  const named = given.has("config");
  const watched = named ? paths : [required(given, "config")];
  const configs: WatchedPath[] = [...new Set(watched)]
    .filter((path) => path !== "")
    .map((path) => ({ path, named }));
  return { ...RELOAD_DEFAULTS, configs };
}
