/**
 * Every option once: its name, how its value is read and what it is without
 * one. The command line, the environment and the usage text (with option_help.ts)
 * are made from this table. Pure.
 */
import type {
  Compare,
  CrashPolicy,
  LogLevel,
} from "../core/vocabulary/settings.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import {
  backoff,
  boolean,
  debounce,
  duration,
  HOUR_MS,
  nonEmpty,
  oneOf,
  rate,
  type Rewrite,
  rewrite,
  signal,
  text,
  type ValueParser,
} from "./values/basic.ts";

/** One option. `--name` on the command line, FLUSH_MANAGER_NAME in the environment. */
export interface Option<T> {
  readonly parse: ValueParser<T>;
  /** Undefined where there is none. */
  readonly defaultValue: T | undefined;
  /** May be given several times; in the environment, separated by this. */
  readonly separator: "," | "\n" | undefined;
}

/** The quiet window unless told otherwise. */
export const DEBOUNCE_MS = 500;

type Backoff = ReturnType<typeof backoff>;
type Rate = ReturnType<typeof rate>;

const option = <T>(
  parse: ValueParser<T>,
  defaultValue: T | undefined = undefined,
  separator: Option<T>["separator"] = undefined,
): Option<T> => ({ parse, defaultValue, separator });

/** An option whose texts are read by reload_options.ts, where one of them is given. */
const later = (
  defaultValue?: string,
  separator?: "," | "\n",
): Option<string> => option(text, defaultValue, separator);

/** Values that may hold a comma are separated by line feeds. */
const LINES = "\n";

/** The options, in the order of the usage text. */
export const OPTIONS = {
  command: option<string>(nonEmpty, "/usr/local/bin/redis-exporter"),
  workdir: option<string>(nonEmpty),
  restart: option<CrashPolicy["restart"]>(
    oneOf("never", "on-failure", "always"),
    "never",
  ),
  backoff: option<Backoff>(backoff, { firstMs: 1_000, maxMs: 30_000 }),
  "max-restarts": option<Rate>(rate),
  config: option<string>(text, "/usr/local/bin/conf/exporter.conf", ","),
  compare: option<Compare>(oneOf("content", "metadata"), "content"),
  debounce: option<number | "auto">(debounce, DEBOUNCE_MS),
  "debounce-max": option<number>(duration(0, HOUR_MS), 5_000),
  "poll-interval": option<number>(duration(100, HOUR_MS), 5_000),
  "on-change": later("restart"),
  "check-command": later(),
  "check-timeout": later("30s"),
  "check-at-start": later("fail"),
  "snapshot-dir": later(),
  strategy: later("stop-start"),
  "drain-delay": later("0s"),
  "min-interval": later("0s"),
  splay: later("0s"),
  ready: later(),
  "ready-interval": later("1s"),
  "ready-timeout": later("30s"),
  "ready-threshold": later("1"),
  listen: later(undefined, LINES),
  env: later(undefined, LINES),
  "env-file": later(undefined, ","),
  "env-dir": later(undefined, ","),
  "wait-for": later(undefined, LINES),
  "wait-timeout": later("1m"),
  "stop-signal": option<Signal>(signal, "SIGTERM"),
  "stop-timeout": option<number>(duration(0, HOUR_MS), 10_000),
  "rewrite-signal": option<Rewrite>(rewrite, undefined, ","),
  subreaper: option<boolean>(boolean, false),
  "log-level": option<LogLevel>(oneOf("debug", "info", "error"), "debug"),
  "log-format": option<"text" | "json">(oneOf("text", "json"), "text"),
} as const;

/** A switch takes no value of its own: `--name` alone sets it. */
export const isSwitch = (name: OptionName) => OPTIONS[name].parse === boolean;

/** The name of an option, without dashes. */
export type OptionName = keyof typeof OPTIONS;

/** All names, in the order of the usage text. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** Whether there is an option of this name. */
export const isName = (text: string): text is OptionName =>
  Object.hasOwn(OPTIONS, text);

/** The environment variables of the options, in the same order. */
export const environmentNames = () =>
  // All of them in one go: one by one it takes a tenth of a millisecond.
  OPTION_NAMES.map((name) => `FLUSH_MANAGER_${name}`).join()
    .toUpperCase().replaceAll("-", "_").split(",");

/** The environment variable of an option. */
export const environmentName = (name: OptionName) =>
  environmentNames()[OPTION_NAMES.indexOf(name)];
