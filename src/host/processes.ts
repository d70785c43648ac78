/**
 * The processes that we start and wait for: each is reported once, with its
 * status, when it has ended. Through libc where there is one; without it through
 * the runtime, which costs the child a clean signal mask and, as root, its
 * supplementary groups.
 */
import type { ExitStatus } from "../core/exit_status.ts";
import { type Signal, SIGNAL_NUMBERS } from "../core/signals.ts";
import { libc } from "./libc.ts";
import { posixSpawn, type Program } from "./posix_spawn.ts";
import { type Refusal, refusalOfErrno, refusalOfError } from "./spawn_error.ts";

export type { Program } from "./posix_spawn.ts";

export type Started =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

type OnEnd = (status: ExitStatus) => void;

const WNOHANG = 1;

/** All of them; a pid is managed from its start until its status is known. */
export class Processes {
  /** Those that we wait for ourselves. */
  readonly #waited = new Map<number, OnEnd>();
  /** Those that the runtime waits for. */
  readonly #lent = new Set<number>();

  /** Starts a program with our stdin, stdout and stderr. */
  start(program: Program, onEnd: OnEnd): Started {
    const result = posixSpawn(program);
    if (result === undefined) return this.#startByRuntime(program, onEnd);
    if (result.kind === "refused") {
      return { kind: "refused", refusal: refusalOfErrno(result.errno) };
    }
    this.#waited.set(result.pid, onEnd);
    return { kind: "started", pid: result.pid };
  }

  /** Whether nobody else may wait for this pid. */
  isManaged(pid: number): boolean {
    return this.#waited.has(pid) || this.#lent.has(pid);
  }

  /** Takes the statuses of those that have ended; call it on SIGCHLD. */
  collect(): void {
    const calls = this.#waited.size > 0 ? libc.reaping() : undefined;
    if (calls === undefined) return;
    const raw = new Int32Array(1);
    for (const [pid, onEnd] of [...this.#waited]) {
      const got = calls.waitpid(pid, raw, WNOHANG);
      if (got === 0) continue;
      this.#waited.delete(pid);
      onEnd(got === pid ? decode(raw[0]) : UNKNOWN);
    }
  }

  #startByRuntime(program: Program, onEnd: OnEnd): Started {
    const { argv: [command, ...args], env, workdir, ownSession } = program;
    try {
      const process = new Deno.Command(command, {
        args,
        env,
        ...(workdir === undefined ? {} : { cwd: workdir }),
        stdin: "inherit",
        stdout: "inherit",
        stderr: "inherit",
        detached: ownSession,
      }).spawn();
      void this.follow(process).then(onEnd);
      return { kind: "started", pid: process.pid };
    } catch (error) {
      return { kind: "refused", refusal: refusalOfError(error) };
    }
  }

  /** The status of a process that the runtime has just started; never rejects. */
  async follow(process: Deno.ChildProcess): Promise<ExitStatus> {
    const { pid } = process;
    this.#lent.add(pid);
    try {
      const { code, signal } = await process.status;
      return signal === null
        ? { kind: "code", code }
        : { kind: "signal", number: SIGNAL_NUMBERS[signal as Signal] };
    } catch (error) {
      return statusOfRejection(error);
    } finally {
      this.#lent.delete(pid);
    }
  }
}

/** Somebody else has taken the status. */
const UNKNOWN: ExitStatus = { kind: "code", code: 255 };

/** A wait status as Linux packs it (wait(2)). */
function decode(raw: number): ExitStatus {
  const signal = raw & 0x7f;
  return signal === 0
    ? { kind: "code", code: (raw >> 8) & 0xff }
    : { kind: "signal", number: signal };
}

/**
 * Deno rejects `status` when the child died of a signal it has no name for (a
 * real-time one). The child is reaped by then; its number is only in the text.
 */
function statusOfRejection(error: unknown): ExitStatus {
  const number = Number(/(\d+)$/.exec(String(error))?.[1]);
  return number >= 1 && number <= 64 ? { kind: "signal", number } : UNKNOWN;
}
