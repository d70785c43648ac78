/**
 * Starts the managed child, reports its end, and signals its process group.
 * Knows nothing of why.
 */
import type { Recipient } from "../../core/vocabulary/effect.ts";
import type { ExitStatus } from "../../core/vocabulary/exit_status.ts";
import type { Signal } from "../../core/vocabulary/signals.ts";
import type { Argv } from "../../core/vocabulary/settings.ts";
import { hasProcess } from "./group_presence.ts";
import type { OomScore } from "./oom_score.ts";
import type { Processes, Started, Tapping } from "./processes.ts";
import { giveTerminal, leadsTerminal, restoreModes } from "./terminal.ts";

export interface ChildOptions {
  readonly workdir: string | undefined;
  /** The child stays in our process group, in the foreground of a terminal that others share. */
  readonly foreground: boolean;
  /** The value that the child begins with. */
  readonly oomScore: OomScore;
  readonly onExit: (run: number, status: ExitStatus) => void;
  readonly onSignalError: (signal: Signal, pid: number, why: string) => void;
}

/** What one incarnation is started as. */
export interface Incarnation {
  readonly argv: Argv;
  /** Added to our environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Sockets that it inherits, by their numbers. */
  readonly sockets?: readonly number[];
  /** Its output goes through us where this is given. */
  readonly tapping?: Tapping | undefined;
}

/** The child's incarnations; stdin, stdout and stderr are ours, untouched. */
export class Child {
  readonly #options: ChildOptions;
  readonly #processes: Processes;
  /** Leaders by incarnation; kept after their end, because a group may outlive it. */
  readonly #pids = new Map<number, number>();

  constructor(processes: Processes, options: ChildOptions) {
    this.#processes = processes;
    this.#options = options;
  }

  /**
   * Starts incarnation `run` in a session and group of its own; with a terminal
   * in our group, or in a group of its own in front of it where we lead there.
   */
  spawn(run: number, incarnation: Incarnation): Started {
    const { workdir, foreground, oomScore, onExit } = this.#options;
    if (foreground && run > 1) giveTerminal();
    const group = foreground
      ? "ours"
      : leadsTerminal()
      ? "foreground"
      : "session";
    const result = oomScore.around(() =>
      this.#processes.start(
        { ...incarnation, workdir, group },
        (status) => onExit(run, status),
        incarnation.tapping,
      )
    );
    if (result.kind === "started") this.#pids.set(run, result.pid);
    return result;
  }

  /** Signals incarnation `run`: its whole group, or its main process alone. One that is gone is no error. */
  signal(run: number, signal: Signal, to: Recipient): void {
    const target = this.#target(run, to);
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
    const target = this.#target(run, "group");
    if (target !== undefined && hasProcess(target)) return true;
    if (this.#pids.has(run)) this.leave(run);
    return false;
  }

  /** What there is of incarnation `run` from now on is not ours any more: its number may become somebody else's. */
  leave(run: number): void {
    this.#pids.delete(run);
    if (!this.#options.foreground && leadsTerminal()) this.#leaveTerminal();
    if (this.#pids.size === 0) restoreModes();
  }

  /** To another child that is left of an overlap, else to us, who then hear ^C. */
  #leaveTerminal(): void {
    const [run, pid] = [...this.#pids].at(-1) ?? [];
    const given = giveTerminal(pid);
    // Reading from behind may have stopped it.
    if (given && run !== undefined) this.signal(run, "SIGCONT", "group");
  }

  /** The argument for kill(2): a group, or one process while it is there. In the foreground of a shared terminal the group is ours. */
  #target(run: number, of: Recipient): number | undefined {
    const pid = this.#pids.get(run);
    if (pid === undefined) return undefined;
    if (of === "group" && !this.#options.foreground) return -pid;
    return this.#processes.isManaged(pid) ? pid : undefined;
  }
}
