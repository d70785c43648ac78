/**
 * Starts the managed child, reports its end, and signals its process group.
 * Does not know the reason of any of these.
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
  /**
   * The child stays in our process group, in the foreground of a terminal that
   * other processes share.
   */
  readonly foreground: boolean;
  /** Gives the child its oom_score_adj. */
  readonly oomScore: OomScore;
  readonly onExit: (run: number, status: ExitStatus) => void;
  readonly onSignalError: (signal: Signal, pid: number, why: string) => void;
}

/** What one incarnation is started as. */
export interface Incarnation {
  readonly argv: Argv;
  /** Added to our environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The descriptors of the sockets that it inherits. */
  readonly sockets?: readonly number[];
  /** If given, its output is tapped this way. */
  readonly tapping?: Tapping | undefined;
}

/**
 * The incarnations of the child, which inherit our stdin, stdout and stderr.
 */
export class Child {
  readonly #options: ChildOptions;
  readonly #processes: Processes;
  /**
   * The pid of each incarnation's leader. It is kept after the leader's end,
   * because the group may live longer.
   */
  readonly #pids = new Map<number, number>();

  constructor(processes: Processes, options: ChildOptions) {
    this.#processes = processes;
    this.#options = options;
  }

  /**
   * Starts incarnation `run` in a session and group of its own. In a shared
   * terminal it stays in our group; if we lead the terminal's session, it gets
   * a group of its own in the foreground.
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

  /**
   * Signals the whole group of incarnation `run`, or its main process alone. It
   * is no error if that has already ended.
   */
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

  /**
   * Forgets incarnation `run`. What is left of its group is no longer
   * signalled, because the kernel may give its number to another process.
   */
  leave(run: number): void {
    this.#pids.delete(run);
    if (!this.#options.foreground && leadsTerminal()) this.#leaveTerminal();
    if (this.#pids.size === 0) restoreModes();
  }

  /**
   * Gives the terminal to the other child of an overlap if it is still there,
   * and otherwise to us, so that we get ^C.
   */
  #leaveTerminal(): void {
    const [run, pid] = [...this.#pids].at(-1) ?? [];
    const given = giveTerminal(pid);
    // The terminal may have stopped that child, because it has read from the
    // background.
    if (given && run !== undefined) this.signal(run, "SIGCONT", "group");
  }

  /**
   * The argument for kill(2): a group, or the main process while it exists. In
   * a shared terminal the group is our own, so only the main process is
   * signalled.
   */
  #target(run: number, of: Recipient): number | undefined {
    const pid = this.#pids.get(run);
    if (pid === undefined) return undefined;
    if (of === "group" && !this.#options.foreground) return -pid;
    return this.#processes.isManaged(pid) ? pid : undefined;
  }
}
