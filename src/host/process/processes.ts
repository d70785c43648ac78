/**
 * The processes that we start and wait for: each is reported once, with its
 * status, when it has ended. Through libc where there is one; without it through
 * the runtime, which costs the child a clean signal mask and, as root, its
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

/** How output is tapped: through pipes of ours, or the runtime's. Who makes the tap keeps it. */
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

/** All of them; a pid is managed from its start until its status is known. */
export class Processes {
  /** Those that we wait for ourselves. */
  readonly #waited = new Map<number, { onEnd: OnEnd; group: Group }>();
  /** Those that the runtime waits for. */
  readonly #lent = new Set<number>();
  readonly #onGivenBack: () => void;

  /**
   * `onGivenBack` is called when a process that the runtime waits for has ended
   * and is managed no more: until then it may have hidden others from a reaper.
   */
  constructor(onGivenBack: () => void = () => {}) {
    this.#onGivenBack = onGivenBack;
  }

  /**
   * Starts a program with our stdin, stdout and stderr; with `tapping` its stdout
   * and stderr are pipes that are copied to ours.
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

  /** Whether nobody else may wait for this pid. */
  isManaged(pid: number): boolean {
    return this.#waited.has(pid) || this.#lent.has(pid);
  }

  /**
   * Takes the statuses of those that have ended; call it on SIGCHLD. A group in
   * front of our terminal that ^Z has stopped goes on: nobody else can say so,
   * and in our group or a session of its own the kernel would not have stopped
   * it.
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
        // It can make a session, not a group. Signals go to a group of its own.
        detached: group !== "ours",
      }).spawn();
      void this.follow(process).then(onEnd);
      tapping?.streams(process);
      return { kind: "started", pid: process.pid };
    } catch (error) {
      return { kind: "refused", refusal: { error } };
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
      this.#onGivenBack();
    }
  }
}

/** Somebody else has taken the status. */
const UNKNOWN: ExitStatus = { kind: "code", code: 255 };

/** The signal that has stopped a process, where that is what the wait status tells (wait(2)). */
const stopOf = (raw: number): number | undefined =>
  (raw & 0xff) === 0x7f ? (raw >> 8) & 0xff : undefined;

/** A wait status of an end as Linux packs it (wait(2)). */
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
