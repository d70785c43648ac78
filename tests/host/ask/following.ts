/** Follows the programs that a test asks to the end of each. */
import type { CommandOptions } from "../../../src/host/ask/command.ts";
import { Processes } from "../../../src/host/process/processes.ts";

const processes = new Processes();

/**
 * Gives what `ask` gives, when each program that it has started has ended. A
 * command waits for one second at most for the end of what it has killed,
 * which on a busy machine may take longer.
 */
export async function following<T>(
  ask: (follow: CommandOptions["follow"]) => Promise<T>,
): Promise<T> {
  const ends: Promise<unknown>[] = [];
  const result = await ask((child) => {
    const end = processes.follow(child);
    ends.push(end);
    return end;
  });
  await Promise.all(ends);
  return result;
}
