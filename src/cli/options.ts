/**
 * Every option once: its name, value, default and help line. The command line,
 * the environment, the usage text and the manual's test are made from this
 * table. Pure.
 */
import type { Compare, CrashPolicy, LogLevel } from "../core/settings.ts";
import type { Signal } from "../core/signals.ts";
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
} from "./values.ts";

/** One option. `--name` on the command line, FLUSH_MANAGER_NAME in the environment. */
export interface Option<T> {
  readonly group: string;
  /** What the value is called in the usage text; a switch has none. */
  readonly metavar: string | undefined;
  readonly parse: ValueParser<T>;
  /** May be given several times; in the environment, separated by this. */
  readonly separator: "," | "\n" | undefined;
  /** Undefined where there is none. */
  readonly defaultValue: T | undefined;
  readonly help: string;
}

/** The quiet window unless told otherwise. */
export const DEBOUNCE_MS = 500;

type Backoff = ReturnType<typeof backoff>;
type Rate = ReturnType<typeof rate>;

const CHILD = "Child";
const CONFIG = "Configuration";
const RELOAD = "Safe reload";
const READY = "Readiness";
const NETWORK = "Sockets, environment, dependencies";
const SIGNALS = "Signals and shutdown";
const LOG = "Log";

function option<T>(
  group: string,
  metavar: string,
  parse: ValueParser<T>,
  defaultValue: T | undefined,
  help: string,
): Option<T> {
  const separator = undefined;
  return { group, metavar, parse, separator, defaultValue, help };
}

/** An option whose texts are read by reload_options.ts, where one of them is given. */
const later = (
  group: string,
  metavar: string,
  help: string,
  defaultValue?: string,
): Option<string> => option(group, metavar, text, defaultValue, help);

/** Values that may hold a comma are separated by line feeds. */
const repeated = <T>(
  one: Option<T>,
  separator: "," | "\n" = "\n",
): Option<T> => ({ ...one, separator });

