/**
 * The kinds of values that options take. A parser returns the value, or throws
 * a BadValue that says what is allowed. Pure.
 */
import { formatDuration, parseDuration } from "../../core/notation/duration.ts";
import { LOG_LEVELS, parseLogLevel } from "../../core/notation/log_level.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type {
  Backoff,
  LogLevel,
  OomScoreAdj,
} from "../../core/vocabulary/settings.ts";
import {
  HEARD,
  parseSignal,
  type Signal,
} from "../../core/vocabulary/signals.ts";

/** A value that an option cannot take; the message says what it can. */
export class BadValue extends Error {}

/** Options that cannot be used; the message is the whole line for the user. */
export class UsageError extends Error {
  /** What the user gets: a line for each fault. */
  readonly lines: readonly string[];
  /** Of the faults, also of those that have no line of their own. */
  readonly count: number;

  constructor(
    message: string,
    lines: readonly string[] = [message],
    count = lines.length,
  ) {
    super(oneLine(message));
    this.lines = lines.map(oneLine);
    this.count = count;
  }
}

/** All of them as one: each line once. Of none it makes nothing that could be told. */
export function joined(refusals: readonly UsageError[]): UsageError {
  const lines = new Set(refusals.flatMap(({ lines }) => lines));
  const [first] = refusals;
  return refusals.length === 1
    ? first
    : new UsageError(first.message, [...lines]);
}

/** What each of these refuses; what else goes wrong is thrown. */
export function refusalsOf(...tasks: readonly (() => void)[]): UsageError[] {
  const refusals: UsageError[] = [];
  for (const task of tasks) {
    try {
      task();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      refusals.push(error);
    }
  }
  return refusals;
}

/** The longest duration that any option takes. */
export const HOUR_MS = 3_600_000;

/** A parser of one option's text. */
export interface ValueParser<T> {
  (text: string): T;
  /** All texts that it takes, where they can be listed. */
  readonly words?: readonly string[];
}

/** Any text but none. */
export const nonEmpty: ValueParser<string> = (value) => {
  if (value === "") throw new BadValue("a non-empty text");
  return value;
};

/** One of the listed words, all of them in lower case, which is not asked for. */
export function oneOf<T extends string>(
  ...words: readonly T[]
): ValueParser<T> {
  const parse: ValueParser<T> = (value) => {
    const text = value.toLowerCase();
    const found = words.find((word) => word === text);
    if (found === undefined) throw new BadValue(`one of ${words.join(", ")}`);
    return found;
  };
  return Object.assign(parse, { words });
}

/** The same, where other tools have other words for some of them. */
export const oneOfOr = <T extends string>(
  others: Readonly<Record<string, T>>,
  ...words: readonly T[]
): ValueParser<T> => {
  const known = oneOf(...words);
  const parse = (value: string) => {
    const text = value.toLowerCase();
    return Object.hasOwn(others, text) ? others[text] : known(value);
  };
  return Object.assign(parse, { words });
};

/** A level of the log, in any case. */
export const logLevel: ValueParser<LogLevel> = Object.assign(
  (text: string) => {
    const level = parseLogLevel(text);
    if (level === undefined) {
      throw new BadValue(`one of ${LOG_LEVELS.join(", ")}`);
    }
    return level;
  },
  { words: LOG_LEVELS },
);

/** What `-o` takes: for a person, or for a program. */
export const outputFormat = oneOf("text", "json");

/** A duration within the limits, in milliseconds. */
export const duration =
  (minMs: number, maxMs: number): ValueParser<number> => (value) => {
    const ms = parseDuration(value);
    if (ms === undefined || ms < minMs || ms > maxMs) {
      throw new BadValue(
        `a duration with a unit (500ms, 10s, 1m30s) from ${
          formatDuration(minMs)
        } to ${formatDuration(maxMs)}${withUnit(value, minMs, maxMs)}`,
      );
    }
    return ms;
  };

/** What to write for a number alone, if that may be one of seconds. */
function withUnit(value: string, minMs: number, maxMs: number): string {
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : NaN;
  return ms >= minMs && ms <= maxMs ? `; did you mean ${Number(value)}s?` : "";
}

/** A duration within the limits, or 0, with or without a unit. */
export const durationOrZero =
  (minMs: number, maxMs: number): ValueParser<number> => (value) => {
    if (value === "0" || parseDuration(value) === 0) return 0;
    try {
      return duration(minMs, maxMs)(value);
    } catch (error) {
      throw error instanceof BadValue
        ? new BadValue(`0 or ${error.message}`)
        : error;
    }
  };

/** What `--debounce` takes: a duration, or `auto`. */
export const debounce: ValueParser<number | "auto"> = (value) => {
  if (value === "auto") return value;
  try {
    return duration(0, HOUR_MS)(value);
  } catch (error) {
    throw error instanceof BadValue
      ? new BadValue(`auto or ${error.message}`)
      : error;
  }
};

const SIGNAL_FORM = "a signal by name or number (SIGHUP, HUP, 1)";

/** A signal's name. */
export const signal: ValueParser<Signal> = (value) => {
  const found = parseSignal(value);
  if (found === undefined) throw new BadValue(SIGNAL_FORM);
  return found;
};

/**
 * The signals that may ask for a reload: those that no terminal and no kernel sends
 * for another reason while a service runs, and none that asks for a stop.
 */
export const RELOAD_SIGNALS: readonly Signal[] = [
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
];

export const reloadSignal: ValueParser<Signal> = (value) => {
  const found = parseSignal(value);
  if (found === undefined || !RELOAD_SIGNALS.includes(found)) {
    throw new BadValue("HUP, USR1 or USR2");
  }
  return found;
};

