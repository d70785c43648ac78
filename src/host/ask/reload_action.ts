/**
 * Puts a changed configuration into effect by a program or an HTTP request.
 * Does not decide whether and when.
 */
import { formatDuration } from "../../core/notation/duration.ts";
import {
  describeStatus,
  type ExitStatus,
  isClean,
} from "../../core/vocabulary/exit_status.ts";
import type {
  Action,
  Argv,
  HttpRules,
} from "../../core/vocabulary/settings.ts";
import { type CommandOptions, runCommand } from "./command.ts";
import { requestFault } from "./http_request.ts";

export interface ActionOptions {
  /** Added to our environment for a program. */
  readonly env: Readonly<Record<string, string>>;
  /** The directory in which a program runs; the manager's own unless given. */
  readonly workdir?: string | undefined;
  /** The time limit of a program. */
  readonly timeoutMs: number;
  /** How requests are made, where an action has no rules of its own. */
  readonly http: HttpRules;
  /** Processes.follow of processes.ts. */
  readonly follow: CommandOptions["follow"];
  readonly signal?: AbortSignal | undefined;
  /** An attempt has failed; the next one begins in `inMs`. */
  readonly onRetry: (why: string, inMs: number) => void;
  /**
   * Called to make each attempt of a request; it can do something before and
   * after `ask`. By default it only calls `ask`.
   */
  readonly attempt?: (ask: Attempt) => ReturnType<Attempt>;
  /** The pauses before the second and each later attempt of a request; the last one repeats. */
  readonly pausesMs?: readonly number[];
}

/**
 * Makes one attempt. Resolves to what is wrong with the answer; undefined if
 * nothing is.
 */
export type Attempt = () => Promise<string | undefined>;

/** `detail` is one line; `tail` the end of a program's output. */
export type ActionResult =
  | { readonly kind: "done" }
  | {
    readonly kind: "failed";
    readonly detail: string;
    readonly tail: readonly string[];
  }
  | { readonly kind: "aborted" };

type Performed = Extract<Action, { kind: "exec" | "http" }>;

const PAUSES_MS = [1_000, 2_000, 4_000, 8_000] as const;

/**
 * Runs the program once, or sends the request until the answer is as expected, as
 * often as its rules allow; a redirect is not followed. Never rejects; an abort
 * ends it at once.
 */
export function performAction(
  action: Performed,
  options: ActionOptions,
): Promise<ActionResult> {
  return action.kind === "exec"
    ? execute(action.argv, options)
    : request(action, options);
}

async function execute(
  argv: Argv,
  { env, workdir, timeoutMs, follow, signal }: ActionOptions,
): Promise<ActionResult> {
  const result = await runCommand({
    argv,
    env,
    workdir,
    timeoutMs,
    follow,
    signal,
  });
  switch (result.kind) {
    case "aborted":
      return result;
    case "failed":
      return { kind: "failed", detail: result.detail, tail: [] };
    case "timedOut": {
      const detail = `not done within ${formatDuration(timeoutMs)}`;
      return { kind: "failed", detail, tail: result.tail };
    }
    case "ended":
      return verdict(result.status, result.tail);
  }
}

function verdict(status: ExitStatus, tail: readonly string[]): ActionResult {
  return isClean(status)
    ? { kind: "done" }
    : { kind: "failed", detail: describeStatus(status), tail };
}

async function request(
  { method, url, tls, own }: Extract<Action, { kind: "http" }>,
  options: ActionOptions,
): Promise<ActionResult> {
  const { signal, onRetry, pausesMs = PAUSES_MS } = options;
  const { retries, ...rules } = { ...options.http, ...own };
  const { attempt: made = (ask: Attempt) => ask() } = options;
  for (let attempt = 0; !signal?.aborted; attempt++) {
    const fault = await made(() =>
      requestFault({
        ...rules,
        method,
        url,
        tls,
        redirects: "refused",
        signal,
      })
    );
    if (fault === undefined) return { kind: "done" };
    if (signal?.aborted) break;
    const pauseMs = pausesMs[attempt] ?? pausesMs.at(-1);
    if (attempt === retries || pauseMs === undefined) {
      const detail = `${fault} (${attempt + 1} ${
        attempt === 0 ? "attempt" : "attempts"
      })`;
      return { kind: "failed", detail, tail: [] };
    }
    onRetry(fault, pauseMs);
    await pause(pauseMs, signal);
  }
  return { kind: "aborted" };
}

/** Resolves after `ms`, or on abort. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, signal?.aborted ? 0 : ms);
    signal?.addEventListener("abort", end);
  });
}
