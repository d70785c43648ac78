/** The guide's "Connection Issues" and its table of errors: what a client sees, and that it goes over. */
import { deepEqual, equal, match } from "node:assert/strict";
import { RetentionPolicy, StorageType } from "@nats-io/jetstream";
import postgres from "postgres";
import { until } from "../../e2e/until.ts";
import { cacheTest } from "./cache_bench.ts";

cacheTest("connections that an operator ends are made again", async (cache) => {
  await cache.start("api");
  await cache.put("k", { value: 1 });
  await cache.sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = 'birb' AND pid <> pg_backend_pid()`;
  await until(
    "an answer of the database",
    async () => (await cache.get("missing")).status === 404,
  );
});

cacheTest(
  "a wrong password and a server without free connections are told by PostgreSQL's words",
  async (cache) => {
    const superuser = postgres(cache.server("postgres").url, { max: 1 });
    const failed = async () => {
      const { code, text } = await cache.run("api", [], {
        POSTGRES_PASSWORD: "wrong",
      });
      equal(code, 1);
      return text.trim().split("\n").at(-1) ?? "";
    };
    const server =
      /^Error: failed to connect to host=127\.0\.0\.1 user=birb database=birbcache: /;
    await superuser`ALTER ROLE birb PASSWORD 'birbpass'`;
    const rules = `${cache.place.directory}/postgres/pg_hba.conf`;
    const before = await Deno.readTextFile(rules);
    await Deno.writeTextFile(
      rules,
      `host all birb 127.0.0.1/32 scram-sha-256\n${before}`,
    );
    await superuser`SELECT pg_reload_conf()`;
    const refused = await until("a refusal", async () => {
      const line = await failed();
      return line.includes("password") && line;
    });
    match(refused, server);
    match(refused, /: pq: password authentication failed for user "birb"$/);

    await Deno.writeTextFile(rules, before);
    await superuser`ALTER SYSTEM SET max_connections = 4`;
    await superuser`ALTER SYSTEM SET superuser_reserved_connections = 3`;
    await superuser.end();
    await cache.server("postgres").stop();
    await cache.server("postgres").start();
    // The one connection that is free for others.
    const only = await cache.sql.reserve();
    const full = await failed();
    match(full, server);
    match(full, /: pq: remaining connection slots are reserved/);
    only.release();
  },
);

cacheTest(
  "without PostgreSQL writes of known keys go on; the breaker opens and closes",
  async (cache) => {
    await cache.start("api");
    await cache.start("worker");
    await cache.put("known", { value: 1 });
    await cache.persisted("known", 1);
    await cache.server("postgres").kill();
    equal((await cache.put("known", { value: 2 })).status, 200);
    equal((await cache.get("known")).body.value, 2);
    const errors = new Set<string>();
    await until("an open breaker", async () => {
      const { status, body } = await cache.put("new", { value: 1 });
      equal(status, 503);
      errors.add(body.error);
      return body.error === "circuit breaker is open";
    });
    deepEqual([...errors].at(-1), "circuit breaker is open");
    const health = await cache.ask("GET", "/health");
    equal(health.status, 503);
    equal(health.body.checks.database.error, "circuit breaker is open");
    equal(health.body.checks.redis.status, "healthy");

    await cache.server("postgres").start();
    await until(
      "a write of a new key",
      async () => (await cache.put("new", { value: 1 })).status === 201,
    );
    await cache.persisted("known", 2);
  },
);

cacheTest("a database that hangs is left after its deadline", async (cache) => {
  await cache.start("api");
  const lock = await cache.sql.reserve();
  await lock`BEGIN`;
  await lock`LOCK TABLE cache_records`;
  const { status, body } = await cache.get("k");
  deepEqual([status, body.error], [
    503,
    "not acknowledged: context deadline exceeded",
  ]);
  await lock`ROLLBACK`;
  lock.release();
  equal((await cache.get("k")).status, 404);
});

cacheTest(
  "Redis may be away, ask for a password, be full, or hold something else",
  async (cache) => {
    await cache.server("redis").kill();
    const api = await cache.start("api");
    await api.out.wait("redis is not there, going on without it");
    const worker = await cache.start("worker");
    await cache.put("k", { value: 1 });
    await cache.persisted("k", 1);
    equal((await cache.get("k")).headers.get("x-cache"), "MISS");
    const health = await cache.ask("GET", "/health");
    deepEqual([health.status, health.body.status], [200, "degraded"]);

    await cache.server("redis").start();
    // The worker gives it what it has missed.
    await until(
      "a hit",
      async () => (await cache.get("k")).headers.get("x-cache") === "HIT",
    );
    equal(worker.out.count("cannot write redis, trying again") > 0, true);

    await cache.redis("DEL", "birb:k");
    await cache.redis("RPUSH", "birb:k", "x");
    equal((await cache.get("k")).body.value, 1);
    await api.out.wait("redis key of a wrong type is deleted");
    equal((await cache.get("k")).headers.get("x-cache"), "HIT");

    await cache.redis("CONFIG", "SET", "maxmemory", "1");
    const full = await cache.put("k", { value: 2 });
    equal(full.status, 200);
    await cache.redis("CONFIG", "SET", "maxmemory", "0");

    await cache.redis("CONFIG", "SET", "requirepass", "secret");
    const refused = cache.begin("api", {
      API_PORT: String(cache.place.port(2345)),
      API_DEBUG_PORT: "0",
    });
    const line = await refused.out.wait(
      "redis is not there, going on without it",
    );
    match(line.text, /NOAUTH Authentication required/);
  },
);

cacheTest(
  "a value that Redis has kept over an outage does not hide a later write",
  async (cache) => {
    await cache.start("api");
    await cache.put("k", { value: "old" });
    await cache.server("redis").kill();
    equal((await cache.put("k", { value: "new" })).status, 200);
    await cache.server("redis").start();
    // No worker has told Redis: it still has what it had.
    match(await cache.redis("GET", "birb:k"), /"value":"old"/);
    equal((await cache.get("k")).body.value, "new");
    await until("a hit", async () => {
      const { headers, body } = await cache.get("k");
      equal(body.value, "new");
      return headers.get("x-cache") === "HIT";
    });
  },
);

cacheTest(
  "the streams that an operator makes by the guide are used, and one that is gone is made again",
  async (cache) => {
    await cache.nats(async (jsm) => {
      await jsm.streams.add({
        name: "BIRB_CACHE",
        subjects: ["cache.persist.*"],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        max_msgs: 1_000_000,
      });
    });
    await cache.start("api");
    await cache.start("worker");
    await cache.put("k", { value: 1 });
    await cache.persisted("k", 1);
    await cache.nats((jsm) => jsm.streams.delete("BIRB_CACHE"));
    await until(
      "a write after the loss of the stream",
      async () => (await cache.put("k", { value: 2 })).status === 200,
    );
    await cache.persisted("k", 2);
  },
);
