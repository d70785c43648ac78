/** The guide's "Queue Processing Issues": what PostgreSQL refuses is set aside, and taken in later. */
import { deepEqual, equal, match } from "node:assert/strict";
import { DiscardPolicy } from "@nats-io/jetstream";
import { until } from "../../e2e/until.ts";
import { type CacheBench, cacheTest } from "./cache_bench.ts";

const metric = async (cache: CacheBench, name: string): Promise<number> => {
  const { body } = await cache.ask("GET", "/metrics", undefined, {
    port: 8081,
    headers: { accept: "text/plain" },
  });
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(body)?.[1]);
};

cacheTest(
  "a refused write is tried again, set aside, and processed by process-dlq --retry",
  async (cache) => {
    // The view is what operators see; the table is what refuses.
    await cache.sql`
    ALTER TABLE cache_records ADD CONSTRAINT no_bad CHECK (key <> 'bad')`;
    await cache.start("api");
    const worker = await cache.start("worker", {
      WORKER_MAX_RETRIES: "2",
      WORKER_RETRY_DELAY: "10ms",
    });
    await cache.put("good-1", { value: 1 });
    await cache.put("bad", { value: 1 });
    await cache.put("good-2", { value: 1 });
    // One that is refused keeps nobody else of its batch.
    await cache.persisted("good-1", 1);
    await cache.persisted("good-2", 1);
    await worker.out.wait("write set aside in BIRB_CACHE_DLQ");
    equal(worker.out.count('"message":"write refused"'), 2);
    equal(await metric(cache, "worker_dead_letters_total"), 1);

    const shown = await cache.run("process-dlq");
    equal(shown.code, 0);
    match(
      shown.text,
      /^1 bad v1: pq: new row .* violates check constraint "no_bad"$/m,
    );
    const failed = await cache.run("process-dlq", ["--retry"]);
    equal(failed.code, 1);
    match(failed.text, /^0 processed, 1 left in BIRB_CACHE_DLQ$/m);

    // A later write is not overwritten by what was set aside.
    await cache.sql`ALTER TABLE cache_records DROP CONSTRAINT no_bad`;
    await cache.put("bad", { value: 2 });
    await cache.persisted("bad", 2);
    deepEqual(await cache.run("process-dlq", ["--retry"]), {
      code: 0,
      text: "1 processed, 0 left in BIRB_CACHE_DLQ\n",
    });
    const [row] = await cache.sql`
    SELECT value, version::int FROM cache_entries WHERE key = 'bad'`;
    deepEqual({ ...row }, { value: 2, version: 2 });
  },
);

cacheTest(
  "what is no entry of the cache is set aside at once",
  async (cache) => {
    await cache.start("api");
    const worker = await cache.start("worker");
    await cache.publish("cache.persist.k", "not JSON");
    await worker.out.wait("write set aside in BIRB_CACHE_DLQ");
    equal((await cache.put("k", { value: 1 })).status, 201);
    await cache.persisted("k", 1);
    match(
      (await cache.run("process-dlq")).text,
      /^1 \? v\?: not an entry of the cache$/m,
    );
  },
);

cacheTest(
  "a full queue refuses writes until a worker is there",
  async (cache) => {
    await cache.start("api", { API_BACKLOG_MAX: "2" });
    await cache.put("a", { value: 1 });
    await cache.put("b", { value: 1 });
    const { status, body } = await until("a refusal", async () => {
      const reply = await cache.put("c", { value: 1 });
      return reply.status === 503 && reply;
    });
    equal(status, 503);
    match(
      body.error,
      /^queue is full: \d+ writes wait for a worker, at most 2$/,
    );
    await cache.start("worker");
    await until(
      "a write",
      async () => (await cache.put("d", { value: 1 })).status === 201,
    );
  },
);

cacheTest(
  "a worker takes in batches of WORKER_BATCH_SIZE, or after WORKER_BATCH_TIMEOUT",
  async (cache) => {
    await cache.set("batch", {
      WORKER_BATCH_SIZE: "5",
      WORKER_BATCH_TIMEOUT: "60s",
    });
    await cache.start("api");
    const worker = await cache.start("worker");
    for (let n = 1; n <= 6; n++) await cache.put(`k${n}`, { value: n });
    await cache.persisted("k5", 1);
    equal((await cache.sql`SELECT key FROM cache_entries`).length, 5);

    // The sixth waits for its batch. SIGUSR1: for less long from the next one on.
    await cache.set("batch", {
      WORKER_BATCH_SIZE: "2",
      WORKER_BATCH_TIMEOUT: "20ms",
    });
    worker.signal("SIGUSR1");
    const { text } = await worker.out.wait("batch settings reloaded");
    match(text, /"WORKER_BATCH_SIZE":2,"WORKER_BATCH_TIMEOUT":20/);
    await cache.persisted("k6", 1);
    await cache.set("batch", { WORKER_BATCH_SIZE: "abc" });
    worker.signal("SIGUSR1");
    const refused = await worker.out.wait("batch settings not reloaded");
    match(refused.text, /strconv\.Atoi: parsing \\"abc\\": invalid syntax/);
    await cache.put("k7", { value: 7 });
    await cache.persisted("k7", 1);
    equal(await worker.stop(), 0);
  },
);

cacheTest(
  "what the stream does not take in is not acknowledged",
  async (cache) => {
    await cache.start("api");
    await cache.nats((jsm) =>
      jsm.streams.update("BIRB_CACHE", {
        max_bytes: 1_000,
        discard: DiscardPolicy.New,
      })
    );
    const { status, body } = await cache.put("k", { value: "x".repeat(2_000) });
    deepEqual([status, body.error], [
      503,
      "not acknowledged: nats: maximum bytes exceeded",
    ]);
    equal((await cache.get("k")).status, 404);
  },
);

cacheTest(
  "two workers of one name share the queue, and what one leaves the other takes",
  async (cache) => {
    await cache.start("api", { API_DEBUG_PORT: "0" });
    const ports = [cache.place.port(8081), cache.place.port(2345)];
    const workers = await Promise.all(
      ports.map((port) => {
        const env = { WORKER_PORT: String(port), WORKER_BATCH_TIMEOUT: "20ms" };
        return cache.start("worker", env);
      }),
    );
    const write = async (from: number, to: number) => {
      for (let n = from; n < to; n++) await cache.put(`k${n}`, { value: n });
      for (let n = from; n < to; n++) await cache.persisted(`k${n}`, 1);
    };
    await write(0, 50);
    equal(await workers[0].stop(), 0);
    await write(50, 60);
    equal((await cache.sql`SELECT key FROM cache_entries`).length, 60);
  },
);
