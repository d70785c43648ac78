/**
 * Starts processes and waits for them: each is reported once, with its status,
 * when it has ended. Uses libc if there is one. Otherwise the runtime starts
 * them, and then the child has no clean signal mask and, as root, loses its
 * supplementary groups.
 */
import type { ExitStatus } from "../../core/vocabulary/exit_status.ts";
import { type Signal, SIGNAL_NUMBERS } from "../../core/vocabulary/signals.ts";
import { libcCalls } from "../libc/calls.ts";
import type { PipeTap } from "./output_tap.ts";
import { type Group, posixSpawn, type Program } from "./posix_spawn.ts";
import { findProgram } from "./program_search.ts";
import { sharing } from "../descriptor/inheritance.ts";
import type { Refusal } from "./spawn_error.ts";

export type { Program } from "./posix_spawn.ts";

export type Started =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * How output is tapped: through pipes of ours, or through streams of the
 * runtime. The object that makes the tap owns it.
 */
export interface Tapping {
  readonly pipes: () => PipeTap | undefined;
  readonly streams: (child: Deno.ChildProcess) => void;
}

type OnEnd = (status: ExitStatus) => void;

const WNOHANG = 1;
const WUNTRACED = 2;

export const waitCalls = libcCalls({
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
});

/**
 * All processes of the manager. A pid is managed from its start until its
 * status is known.
 */
export class Processes {
  /** The processes for which we wait through libc. */
  readonly #waited = new Map<number, { onEnd: OnEnd; group: Group }>();
  /** The processes for which the runtime waits. */
  readonly #lent = new Set<number>();
  readonly #onGivenBack: () => void;

  /**
   * `onGivenBack` is called when a process for which the runtime waits has
   * ended and is no longer managed. Until then it may have hidden others from
   * the reaper.
   */
  constructor(onGivenBack: () => void = () => {}) {
    this.#onGivenBack = onGivenBack;
  }

  /**
   * Starts a program with our stdin, stdout and stderr. With `tapping` its
   * stdout and stderr are pipes, and their content is copied to ours.
   */
  start(program: Program, onEnd: OnEnd, tapping?: Tapping): Started {
    const { sockets } = program;
    return sockets === undefined
      ? this.#start(program, onEnd, tapping)
      : sharing(sockets, () => this.#start(program, onEnd, tapping));
  }

  #start(
    program: Program,
    onEnd: OnEnd,
    tapping: Tapping | undefined,
  ): Started {
    if (tapping === undefined) {
      return this.#startByLibc(program, onEnd) ??
        this.#startByRuntime(program, onEnd, tapping);
    }
    const pipes = tapping.pipes();
    const started = pipes === undefined
      ? undefined
      : this.#startByLibc({ ...program, stdio: pipes.stdio }, onEnd);
    pipes?.release();
    return started ?? this.#startByRuntime(program, onEnd, tapping);
  }

  #startByLibc(program: Program, onEnd: OnEnd): Started | undefined {
    const result = posixSpawn(program);
    if (result === undefined) return undefined;
    if (result.kind === "refused") {
      return { kind: "refused", refusal: { errno: result.errno } };
    }
    this.#waited.set(result.pid, { onEnd, group: program.group });
    return { kind: "started", pid: result.pid };
  }

  /** Whether this class waits for the pid, so that nothing else may. */
  isManaged(pid: number): boolean {
    return this.#waited.has(pid) || this.#lent.has(pid);
  }

  /**
   * Takes the statuses of processes that have ended; call it on SIGCHLD. A
   * foreground group that ^Z has stopped is continued, because no shell could
   * continue it. In our own group, or in a session of its own, the kernel would
   * not have stopped it.
   */
  collect(): void {
    const calls = this.#waited.size > 0 ? waitCalls() : undefined;
    if (calls === undefined) return;
    const raw = new Int32Array(1);
    for (const [pid, { onEnd, group }] of [...this.#waited]) {
      const stops = group === "foreground" ? WUNTRACED : 0;
      const got = calls.waitpid(pid, raw, WNOHANG | stops);
      if (got === 0) continue;
      const stoppedBy = got === pid ? stopOf(raw[0]) : undefined;
      if (stoppedBy !== undefined) {
        const byUser = stoppedBy === SIGNAL_NUMBERS.SIGTSTP;
        if (byUser) Deno.kill(-pid, "SIGCONT");
        continue;
      }
      this.#waited.delete(pid);
      onEnd(got === pid ? decode(raw[0]) : UNKNOWN);
    }
  }

  #startByRuntime(
    program: Program,
    onEnd: OnEnd,
    tapping: Tapping | undefined,
  ): Started {
    const { argv: [command, ...args], env, workdir, group } = program;
    const output = tapping === undefined ? "inherit" : "piped";
    try {
      const path = env.PATH ?? Deno.env.get("PATH");
      const file = findProgram(command, workdir, path) ?? command;
      const process = new Deno.Command(file, {
        args,
        env,
        ...(workdir === undefined ? {} : { cwd: workdir }),
        stdin: "inherit",
        stdout: output,
        stderr: output,
        // The runtime can make a session, but not a group alone. Signals go to
        // this group.
        detached: group !== "ours",
      }).spawn();
      void this.follow(process).then(onEnd);
      tapping?.streams(process);
      return { kind: "started", pid: process.pid };
    } catch (error) {
      return { kind: "refused", refusal: { error } };
    }
  }

  /**
   * Resolves to the status of a process that the runtime has just started;
   * never rejects.
   */
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
      this.#onGivenBack();
    }
  }
}

/** The status if something else has already taken it. */
const UNKNOWN: ExitStatus = { kind: "code", code: 255 };

/**
 * The signal that has stopped a process, if the wait status says so (wait(2)).
 */
const stopOf = (raw: number): number | undefined =>
  (raw & 0xff) === 0x7f ? (raw >> 8) & 0xff : undefined;

/** Decodes the wait status of a process that has ended (wait(2)). */
function decode(raw: number): ExitStatus {
  const signal = raw & 0x7f;
  return signal === 0
    ? { kind: "code", code: (raw >> 8) & 0xff }
    : { kind: "signal", number: signal };
}

/**
 * Deno rejects `status` if the child died of a signal for which it has no name
 * (a real-time signal). The child is already reaped then, and the number of the
 * signal stands only in the error's text.
 */
function statusOfRejection(error: unknown): ExitStatus {
  const number = Number(/(\d+)$/.exec(String(error))?.[1]);
  return number >= 1 && number <= 64 ? { kind: "signal", number } : UNKNOWN;
}
