/**
 * The real system behind the options of safe reloads: listening sockets,
 * snapshots, checks, actions, signs of readiness, dependencies. Decides nothing:
 * it answers the core's effects.
 */
import { lendThread } from "../host/descriptor/input_wait.ts";
import type { Happening } from "./loop.ts";
import type { Occasion } from "../core/vocabulary/effect.ts";
import type { Outcome, Verdict } from "../core/vocabulary/event.ts";
import { describeStatus, isClean } from "../core/vocabulary/exit_status.ts";
import { formatDuration } from "../core/notation/duration.ts";
import type { Fingerprint } from "../core/vocabulary/fingerprint.ts";
import type { Message } from "../core/vocabulary/message.ts";
import { describeAddress, describeProbe } from "../core/notation/describe.ts";
import * as reloads from "../core/text/reload.ts";
import type {
  Gentle,
  Settings,
  WatchedPath,
} from "../core/vocabulary/settings.ts";
import type { Incarnation } from "../host/process/child.ts";
import { absolutePath } from "../host/base/absolute_path.ts";
import { childEnvironment } from "../host/environment/child_env.ts";
import { type CommandResult, runCommand } from "../host/ask/command.ts";
import { Dependencies, type Missing } from "../host/ask/dependencies.ts";
import { EnvironmentError } from "../host/environment/env_files.ts";
import {
  closeListeners,
  openListeners,
} from "../host/socket/listening_sockets.ts";
import type { Processes } from "../host/process/processes.ts";
import { performAction } from "../host/ask/reload_action.ts";
import { type SaveResult, Snapshots } from "../host/snapshot/snapshots.ts";
import { ProgramCall, type Surroundings } from "./program_call.ts";
import {
  CopyLost,
  placeVariables,
  type ReloadSystem,
  StartRefused,
  StartWithdrawn,
} from "./reload_system.ts";
import { PROBE_TIMEOUT_MS, ReadySigns } from "./ready_signs.ts";

/** An attempt of an action may take this long. */
const ACTION_TIMEOUT_MS = 30_000;
const DEPENDENCY_INTERVAL_MS = 1_000;

export interface SafeReloadOptions {
  readonly settings: Settings;
  /** As watched: the order of the fingerprint's entries. */
  readonly configs: readonly WatchedPath[];
  readonly processes: Processes;
  readonly log: (message: Message) => void;
  readonly dispatch: (happening: Happening) => void;
}

/** Opens what must be open before the first child. Throws an Error with one line for the user. */
export async function openSafeReloads(
  options: SafeReloadOptions,
): Promise<ReloadSystem> {
  const { settings, configs, processes, log, dispatch } = options;
  const { snapshotDir: directory, listen: addresses } = settings;
  const paths = configs.map(({ path }) => path);
  const snapshots = directory === undefined || paths.length === 0
    ? undefined
    : new Snapshots({ directory, paths });
  const signs = new ReadySigns({
    rules: settings.ready,
    workdir: settings.workdir,
    processes,
    onReady: (run) => dispatch({ kind: "ready", run }),
    onNotReady: (run) => dispatch({ kind: "notReady", run }),
    onNotYet: (run, why) => dispatch({ kind: "notYet", run, why }),
    onRefused: () => {
      const { sign } = settings.ready;
      if (sign !== undefined) log(reloads.signRefused(describeProbe(sign)));
    },
  });
  try {
    await snapshots?.prepare();
    signs.open();
    const listen = openListeners(addresses);
    for (const [index, fd] of listen.entries()) {
      log(reloads.listening(describeAddress(addresses[index]), fd));
    }
    return new SafeReloads(options, { snapshots, signs, listen });
  } catch (error) {
    closeListeners();
    await signs.close();
    throw error;
  }
}

/** What is open. */
interface Opened {
  readonly snapshots: Snapshots | undefined;
  readonly signs: ReadySigns;
  readonly listen: readonly number[];
}

class SafeReloads implements ReloadSystem {
  readonly #options: SafeReloadOptions;
  readonly #snapshots: Snapshots | undefined;
  readonly #signs: ReadySigns;
  readonly #surroundings: Surroundings;
  #run = 0;
  #lastEnvironment: Record<string, string> | undefined;
  #work = new AbortController();
  #dependencies: Dependencies | undefined;

  constructor(
    options: SafeReloadOptions,
    { snapshots, signs, listen }: Opened,
  ) {
    this.#options = options;
    this.#snapshots = snapshots;
    this.#signs = signs;
    const { settings, configs } = options;
    this.#surroundings = { settings, configs, listen };
  }

