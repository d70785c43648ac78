/** From what was given for each option to the settings of a manager. Pure. */
import type {
  Action,
  Backoff,
  ControlSettings,
  CrashPolicy,
  EnvironmentSource,
  FleetRules,
  LivenessRules,
  Settings,
  WatchedPath,
} from "../core/vocabulary/settings.ts";
import {
  all,
  type FileSettings,
  type Given,
  last,
  lastOrDefault,
  type Source,
} from "./given.ts";
import { defaultOf } from "./options.ts";
import { UsageError } from "./values/basic.ts";
import { LITTER } from "./values/glob.ts";

/** Throws a UsageError for a value that is not allowed. */
export function readSettings(
  given: Given,
  { command, args }: Program,
  file: FileSettings | undefined,
): Settings {
  return {
    command,
    args,
    hold: readHold(file),
    workdir: last(given, "workdir"),
    oomScoreAdj: lastOrDefault(given, "oom-score-adj"),
    compare: lastOrDefault(given, "compare"),
    ignore: readIgnore(given),
    ...readDebounce(given),
    debounceMaxMs: lastOrDefault(given, "debounce-max"),
    pollIntervalMs: lastOrDefault(given, "poll-interval"),
    verifyIntervalMs: lastOrDefault(given, "verify-interval"),
    stopSignal: lastOrDefault(given, "stop-signal"),
    stopTimeoutMs: lastOrDefault(given, "stop-timeout"),
    killMode: lastOrDefault(given, "kill-mode"),
    reloadSignal: last(given, "reload-signal"),
    rewrites: new Map(
      all(given, "rewrite-signal").map(({ from, to }) => [from, to]),
    ),
    subreaper: lastOrDefault(given, "subreaper"),
    crash: readCrashPolicy(given),
    beforeStart: {
      command: last(given, "before-start"),
      timeoutMs: lastOrDefault(given, "before-start-timeout"),
    },
    afterExit: {
      command: last(given, "after-exit"),
      timeoutMs: lastOrDefault(given, "after-exit-timeout"),
    },
    logLevel: lastOrDefault(given, "log-level"),
    logFormat: lastOrDefault(given, "log-format"),
    traces: lastOrDefault(given, "traces"),
    control: readControl(given),
    fleet: readFleet(given),
    podReports: {
      events: lastOrDefault(given, "kubernetes-events"),
      condition: lastOrDefault(given, "kubernetes-condition"),
    },
    ...readReloads(given),
  };
}

/** The managers of one host share a directory; without one, those of a cluster share Leases. */
function readFleet(given: Given): FleetRules | undefined {
  const group = last(given, "fleet");
  return group === undefined ? undefined : {
    group,
    directory: last(given, "fleet-dir"),
    memberLeases: lastOrDefault(given, "kubernetes-members"),
    limit: lastOrDefault(given, "fleet-limit"),
    canary: (last(given, "fleet-canary") ??
      (given.has("snapshot-dir") ? "on" : "off")) === "on",
    soakMs: lastOrDefault(given, "fleet-soak"),
    settleMs: lastOrDefault(given, "fleet-settle"),
    whenUnreachable: lastOrDefault(given, "fleet-unreachable"),
    unreachableTimeoutMs: lastOrDefault(given, "fleet-timeout"),
  };
}

/** What is to be run, and where that is from. */
export interface Program extends Pick<Settings, "command" | "args"> {
  /** Undefined: an option names it, or nothing does. */
  readonly commandSource: Source | undefined;
  readonly argsSource: Source | undefined;
}

const POSITIONAL: Source = { kind: "positional" };

/**
 * With `--command` or its variable, every positional is an argument; otherwise
 * the first one is the command. A settings file's command and arguments count
 * where there is no positional that takes their place.
 */
export function readProgram(
  given: Given,
  positionals: readonly string[],
  file: FileSettings | undefined,
): Program {
  const source = given.get("command")?.source.kind;
  const named = source === "flag" || source === "variable";
  const [first, ...rest] = positionals;
  const command = named || first === undefined
    ? lastOrDefault(given, "command")
    : first;
  if (command === "") {
    throw new UsageError(
      'Cannot use command "": it is empty; name a program to run',
    );
  }
  if (first === undefined) {
    const { texts = [], at } = file?.args ?? {};
    const argsSource = at === undefined
      ? undefined
      : { kind: "file", at } as const;
    return { command, args: texts, commandSource: undefined, argsSource };
  }
  return {
    command,
    args: named ? positionals : rest,
    commandSource: named ? undefined : POSITIONAL,
    argsSource: POSITIONAL,
  };
}

/** As in systemd's lists, the empty value takes back all that stands before it. */
const readIgnore = (given: Given): readonly string[] =>
  all(given, "ignore").reduce<readonly string[]>(
    (before, pattern) => pattern === "" ? [] : [...before, pattern],
    LITTER,
  );

function readHold(file: FileSettings | undefined): Settings["hold"] {
  const held = file?.hold?.held;
  if (held === undefined || held === false) return undefined;
  return { reason: held.reason === "" ? undefined : held.reason };
}

