/**
 * Runs a program to its end without a shell: checks, exec probes and exec
 * actions. Bounds its time and what is kept of its output, and leaves nothing of
 * its process group behind. Knows nothing of why it is run.
 */
import type { ExitStatus } from "../../core/vocabulary/exit_status.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type { Argv } from "../../core/vocabulary/settings.ts";
import { explainCommand, explainRefusal } from "../process/spawn_error.ts";
import { limit, within } from "../base/time_limit.ts";

export interface CommandOptions {
  /** `argv[0]` is looked up by execvp's rule, with the PATH and in the directory that the program gets. */
  readonly argv: Argv;
  /** Added to our own environment, in place of variables of the same name. */
  readonly env: Readonly<Record<string, string>>;
  /** Ours unless given. */
  readonly workdir?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Awaits the status and keeps the reaper away from it meanwhile (Processes.follow). */
  readonly follow: (child: Deno.ChildProcess) => Promise<ExitStatus>;
}

/** `tail` is the end of stdout and stderr together: up to 10 lines of up to 300 characters, without control characters. */
export type CommandResult =
  | {
    readonly kind: "ended";
    readonly status: ExitStatus;
    readonly tail: readonly string[];
  }
  | { readonly kind: "timedOut"; readonly tail: readonly string[] }
  | { readonly kind: "aborted" }
  /** It could not be started. */
  | { readonly kind: "failed"; readonly detail: string };

const TAIL_LINES = 10;
const LINE_CHARACTERS = 300;
/** What one character more than that takes at most, as UTF-8. */
const LINE_BYTES = 3 * (LINE_CHARACTERS + 1);
/** As much as a pipe holds. */
const CHUNK_BYTES = 65_536;
/** For what is in the pipes when the group is gone; only who has left the group can hold them open. */
const DRAIN_MS = 200;
/** A process that the kernel does not let go of must not hold us too. */
const DEATH_MS = 1_000;

/**
 * Runs the program in a session and process group of its own, without stdin; the
 * whole group is killed with SIGKILL on timeout, on abort, and when the program
 * itself has ended. Never rejects; nothing of it is in use afterwards.
 */
export async function runCommand(
  options: CommandOptions,
): Promise<CommandResult> {
  const { argv, env, workdir, follow } = options;
  if (options.signal?.aborted) return { kind: "aborted" };
  const [command, ...args] = argv;
  const path = env.PATH ?? Deno.env.get("PATH");
  const found = explainCommand(command, workdir, path);
  if (found.kind === "failed") return { kind: "failed", detail: found.detail };
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(found.path, {
      args,
      env,
      ...(workdir === undefined ? {} : { cwd: workdir }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (error) {
    const { detail } = explainRefusal({ error }, command, workdir, path);
    return { kind: "failed", detail };
  }
  const status = follow(child);
  const tail = new Tail();
  const outputs = [child.stdout, child.stderr]
    .map((stream) => keepTail(stream, tail));
  const end = await endOf(status, options);
  killGroup(child.pid);
  await within(DEATH_MS, status);
  if (end !== "aborted") {
    await within(DRAIN_MS, Promise.all(outputs.map(({ done }) => done)));
  }
  await Promise.all(outputs.map(({ release }) => release()));
  if (end === "aborted") return { kind: "aborted" };
  const lines = tail.lines();
  return end === "timedOut"
    ? { kind: "timedOut", tail: lines }
    : { kind: "ended", status: end, tail: lines };
}

/** What comes first: the program's own end, the timeout, or the caller's wish. */
async function endOf(
  status: Promise<ExitStatus>,
  { timeoutMs, signal }: CommandOptions,
): Promise<ExitStatus | "timedOut" | "aborted"> {
  type End = ExitStatus | "timedOut" | "aborted";
  const { promise, resolve } = Promise.withResolvers<End>();
  const abort = () => resolve("aborted");
  const cancel = limit(timeoutMs, () => resolve("timedOut"));
  signal?.addEventListener("abort", abort);
  void status.then(resolve);
  try {
    return await promise;
  } finally {
    cancel();
    signal?.removeEventListener("abort", abort);
  }
}

function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left, or nobody that we may signal.
  }
}

interface Output {
  /** Resolves at the end of the stream. */
  readonly done: Promise<void>;
  /** Closes the stream, whether or not it is at its end. */
  readonly release: () => Promise<void>;
}

function keepTail(stream: ReadableStream<Uint8Array>, tail: Tail): Output {
  const reader = stream.getReader({ mode: "byob" });
  const read = async () => {
    const line = tail.line();
    // One buffer for all reads: of fresh ones a program that prints without end
    // makes more than is collected.
    let chunk = new Uint8Array(CHUNK_BYTES);
    try {
      for (;;) {
        const { value, done } = await reader.read(chunk);
        if (done) return;
        line.add(value);
        chunk = new Uint8Array(value.buffer);
      }
    } catch {
      // A pipe that fails has told all that it will.
    }
  };
  return {
    done: read(),
    release: async () => {
      try {
        await reader.cancel();
      } catch {
        // It is closed all the same.
      }
    },
  };
}

/** The last lines of several streams, by the order of their ends; an unfinished line comes last. */
class Tail {
  readonly #ended: string[] = [];
  readonly #open: Line[] = [];

  /** A place for one stream's text. */
  line(): Line {
    const line = new Line((text) => {
      this.#ended.push(text);
      if (this.#ended.length > TAIL_LINES) this.#ended.shift();
    });
    this.#open.push(line);
    return line;
  }

  lines(): readonly string[] {
    const open = this.#open.map(({ text }) => text)
      .filter((text) => text !== "");
    return [...this.#ended, ...open].slice(-TAIL_LINES).map(shown);
  }
}

/** The line that a stream is writing; of a long one only the beginning. */
class Line {
  readonly #onEnd: (text: string) => void;
  readonly #bytes = new Uint8Array(LINE_BYTES);
  #length = 0;

  constructor(onEnd: (text: string) => void) {
    this.#onEnd = onEnd;
  }

  /** One character more than is shown tells that the line was longer. */
  get text(): string {
    return decoder.decode(this.#bytes.subarray(0, this.#length))
      .slice(0, LINE_CHARACTERS + 1);
  }

  add(chunk: Uint8Array): void {
    // Lines that would be pushed out by the same chunk are not worth a string.
    let start = startOfTail(chunk);
    if (start > 0) this.#length = 0;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, start);
      if (newline < 0) break;
      this.#extend(chunk.subarray(start, newline));
      this.#onEnd(this.text);
      this.#length = 0;
      start = newline + 1;
    }
    this.#extend(chunk.subarray(start));
  }

  #extend(part: Uint8Array): void {
    const beginning = part.subarray(0, LINE_BYTES - this.#length);
    this.#bytes.set(beginning, this.#length);
    this.#length += beginning.length;
  }
}

const decoder = new TextDecoder();
const NEWLINE = 10;

/** Where the last TAIL_LINES ended lines of a chunk begin; 0 where it has not more. */
function startOfTail(chunk: Uint8Array): number {
  let end = chunk.length;
  for (let lines = 0; lines <= TAIL_LINES; lines++) {
    // A negative index would count from the end.
    end = end === 0 ? -1 : chunk.lastIndexOf(NEWLINE, end - 1);
    if (end < 0) return 0;
  }
  return end + 1;
}

function shown(line: string): string {
  const text = oneLine(line);
  return text.length > LINE_CHARACTERS
    ? `${text.slice(0, LINE_CHARACTERS - 1).toWellFormed()}…`
    : text;
}
