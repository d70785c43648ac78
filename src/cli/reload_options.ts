/**
 * Reads the options of safe reloads: checks, actions, readiness, sockets and
 * what they need of each other. Loaded only where one of them is given. Pure.
 */
import { firstWithoutValue } from "../core/notation/placeholders.ts";
import { describeAddress } from "../core/notation/describe.ts";
import type {
  Action,
  EnvironmentSource,
  ListenAddress,
  ReadySign,
  WatchedPath,
} from "../core/vocabulary/settings.ts";
import { action, configPath } from "./values/action.ts";
import { argv } from "./values/argv.ts";
import { all, type Given, last } from "./given.ts";
import { listenAddress } from "./values/listen.ts";
import { type OptionName, OPTIONS } from "./options.ts";
import { probe, readySign } from "./values/probe.ts";
import { RELOAD_DEFAULTS, type ReloadSettings } from "./reload_defaults.ts";
import { UsageError } from "./scan.ts";
import {
  BadValue,
  duration,
  HOUR_MS,
  nonEmpty,
  oneOf,
  type ValueParser,
} from "./values/basic.ts";

/** Throws a UsageError for a value that is not allowed and for options that cannot go together. */
export function readReloadOptions(
  given: Given,
  positionals: readonly string[],
): ReloadSettings {
  const env = new Map(all(given, "env", variable));
  const listen = all(given, "listen", listenAddress);
  const sources = environmentSources(given);
  const configs = watchedPaths(given);
  const settings: ReloadSettings = {
    configs: [...configs, ...sources.map(watched)],
    check: checkOf(given),
    snapshotDir: last(given, "snapshot-dir", nonEmpty),
    onChange: last(given, "on-change", action) ?? RELOAD_DEFAULTS.onChange,
    ready: readyOf(given),
    strategy: last(given, "strategy", oneOf("stop-start", "overlap")) ??
      RELOAD_DEFAULTS.strategy,
    drainDelayMs: last(given, "drain-delay", anyDuration) ?? 0,
    listen,
    env,
    environmentSources: sources,
    waitFor: all(given, "wait-for", probe),
    waitTimeoutMs: last(given, "wait-timeout", someDuration) ??
      RELOAD_DEFAULTS.waitTimeoutMs,
    splayMs: last(given, "splay", anyDuration) ?? 0,
    minIntervalMs: last(given, "min-interval", anyDuration) ?? 0,
  };
  refuseContradictions(given, settings);
  refuseUnfilled(settings, configs.length, positionals);
  return settings;
}

const anyDuration = duration(0, HOUR_MS);
const someDuration = duration(1, HOUR_MS);

const THRESHOLD_MAX = 100;

const threshold: ValueParser<number> = (value) => {
  const number = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (number < 1 || number > THRESHOLD_MAX) {
    throw new BadValue(`a number from 1 to ${THRESHOLD_MAX}`);
  }
  return number;
};

/** NAME=VALUE; the value may hold anything, and is never shown. */
const variable: ValueParser<[string, string]> = (value) => {
  const at = value.indexOf("=");
  const name = value.slice(0, Math.max(at, 0));
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
    // Not with the text: it may be a secret.
    throw new UsageError(
      "Cannot use option --env or variable FLUSH_MANAGER_ENV: its value does not begin with a variable's name and =; use NAME=VALUE",
    );
  }
  return [name, value.slice(at + 1)];
};

function checkOf(given: Given): ReloadSettings["check"] {
  const { timeoutMs, atStart } = RELOAD_DEFAULTS.check;
  return {
    command: last(given, "check-command", argv),
    timeoutMs: last(given, "check-timeout", someDuration) ?? timeoutMs,
    atStart: last(given, "check-at-start", oneOf("fail", "warn")) ?? atStart,
  };
}

function readyOf(given: Given): ReloadSettings["ready"] {
  const { intervalMs, timeoutMs, threshold: answers } = RELOAD_DEFAULTS.ready;
  return {
    sign: last(given, "ready", readySign),
    intervalMs: last(given, "ready-interval", duration(10, HOUR_MS)) ??
      intervalMs,
    timeoutMs: last(given, "ready-timeout", someDuration) ?? timeoutMs,
    threshold: last(given, "ready-threshold", threshold) ?? answers,
  };
}

/** Several spellings of one path are one; the last action counts. */
function watchedPaths(given: Given): WatchedPath[] {
  if (!given.has("config")) {
    return [{ path: OPTIONS.config.defaultValue as string, named: false }];
  }
  const byPath = new Map<string, WatchedPath>();
  for (const { path, action } of all(given, "config", configPath)) {
    if (path === "") continue;
    byPath.set(path, { path, named: true, action });
  }
  return [...byPath.values()];
}

function environmentSources(given: Given): EnvironmentSource[] {
  const of = (name: OptionName, kind: EnvironmentSource["kind"]) =>
    all(given, name, nonEmpty).map((path) => ({ kind, path }));
  return [...of("env-file", "file"), ...of("env-dir", "directory")];
}

/** Nothing but a new process sees new variables. */
const RESTART: Action = { kind: "restart" };
const watched = ({ path }: EnvironmentSource): WatchedPath => ({
  path,
  named: true,
  action: RESTART,
});

function refuseContradictions(given: Given, settings: ReloadSettings): void {
  const { strategy, ready, snapshotDir } = settings;
  const refusal = (name: OptionName, why: string) =>
    new UsageError(`Cannot use ${given.get(name)?.place}: ${why}`);
  if (strategy === "overlap" && ready.sign === undefined) {
    throw refusal(
      "strategy",
      "overlap needs --ready, which tells when the old child may be stopped",
    );
  }
  if (snapshotDir !== undefined && settings.configs.length === 0) {
    throw refusal("snapshot-dir", "nothing is watched; name a --config");
  }
  const compare = given.get("compare")?.texts.at(-1);
  if (snapshotDir !== undefined && compare === "metadata") {
    throw refusal(
      "snapshot-dir",
      "it needs --compare content, by which a copy is known",
    );
  }
  const twice = firstTwice(settings.listen);
  if (twice !== undefined) {
    throw refusal("listen", `${twice} is given twice; name each address once`);
  }
}

/** The first address that another one is the same as. */
function firstTwice(listen: readonly ListenAddress[]): string | undefined {
  const seen = new Set<string>();
  for (const address of listen) {
    const name = describeAddress(address);
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/** A placeholder that nothing fills would reach the child as it is. */
function refuseUnfilled(
  { env, listen, check, onChange, ready, configs: watched }: ReloadSettings,
  configs: number,
  positionals: readonly string[],
): void {
  const values = { config: Array(configs), listen };
  const texts = [
    ...positionals,
    ...env.values(),
    ...check.command ?? [],
    ...argvOf(onChange),
    ...watched.flatMap(({ action }) => argvOf(action)),
    ...argvOf(ready.sign),
    ...ready.sign?.kind === "file" ? [ready.sign.path] : [],
  ];
  for (const text of texts) {
    const unfilled = firstWithoutValue(text, values);
    if (unfilled === undefined) continue;
    const [list, none] = unfilled.startsWith("{listen")
      ? ["listen", "there is no --listen"] as const
      : ["config", "nothing is watched"] as const;
    const { length } = values[list];
    const why = length === 0
      ? none
      : `the last --${list} is {${list}${length - 1}}`;
    throw new UsageError(`Cannot fill in ${unfilled}: ${why}`);
  }
}

const argvOf = (part: Action | ReadySign | undefined): readonly string[] =>
  part?.kind === "exec" ? part.argv : [];