/** What `--rewrite-signal` takes: the received signal and the one it stands for, undefined to drop it. */
export interface Rewrite {
  readonly from: Signal;
  readonly to: Signal | undefined;
}

const CANNOT_BE_CAUGHT: ReadonlySet<Signal> = new Set(["SIGKILL", "SIGSTOP"]);

/** `A:B`, or `A:0` to drop A. */
export const rewrite: ValueParser<Rewrite> = (value) => {
  const [from, to, ...rest] = value.split(":");
  const received = parseSignal(from);
  const sent = to === undefined ? undefined : parseSignal(to);
  if (
    received === undefined || rest.length > 0 ||
    (sent === undefined && to !== "0")
  ) {
    throw new BadValue("A:B with signals by name or number, or A:0 to drop A");
  }
  if (CANNOT_BE_CAUGHT.has(received)) {
    throw new BadValue("a signal that can be caught (not KILL or STOP)");
  }
  if (received === "SIGCHLD" || !HEARD.includes(received)) {
    throw new BadValue(
      "a signal that is forwarded (not CHLD, ILL, FPE or SEGV)",
    );
  }
  if (received === "SIGTERM" && sent === undefined) {
    throw new BadValue(
      "a signal for TERM to become: without TERM the manager could not be stopped",
    );
  }
  return { from: received, to: sent };
};

/** `FIRST..MAX`: the first pause and the longest. */
export const backoff: ValueParser<Backoff> = (value) => {
  const [first, max, ...rest] = value.split("..");
  const firstMs = parseDuration(first);
  const maxMs = max === undefined ? undefined : parseDuration(max);
  if (
    firstMs === undefined || maxMs === undefined || rest.length > 0 ||
    firstMs < 1 || firstMs > maxMs || maxMs > HOUR_MS
  ) {
    throw new BadValue("FIRST..MAX, durations from 1ms to 1h0m0s (1s..30s)");
  }
  return { firstMs, maxMs };
};

/** What `--retry-rejected` takes: pauses, or `never`. */
export const backoffOrNever: ValueParser<Backoff | "never"> = (value) => {
  if (value === "never") return value;
  try {
    return backoff(value);
  } catch (error) {
    throw error instanceof BadValue
      ? new BadValue(`never or ${error.message}`)
      : error;
  }
};

/** So many within so long; without an end, in all. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

const COUNT = /^\d{1,3}$/;

/** `N/WINDOW`, or `N` for so many in all. */
export const rate: ValueParser<Rate> = (value) => {
  const [count, window, ...rest] = value.split("/");
  const windowMs = window === undefined ? Infinity : parseDuration(window);
  if (
    !COUNT.test(count) || windowMs === undefined || windowMs < 1 ||
    rest.length > 0
  ) {
    throw new BadValue(
      "N/WINDOW, N up to 999 and a duration (5/10m), or N for so many in all",
    );
  }
  return { count: Number(count), windowMs };
};

/** What `--restart` takes: when, and how often in all if that is told with it. */
export interface RestartRule {
  readonly when: "never" | "on-failure" | "always";
  readonly count: number | undefined;
}

/** Docker's `no`, `unless-stopped` and `on-failure:N` too, and Kubernetes' words. */
const restartWord = oneOfOr(
  { no: "never", "unless-stopped": "always", onfailure: "on-failure" },
  "never",
  "on-failure",
  "always",
);

export const restartRule: ValueParser<RestartRule> = (value) => {
  const colon = value.indexOf(":");
  if (colon < 0) return { when: restartWord(value), count: undefined };
  const count = value.slice(colon + 1);
  if (
    value.slice(0, colon).toLowerCase() !== "on-failure" ||
    !COUNT.test(count) || Number(count) === 0
  ) {
    throw new BadValue(
      `one of ${
        restartWord.words?.join(", ")
      }, or on-failure:N with N from 1 to 999 (on-failure:5)`,
    );
  }
  return { when: "on-failure", count: Number(count) };
};

const THRESHOLD_MAX = 100;

/** How many answers in a row are needed. */
export const threshold: ValueParser<number> = (value) => {
  // Every start reads the default of one: without a regular expression.
  const isNumber = value.length <= 3 &&
    [...value].every((char) => char >= "0" && char <= "9");
  const number = isNumber ? Number(value) : 0;
  if (number < 1 || number > THRESHOLD_MAX) {
    throw new BadValue(`a number from 1 to ${THRESHOLD_MAX}`);
  }
  return number;
};

const OOM_SCORE_ADJ_MAX = 1_000;

/** An oom_score_adj (proc_pid_oom_score_adj(5)), or how it is chosen. */
export const oomScoreAdj: ValueParser<OomScoreAdj> = (value) => {
  if (value === "auto" || value === "inherit") return value;
  const number = /^[+-]?\d{1,4}$/.test(value) ? Number(value) : NaN;
  if (Number.isNaN(number) || Math.abs(number) > OOM_SCORE_ADJ_MAX) {
    throw new BadValue(
      `a number from -${OOM_SCORE_ADJ_MAX} to ${OOM_SCORE_ADJ_MAX}, inherit or auto`,
    );
  }
  return number;
};

/** `true` or `false`, as an environment variable or after `=`. */
export const boolean: ValueParser<boolean> = (value) => {
  const text = value.toLowerCase();
  if (["true", "1", "t", "yes", "y", "on"].includes(text)) return true;
  if (["false", "0", "f", "no", "n", "off"].includes(text)) return false;
  throw new BadValue("true or false");
};
