/**
 * Nothing that was acknowledged is lost: each part and each server is killed in
 * turn, under load, with both parts under flush-manager. CACHE_KILL_ROUNDS says
 * how many times.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { pause, until } from "../../e2e/until.ts";
import { type CacheBench, cacheTest } from "./cache_bench.ts";
import { Load } from "./load.ts";

const ROUNDS = Number(Deno.env.get("CACHE_KILL_ROUNDS") ?? 1);
/** Acknowledged writes before, between and after the kills. */
const WRITES = 100;
/** So many keys are read in the end. */
const READ = 100;
/** How long a killed server is away. */
const AWAY_MS = 300;

cacheTest(
  "a SIGKILL of any part or server loses no acknowledged write",
  async (cache) => {
    const managers = {
      api: await cache.supervise("api"),
      worker: await cache.supervise("worker"),
    };
    await using load = new Load(cache);
    let kills = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const part of ["api", "worker"] as const) {
        await load.goesOn(WRITES);
        const before = managers[part].starts;
        const kill = () => Deno.kill(managers[part].childPid, "SIGKILL");
        if (part === "api") kill();
        else await whileItSaves(cache, () => load.goesOn(WRITES), kill);
        await managers[part].log.wait("is ready after", { nth: before + 1 });
        kills++;
      }
      for (const name of ["postgres", "redis", "nats"] as const) {
        await load.goesOn(WRITES);
        const server = cache.server(name);
        await server.kill();
        await pause(AWAY_MS);
        await server.start();
        kills++;
      }
    }
    await load.goesOn(WRITES);
    await load.end();

    await until(
      "all that was acknowledged in PostgreSQL",
      async () => load.lostIn(await rowsOf(cache)).length === 0,
    ).catch(() => {});
    deepEqual(load.lostIn(await rowsOf(cache)), []);
    // What clients read is what PostgreSQL has.
    const rows = await rowsOf(cache);
    for (const key of [...load.keys.keys()].slice(-READ)) {
      const { body } = await cache.get(key);
      equal(body.value?.n, rows[key], key);
    }
    const letters = await cache.run("process-dlq");
    deepEqual(letters, {
      code: 0,
      text: "0 processed, 0 left in BIRB_CACHE_DLQ\n",
    });
    ok(load.acknowledged >= (5 * ROUNDS + 1) * WRITES);
    console.log(`FIGURES ${kills} kills: ${load.summary}, 0 lost`);
  },
);

/** Kills the worker while PostgreSQL has taken in nothing of what it saves. */
async function whileItSaves(
  { sql }: CacheBench,
  work: () => Promise<void>,
  kill: () => void,
): Promise<void> {
  const lock = await sql.reserve();
  await lock`BEGIN`;
  await lock`LOCK TABLE cache_records IN SHARE ROW EXCLUSIVE MODE`;
  await work();
  kill();
  // Without its client it would go on, and save, when the lock is gone.
  await lock`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = 'birb' AND wait_event_type = 'Lock'`;
  await lock`ROLLBACK`;
  lock.release();
}

async function rowsOf(cache: CacheBench): Promise<Record<string, number>> {
  const rows = await cache.sql<{ key: string; n: number }[]>`
    SELECT key, (value->>'n')::int AS n FROM cache_entries`;
  return Object.fromEntries(rows.map(({ key, n }) => [key, n]));
}
