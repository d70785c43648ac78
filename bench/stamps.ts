/**
 * Builds `stamp.c`, runs its acts and reads the moments it wrote. Owns what a
 * line of its log looks like; must not know what is measured.
 */
import { must } from "../scripts/shell.ts";

const SOURCE = decodeURIComponent(
  new URL("stamp.c", import.meta.url).pathname,
);
const PAUSE_MS = 4;

/** A moment in the life of a process, on CLOCK_MONOTONIC. */
export interface Stamp {
  readonly event: string;
  readonly pid: number;
  readonly atMs: number;
}

/** Builds the program into the directory with `$CC` or cc; a static binary. */
export async function buildStamp(directory: string): Promise<string> {
  const path = `${directory}/stamp`;
  const compiler = Deno.env.get("CC") ?? "cc";
  await must("build bench/stamp.c", compiler, [
    ..."-static -O2 -o".split(" "),
    path,
    SOURCE,
  ]);
  return path;
}

/** The log of one supervisor, its children and what was done to them. */
export class StampLog {
  readonly path: string;
  readonly #program: string;

  constructor(program: string, path: string) {
    this.#program = program;
    this.path = path;
    Deno.writeTextFileSync(path, "");
  }

  /** The command line of the stamping child. */
  get child(): string[] {
    return [this.#program, "child", this.path];
  }

  /** The command line of an act. */
  command(act: string, ...args: string[]): string[] {
    return [this.#program, act, this.path, ...args];
  }

  /** Runs an act to its end. */
  async act(name: string, ...args: string[]): Promise<void> {
    const [command, ...rest] = this.command(name, ...args);
    await must(`run stamp ${name}`, command, rest);
  }

  /** All stamps so far, in the order they were written. */
  read(): Stamp[] {
    return Deno.readTextFileSync(this.path).split("\n").slice(0, -1)
      .map((line) => {
        const [event, pid, ns] = line.split(" ");
        return { event, pid: Number(pid), atMs: Number(BigInt(ns)) / 1e6 };
      });
  }

  /** Milliseconds between the first stamps of two kinds after the first `skip` stamps; NaN without both. */
  between(from: string, to: string, skip = 0): number {
    const stamps = this.read().slice(skip);
    const at = (event: string) =>
      stamps.find((one) => one.event === event)?.atMs ?? NaN;
    return at(to) - at(from);
  }

  /** The first stamp of that kind after the first `skip` stamps; undefined when it does not come in time. */
  async next(
    event: string,
    skip: number,
    timeoutMs: number,
  ): Promise<Stamp | undefined> {
    const endsAt = performance.now() + timeoutMs;
    for (;;) {
      const found = this.read().slice(skip).find((one) => one.event === event);
      if (found !== undefined || performance.now() > endsAt) return found;
      await pause(PAUSE_MS);
    }
  }
}

/** Resolves after so many milliseconds. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