function readCrashPolicy(given: Given): CrashPolicy {
  const { firstMs, maxMs } = lastOrDefault(given, "backoff");
  const { when, count } = lastOrDefault(given, "restart");
  return {
    restart: when,
    backoffFirstMs: firstMs,
    backoffMaxMs: maxMs,
    max: count === undefined
      ? last(given, "max-restarts")
      : { count, windowMs: Infinity },
  };
}

function readControl(given: Given): ControlSettings {
  const addresses = given.has("control")
    ? all(given, "control")
    : [defaultOf("control")];
  const cert = last(given, "control-tls-cert");
  const key = last(given, "control-tls-key");
  return {
    addresses: addresses.filter((address) => address !== undefined),
    tokenFile: last(given, "control-token-file"),
    certificate: cert === undefined || key === undefined
      ? undefined
      : { cert, key },
    hosts: all(given, "control-host"),
    healthChecks: all(given, "health-check"),
    healthIntervalMs: lastOrDefault(given, "health-interval"),
    healthTimeoutMs: lastOrDefault(given, "health-timeout"),
  };
}

/** `auto` keeps the default window for files that are written in place. */
function readDebounce(
  given: Given,
): Pick<Settings, "debounceMs" | "trustReplacement"> {
  const asked = lastOrDefault(given, "debounce");
  const trustReplacement = asked === "auto";
  // The default is a duration.
  const debounceMs = Number(trustReplacement ? defaultOf("debounce") : asked);
  return { debounceMs, trustReplacement };
}

/** The settings of safe reloads. */
type ReloadSettings = Pick<
  Settings,
  | "configs"
  | "check"
  | "snapshotDir"
  | "retryRejected"
  | "onChange"
  | "http"
  | "ready"
  | "live"
  | "strategy"
  | "drainDelayMs"
  | "listen"
  | "env"
  | "environmentSources"
  | "waitFor"
  | "waitTimeoutMs"
  | "waitForScope"
  | "splayMs"
  | "minIntervalMs"
>;

function readReloads(given: Given): ReloadSettings {
  const env = new Map(all(given, "env"));
  const listen = all(given, "listen");
  const environmentSources = readEnvironmentSources(given);
  return {
    configs: [
      ...readConfigs(given),
      ...environmentSources.map(watchedSource),
    ],
    check: {
      command: last(given, "check-command"),
      timeoutMs: lastOrDefault(given, "check-timeout"),
      atStart: lastOrDefault(given, "check-at-start"),
    },
    snapshotDir: last(given, "snapshot-dir"),
    retryRejected: readRetryRejected(given),
    onChange: lastOrDefault(given, "on-change"),
    http: {
      timeoutMs: lastOrDefault(given, "http-timeout"),
      retries: lastOrDefault(given, "http-retries"),
      status: lastOrDefault(given, "http-status"),
      headerFile: last(given, "http-header-file"),
    },
    ready: {
      sign: last(given, "ready"),
      intervalMs: lastOrDefault(given, "ready-interval"),
      timeoutMs: lastOrDefault(given, "ready-timeout"),
      threshold: lastOrDefault(given, "ready-threshold"),
    },
    live: readLiveness(given),
    strategy: lastOrDefault(given, "strategy"),
    drainDelayMs: lastOrDefault(given, "drain-delay"),
    listen,
    env,
    environmentSources,
    waitFor: all(given, "wait-for"),
    waitTimeoutMs: lastOrDefault(given, "wait-timeout"),
    waitForScope: lastOrDefault(given, "wait-for-scope"),
    splayMs: lastOrDefault(given, "splay"),
    minIntervalMs: lastOrDefault(given, "min-interval"),
  };
}

function readLiveness(given: Given): LivenessRules | undefined {
  const sign = last(given, "live");
  return sign && {
    sign,
    intervalMs: lastOrDefault(given, "live-interval"),
    timeoutMs: lastOrDefault(given, "live-timeout"),
    threshold: lastOrDefault(given, "live-threshold"),
    action: lastOrDefault(given, "live-action"),
  };
}

function readRetryRejected(given: Given): Backoff | undefined {
  const asked = lastOrDefault(given, "retry-rejected");
  return asked === "never" ? undefined : asked;
}

/** The same path given twice is one; the last action counts. */
function readConfigs(given: Given): WatchedPath[] {
  if (!given.has("config")) {
    return [{ path: defaultOf("config").path, named: false }];
  }
  const byPath = new Map<string, WatchedPath>();
  for (const { path, action } of all(given, "config")) {
    if (path === "") continue;
    byPath.set(path, { path, named: true, action });
  }
  return [...byPath.values()];
}

function readEnvironmentSources(given: Given): EnvironmentSource[] {
  return [
    ...all(given, "env-file").map((path) => ({ kind: "file", path }) as const),
    ...all(given, "env-dir").map((path) =>
      ({ kind: "directory", path }) as const
    ),
  ];
}

/** Only a new process gets new variables. */
const RESTART: Action = { kind: "restart" };
const watchedSource = ({ path }: EnvironmentSource): WatchedPath => ({
  path,
  named: true,
  action: RESTART,
});
