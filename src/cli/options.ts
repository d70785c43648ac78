/**
 * Every option once: what it is called, how its value is read, what it is
 * without one, and what the usage text says of it. The command line, the
 * environment and the usage text are made from this table. Pure.
 */
import {
  action,
  attemptTime,
  configPath,
  httpStatus,
  retries,
} from "./values/action.ts";
import { argv } from "./values/argv.ts";
import {
  backoff,
  backoffOrNever,
  boolean,
  debounce,
  duration,
  durationOrZero,
  HOUR_MS,
  logLevel,
  nonEmpty,
  oneOf,
  oneOfOr,
  oomScoreAdj,
  rate,
  RELOAD_SIGNALS,
  reloadSignal,
  restartRule,
  rewrite,
  signal,
  threshold,
  type ValueParser,
} from "./values/basic.ts";
import { controlAddress, controlHost, healthCheck } from "./values/control.ts";
import { fleetGroup } from "./values/fleet.ts";
import { ignorePattern } from "./values/glob.ts";
import { listenAddress } from "./values/listen.ts";
import { liveAction, liveSign, probe, readySign } from "./values/probe.ts";
import { variable } from "./values/variable.ts";
import type { KillMode } from "../core/vocabulary/settings.ts";

/** One option. `--name` on the command line, FLUSH_MANAGER_NAME in the environment. */
export interface Option<T = unknown> {
  /** The heading of the usage text that it stands under. */
  readonly group: string;
  /** What the usage text calls its value; a switch has none. */
  readonly metavar?: string;
  readonly help: string;
  readonly parse: ValueParser<T>;
  /** Its value when it is not given, as an operator would write it. */
  readonly defaultText?: string;
  /** Values, or their beginnings (`tcp:`), that a shell offers; of an option whose parser lists them, those are all. */
  readonly offers?: readonly string[];
  /** Of an option that may be given several times: what separates its values in the environment. */
  readonly separator?: "," | "\n";
  /** How else a value may be written in a settings file than as this text. */
  readonly written?: Written;
}

/**
 * `number`: also as a number. `argv`: also as a list of words. `tagged`: also as
 * a map with one key, `exec: [nginx, -s, reload]` for `exec:nginx -s reload`.
 * `path`: also as a map of path and action. The others are maps only: of
 * variables, of signals, of probes by their names.
 */
export type Written =
  | "number"
  | "argv"
  | "tagged"
  | "path"
  | "variables"
  | "signals"
  | "probes";

const FILE = "Settings file";
const CHILD = "Child";
const HOOKS = "Hooks";
const CONFIG = "Configuration";
const RELOAD = "Safe reload";
const FLEET = "Fleet";
const KUBERNETES = "Kubernetes";
const HTTP = "HTTP actions";
const READY = "Readiness";
const LIVE = "Liveness";
const NETWORK = "Sockets, environment, dependencies";
const SIGNALS = "Signals and shutdown";
const CONTROL = "Control";
const LOG = "Log and traces";

/** Values that may contain a comma are separated by line feeds. */
const LINES = "\n";

const anyDuration = duration(0, HOUR_MS);
const someDuration = duration(1, HOUR_MS);

const ACTIONS = ["restart", "none", "signal:", "exec:", "http:POST:"];
const PROBES = ["tcp:", "http:", "file:", "exec:"];
const SIGNALS_TO_STOP = ["TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH"];

