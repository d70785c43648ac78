/**
 * Looks at the dependencies that `--health-check` names, again and again, and
 * remembers the latest answer of each. Decides nothing: a dependency that is
 * missing is reported, and the child is left alone.
 */
import type {
  FilledProbe,
  HealthCheck,
  Probe,
} from "../../core/vocabulary/settings.ts";
import {
  type Answer,
  askOnce,
  type AttemptContext,
} from "../../host/ask/probe.ts";
import type { DependencyHealth } from "../vocabulary/facts.ts";

export interface HealthCheckOptions
  extends Pick<AttemptContext, "env" | "workdir" | "follow"> {
  readonly checks: readonly HealthCheck[];
  /** Puts the variables of the child into a probe; throws an Error with one line if that cannot be done. */
  readonly fill: (probe: Probe) => FilledProbe;
  /** From an answer to the next question. */
  readonly intervalMs: number;
  /** For each question. */
  readonly timeoutMs: number;
}

/** The health checks of one manager. */
export interface HealthChecks {
  /** The latest answers, in the order of the options. */
  readonly results: () => readonly DependencyHealth[];
  /**
   * Begins to ask in the next turn of the event loop: a program that is run for a
   * question must not inherit signals that are still blocked while the manager
   * starts. Later calls change nothing.
   */
  readonly begin: () => void;
  /** Ends a question under way and asks no more. */
  readonly stop: () => void;
}

/** Asks each dependency by itself, from `begin` on. */
export function createHealthChecks(options: HealthCheckOptions): HealthChecks {
  const { checks, intervalMs, timeoutMs, fill, ...context } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const results = checks.map(({ name }): DependencyHealth => ({
    name,
    status: "unknown",
    detail: "not asked yet",
    checkedAt: undefined,
  }));
  const repeat = async ({ name, probe }: HealthCheck, index: number) => {
    while (!signal.aborted) {
      const fault = await answerOf(
        () => fill(probe),
        (filled) => askOnce(filled, { ...context, timeoutMs, signal }),
      );
      if (signal.aborted) return;
      results[index] = {
        name,
        status: fault === undefined ? "ok" : "error",
        detail: fault ?? "",
        checkedAt: Date.now(),
      };
      await pause(intervalMs, signal);
    }
  };
  let first: number | undefined;
  return {
    results: () => [...results],
    begin: () => {
      first ??= setTimeout(() => checks.forEach(repeat), 0);
    },
    stop: () => {
      clearTimeout(first);
      ending.abort();
    },
  };
}

/** What is wrong; undefined if nothing is. */
async function answerOf(
  fill: () => FilledProbe,
  ask: (probe: FilledProbe) => Promise<Answer>,
): Promise<Answer> {
  let filled: FilledProbe;
  try {
    filled = fill();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return await ask(filled);
}

/** Resolves after the time, or when the signal is given. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
