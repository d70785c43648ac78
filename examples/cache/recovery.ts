/** What an operator runs beside the services: `rehydrate` and `process-dlq`. */
import { messageOf } from "./faults.ts";
import type { Program } from "./program.ts";

const PAGE = 500;

/**
 * Gives Redis what PostgreSQL has. `all` leaves alone what Redis has in the same
 * version or a higher one; `force` takes that away first.
 */
export async function rehydrate(
  { database, cache }: Program,
  how: "all" | "force",
): Promise<string> {
  let count = 0;
  for await (const entries of database.all(PAGE)) {
    if (how === "force") await cache.drop(entries.map(({ key }) => key));
    await cache.put(entries);
    count += entries.length;
  }
  const keys = await cache.keys();
  await database.saveRedisKeys(keys);
  return `rehydrated ${count} entries; redis has ${keys.length} keys (table redis_keys)`;
}

/** Shows what was set aside, or takes it in now. */
export async function processDeadLetters(
  { database, cache, queue }: Program,
  isRetry: boolean,
  say: (line: string) => void,
): Promise<{ readonly left: number; readonly text: string }> {
  let [done, left] = [0, 0];
  for await (const { sequence, entry, error } of queue.deadLetters()) {
    const name = `${sequence} ${entry?.key ?? "?"} v${entry?.version ?? "?"}`;
    if (!isRetry || entry === undefined) {
      left++;
      say(`${name}: ${error}`);
      continue;
    }
    try {
      // A later write of the key stays: the version decides.
      await database.save([entry]);
      await cache.put([entry]);
      await queue.forgetDeadLetter(sequence);
      done++;
    } catch (refusal) {
      left++;
      say(`${name}: ${messageOf(refusal)}`);
    }
  }
  return { left, text: `${done} processed, ${left} left in BIRB_CACHE_DLQ` };
}
