/**
 * Vets a candidate before it is used: saves its content, reads its environment
 * files and runs the check, as far as options ask for these. Answers with a
 * verdict, and does not decide what comes of it.
 */
import { variablesIn } from "../../core/notation/placeholders.ts";
import type { Verdict } from "../../core/vocabulary/event.ts";
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import type { Settings, VettingRules } from "../../core/vocabulary/settings.ts";
import { runCommand } from "../../host/ask/command.ts";
import { changedVariable } from "../../host/environment/changed_variable.ts";
import { EnvironmentError } from "../../host/environment/env_files.ts";
import type { Processes } from "../../host/process/processes.ts";
import type { SaveResult, Snapshots } from "../../host/snapshot/snapshots.ts";
import { verdictOf } from "./check_verdict.ts";
import { valueIn, whyUnfilled } from "./filled_probe.ts";
import type { ProgramCalls } from "./program_call.ts";
import type { Tracing } from "./reload_system.ts";

export interface VettingOptions {
  readonly settings: Pick<Settings, "check" | "workdir">;
  readonly calls: ProgramCalls;
  readonly snapshots: Snapshots | undefined;
  readonly processes: Processes;
  readonly tracing: Tracing;
}

/** A candidate, and what the child has, or the last one had. */
export interface VettedContent {
  readonly content: Fingerprint;
  readonly previous: Fingerprint | undefined;
}

/** Vets the candidates of one manager. */
export class Vetting {
  readonly #options: VettingOptions;
  #check: VettingRules;

  constructor(options: VettingOptions) {
    this.#options = options;
    this.#check = options.settings.check;
  }

  /** From the next check on. */
  setCheck(check: VettingRules): void {
    this.#check = check;
  }

  /**
   * The verdict on this content, for a check that runs as a program of
   * incarnation `run`. An abort of `signal` ends the check at once; the verdict
   * then has no meaning.
   */
  async vet(
    { content, previous }: VettedContent,
    run: number,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { settings: { workdir }, calls, snapshots, processes, tracing } =
      this.#options;
    const check = this.#check;
    const saved = await snapshots?.save(content);
    if (saved !== undefined && saved.kind !== "saved") return unsaved(saved);
    const call = calls.at(saved === undefined ? "watched" : content, run);
    let env: Record<string, string>;
    try {
      env = call.environment();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      const { message: detail } = error;
      return { kind: "rejected", ground: "environment", detail, tail: [] };
    }
    if (check.command === undefined) return { kind: "approved" };
    // A changed settings file may name others than the ones that are known.
    const name = check.command.flatMap(variablesIn).find((one) =>
      valueIn(env)(one) === undefined
    );
    if (name !== undefined) {
      const detail = whyUnfilled({ where: "--check-command", name });
      return { kind: "rejected", ground: "environment", detail, tail: [] };
    }
    return verdictOf(
      await runCommand({
        argv: call.argv(check.command, env),
        env: {
          ...env,
          ...changedVariable(calls.watched, previous, content),
          ...tracing(),
        },
        workdir,
        timeoutMs: check.timeoutMs,
        signal,
        follow: (child) => processes.follow(child),
      }),
      check.timeoutMs,
    );
  }
}

/** The verdict on content that could not be saved. */
export const unsaved = (
  result: Exclude<SaveResult, { kind: "saved" }>,
): Verdict =>
  result.kind === "moved" ? result : { kind: "unsaved", detail: result.detail };
