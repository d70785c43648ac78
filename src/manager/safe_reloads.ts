/**
 * The real system behind the options of safe reloads: listening sockets,
 * snapshots, checks, actions, signs of readiness, dependencies. Decides
 * nothing: it answers the core's effects.
 */
import { lendThread } from "../host/descriptor/input_wait.ts";
import type { Happening } from "./loop.ts";
import type { Occasion } from "../core/vocabulary/effect.ts";
import type { Outcome, Verdict } from "../core/vocabulary/event.ts";
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
import { runCommand } from "../host/ask/command.ts";
import { Dependencies, type Missing } from "../host/ask/dependencies.ts";
import { EnvironmentError } from "../host/environment/env_files.ts";
import {
  closeListeners,
  openListeners,
} from "../host/socket/listening_sockets.ts";
import type { Processes } from "../host/process/processes.ts";
import { type Attempt, performAction } from "../host/ask/reload_action.ts";
import {
  awaiting,
  type MaybeAsync,
  unlessAborted,
} from "../host/base/maybe_async.ts";
import { type SaveResult, Snapshots } from "../host/snapshot/snapshots.ts";
import { verdictOf } from "./check_verdict.ts";
import { ProgramCall, type Surroundings } from "./program_call.ts";
import {
  placeVariables,
  type ReloadSystem,
  StartRefused,
  StartWithdrawn,
} from "./reload_system.ts";
import { SavedContent, Unswitched } from "./saved_content.ts";
import { PROBE_TIMEOUT_MS, ReadySigns } from "./ready_signs.ts";

/** How long one attempt of an action may take. */
const ACTION_TIMEOUT_MS = 30_000;
const DEPENDENCY_INTERVAL_MS = 1_000;

export interface SafeReloadOptions {
  readonly settings: Settings;
  /** In the order of the fingerprint's entries. */
  readonly configs: readonly WatchedPath[];
  readonly processes: Processes;
  readonly log: (message: Message) => void;
  readonly dispatch: (happening: Happening) => void;
}

/**
 * Opens the sockets, the snapshot directory and the notify sockets, before the
 * first child. Throws an Error with one line for the user.
 */
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
    const mode = await snapshots?.prepare();
    if (directory !== undefined && mode !== undefined) {
      log(reloads.snapshotsExposed(directory, mode));
    }
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

/** The child, the action for it, and the reason of the action. */
type Addressed = readonly [run: number, action: Gentle, occasion: Occasion];

type Acted = Outcome | { readonly kind: "aborted" };

/** What `openSafeReloads` has opened. */
interface Opened {
  readonly snapshots: Snapshots | undefined;
  readonly signs: ReadySigns;
  readonly listen: readonly number[];
}

