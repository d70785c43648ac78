/**
 * The real system behind the options of safe reloads: listening sockets,
 * snapshots, checks, actions, signs of readiness, dependencies. Loaded only where
 * one of them is given. Decides nothing: it answers the core's effects.
 */
import type { Happening } from "./app.ts";
import type { Occasion } from "./core/effect.ts";
import type { Outcome, Verdict } from "./core/event.ts";
import { describeStatus, isClean } from "./core/exit_status.ts";
import { formatDuration } from "./core/duration.ts";
import type { Fingerprint } from "./core/fingerprint.ts";
import type { Message } from "./core/messages.ts";
import { expand } from "./core/placeholders.ts";
import { describeProbe } from "./core/probe.ts";
import * as reloads from "./core/reload_messages.ts";
import type { Argv, Gentle, Settings, WatchedPath } from "./core/settings.ts";
import type { Incarnation } from "./host/child.ts";
import { childEnvironment } from "./host/child_env.ts";
import { type CommandResult, runCommand } from "./host/command.ts";
import { Dependencies } from "./host/dependencies.ts";
import { EnvironmentError, readEnvironment } from "./host/env_files.ts";
import {
  closeListeners,
  describeAddress,
  openListeners,
} from "./host/listen.ts";
import type { Processes } from "./host/processes.ts";
import { performAction } from "./host/reload_action.ts";
import { Snapshots } from "./host/snapshot.ts";
import {
  CopyLost,
  fromWorkdir,
  type Provisions,
  StartRefused,
} from "./plain.ts";
import { PROBE_TIMEOUT_MS, Signs } from "./signs.ts";

/** An attempt of an action may take this long. */
const ACTION_TIMEOUT_MS = 30_000;
const DEPENDENCY_INTERVAL_MS = 1_000;

export interface ProvisionOptions {
  readonly settings: Settings;
  /** As watched: the order of the fingerprint's entries. */
  readonly configs: readonly WatchedPath[];
  readonly processes: Processes;
  readonly log: (message: Message) => void;
  readonly dispatch: (happening: Happening) => void;
}

/** Opens what must be open before the first child. Throws an Error with one line for the user. */
export async function provide(options: ProvisionOptions): Promise<Provisions> {
  const real = new RealProvisions(options);
  try {
    await real.open();
    return real;
  } catch (error) {
    await real.close();
    throw error;
  }
}

class RealProvisions implements Provisions {
  readonly #options: ProvisionOptions;
  readonly #snapshots: Snapshots | undefined;
  /** Of the paths, those that `{config}` stands for; files of variables come after them. */
  readonly #configCount: number;
  /** What `{config}` stands for where the built-in path is not there, and so not watched. */
  readonly #unwatched: readonly string[];
  #listen: readonly number[] = [];
  readonly #signs: Signs;
  #run = 0;
  #lastEnvironment: Record<string, string> | undefined;
  #work = new AbortController();
  #dependencies: Dependencies | undefined;

