/**
 * Which settings of a changed file can be put into effect while the manager
 * runs, and which only by a restart of it. Pure.
 */
import type { Given } from "../cli/given.ts";
import { OPTION_NAMES } from "../cli/options.ts";
import type { Settings } from "../core/vocabulary/settings.ts";

/** What runs, or is asked for: the settings, and what they were made of. */
export interface Asked {
  readonly settings: Settings;
  readonly given: Given;
}

export interface SettingsChange {
  /** What is in effect from now on. */
  readonly settings: Settings;
  /** What of it is new, by name. */
  readonly applied: readonly string[];
  /** What is other than at the start of the manager, and stays as it was then. */
  readonly waiting: readonly string[];
}

/** What each of them means, for a comparison. */
const RUNTIME: Readonly<Record<string, (settings: Settings) => unknown>> = {
  debounce: (
    { debounceMs, trustReplacement },
  ) => [debounceMs, trustReplacement],
  "debounce-max": ({ debounceMaxMs }) => debounceMaxMs,
  "poll-interval": ({ pollIntervalMs }) => pollIntervalMs,
  "check-command": ({ check }) => check.command,
  "check-timeout": ({ check }) => check.timeoutMs,
  "log-level": ({ logLevel }) => logLevel,
  hold: ({ hold }) => hold,
};

/** The names of the settings that can be changed while the manager runs. */
export const RUNTIME_NAMES: readonly string[] = Object.keys(RUNTIME);

/** What comes of settings that are asked for, where these are in effect and the manager began with those. */
export function changeTo(
  asked: Asked,
  current: Settings,
  start: Asked,
): SettingsChange {
  const settings = withRuntime(current, asked.settings);
  const isSame = (name: string, one: Settings, other: Settings) =>
    same(RUNTIME[name](one), RUNTIME[name](other));
  return {
    settings,
    applied: RUNTIME_NAMES.filter((name) => !isSame(name, current, settings)),
    waiting: [
      ...otherAtStart(asked, start),
      ...RUNTIME_NAMES.filter((name) =>
        !isSame(name, settings, asked.settings)
      ),
    ],
  };
}

function withRuntime(current: Settings, asked: Settings): Settings {
  const { debounceMs, trustReplacement, debounceMaxMs } = asked;
  const { pollIntervalMs, logLevel, hold, check } = asked;
  // Without a check, what it needs may not have been made ready at the start.
  const command = current.check.command === undefined ||
      check.command === undefined
    ? current.check.command
    : check.command;
  return {
    ...current,
    debounceMs,
    trustReplacement,
    debounceMaxMs,
    pollIntervalMs,
    logLevel,
    hold,
    check: { ...current.check, command, timeoutMs: check.timeoutMs },
  };
}

function otherAtStart(asked: Asked, start: Asked): string[] {
  const options = OPTION_NAMES.filter((name) =>
    !Object.hasOwn(RUNTIME, name) && name !== "command" &&
    !same(asked.given.get(name)?.texts, start.given.get(name)?.texts)
  );
  const program = (["command", "args"] as const).filter((name) =>
    !same(asked.settings[name], start.settings[name])
  );
  return [...program, ...options];
}

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
