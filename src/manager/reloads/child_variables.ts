/**
 * The environment variables of children: those that each was started with, and
 * those that the next one gets. Where environment files cannot be read, those of
 * the last start are used again.
 */
import * as reloads from "../../core/text/reload.ts";
import type { Occasion } from "../../core/vocabulary/effect.ts";
import type { Message } from "../../core/vocabulary/message.ts";
import type { Compare } from "../../core/vocabulary/settings.ts";
import { EnvironmentError } from "../../host/environment/env_files.ts";
import { childEnvironment } from "../../host/environment/child_env.ts";
import type { Variables } from "./filled_probe.ts";
import type { ProgramCall } from "./program_call.ts";
import { StartRefused, traceOf, type Tracing } from "./reload_system.ts";

export interface ChildVariablesOptions {
  readonly compare: Compare;
  readonly watched: readonly string[];
  readonly log: (message: Message) => void;
  readonly tracing: Tracing;
}

export class ChildVariables {
  readonly #options: ChildVariablesOptions;
  /** Of the children that were started, until nobody asks for them any more. */
  readonly #started = new Map<number, Record<string, string>>();
  /** What the environment files and options gave at the last start. */
  #last: Record<string, string> | undefined;
  /** Those of the child that is being started. */
  #next: Record<string, string> = {};

  constructor(options: ChildVariablesOptions) {
    this.#options = options;
  }

  /**
   * Those of the child of this call, which is started now. Throws a StartRefused
   * at the first start if they cannot be read, because there are none from before.
   */
  forStart(call: ProgramCall, occasion: Occasion): Record<string, string> {
    try {
      this.#last = call.environment();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (this.#last === undefined) {
        throw new StartRefused(error.message, { cause: error });
      }
      this.#options.log(reloads.environmentKept(error.message));
    }
    this.#next = {
      ...this.#told(this.#last, occasion),
      ...traceOf(occasion, this.#options.tracing),
    };
    return this.#next;
  }

  /** Those for the hook before that start. Throws an EnvironmentError where `forStart` would refuse it. */
  forHook(call: ProgramCall, occasion: Occasion): Record<string, string> {
    try {
      return call.environment(occasion);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (this.#last === undefined) throw error;
      return this.#told(this.#last, occasion);
    }
  }

  /** Those that the child of this call would be started with now, without what it is told of its start. */
  upcoming(call: ProgramCall): Variables {
    try {
      return call.environment();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      return this.#last ?? {};
    }
  }

  /** Incarnation `run` was started with those of the latest `forStart`. */
  started(run: number): void {
    this.#started.set(run, this.#next);
  }

  /** Those that incarnation `run` was started with; none if it is not known. */
  of(run: number): Record<string, string> {
    return this.#started.get(run) ?? {};
  }

  /** Nobody asks for those of `run` any more. */
  forget(run: number): void {
    this.#started.delete(run);
  }

  /** Those of the latest child that is known. */
  get latest(): Variables | undefined {
    return [...this.#started.values()].at(-1);
  }

  #told(
    environment: Record<string, string>,
    occasion: Occasion,
  ): Record<string, string> {
    const { compare, watched } = this.#options;
    return {
      ...environment,
      ...childEnvironment(occasion, { compare, watched }),
    };
  }
}
