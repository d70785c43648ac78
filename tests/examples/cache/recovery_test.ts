/** The guide's "Data Consistency Issues", "Recovery Procedures" and "Data Corruption". */
import { deepEqual, equal, match } from "node:assert/strict";
import { until } from "../../e2e/until.ts";
import { type CacheBench, cacheTest } from "./cache_bench.ts";

/** The guide's query of what PostgreSQL has and Redis has not. */
const missing = async ({ sql }: CacheBench) =>
  (await sql<{ key: string }[]>`
    SELECT ce.key FROM cache_entries ce
    WHERE NOT EXISTS (SELECT 1 FROM redis_keys rk WHERE rk.key = ce.key)
    ORDER BY ce.key`).map(({ key }) => key);

const isHit = async (cache: CacheBench, key: string) =>
  (await cache.get(key)).headers.get("x-cache") === "HIT";

cacheTest(
  "what Redis has lost comes back by a read, and by rehydrate --all and --force",
  async (cache) => {
    await cache.start("api");
    await cache.start("worker");
    for (const key of ["a", "b", "c"]) {
      await cache.put(key, { value: key });
      await cache.persisted(key, 1);
    }
    await cache.redis("FLUSHDB");
    equal(await isHit(cache, "a"), false);
    equal(await isHit(cache, "a"), true);
    deepEqual(await cache.run("rehydrate", ["--all"]), {
      code: 0,
      text: "rehydrated 3 entries; redis has 3 keys (table redis_keys)\n",
    });
    equal(await isHit(cache, "b"), true);
    deepEqual(await missing(cache), []);

    // A corrected row has the same version: only --force gives it to Redis.
    await cache.sql`
    UPDATE cache_entries SET value = '"corrected"' WHERE key = 'c'`;
    await cache.run("rehydrate", ["--all"]);
    equal((await cache.get("c")).body.value, "c");
    await cache.run("rehydrate", ["--force"]);
    equal((await cache.get("c")).body.value, "corrected");

    await cache
      .sql`INSERT INTO cache_entries VALUES ('d', '{}', 1, NULL, now())`;
    deepEqual(await missing(cache), ["d"]);
    // The guide's query of corrupted entries finds no removed ones.
    await cache.ask("DELETE", "/v1/cache/a");
    await cache.persisted("a", 2);
    const corrupted = await cache.sql`
    SELECT key FROM cache_entries WHERE value IS NULL OR value = '{}'::jsonb`;
    deepEqual(corrupted.map(({ key }) => key), ["d"]);
  },
);

cacheTest(
  "a backup that is restored is what clients read and write on",
  async (cache) => {
    const parts = [await cache.start("api"), await cache.start("worker")];
    await cache.put("k", { value: "old" });
    await cache.persisted("k", 1);
    const at = [
      "-h",
      "127.0.0.1",
      "-p",
      String(cache.place.port(5432)),
      "-U",
      "birb",
    ];
    const backup = `${cache.place.directory}/backup.sql`;
    await shell("pg_dump", [
      ...at,
      "--clean",
      "--if-exists",
      "-f",
      backup,
      "birbcache",
    ]);
    await cache.put("k", { value: "new" });
    await cache.persisted("k", 2);
    await settled(cache);
    for (const part of parts) equal(await part.stop(), 0);

    const said = await shell("psql", [...at, "-q", "-f", backup, "birbcache"]);
    // The view of slow queries is the superuser's, and stays as it is.
    const errors = said.split("\n").filter((line) => line.includes("ERROR"));
    equal(errors.every((line) => /extension/.test(line)), true, said);
    await cache.redis("FLUSHDB");
    await cache.start("api");
    await cache.start("worker");
    const restored = await cache.get("k");
    deepEqual([restored.body.value, restored.body.version], ["old", 1]);
    const written = await cache.put("k", { value: "newer", version: 1 });
    // Higher than any before, so that no earlier write can come back.
    deepEqual([written.status, written.body.version], [200, 3]);
    await cache.persisted("k", 3);
  },
);

cacheTest("rehydrate says why it cannot", async (cache) => {
  await cache.server("redis").kill();
  await cache.put("k", { value: 1 }).catch(() => {});
  const { code, text } = await cache.run("rehydrate", ["--all"]);
  equal(code, 1);
  match(text, /^Error: /m);
});

/** Waits until the worker has told the queue that all is persisted. */
async function settled(cache: CacheBench): Promise<void> {
  await until("an empty queue", async () => {
    const info = await cache.nats((jsm) =>
      jsm.consumers.info("BIRB_CACHE", "birb-worker")
    );
    return info.num_ack_pending + info.num_pending === 0;
  });
}

/** What the program has said on its standard error. */
async function shell(
  program: string,
  args: readonly string[],
): Promise<string> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  if (!success) throw new Error(said);
  return said;
}

cacheTest("a full restart of the system keeps all of it", async (cache) => {
  const parts = [await cache.start("api"), await cache.start("worker")];
  await cache.put("k", { value: "kept" });
  // Nobody has persisted it yet, perhaps: the stream keeps it too.
  for (const part of parts) equal(await part.stop(), 0);
  const servers = (["postgres", "redis", "nats"] as const)
    .map((name) => cache.server(name));
  for (const server of servers) await server.stop();
  for (const server of servers) await server.start();
  await cache.start("api", { REDIS_DEFAULT_TTL: "1800" });
  await cache.start("worker");
  equal((await cache.ask("GET", "/health")).body.status, "healthy");
  equal((await cache.get("k")).body.value, "kept");
  await cache.persisted("k", 1);
  // Redis keeps an entry for REDIS_DEFAULT_TTL, and PostgreSQL for good.
  await cache.redis("FLUSHDB");
  await cache.get("k");
  const left = Number(await cache.redis("PTTL", "birb:k"));
  equal(left > 1_700_000 && left <= 1_800_000, true, String(left));
});
