/**
 * Asks one question about the system: does a program succeed, does somebody
 * accept connections, does a server answer, is a file there? Bounds each attempt
 * and leaves nothing of it behind. Knows nothing of why it is asked, nor of what
 * the answer is for.
 */
import { lendThread } from "../descriptor/input_wait.ts";
import { nodeDns } from "../base/built_in.ts";
import { formatDuration } from "../../core/notation/duration.ts";
import {
  describeStatus,
  type ExitStatus,
} from "../../core/vocabulary/exit_status.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type { Argv, Probe } from "../../core/vocabulary/settings.ts";
import { limit } from "../base/time_limit.ts";
import { absolutePath } from "../base/absolute_path.ts";
import { runCommand } from "./command.ts";
import { requestFault } from "./http_request.ts";

/** Awaits a program's status and keeps the reaper away from it meanwhile (Processes.follow). */
export type Follow = (child: Deno.ChildProcess) => Promise<ExitStatus>;

/** What one attempt needs. */
export interface AttemptContext {
  /** For `exec`: added to our own environment. */
  readonly env: Record<string, string>;
  /** For `exec` and `file`: where relative paths begin; ours unless given. */
  readonly workdir?: string | undefined;
  readonly timeoutMs: number;
  /** Ends the attempt at once; its answer means nothing then. */
  readonly signal: AbortSignal;
  /** For `exec`. */
  readonly follow: Follow;
}

/** One answer: undefined is yes, otherwise one line why not. */
export type Answer = string | undefined;

/**
 * One attempt; it never rejects, and nothing of it is in use afterwards but a
 * lookup of a name that takes longer than the attempt. Only a program that does
 * not die of SIGKILL can take more than the time limit, a second more. What the
 * program writes is dropped.
 */
export async function askOnce(
  probe: Probe,
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
      const { url } = probe;
      return await requestFault({
        method: "GET",
        url,
        timeoutMs,
        redirects: "same host",
        signal,
      });
    }
    case "file":
      return whyNoFile(absolutePath(probe.path, context.workdir));
  }
}

/** Why the path, seen through all symlinks, does not exist, as far as we may see; undefined when it does. */
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

/** The runtime itself would try the first address of a name only (denoland/deno#25661). */
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

/** The runtime gives up the pending connection, and its socket, with the signal. */
async function connect(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const options: Deno.ConnectOptions = { hostname, port, signal };
    const connecting = lendThread(Deno.connect(options));
    // The runtime looks at the signal once more when the connection is made, and
    // would drop it without closing it when the signal has just come.
    delete options.signal;
    (await connecting).close();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Few programs listen on both, and not every system's list of hosts has both. */
const LOOPBACK = ["127.0.0.1", "::1"] as const;

/** Where a tcp or http probe connects to; undefined while its name cannot be looked up. */
export async function targetOf(
  probe: Extract<Probe, { kind: "tcp" | "http" }>,
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

/** Rejects when the name is not known; none when the signal comes first. */
async function addressesOf(
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (host.toLowerCase() === "localhost") return LOOPBACK;
  if (host.includes(":") || /^[\d.]+$/.test(host)) return [host];
  const { promise: ended, resolve } = Promise.withResolvers<readonly []>();
  const end = () => resolve([]);
  signal.addEventListener("abort", end);
  try {
    return await Promise.race([lookUp(host), ended]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

const lookups = new Map<string, Promise<readonly string[]>>();

/**
 * Deno.connect cannot be cancelled while it looks up a name, and leaks a
 * resource when it finds none. Here a lookup that takes longer than an attempt
 * goes on, for as long as the resolver may take, and is shared by the attempts
 * that follow: there is at most one for each name.
 */
function lookUp(host: string): Promise<readonly string[]> {
  const known = lookups.get(host);
  if (known !== undefined) return known;
  const addresses = (async () => {
    try {
      const found = await nodeDns().lookup(host, { all: true });
      return found.map(({ address }) => address);
    } finally {
      lookups.delete(host);
    }
  })();
  lookups.set(host, addresses);
  // Nobody may be waiting any more when it fails.
  addresses.catch(() => {});
  return addresses;
}

/** An error of node:dns names what getaddrinfo(3) said. */
function whyNoAddress(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : error;
  return code === "ENOTFOUND"
    ? "host name not found"
    : `host name cannot be looked up: ${oneLine(String(code))}`;
}

const noAnswer = (timeoutMs: number) =>
  `no answer within ${formatDuration(timeoutMs)}`;

/** The error in the middle of a sentence: "connection refused". */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = oneLine(message.replace(/ \(os error \d+\).*$/s, ""));
  return text.charAt(0).toLowerCase() + text.slice(1);
}
