/** Temporary directories and conditions for the tests of the host. */
// @ts-types="../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";

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

/** Other tests run in this process and open descriptors of their own: one that is left each time is more. */
const LEAK_ROUNDS = 100;

/** Does it again and again, and throws if each time leaves a descriptor open. */
export async function leaksNothing(
  act: () => void | Promise<void>,
  rounds = LEAK_ROUNDS,
): Promise<void> {
  await act();
  const before = openDescriptors();
  for (let round = 0; round < rounds; round++) await act();
  const left = openDescriptors() - before;
  if (left >= rounds) throw new Error(`${left} descriptors are left`);
}

const openDescriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;

/** Resolves when `condition` holds; throws after `deadlineMs`. */
export async function until(
  what: string,
  condition: () => boolean,
  deadlineMs = 10_000,
): Promise<void> {
  const endsAt = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > endsAt) throw new Error(`Timed out: ${what}`);
    await delay(2);
  }
}

/** Runs a program of the system and throws unless it succeeds. */
export async function run(command: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed`);
}