/** The options, in the order of the usage text. */
export const OPTIONS = {
  settings: {
    group: FILE,
    metavar: "FILE",
    help: "YAML or JSON with values for the options below; both others win",
    parse: nonEmpty,
  },
  command: {
    group: CHILD,
    metavar: "CMD",
    help: "the program to run; then every positional is an argument of it",
    parse: nonEmpty,
    defaultText: "/usr/local/bin/redis-exporter",
  },
  workdir: {
    group: CHILD,
    metavar: "DIR",
    help:
      "run the child, its checks, hooks, actions and probes in this directory",
    parse: nonEmpty,
  },
  "oom-score-adj": {
    group: CHILD,
    metavar: "N",
    help: "-1000 to 1000 for the child, inherit, or auto: killed before us",
    parse: oomScoreAdj,
    defaultText: "auto",
    offers: ["auto", "inherit"],
    written: "number",
  },
  restart: {
    group: CHILD,
    metavar: "WHEN",
    help:
      "start it again when it ends by itself: on-failure[:N], always, never",
    parse: restartRule,
    defaultText: "never",
    offers: ["never", "on-failure", "on-failure:", "always"],
  },
  backoff: {
    group: CHILD,
    metavar: "FIRST..MAX",
    help: "pause before such a restart, doubled each time",
    parse: backoff,
    defaultText: "1s..30s",
  },
  "max-restarts": {
    group: CHILD,
    metavar: "N/WINDOW",
    written: "number",
    help: "such restarts within WINDOW (5/10m) or in all (5), then end",
    parse: rate,
  },
  "before-start": {
    group: HOOKS,
    metavar: "COMMAND",
    help: "run before every start, which needs its 0 (a migration)",
    parse: argv,
    written: "argv",
  },
  "before-start-timeout": {
    group: HOOKS,
    metavar: "DURATION",
    help: "how long it may take",
    parse: someDuration,
    defaultText: "1m30s",
  },
  "after-exit": {
    group: HOOKS,
    metavar: "COMMAND",
    help: "run when a child and its group have ended; a stop waits no longer",
    parse: argv,
    written: "argv",
  },
  "after-exit-timeout": {
    group: HOOKS,
    metavar: "DURATION",
    help: "how long it may take; of a stop, what is left of --stop-timeout",
    parse: someDuration,
    defaultText: "10s",
  },
  config: {
    group: CONFIG,
    metavar: "PATH",
    help: 'file, directory or pattern to watch (=ACTION); "" watches nothing',
    parse: configPath,
    defaultText: "/usr/local/bin/conf/exporter.conf",
    separator: ",",
    written: "path",
  },
  ignore: {
    group: CONFIG,
    metavar: "GLOB",
    help: "what does not count below directories, beside editors' litter",
    parse: ignorePattern,
    separator: LINES,
  },
  compare: {
    group: CONFIG,
    metavar: "HOW",
    help: "a change is other content, or another mtime or inode (metadata)",
    parse: oneOf("content", "metadata"),
    defaultText: "content",
  },
  debounce: {
    group: CONFIG,
    metavar: "DURATION",
    help:
      "quiet time before a change counts; auto: none if replaced as a whole",
    parse: debounce,
    defaultText: "500ms",
    offers: ["auto"],
  },
  "debounce-max": {
    group: CONFIG,
    metavar: "DURATION",
    help: "longest time that further writes hold a change back",
    parse: anyDuration,
    defaultText: "5s",
  },
  "poll-interval": {
    group: CONFIG,
    metavar: "DURATION",
    help: "how often to look without having been told to",
    parse: duration(100, HOUR_MS),
    defaultText: "5s",
  },
  "verify-interval": {
    group: CONFIG,
    metavar: "DURATION",
    help: "how often files are read again without a sign of a change; 0: never",
    parse: durationOrZero(1_000, HOUR_MS),
    defaultText: "1m",
  },
  "on-change": {
    group: RELOAD,
    metavar: "ACTION",
    help: "restart, signal:HUP, exec:COMMAND, http:POST:URL or none",
    parse: action,
    defaultText: "restart",
    offers: ACTIONS,
    written: "tagged",
  },
  "check-command": {
    group: RELOAD,
    metavar: "COMMAND",
    help: "must exit with 0 before a new configuration is used; {config} is it",
    parse: argv,
    written: "argv",
  },
  "check-timeout": {
    group: RELOAD,
    metavar: "DURATION",
    help: "how long it may take",
    parse: someDuration,
    defaultText: "30s",
  },
  "check-at-start": {
    group: RELOAD,
    metavar: "WHAT",
    help: "a failure before the first start: fail (exit 1), or warn and start",
    parse: oneOf("fail", "warn"),
    defaultText: "fail",
  },
  "snapshot-dir": {
    group: RELOAD,
    metavar: "DIR",
    help: "run on copies kept here, and go back to the last good one",
    parse: nonEmpty,
  },
  "retry-rejected": {
    group: RELOAD,
    metavar: "WHEN",
    help: "retry what circumstances rejected, or never",
    parse: backoffOrNever,
    defaultText: "1m..30m",
    offers: ["never"],
  },
  strategy: {
    group: RELOAD,
    metavar: "HOW",
    help:
      "stop-start, or overlap: the next child is ready before the old stops",
    parse: oneOf("stop-start", "overlap"),
    defaultText: "stop-start",
  },
  "drain-delay": {
    group: RELOAD,
    metavar: "DURATION",
    help: "time between the decision to stop and the signal",
    parse: anyDuration,
    defaultText: "0s",
  },
  "min-interval": {
    group: RELOAD,
    metavar: "DURATION",
    help: "minimum time between two reloads",
    parse: anyDuration,
    defaultText: "0s",
  },
  splay: {
    group: RELOAD,
    metavar: "DURATION",
    help: "delay each reload by a share of this, by host name",
    parse: anyDuration,
    defaultText: "0s",
  },
  fleet: {
    group: FLEET,
    metavar: "GROUP",
    help: "take turns with the managers of this group, by Leases in Kubernetes",
    parse: fleetGroup,
  },
  "fleet-dir": {
    group: FLEET,
    metavar: "DIR",
    help: "take turns by files in this directory, which they share",
    parse: nonEmpty,
  },
  "fleet-limit": {
    group: FLEET,
    metavar: "N",
    help: "how many of them reload at the same time (1 to 100)",
    parse: threshold,
    defaultText: "1",
    written: "number",
  },
  "fleet-canary": {
    group: FLEET,
    metavar: "HOW",
    help: "on: one proves new content first, or off; on with --snapshot-dir",
    parse: oneOfOr(
      { yes: "on", true: "on", no: "off", false: "off" },
      "on",
      "off",
    ),
  },
  "fleet-soak": {
    group: FLEET,
    metavar: "DURATION",
    help: "how long the first one must run on new content",
    parse: anyDuration,
    defaultText: "30s",
  },
  "fleet-settle": {
    group: FLEET,
    metavar: "DURATION",
    help: "how long any other one keeps its turn after it is ready",
    parse: anyDuration,
    defaultText: "10s",
  },
  "fleet-unreachable": {
    group: FLEET,
    metavar: "HOW",
    help:
      "proceed (after --fleet-timeout) or hold, if the fleet is unreachable",
    parse: oneOf("proceed", "hold"),
    defaultText: "proceed",
  },
  "fleet-timeout": {
    group: FLEET,
    metavar: "DURATION",
    help: "how long an unreachable fleet is waited for",
    parse: anyDuration,
    defaultText: "5m",
  },
  "kubernetes-events": {
    group: KUBERNETES,
    help: "tell of reloads by Events of the pod",
    parse: boolean,
    defaultText: "false",
  },
  "kubernetes-condition": {
    group: KUBERNETES,
    help: "tell by a condition of the pod whether its configuration is current",
    parse: boolean,
    defaultText: "false",
  },
  "kubernetes-members": {
    group: KUBERNETES,
    help: "show the others what this manager does, by a Lease of its pod",
    parse: boolean,
    defaultText: "false",
  },
  "http-timeout": {
    group: HTTP,
    metavar: "DURATION",
    help: "how long an attempt of an http: action may take",
    parse: attemptTime,
    defaultText: "30s",
  },
  "http-retries": {
    group: HTTP,
    metavar: "N",
    help: "further attempts of an http: action that fails (0 to 100)",
    parse: retries,
    defaultText: "4",
    written: "number",
  },
  "http-status": {
    group: HTTP,
    metavar: "STATUS",
    help: "what answers an http: action with success: 204, 200-204, 2xx",
    parse: httpStatus,
    defaultText: "2xx",
    written: "number",
  },
  "http-header-file": {
    group: HTTP,
    metavar: "FILE",
    help: "headers for http: actions (Name: value), read at each attempt",
    parse: nonEmpty,
  },
  ready: {
    group: READY,
    metavar: "SIGN",
    help:
      "exec:COMMAND, tcp:HOST:PORT, http:URL, file:PATH, log:REGEX or notify",
    parse: readySign,
    offers: [...PROBES, "log:", "notify"],
    written: "tagged",
  },
  "ready-interval": {
    group: READY,
    metavar: "DURATION",
    help: "pause between two probes",
    parse: duration(10, HOUR_MS),
    defaultText: "1s",
  },
  "ready-timeout": {
    group: READY,
    metavar: "DURATION",
    help: "time to become ready; without --ready, to run and count as good",
    parse: someDuration,
    defaultText: "30s",
  },
  "ready-threshold": {
    group: READY,
    metavar: "N",
    help: "consecutive successful probes needed (1 to 100)",
    parse: threshold,
    defaultText: "1",
    written: "number",
  },
  live: {
    group: LIVE,
    metavar: "PROBE",
    help: "exec:COMMAND, tcp:HOST:PORT, http:URL, file:PATH or notify",
    parse: liveSign,
    offers: [...PROBES, "notify"],
    written: "tagged",
  },
  "live-interval": {
    group: LIVE,
    metavar: "DURATION",
    help: "from one probe of a child that is ready to the next",
    parse: duration(10, HOUR_MS),
    defaultText: "10s",
  },
  "live-timeout": {
    group: LIVE,
    metavar: "DURATION",
    help: "how long its answer may take",
    parse: duration(10, HOUR_MS),
    defaultText: "1s",
  },
  "live-threshold": {
    group: LIVE,
    metavar: "N",
    help: "consecutive failed probes after which it hangs (1 to 100)",
    parse: threshold,
    defaultText: "3",
    written: "number",
  },
  "live-action": {
    group: LIVE,
    metavar: "ACTION",
    help: "restart it, signal:ABRT: first ask it with this, or exit with 124",
    parse: liveAction,
    defaultText: "restart",
    offers: ["restart", "signal:", "exit"],
    written: "tagged",
  },
  listen: {
    group: NETWORK,
    metavar: "ADDRESS",
    help:
      "tcp:HOST:PORT or unix:PATH, kept open across restarts as {listen0} ...",
    parse: listenAddress,
    separator: LINES,
    offers: ["tcp:", "unix:"],
  },
  env: {
    group: NETWORK,
    metavar: "NAME=VALUE",
    help:
      "a variable for the child; {config}, {listen0} and {run} are filled in",
    parse: variable,
    separator: LINES,
    written: "variables",
  },
  "env-file": {
    group: NETWORK,
    metavar: "PATH",
    help: "variables in dotenv syntax, watched",
    parse: nonEmpty,
    separator: ",",
  },
  "env-dir": {
    group: NETWORK,
    metavar: "DIR",
    help: "a variable for each file in it (a mounted Secret), watched",
    parse: nonEmpty,
    separator: ",",
  },
  "wait-for": {
    group: NETWORK,
    metavar: "PROBE",
    help:
      "tcp:HOST:PORT, http:URL, file:PATH or exec:COMMAND, before it starts",
    parse: probe,
    separator: LINES,
    offers: PROBES,
    written: "tagged",
  },
  "wait-for-scope": {
    group: NETWORK,
    metavar: "WHICH",
    help: "every start waits for them, or the first one alone",
    parse: oneOf("every", "first"),
    defaultText: "every",
  },
  "wait-timeout": {
    group: NETWORK,
    metavar: "DURATION",
    help: "how long it may take until all of them are there",
    parse: someDuration,
    defaultText: "1m",
  },
  "stop-signal": {
    group: SIGNALS,
    metavar: "SIGNAL",
    help: "what asks the child's process group to stop",
    parse: signal,
    defaultText: "SIGTERM",
    offers: SIGNALS_TO_STOP,
    written: "number",
  },
  "stop-timeout": {
    group: SIGNALS,
    metavar: "DURATION",
    help: "how long the group may take before SIGKILL",
    parse: anyDuration,
    defaultText: "10s",
  },
  "kill-mode": {
    group: SIGNALS,
    metavar: "MODE",
    help: "who gets them: group, main (process alone), mixed (group: SIGKILL)",
    // systemd's words too.
    parse: oneOfOr<KillMode>(
      { "control-group": "group", process: "main" },
      "group",
      "main",
      "mixed",
    ),
    defaultText: "group",
  },
  "rewrite-signal": {
    group: SIGNALS,
    metavar: "A:B",
    help: "forward B when A arrives, 0 drops A; repeatable",
    parse: rewrite,
    separator: ",",
    written: "signals",
  },
  "reload-signal": {
    group: SIGNALS,
    metavar: "SIGNAL",
    help: "HUP, USR1 or USR2 asks for a reload, and is not forwarded",
    parse: reloadSignal,
    offers: RELOAD_SIGNALS.map((name) => name.slice("SIG".length)),
    written: "number",
  },
  subreaper: {
    group: SIGNALS,
    help: "reap orphaned descendants although not PID 1",
    parse: boolean,
    defaultText: "false",
  },
  control: {
    group: CONTROL,
    metavar: "ADDRESS",
    help: 'unix:PATH[,mode=0600][,group=GID], tcp:HOST:PORT or auto; "" is off',
    parse: controlAddress,
    defaultText: "auto",
    separator: LINES,
    offers: ["auto", "unix:", "tcp:"],
  },
  "control-token-file": {
    group: CONTROL,
    metavar: "FILE",
    help: "holds the token that TCP clients show; read again when it changes",
    parse: nonEmpty,
  },
  "control-tls-cert": {
    group: CONTROL,
    metavar: "FILE",
    help: "certificate (PEM) for the TCP addresses, read again when it changes",
    parse: nonEmpty,
  },
  "control-tls-key": {
    group: CONTROL,
    metavar: "FILE",
    help: "its private key (PEM)",
    parse: nonEmpty,
  },
  "control-host": {
    group: CONTROL,
    metavar: "NAME",
    help: "a name that TCP clients may use, besides localhost and IP addresses",
    parse: controlHost,
    separator: ",",
  },
  "health-check": {
    group: CONTROL,
    metavar: "NAME=PROBE",
    help: "a dependency to look at for /health (redis=tcp:localhost:6379)",
    parse: healthCheck,
    separator: LINES,
    written: "probes",
  },
  "health-interval": {
    group: CONTROL,
    metavar: "DURATION",
    help: "pause between two looks at a dependency",
    parse: duration(1_000, HOUR_MS),
    defaultText: "10s",
  },
  "health-timeout": {
    group: CONTROL,
    metavar: "DURATION",
    help: "how long such a look may take",
    parse: duration(10, HOUR_MS),
    defaultText: "5s",
  },
  "log-level": {
    group: LOG,
    metavar: "LEVEL",
    help: "trace, debug, info, warn or error",
    parse: logLevel,
    defaultText: "debug",
  },
  "log-format": {
    group: LOG,
    metavar: "FORMAT",
    help: "text, or json (one object a line)",
    parse: oneOf("text", "json"),
    defaultText: "text",
  },
  traces: {
    group: LOG,
    metavar: "EXPORTER",
    help: "otlp: a trace for each reload, where OTEL_* variables say; or none",
    parse: oneOf("none", "otlp"),
    defaultText: "none",
  },
} as const satisfies Readonly<Record<string, Option>>;