  constructor(options: ProvisionOptions) {
    this.#options = options;
    const { settings, configs } = options;
    const { snapshotDir: directory, environmentSources } = settings;
    this.#configCount = configs.length - environmentSources.length;
    this.#unwatched = settings.configs
      .slice(0, settings.configs.length - environmentSources.length)
      .map(({ path }) => path);
    const paths = configs.map(({ path }) => path);
    if (directory !== undefined && paths.length > 0) {
      this.#snapshots = new Snapshots({ directory, paths });
    }
    this.#signs = new Signs({
      rules: settings.ready,
      processes: options.processes,
      onReady: (run) => options.dispatch({ kind: "ready", run }),
      onNotYet: (why) => options.log(reloads.stillNotReady(why)),
    });
  }

  async open(): Promise<void> {
    const { settings, log } = this.#options;
    await this.#snapshots?.prepare();
    this.#signs.open();
    this.#listen = openListeners(settings.listen);
    for (const [index, fd] of this.#listen.entries()) {
      log(reloads.listening(describeAddress(settings.listen[index]), fd));
    }
  }

  incarnation(run: number, occasion: Occasion): Incarnation {
    const { command, args } = this.#options.settings;
    this.#run = run;
    if (occasion.saved) this.#activateAtStart(occasion.baseline);
    const paths = this.#paths(occasion.saved ? "current" : undefined);
    const env = this.#environmentAtStart(paths, occasion);
    const fill = (text: string) => this.#fill(text, paths);
    const tapping = this.#signs.watch(run, env, fill);
    const argv: Argv = [command, ...args.map(fill)];
    return { argv, env, tapping, sockets: this.#listen };
  }

  ended(run: number): void {
    this.#signs.ended(run);
  }

  vet(ticket: number, content: Fingerprint): void {
    const { signal } = this.#work;
    void this.#vet(content, signal).then((verdict) => {
      if (signal.aborted) return;
      this.#options.dispatch({ kind: "vetted", ticket, verdict });
    });
  }

  act(...[ticket, action, occasion]: Parameters<Provisions["act"]>): void {
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
    void this.#snapshots?.prune(contents);
  }

  awaitDependencies(): void {
    const { settings, processes, log, dispatch } = this.#options;
    this.#dependencies = new Dependencies({
      probes: settings.waitFor,
      intervalMs: DEPENDENCY_INTERVAL_MS,
      attemptTimeoutMs: PROBE_TIMEOUT_MS,
      follow: (child) => processes.follow(child),
      onProgress: (missing) =>
        log(reloads.dependenciesAwaited(
          missing.map(({ probe, why }) => `${describeProbe(probe)} (${why})`),
        )),
      onAvailable: () => dispatch({ kind: "available" }),
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
    if (saved?.kind === "moved") return saved;
    if (saved?.kind === "failed") {
      return { kind: "unsaved", detail: saved.detail };
    }
    const paths = this.#paths(saved === undefined ? undefined : content);
    let env: Record<string, string>;
    try {
      env = this.#environment(paths);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      return { kind: "rejected", detail: error.message, tail: [] };
    }
    const { check } = this.#options.settings;
    if (check.command === undefined) return { kind: "approved" };
    return verdictOf(
      await runCommand({
        argv: this.#fillAll(check.command, paths),
        env,
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
    const { processes, log } = this.#options;
    const options = {
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
        const paths = this.#paths(occasion.saved ? "current" : undefined);
        const argv = this.#fillAll(action.argv, paths);
        try {
          const env = this.#environment(paths, occasion);
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

  /** Where the watched paths' content is: as watched, in a saved content, or under the name that stays. */
  #paths(where: Fingerprint | "current" | undefined): string[] {
    const { configs, settings } = this.#options;
    return configs.map(({ path }, index) =>
      where === undefined || this.#snapshots === undefined
        ? fromWorkdir(path, settings.workdir)
        : this.#snapshots.pathOf(
          index,
          where === "current" ? undefined : where,
        )
    );
  }

  #environment(
    paths: readonly string[],
    occasion?: Occasion,
  ): Record<string, string> {
    const { environmentSources, env, compare } = this.#options.settings;
    const sources = environmentSources.map(({ kind, path: name }, index) => ({
      kind,
      name,
      path: paths[this.#configCount + index],
    }));
    const named = [...env].map(([name, value]) =>
      [name, this.#fill(value, paths)] as const
    );
    return {
      ...readEnvironment(sources),
      ...Object.fromEntries(named),
      ...this.#signs.environment,
      ...(occasion ? childEnvironment(occasion, compare) : {}),
    };
  }

  /** What was readable at the last start will do when it is not any more; at the first there is nothing else. */
  #environmentAtStart(
    paths: readonly string[],
    occasion: Occasion,
  ): Record<string, string> {
    try {
      this.#lastEnvironment = this.#environment(paths);
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

  #fill(text: string, paths: readonly string[]): string {
    const config = this.#configCount > 0
      ? paths.slice(0, this.#configCount)
      : this.#unwatched;
    return expand(text, { config, listen: this.#listen, run: this.#run });
  }

  #fillAll([first, ...rest]: Argv, paths: readonly string[]): Argv {
    const fill = (text: string) => this.#fill(text, paths);
    return [fill(first), ...rest.map(fill)];
  }
}

function verdictOf(result: CommandResult, timeoutMs: number): Verdict {
  const rejected = (detail: string, tail: readonly string[] = []) =>
    ({ kind: "rejected", detail, tail }) as const;
  switch (result.kind) {
    case "ended":
      return isClean(result.status) ? { kind: "approved" } : rejected(
        `the check ended with ${describeStatus(result.status)}`,
        result.tail,
      );
    case "timedOut":
      return rejected(
        `the check took longer than ${formatDuration(timeoutMs)}`,
        result.tail,
      );
    case "failed":
      return rejected(`the check could not be started: ${result.detail}`);
    case "aborted":
      return rejected("the check was given up");
  }
}