class SafeReloads implements ReloadSystem {
  readonly #options: SafeReloadOptions;
  readonly #snapshots: Snapshots | undefined;
  readonly #saved: SavedContent;
  readonly #signs: ReadySigns;
  readonly #surroundings: Surroundings;
  /**
   * The absolute paths of the watched content. They stay true if our working
   * directory is removed.
   */
  readonly #watched: readonly string[];
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
    this.#saved = new SavedContent(snapshots, options.log);
    this.#signs = signs;
    const { settings, configs } = options;
    this.#surroundings = { settings, configs, listen };
    this.#watched = configs.map(({ path }) => absolutePath(path));
  }

  incarnation(run: number, occasion: Occasion): MaybeAsync<Incarnation> {
    const { signal } = this.#work;
    const work = this.#incarnation(run, occasion, signal);
    return unlessAborted(work, signal, () => new StartWithdrawn());
  }

  *#incarnation(
    run: number,
    occasion: Occasion,
    signal: AbortSignal,
  ): MaybeAsync<Incarnation> {
    const { command, args } = this.#options.settings;
    yield* this.#saved.begin(run, occasion);
    this.#run = run;
    const call = this.#call(occasion.saved ? "run" : undefined, run);
    const env = {
      ...this.#environmentAtStart(call, occasion),
      ...this.#signs.admit(run),
    };
    const fill = (text: string) => call.fill(text);
    const prepared = this.#signs.prepare(run, env, fill, signal);
    if (prepared !== undefined) {
      yield* awaiting(prepared);
      // The copy may have been damaged during this wait.
      yield* this.#saved.begin(run, occasion);
    }
    const tapping = this.#signs.watch(run, env);
    const argv = call.argv([command, ...args]);
    return { argv, env, tapping, sockets: this.#surroundings.listen };
  }

  started(run: number, pid: number): void {
    this.#signs.started(run, pid);
  }

  ended(run: number): void {
    this.#signs.ended(run);
    this.#saved.end(run);
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

  act(ticket: number, ...what: Addressed): void {
    const { signal } = this.#work;
    void this.#act(signal, ...what).then((outcome) => {
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
    this.#saved.activate(content);
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
    const call = this.#call(
      saved === undefined ? undefined : content,
      this.#run,
    );
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

  async #act(signal: AbortSignal, ...what: Addressed): Promise<Acted> {
    const [run, , occasion] = what;
    try {
      const outcome = await this.#perform(signal, ...what);
      if (outcome.kind !== "done") await this.#saved.showAgain(run, occasion);
      return outcome;
    } catch (error) {
      if (!(error instanceof Unswitched)) throw error;
      return { kind: "unswitched", detail: error.message };
    }
  }

  async #perform(
    signal: AbortSignal,
    ...[run, action, occasion]: Addressed
  ): Promise<Acted> {
    const { baseline, saved } = occasion;
    if (action.kind === "http") {
      return await this.#request(signal, run, action, occasion);
    }
    await this.#saved.show(run, baseline);
    if (action.kind !== "exec") return { kind: "done" };
    const call = this.#call(saved ? baseline : undefined, run);
    const argv = call.argv(action.argv);
    try {
      const env = call.environment(occasion);
      const options = { ...this.#actionOptions(signal), env };
      return await performAction({ ...action, argv }, options);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      return { kind: "failed", detail: error.message, tail: [] };
    }
  }

  /**
   * Sends the request. After the first attempt the child may have read the new
   * content, so a copy that cannot be switched after that is a failed action.
   */
  async #request(
    signal: AbortSignal,
    run: number,
    action: Extract<Gentle, { kind: "http" }>,
    occasion: Occasion,
  ): Promise<Acted> {
    let wasAsked = false;
    const attempt = (ask: Attempt) =>
      this.#attempt(
        () => {
          wasAsked = true;
          return ask();
        },
        run,
        occasion,
      );
    try {
      const options = { ...this.#actionOptions(signal), attempt, env: {} };
      return await performAction(action, options);
    } catch (error) {
      if (!(error instanceof Unswitched) || !wasAsked) throw error;
      return { kind: "failed", detail: error.message, tail: [] };
    }
  }

  /**
   * Shows the child the new content during an attempt, and its earlier content
   * between two attempts.
   */
  async #attempt(
    ask: Attempt,
    run: number,
    occasion: Occasion,
  ): Promise<string | undefined> {
    await this.#saved.show(run, occasion.baseline);
    const fault = await ask();
    if (fault !== undefined) await this.#saved.showAgain(run, occasion);
    return fault;
  }

  #actionOptions(signal: AbortSignal) {
    const { processes, log, settings: { workdir } } = this.#options;
    return {
      workdir,
      timeoutMs: ACTION_TIMEOUT_MS,
      follow: (child: Deno.ChildProcess) => processes.follow(child),
      signal,
      onRetry: (why: string, inMs: number) => log(reloads.callRetry(why, inMs)),
    };
  }

  /**
   * The call of a program that finds the content at the watched paths
   * (undefined), in a saved copy, or under the name of incarnation `run`.
   */
  #call(where: Fingerprint | "run" | undefined, run: number): ProgramCall {
    const snapshots = this.#snapshots;
    const paths = this.#watched.map((path, index) =>
      where === undefined || snapshots === undefined
        ? path
        : where === "run"
        ? snapshots.pathOfRun(index, run)
        : snapshots.pathOf(index, where)
    );
    return new ProgramCall(this.#surroundings, paths, run);
  }

  /**
   * The variables of the next child. If they cannot be read, uses those of the
   * last start; throws a StartRefused at the first start, which has none.
   */
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

/** The verdict on content that could not be saved. */
const unsaved = (result: Exclude<SaveResult, { kind: "saved" }>): Verdict =>
  result.kind === "moved" ? result : { kind: "unsaved", detail: result.detail };