/** The name of an option, without dashes. */
export type OptionName = keyof typeof OPTIONS;

/** The value that an option is read as. */
export type ValueOf<N extends OptionName> = ReturnType<
  (typeof OPTIONS)[N]["parse"]
>;

/** The options that have a value when they are not given. */
export type NameWithDefault = {
  [N in OptionName]: (typeof OPTIONS)[N] extends { defaultText: string } ? N
    : never;
}[OptionName];

/** All names, in the order of the usage text. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** The option of this name; which type its value has is left open. */
export const optionOf = (name: OptionName): Option => OPTIONS[name];

/** The value of an option that is not given. */
export const defaultOf = <N extends NameWithDefault>(name: N): ValueOf<N> => {
  const { parse, defaultText } = OPTIONS[name];
  return parse(defaultText) as ValueOf<N>;
};

/** A switch takes no value of its own: `--name` alone sets it. */
export const isSwitch = (name: OptionName) =>
  optionOf(name).metavar === undefined;

/** Whether there is an option of this name. */
export const isName = (text: string): text is OptionName =>
  Object.hasOwn(OPTIONS, text);

/** The environment variable of an option. */
export const environmentName = (name: OptionName) =>
  `FLUSH_MANAGER_${name.toUpperCase().replaceAll("-", "_")}`;
