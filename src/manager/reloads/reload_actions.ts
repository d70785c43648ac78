/**
 * Carries out the action for a change in place of a restart: lets the running
 * child find the new content, then runs the program or sends the request.
 * Decides nothing.
 */
import type { Occasion } from "../../core/vocabulary/effect.ts";
import type { Outcome } from "../../core/vocabulary/event.ts";
import type { Message } from "../../core/vocabulary/message.ts";
import type { Gentle, HttpRules } from "../../core/vocabulary/settings.ts";
import * as reloads from "../../core/text/reload.ts";
import { type Attempt, performAction } from "../../host/ask/reload_action.ts";
import { EnvironmentError } from "../../host/environment/env_files.ts";
import type { Processes } from "../../host/process/processes.ts";
import type { ProgramCalls } from "./program_call.ts";
import { filledUrl, type Variables } from "./filled_probe.ts";
import { type SavedContent, Unswitched } from "./saved_content.ts";
import type { Tracing } from "./reload_system.ts";

/** How long a program may take. */
const ACTION_TIMEOUT_MS = 30_000;

export interface ReloadActionsOptions {
  /** The directory in which a program runs; the manager's own if undefined. */
  readonly workdir: string | undefined;
  readonly http: HttpRules;
  readonly calls: ProgramCalls;
  readonly saved: SavedContent;
  readonly processes: Processes;
  readonly log: (message: Message) => void;
  readonly tracing: Tracing;
  /** Those that the child of this number was started with. */
  readonly variablesOf: (run: number) => Variables;
}

/** The child, the action for it, the reason of the action, and whether it is the first one for its content. */
export type Addressed = readonly [
  run: number,
  action: Gentle,
  occasion: Occasion,
  isFirst: boolean,
];

export type Acted = Outcome | { readonly kind: "aborted" };

/** The actions of one manager. */
export class ReloadActions {
  readonly #options: ReloadActionsOptions;

  constructor(options: ReloadActionsOptions) {
    this.#options = options;
  }

  /**
   * Carries out the action for incarnation `run`. Shows the child its earlier
   * content again if the action fails. An abort of `signal` ends it at once.
   * The core sends the signal of an action itself.
   */
  async act(signal: AbortSignal, ...what: Addressed): Promise<Acted> {
    const [run, , occasion] = what;
    const outcome = await this.#outcome(signal, ...what);
    if (outcome.kind !== "done" && outcome.kind !== "unswitched") {
      await this.#options.saved.showAgain(run, occasion);
    }
    return outcome;
  }

  /** The child has heard of the content by an earlier action, if there was one. */
  async #outcome(signal: AbortSignal, ...what: Addressed): Promise<Acted> {
    const [, , , isFirst] = what;
    try {
      return await this.#perform(signal, ...what);
    } catch (error) {
      if (!(error instanceof Unswitched)) throw error;
      const { message: detail } = error;
      return isFirst
        ? { kind: "unswitched", detail }
        : { kind: "failed", detail, tail: [] };
    }
  }

  async #perform(
    signal: AbortSignal,
    ...[run, action, occasion]: Addressed
  ): Promise<Acted> {
    const { baseline, saved } = occasion;
    const { calls, variablesOf } = this.#options;
    if (action.kind === "http") {
      // The child is asked where it listens, whatever the next one is told.
      const url = filledUrl(action.url, variablesOf(run));
      return await this.#request(signal, run, { ...action, url }, occasion);
    }
    await this.#options.saved.show(run, baseline);
    if (action.kind !== "exec") return { kind: "done" };
    const call = calls.at(saved ? baseline : "watched", run);
    const argv = call.argv(action.argv, variablesOf(run));
    try {
      const env = {
        ...call.environment(occasion),
        ...this.#options.tracing(),
      };
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
    await this.#options.saved.show(run, occasion.baseline);
    const fault = await ask();
    if (fault !== undefined) await this.#options.saved.showAgain(run, occasion);
    return fault;
  }

  #actionOptions(signal: AbortSignal) {
    const { processes, log, workdir, http } = this.#options;
    return {
      workdir,
      http,
      timeoutMs: ACTION_TIMEOUT_MS,
      follow: (child: Deno.ChildProcess) => processes.follow(child),
      signal,
      onRetry: (why: string, inMs: number) => log(reloads.callRetry(why, inMs)),
    };
  }
}
