/**
 * Starts the managed child, reports its end, and signals its process group.
 * Knows nothing of why.
 */
import type { SpawnFailure } from "../core/event.ts";
import type { ExitStatus } from "../core/exit_status.ts";
import { type Signal, SIGNAL_NUMBERS } from "../core/signals.ts";
import { keepingGroups } from "./process_state.ts";
import { explainSpawnError } from "./spawn_error.ts";
import { takeTerminal } from "./terminal.ts";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly workdir: string | undefined;
  /** The child stays in our process group, in the foreground of our terminal. */
  readonly foreground: boolean;
  readonly onExit: (run: number, status: ExitStatus) => void;
  readonly onSignalError: (signal: Signal, pid: number, why: string) => void;
}

export type SpawnResult =
  | { readonly kind: "spawned"; readonly pid: number }
  | { readonly kind: "failed"; readonly failure: SpawnFailure };

/** The one child at a time; stdin, stdout and stderr are ours, untouched. */
export class Child {
  readonly #options: ChildOptions;
  /** The latest incarnation, kept after its end: its group may outlive it. */
  #current: { run: number; pid: number } | undefined;
  /** Pids whose status the runtime has yet to collect. */
  readonly #unsettled = new Set<number>();

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Whether the runtime waits for this pid itself. */
  isManaged(pid: number): boolean {
    return this.#unsettled.has(pid);
  }

  /** Starts incarnation `run` in a session and group of its own, or in the foreground; `env` is added to ours. */
  spawn(run: number, env: Record<string, string> = {}): SpawnResult {
    const { command, args, workdir, foreground } = this.#options;
    const start = () =>
      new Deno.Command(command, {
        args: [...args],
        ...(workdir === undefined ? {} : { cwd: workdir }),
        env,
        stdin: "inherit",
        stdout: "inherit",
        stderr: "inherit",
        detached: !foreground,
      }).spawn();
    let process: Deno.ChildProcess;
    try {
      if (foreground && run > 1) takeTerminal();
      process = foreground ? start() : keepingGroups(start);
    } catch (error) {
      return {
        kind: "failed",
        failure: explainSpawnError(error, command, workdir),
      };
    }
    const { pid } = process;
    this.#unsettled.add(pid);
    this.#current = { run, pid };
    void this.#follow(run, process);
    return { kind: "spawned", pid };
  }

  /** Signals the whole group of incarnation `run`; one that is gone is no error. */
  signal(run: number, signal: Signal): void {
    const target = this.#target(run);
    if (target === undefined) return;
    try {
      Deno.kill(target, signal as Deno.Signal);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      const why = error instanceof Error ? error.message : String(error);
      this.#options.onSignalError(signal, Math.abs(target), why);
    }
  }

  /** Whether the group of incarnation `run` still has members, zombies included. */
  isGroupAlive(run: number): boolean {
    const target = this.#target(run);
    if (target === undefined) return false;
    try {
      // Signal 0 only asks (kill(2)); Deno's type knows names alone.
      Deno.kill(target, 0 as unknown as Deno.Signal);
      return true;
    } catch (error) {
      return !(error instanceof Deno.errors.NotFound);
    }
  }

  /** The argument for kill(2): a group, or the one process in the foreground while it is there. */
  #target(run: number): number | undefined {
    if (this.#current?.run !== run) return undefined;
    const { pid } = this.#current;
    if (!this.#options.foreground) return -pid;
    return this.#unsettled.has(pid) ? pid : undefined;
  }

  async #follow(run: number, process: Deno.ChildProcess): Promise<void> {
    let status: ExitStatus;
    try {
      const { code, signal } = await process.status;
      status = signal === null
        ? { kind: "code", code }
        : { kind: "signal", number: SIGNAL_NUMBERS[signal as Signal] };
    } catch (error) {
      status = statusOfRejection(error);
    }
    this.#unsettled.delete(process.pid);
    this.#options.onExit(run, status);
  }
}

/**
 * Deno rejects `status` when the child died of a signal it has no name for (a
 * real-time one). The child is reaped by then; its number is only in the text.
 */
function statusOfRejection(error: unknown): ExitStatus {
  const number = Number(/(\d+)$/.exec(String(error))?.[1]);
  return number >= 1 && number <= 64
    ? { kind: "signal", number }
    : { kind: "code", code: 255 };
}