/** The options, in the order of the usage text. */
export const OPTIONS = {
  command: option<string>(
    CHILD,
    "CMD",
    nonEmpty,
    "/usr/local/bin/redis-exporter",
    "the program to run; then every positional is an argument of it",
  ),
  workdir: option<string>(
    CHILD,
    "DIR",
    nonEmpty,
    undefined,
    "start the child in this directory",
  ),
  restart: option<CrashPolicy["restart"]>(
    CHILD,
    "WHEN",
    oneOf("never", "on-failure", "always"),
    "never",
    "start it again when it ends by itself; never: end with its code",
  ),
  backoff: option<Backoff>(
    CHILD,
    "FIRST..MAX",
    backoff,
    { firstMs: 1_000, maxMs: 30_000 },
    "pause before such a restart, doubled each time",
  ),
  "max-restarts": option<Rate>(
    CHILD,
    "N/WINDOW",
    rate,
    undefined,
    "such restarts within WINDOW (5/10m), then end with its code",
  ),
  config: {
    ...option<string>(
      CONFIG,
      "PATH",
      text,
      "/usr/local/bin/conf/exporter.conf",
      'a file or directory to watch (=ACTION for it); "" watches nothing',
    ),
    separator: ",",
  },
  compare: option<Compare>(
    CONFIG,
    "HOW",
    oneOf("content", "metadata"),
    "content",
    "a change is other content, or another mtime or inode (metadata)",
  ),
  debounce: option<number | "auto">(
    CONFIG,
    "DURATION",
    debounce,
    DEBOUNCE_MS,
    "quiet time before a change counts; auto: none if replaced as a whole",
  ),
  "debounce-max": option<number>(
    CONFIG,
    "DURATION",
    duration(0, HOUR_MS),
    5_000,
    "longest time that further writes hold a change back",
  ),
  "poll-interval": option<number>(
    CONFIG,
    "DURATION",
    duration(100, HOUR_MS),
    5_000,
    "how often to look without having been told to",
  ),
  "on-change": later(
    RELOAD,
    "ACTION",
    "restart, signal:HUP, exec:COMMAND, http:POST:URL or none",
    "restart",
  ),
  "check-command": later(
    RELOAD,
    "COMMAND",
    "must exit with 0 before a new configuration is used; {config} is it",
  ),
  "check-timeout": later(RELOAD, "DURATION", "how long it may take", "30s"),
  "check-at-start": later(
    RELOAD,
    "WHAT",
    "a failure before the first start: fail (exit 1), or warn and start",
    "fail",
  ),
  "snapshot-dir": later(
    RELOAD,
    "DIR",
    "run on copies kept here, and go back to the last good one",
  ),
  strategy: later(
    RELOAD,
    "HOW",
    "stop-start, or overlap: the next child is ready before the old stops",
    "stop-start",
  ),
  "drain-delay": later(
    RELOAD,
    "DURATION",
    "time between the decision to stop the child and the stop signal",
    "0s",
  ),
  "min-interval": later(
    RELOAD,
    "DURATION",
    "minimum time between two reloads",
    "0s",
  ),
  splay: later(
    RELOAD,
    "DURATION",
    "delay each reload by a fixed part of this, derived from the host name",
    "0s",
  ),
  ready: later(
    READY,
    "SIGN",
    "exec:COMMAND, tcp:HOST:PORT, http:URL, file:PATH, log:REGEX or notify",
  ),
  "ready-interval": later(READY, "DURATION", "pause between two probes", "1s"),
  "ready-timeout": later(
    READY,
    "DURATION",
    "time to become ready; without --ready, to run and count as good",
    "30s",
  ),
  "ready-threshold": later(
    READY,
    "N",
    "consecutive successful probes needed (1 to 100)",
    "1",
  ),
  listen: repeated(later(
    NETWORK,
    "ADDRESS",
    "tcp:HOST:PORT or unix:PATH, kept open across restarts as {listen0} ...",
  )),
  env: repeated(later(
    NETWORK,
    "NAME=VALUE",
    "a variable for the child; {config}, {listen0} and {run} are filled in",
  )),
  "env-file": repeated(
    later(
      NETWORK,
      "PATH",
      "variables in dotenv syntax, watched",
    ),
    ",",
  ),
  "env-dir": repeated(
    later(
      NETWORK,
      "DIR",
      "a variable for each file in it (a mounted Secret), watched",
    ),
    ",",
  ),
  "wait-for": repeated(later(
    NETWORK,
    "PROBE",
    "tcp:HOST:PORT, http:URL, file:PATH or exec:COMMAND, before it starts",
  )),
  "wait-timeout": later(
    NETWORK,
    "DURATION",
    "how long it may take until all of them are there",
    "1m",
  ),
  "stop-signal": option<Signal>(
    SIGNALS,
    "SIGNAL",
    signal,
    "SIGTERM",
    "what asks the child's process group to stop",
  ),
  "stop-timeout": option<number>(
    SIGNALS,
    "DURATION",
    duration(0, HOUR_MS),
    10_000,
    "how long the group may take before SIGKILL",
  ),
  "rewrite-signal": {
    ...option<Rewrite>(
      SIGNALS,
      "A:B",
      rewrite,
      undefined,
      "forward B when A arrives, 0 drops A; repeatable",
    ),
    separator: ",",
  },
  subreaper: {
    ...option<boolean>(
      SIGNALS,
      "",
      boolean,
      false,
      "reap orphaned descendants although not PID 1",
    ),
    metavar: undefined,
  },
  "log-level": option<LogLevel>(
    LOG,
    "LEVEL",
    oneOf("debug", "info", "error"),
    "debug",
    "debug, info or error",
  ),
  "log-format": option<"text" | "json">(
    LOG,
    "FORMAT",
    oneOf("text", "json"),
    "text",
    "text, or json (one object a line)",
  ),
} as const;

/** The name of an option, without dashes. */
export type OptionName = keyof typeof OPTIONS;

/** All names, in the order of the usage text. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** The environment variable of an option. */
export const environmentName = (name: OptionName) =>
  `FLUSH_MANAGER_${name.toUpperCase().replaceAll("-", "_")}`;
