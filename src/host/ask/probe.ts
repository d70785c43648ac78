/**
 * Asks one question about the system: does a program succeed, does a socket
 * accept connections, does a server answer, is a file there? Limits the time of
 * each attempt and leaves nothing of it behind. Does not know what the answer
 * is for.
 */
import { formatDuration } from "../../core/notation/duration.ts";
import {
  describeStatus,
  type ExitStatus,
} from "../../core/vocabulary/exit_status.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type { Argv, FilledProbe } from "../../core/vocabulary/settings.ts";
import { limit } from "../base/time_limit.ts";
import { absolutePath } from "../base/absolute_path.ts";
import { addressesOf, whyNoAddress } from "./addresses.ts";
import { runCommand } from "./command.ts";
import { openConnection, reasonOf } from "./connection.ts";
import { requestFault } from "./http_request.ts";

/**
 * Waits for a program's status, and keeps the reaper away from it until then
 * (Processes.follow).
 */
export type Follow = (child: Deno.ChildProcess) => Promise<ExitStatus>;

/** The values that one attempt needs. */
export interface AttemptContext {
  /** For `exec`: added to our own environment. */
  readonly env: Record<string, string>;
  /**
   * For `exec` and `file`: the directory in which relative paths begin; the
   * manager's own unless given.
   */
  readonly workdir?: string | undefined;
  readonly timeoutMs: number;
  /** Ends the attempt at once; its answer then has no meaning. */
  readonly signal: AbortSignal;
  /** For `exec`. */
  readonly follow: Follow;
}

/**
 * One answer: undefined if it is positive, otherwise the reason in one line.
 */
export type Answer = string | undefined;

/**
 * Makes one attempt and never rejects. Afterwards nothing of it is in use,
 * except a lookup of a name that takes longer than the attempt. It can take
 * more than the time limit, by one second, only if a program does not die of
 * SIGKILL. The program's output is dropped.
 */
export async function askOnce(
  probe: FilledProbe,
  context: AttemptContext,
): Promise<Answer> {
  if (context.signal.aborted) return "was cancelled";
  switch (probe.kind) {
    case "exec":
      return await attemptExec(probe.argv, context);
    case "tcp":
      return await attemptTcp(probe.host, probe.port, context);
    case "http": {
      const { timeoutMs, signal } = context;
      const { url, tls } = probe;
      return await requestFault({
        method: "GET",
        url,
        tls,
        timeoutMs,
        redirects: "same host",
        signal,
      });
    }
    case "file":
      return whyNoFile(absolutePath(probe.path, context.workdir));
  }
}

/**
 * Why the path, seen through all symlinks, does not exist or is not visible to
 * us; undefined if it exists.
 */
export function whyNoFile(path: string): Answer {
  try {
    Deno.statSync(path);
    return undefined;
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? "does not exist"
      : reasonOf(error);
  }
}

async function attemptExec(
  argv: Argv,
  context: AttemptContext,
): Promise<Answer> {
  const { timeoutMs } = context;
  const result = await runCommand({ argv, ...context });
  switch (result.kind) {
    case "ended": {
      const { status } = result;
      const succeeded = status.kind === "code" && status.code === 0;
      return succeeded ? undefined : describeStatus(status);
    }
    case "timedOut":
      return noAnswer(timeoutMs);
    case "aborted":
      return "was cancelled";
    case "failed":
      return oneLine(result.detail);
  }
}

async function attemptTcp(
  host: string,
  port: number,
  { timeoutMs, signal }: AttemptContext,
): Promise<Answer> {
  const end = new AbortController();
  const abort = () => end.abort();
  const cancel = limit(timeoutMs, abort);
  signal.addEventListener("abort", abort);
  try {
    const why = await connectToAny(host, port, end.signal);
    if (why === undefined) return undefined;
    if (signal.aborted) return "was cancelled";
    return end.signal.aborted ? noAnswer(timeoutMs) : why;
  } catch (error) {
    return whyNoAddress(error);
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}

/**
 * Tries all addresses of a name: the runtime itself would try only the first
 * (denoland/deno#25661).
 */
async function connectToAny(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Answer> {
  const addresses = await addressesOf(host, signal);
  let firstWhy: Answer = "has no address";
  for (const [index, hostname] of addresses.entries()) {
    const why = await connect(hostname, port, signal);
    if (why === undefined || signal.aborted) return why;
    if (index === 0) firstWhy = why;
  }
  return firstWhy;
}

/** Connects once. */
async function connect(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    (await openConnection(hostname, port, signal)).close();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/**
 * The addresses to which a tcp or http probe connects; undefined if its name
 * cannot be looked up now.
 */
export async function targetOf(
  probe: Extract<FilledProbe, { kind: "tcp" | "http" }>,
  signal: AbortSignal,
): Promise<Target | undefined> {
  const { host, port } = probe.kind === "tcp" ? probe : hostOf(probe.url);
  try {
    return { hosts: await addressesOf(host, signal), port };
  } catch {
    return undefined;
  }
}

/** Addresses that are tried in order. */
export interface Target {
  readonly hosts: readonly string[];
  readonly port: number;
}

/** The host without the brackets of IPv6. */
function hostOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === "https:" ? 443 : 80;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? usual : Number(port),
  };
}

const noAnswer = (timeoutMs: number) =>
  `no answer within ${formatDuration(timeoutMs)}`;
