/**
 * What /proc says about processes. Only reads; must not know whose they are.
 */
import {
  type Signal,
  SIGNAL_NUMBERS,
} from "../../src/core/vocabulary/signals.ts";
import { pause } from "./until.ts";

/** One process; `state` is the letter of proc_pid_stat(5), Z for a zombie. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly state: string;
}

/** The process, or undefined when there is none of that number. */
export function processOf(pid: number): Process | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold anything, spaces and parentheses included.
  const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2)
    .split(" ");
  return { pid, parent: Number(parent), group: Number(group), state };
}

/** All processes that can be seen. */
export function processes(): Process[] {
  return pids().flatMap((pid) => processOf(pid) ?? []);
}

/** The children of a process, zombies included, of all its threads. */
export function childrenOf(pid: number): Process[] {
  return childPidsOf(pid).flatMap((child) => processOf(child) ?? []);
}

/** How many children a process has, zombies included. */
export const childCountOf = (pid: number) => childPidsOf(pid).length;

function childPidsOf(pid: number): number[] {
  const threads = namesIn(`/proc/${pid}/task`);
  return threads
    .map((tid) => readOrUndefined(`/proc/${pid}/task/${tid}/children`) ?? "")
    .flatMap((text) => text.split(" ").filter((word) => word !== ""))
    .map(Number);
}

/** The name of the program that it runs, cut to 15 bytes. */
export const nameOf = (pid: number): string | undefined =>
  readOrUndefined(`/proc/${pid}/comm`)?.trimEnd();

/** Whether it is neither gone nor a zombie. */
export function isAlive(pid: number): boolean {
  const found = processOf(pid);
  return found !== undefined && found.state !== "Z" && found.state !== "X";
}

/** Whether its main thread waits for something, and has nothing left to do before that (proc_pid_stat(5)). */
export const sleeps = (pid: number): boolean =>
  /\) S /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));

/** Whether it has a handler for this signal. */
export const catches = (pid: number, signal: Signal): boolean =>
  isInMask(pid, "SigCgt", signal);

/** Whether its main thread has blocked this signal. */
export const blocks = (pid: number, signal: Signal): boolean =>
  isInMask(pid, "SigBlk", signal);

/** Whether a mask of proc_pid_status(5) has this signal; not where there is no such process. */
function isInMask(pid: number, name: string, signal: Signal): boolean {
  const status = readOrUndefined(`/proc/${pid}/status`) ?? "";
  const mask = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1];
  return (BigInt(`0x${mask ?? 0}`) >> BigInt(SIGNAL_NUMBERS[signal] - 1)) %
      2n === 1n;
}

/** So many processes are looked at before others get their turn. */
const LOOKS_AT_ONCE = 50;

/** The processes that have NAME=VALUE in the environment they were started with. */
export async function pidsWithEnvironment(entry: string): Promise<number[]> {
  const found: number[] = [];
  for (const [count, pid] of pids().entries()) {
    // There may be thousands, and a test's clock runs on this thread.
    if (count % LOOKS_AT_ONCE === 0) await pause(0);
    if (hasEnvironment(pid, entry)) found.push(pid);
  }
  return found;
}

/** Whether this process was started with NAME=VALUE in its environment. */
export const hasEnvironment = (pid: number, entry: string): boolean =>
  readOrUndefined(`/proc/${pid}/environ`)?.split("\0").includes(entry) ?? false;

/** What a process holds of the things that leak. */
export interface Holdings {
  readonly descriptors: number;
  readonly threads: number;
  readonly watches: number;
  /** All memory, and the part that is the process's own: not the executable's pages. */
  readonly residentKib: number;
  readonly ownKib: number;
  readonly peakKib: number;
}

/** What a living process holds. */
export function holdingsOf(pid: number): Holdings {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const number = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  const descriptors = [...Deno.readDirSync(`/proc/${pid}/fd`)];
  const watches = descriptors
    .map(({ name }) => readOrUndefined(`/proc/${pid}/fdinfo/${name}`) ?? "")
    .map((text) => text.split("\n").filter((line) => /^inotify /.test(line)))
    .reduce((sum, lines) => sum + lines.length, 0);
  return {
    descriptors: descriptors.length,
    threads: number("Threads"),
    watches,
    residentKib: number("VmRSS"),
    ownKib: number("RssAnon"),
    peakKib: number("VmHWM"),
  };
}

/** Processor time that a process has used, in milliseconds. */
export function processorMsOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime and stime, in clock ticks of 10 ms (proc_pid_stat(5)).
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function pids(): number[] {
  return namesIn("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

function namesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name);
  } catch {
    // The process has ended.
    return [];
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // It ended in the meantime, or is not ours to look at.
    return undefined;
  }
}

/**
 * Looks again and again, until disposed of, at how many living children a
 * process has at the same time.
 */
export class ChildCount implements AsyncDisposable {
  /** The most that were seen at once. */
  most = 0;
  readonly #looking: Promise<void>;
  #over = false;

  constructor(parent: number) {
    this.#looking = this.#look(parent);
  }

  async #look(parent: number): Promise<void> {
    while (!this.#over) {
      const alive = childrenOf(parent).filter(({ state }) => state !== "Z");
      this.most = Math.max(this.most, alive.length);
      await pause(1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#looking;
  }
}

/**
 * Starts a program with the standard streams alone. The tests of all files
 * share a process, so a program may inherit a descriptor that another test
 * gives to a program of its own at that moment.
 */
export const STREAMS_ALONE: readonly string[] = [
  "bash",
  "-c",
  'for fd in /proc/self/fd/*; do fd=${fd##*/}; ((fd <= 2)) || eval "exec $fd>&-"; done; exec "$@"',
  "bash",
];
