/**
 * Runs `--before-start` and `--after-exit` and tells what became of them. Owns
 * their processes, and knows the variables that each child was started with.
 * Decides nothing.
 */
import type { Occasion } from "../../core/vocabulary/effect.ts";
import type { HookOutcome } from "../../core/vocabulary/event.ts";
import {
  describeStatus,
  type Ending,
  exitCodeOf,
  isClean,
} from "../../core/vocabulary/exit_status.ts";
import { formatDuration } from "../../core/notation/duration.ts";
import { signalName } from "../../core/vocabulary/signals.ts";
import type { HookRules, Settings } from "../../core/vocabulary/settings.ts";
import { type CommandResult, runCommand } from "../../host/ask/command.ts";
import { EnvironmentError } from "../../host/environment/env_files.ts";
import { runMaybeAsync } from "../../host/base/maybe_async.ts";
import type { Processes } from "../../host/process/processes.ts";
import type { ProgramCall, ProgramCalls } from "./program_call.ts";
import { CopyLost, traceOf, type Tracing } from "./reload_system.ts";
import type { SavedContent } from "./saved_content.ts";

/** A hook that is to end gets SIGTERM, and SIGKILL after this long. */
const GRACE_MS = 1_000;
/** The core ends an `--after-exit` by a timer of its own; this is for a core that forgets to. */
const NEVER_MS = 24 * 60 * 60 * 1_000;

export interface HookOptions {
  readonly settings: Pick<Settings, "beforeStart" | "afterExit" | "workdir">;
  readonly calls: ProgramCalls;
  readonly saved: SavedContent;
  readonly processes: Processes;
  readonly tracing: Tracing;
  /** The variables that the child of this call would be started with now. Throws an EnvironmentError. */
  readonly variables: (
    call: ProgramCall,
    occasion: Occasion,
  ) => Record<string, string>;
}

/** The hooks of one manager. */
export class Hooks {
  readonly #options: HookOptions;
  /** The latest `--before-start`; the next one begins when nothing of it is left. */
  #latest: Promise<unknown> = Promise.resolve();
  /** Ends the `--after-exit` of a ticket. */
  readonly #ends = new Map<number, AbortController>();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: HookOptions) {
    this.#options = options;
  }

  /** Never rejects. An abort of `signal` ends the hook, and this resolves when nothing of it is left. */
  beforeStart(
    run: number,
    occasion: Occasion,
    signal: AbortSignal,
  ): Promise<HookOutcome> {
    const work = this.#latest.then(() =>
      this.#beforeStart(run, occasion, signal)
    );
    this.#latest = work;
    return this.#followed(work);
  }

  /** Never rejects. `variables` are those that the child was started with. */
  afterExit(
    ticket: number,
    run: number,
    ending: Ending,
    variables: Record<string, string>,
  ): Promise<HookOutcome> {
    const { settings: { afterExit }, calls } = this.#options;
    const end = new AbortController();
    this.#ends.set(ticket, end);
    const env = { ...variables, ...endingVariables(ending) };
    const call = calls.at("watched", run);
    const work = this.#run(
      { ...afterExit, timeoutMs: NEVER_MS },
      call,
      { env, signal: end.signal, graceMs: 0 },
    );
    return this.#followed(work.finally(() => this.#ends.delete(ticket)));
  }

  /** Kills the `--after-exit` of this ticket, if it runs. */
  end(ticket: number): void {
    this.#ends.get(ticket)?.abort();
  }

  /** Kills what still runs; resolves when nothing of it is left. */
  async close(): Promise<void> {
    for (const end of this.#ends.values()) end.abort();
    await Promise.all(this.#underWay);
  }

  #followed(work: Promise<HookOutcome>): Promise<HookOutcome> {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
    return work;
  }

  async #beforeStart(
    run: number,
    occasion: Occasion,
    signal: AbortSignal,
  ): Promise<HookOutcome> {
    const { settings, calls, saved, tracing, variables } = this.#options;
    const { saved: isSaved, baseline } = occasion;
    if (signal.aborted) return { kind: "withdrawn" };
    try {
      await runMaybeAsync(saved.prove(baseline));
      const call = calls.at(isSaved ? baseline : "watched", run);
      const env = {
        ...variables(call, occasion),
        ...traceOf(occasion, tracing),
      };
      return await this.#run(settings.beforeStart, call, {
        env,
        signal,
        graceMs: GRACE_MS,
      });
    } catch (error) {
      if (error instanceof CopyLost) {
        return { kind: "lost", detail: error.message };
      }
      if (!(error instanceof EnvironmentError)) throw error;
      return { kind: "failed", detail: error.message, tail: [] };
    }
  }

  async #run(
    { command, timeoutMs }: HookRules,
    call: ProgramCall,
    how: {
      readonly env: Record<string, string>;
      readonly signal: AbortSignal;
      readonly graceMs: number;
    },
  ): Promise<HookOutcome> {
    if (command === undefined) return { kind: "done" };
    const { settings: { workdir }, processes } = this.#options;
    const result = await runCommand({
      argv: call.argv(command, how.env),
      workdir,
      timeoutMs,
      follow: (child) => processes.follow(child),
      ...how,
    });
    return outcomeOf(result, timeoutMs);
  }
}

function outcomeOf(result: CommandResult, timeoutMs: number): HookOutcome {
  switch (result.kind) {
    case "aborted":
      return { kind: "withdrawn" };
    case "failed":
      return { kind: "failed", detail: result.detail, tail: [] };
    case "timedOut": {
      const detail = `not done within ${formatDuration(timeoutMs)}`;
      return { kind: "failed", detail, tail: result.tail };
    }
    case "ended": {
      const { status, tail } = result;
      return isClean(status)
        ? { kind: "done" }
        : { kind: "failed", detail: describeStatus(status), tail };
    }
  }
}

/** What `--after-exit` is told of the child's end. */
const endingVariables = (
  { status, reason }: Ending,
): Record<string, string> => ({
  FLUSH_MANAGER_EXIT_CODE: String(exitCodeOf(status)),
  FLUSH_MANAGER_EXIT_SIGNAL: status.kind === "signal"
    ? signalName(status.number)
    : "",
  FLUSH_MANAGER_EXIT_REASON: reason,
});
