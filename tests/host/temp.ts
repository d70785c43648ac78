/** Temporary directories and conditions for the tests of the host. */
// @ts-types="../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import { HANG_MS } from "../fixtures/limits.ts";

/** A directory that is removed at the end of its scope. */
export async function tempDirectory(): Promise<
  { readonly path: string; [Symbol.asyncDispose](): Promise<void> }
> {
  const path = await Deno.makeTempDir({ prefix: "flush-manager-test-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/**
 * Runs a program of tests/fixtures with these arguments in a process of its own:
 * test files run side by side in one, which has one umask, one memory and one
 * table of descriptors. Returns what it has printed.
 *
 * @throws {Error} with its standard error if it fails
 */
export async function alone(
  program: string,
  { args = [], v8Flags = [], through = [] }: {
    readonly args?: readonly string[];
    readonly v8Flags?: readonly string[];
    /** What leads into the world that it runs in. */
    readonly through?: readonly string[];
  } = {},
): Promise<string> {
  const url = new URL(`../fixtures/${program}`, import.meta.url);
  const flags = v8Flags.length === 0 ? [] : [`--v8-flags=${v8Flags.join(",")}`];
  const run = [Deno.execPath(), "run", "--quiet", "-A", ...flags, url.href];
  const [command, ...rest] = [...through, ...run, ...args];
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: rest,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${program}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

/** Resolves when `condition` holds; throws after `deadlineMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = HANG_MS,
): Promise<void> {
  const endsAt = performance.now() + deadlineMs;
  while (!await condition()) {
    if (performance.now() > endsAt) throw new Error(`Timed out: ${what}`);
    await delay(2);
  }
}

/** Runs a program of the system and throws unless it succeeds. */
export async function run(command: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed`);
}

/**
 * For a limit that has to be over in the middle of a program's work: tries again
 * with a longer one until the program got so far. Gives the last one as well.
 */
export async function longEnough<T>(
  attempt: (limitMs: number) => Promise<T>,
  gotSoFar: () => boolean,
): Promise<{ result: T; limitMs: number }> {
  for (let limitMs = 250;; limitMs *= 2) {
    const result = await attempt(limitMs);
    if (gotSoFar() || limitMs > HANG_MS) return { result, limitMs };
  }
}

/** Whether something is at the path. */
export function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}