  incarnation(
    run: number,
    occasion: Occasion,
  ): Incarnation | Promise<Incarnation> {
    this.#run = run;
    if (occasion.saved) this.#activateAtStart(occasion.baseline);
    const call = this.#call(occasion.saved ? "current" : undefined);
    const env = {
      ...this.#environmentAtStart(call, occasion),
      ...this.#signs.admit(run),
    };
    const { signal } = this.#work;
    const fill = (text: string) => call.fill(text);
    const prepared = this.#signs.prepare(run, env, fill, signal);
    return prepared === undefined
      ? this.#startable(run, env, call)
      : prepared.then(() => {
        if (signal.aborted) throw new StartWithdrawn();
        return this.#startable(run, env, call);
      });
  }

  #startable(
    run: number,
    env: Record<string, string>,
    call: ProgramCall,
  ): Incarnation {
    const { command, args } = this.#options.settings;
    const tapping = this.#signs.watch(run, env);
    const argv = call.argv([command, ...args]);
    return { argv, env, tapping, sockets: this.#surroundings.listen };
  }

  started(run: number, pid: number): void {
    this.#signs.started(run, pid);
  }

  ended(run: number): void {
    this.#signs.ended(run);
  }

  vet(ticket: number, content: Fingerprint): void {
    const { signal } = this.#work;
    void lendThread(this.#vet(content, signal)).then((verdict) => {
      if (signal.aborted) return;
      this.#options.dispatch({ kind: "vetted", ticket, verdict });
    });
  }

  capture(ticket: number, content: Fingerprint): void {
    const { signal } = this.#work;
    const { dispatch } = this.#options;
    const captured = this.#snapshots?.capture(content);
    if (captured === undefined) return;
    void lendThread(captured).then((result) => {
      if (signal.aborted) return;
      dispatch(
        result.kind === "captured"
          ? { kind: "captured", ticket, content: result.content }
          : { kind: "vetted", ticket, verdict: unsaved(result) },
      );
    });
  }

  act(...[ticket, action, occasion]: Parameters<ReloadSystem["act"]>): void {
    const { signal } = this.#work;
    void this.#act(action, occasion, signal).then((outcome) => {
      if (outcome.kind === "aborted") return;
      this.#options.dispatch({ kind: "acted", ticket, outcome });
    });
  }

  cancel(): void {
    this.#work.abort();
    this.#work = new AbortController();
    this.#dependencies?.cancel();
  }

  activate(content: Fingerprint): void {
    const detail = this.#switchTo(content);
    if (detail !== undefined) {
      this.#options.log(reloads.notSwitchedBack(detail));
    }
  }

  keep(contents: readonly Fingerprint[]): void {
    const pruned = this.#snapshots?.prune(contents);
    if (pruned !== undefined) void lendThread(pruned);
  }

  askSign(run: number): void {
    this.#signs.askNow(run);
  }

  askDependencies(ticket: number): void {
    const { settings: { waitTimeoutMs }, dispatch } = this.#options;
    this.#dependencies?.askNow(
      Math.min(PROBE_TIMEOUT_MS, waitTimeoutMs),
      (missing) =>
        dispatch({
          kind: "unavailable",
          ticket,
          missing: missing.map(describeMissing),
        }),
    );
  }

  awaitDependencies(ticket: number): void {
    const { settings, processes, dispatch } = this.#options;
    this.#dependencies?.cancel();
    this.#dependencies = new Dependencies({
      probes: settings.waitFor,
      env: placeVariables(settings.workdir),
      workdir: settings.workdir,
      intervalMs: DEPENDENCY_INTERVAL_MS,
      attemptTimeoutMs: PROBE_TIMEOUT_MS,
      follow: (child) => processes.follow(child),
      onProgress: (missing) =>
        dispatch({
          kind: "missing",
          ticket,
          missing: missing.map(describeMissing),
        }),
      onAvailable: () => dispatch({ kind: "available", ticket }),
    });
    this.#dependencies.start();
  }

  async close(): Promise<void> {
    this.cancel();
    closeListeners();
    await this.#signs.close();
  }

  async #vet(content: Fingerprint, signal: AbortSignal): Promise<Verdict> {
    const saved = await this.#snapshots?.save(content);
    if (saved !== undefined && saved.kind !== "saved") return unsaved(saved);
    const call = this.#call(saved === undefined ? undefined : content);
    let env: Record<string, string>;
    try {
      env = call.environment();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      const { message: detail } = error;
      return { kind: "rejected", ground: "environment", detail, tail: [] };
    }
    const { check, workdir } = this.#options.settings;
    if (check.command === undefined) return { kind: "approved" };
    return verdictOf(
      await runCommand({
        argv: call.argv(check.command),
        env,
        workdir,
        timeoutMs: check.timeoutMs,
        signal,
        follow: (child) => this.#options.processes.follow(child),
      }),
      check.timeoutMs,
    );
  }

  async #act(
    action: Gentle,
    occasion: Occasion,
    signal: AbortSignal,
  ): Promise<Outcome | { readonly kind: "aborted" }> {
    if (occasion.saved) {
      const detail = this.#switchTo(occasion.baseline);
      if (detail !== undefined) return { kind: "unswitched", detail };
    }
    const { processes, log, settings: { workdir } } = this.#options;
    const options = {
      workdir,
      timeoutMs: ACTION_TIMEOUT_MS,
      follow: (child: Deno.ChildProcess) => processes.follow(child),
      signal,
      onRetry: (why: string, inMs: number) => log(reloads.callRetry(why, inMs)),
    };
    switch (action.kind) {
      case "none":
      case "signal":
        return { kind: "done" };
      case "http":
        return await performAction(action, { ...options, env: {} });
      case "exec": {
        const call = this.#call(occasion.saved ? "current" : undefined);
        const argv = call.argv(action.argv);
        try {
          const env = call.environment(occasion);
          return await performAction({ ...action, argv }, { ...options, env });
        } catch (error) {
          if (!(error instanceof EnvironmentError)) throw error;
          return { kind: "failed", detail: error.message, tail: [] };
        }
      }
    }
  }

  #activateAtStart(content: Fingerprint): void {
    const detail = this.#switchTo(content);
    if (detail === undefined) return;
    throw this.#snapshots?.isSaved(content)
      ? new Error(detail)
      : new CopyLost(detail);
  }

  /** Why the child cannot be let find this content; undefined when it can. */
  #switchTo(content: Fingerprint): string | undefined {
    try {
      this.#snapshots?.activate(content);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Of a program that finds the content as watched, in a saved copy, or under the name that stays. */
  #call(where: Fingerprint | "current" | undefined): ProgramCall {
    const paths = this.#options.configs.map(({ path }, index) =>
      absolutePath(
        where === undefined || this.#snapshots === undefined
          ? path
          : this.#snapshots.pathOf(
            index,
            where === "current" ? undefined : where,
          ),
      )
    );
    return new ProgramCall(this.#surroundings, paths, this.#run);
  }

  /** What was readable at the last start will do when it is not any more; at the first there is nothing else. */
  #environmentAtStart(
    call: ProgramCall,
    occasion: Occasion,
  ): Record<string, string> {
    try {
      this.#lastEnvironment = call.environment();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (this.#lastEnvironment === undefined) {
        throw new StartRefused(error.message, { cause: error });
      }
      this.#options.log(reloads.environmentKept(error.message));
    }
    const { compare } = this.#options.settings;
    return { ...this.#lastEnvironment, ...childEnvironment(occasion, compare) };
  }
}

const describeMissing = ({ probe, why }: Missing): string =>
  `${describeProbe(probe)} (${why})`;

/** The verdict on content of which there is no copy. */
const unsaved = (result: Exclude<SaveResult, { kind: "saved" }>): Verdict =>
  result.kind === "moved" ? result : { kind: "unsaved", detail: result.detail };

/** Only an exit code is the check's own answer: what was killed, or did not begin, has given none. */
function verdictOf(result: CommandResult, timeoutMs: number): Verdict {
  const unanswered = (detail: string, tail: readonly string[] = []) =>
    ({ kind: "rejected", ground: "circumstances", detail, tail }) as const;
  switch (result.kind) {
    case "ended": {
      const { status, tail } = result;
      if (isClean(status)) return { kind: "approved" };
      const detail = `the check ended with ${describeStatus(status)}`;
      return status.kind === "code"
        ? { kind: "rejected", ground: "check", detail, tail }
        : unanswered(detail, tail);
    }
    case "timedOut":
      return unanswered(
        `the check took longer than ${formatDuration(timeoutMs)}`,
        result.tail,
      );
    case "failed":
      return unanswered(`the check could not be started: ${result.detail}`);
    case "aborted":
      return unanswered("the check was given up");
  }
}
