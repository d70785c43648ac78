/** The guide's "Emergency Procedures", with the service under flush-manager. */
import { deepEqual, equal, match } from "node:assert/strict";
import { until } from "../../e2e/until.ts";
import { cacheTest } from "./cache_bench.ts";
import { Load } from "./load.ts";

cacheTest(
  "/admin/ratelimit refuses what is too much, from this host or with the token",
  async (cache) => {
    await cache.start("api");
    const set = (body: unknown, headers = {}) =>
      cache.ask("POST", "/admin/ratelimit", body, { headers });
    deepEqual((await set({ enabled: true, limit: 10 })).body, {
      enabled: true,
      limit: 10,
    });
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => cache.get("k")),
    );
    const refused = replies.filter(({ status }) => status === 429);
    // Ten at once, and those that a second or two let through.
    equal(
      refused.length > 10 && refused.length <= 30,
      true,
      `${refused.length}`,
    );
    equal(refused[0]?.headers.get("retry-after"), "1");
    equal((await cache.ask("GET", "/health")).status, 200);
    equal((await set({ enabled: true, limit: 0 })).status, 400);
    await set({ enabled: false });
    equal((await cache.get("k")).status, 404);
  },
);

cacheTest(
  "with API_ADMIN_TOKEN nobody sets the limit without it",
  async (cache) => {
    await cache.start("api", { API_ADMIN_TOKEN: "secret" });
    equal((await cache.ask("GET", "/admin/ratelimit")).status, 403);
    const { status } = await cache.ask("GET", "/admin/ratelimit", undefined, {
      headers: { authorization: "Bearer secret" },
    });
    equal(status, 200);
  },
);

cacheTest(
  "flush-manager reloads the batch settings by SIGUSR1, and refuses bad ones",
  async (cache) => {
    const manager = await cache.supervise("worker");
    await cache.set("batch", { WORKER_BATCH_SIZE: "7" });
    const { text } = await manager.out.wait("batch settings reloaded");
    match(text, /"WORKER_BATCH_SIZE":7/);
    await cache.set("batch", { WORKER_BATCH_SIZE: "abc" });
    await manager.log.wait(
      /invalid value for WORKER_BATCH_SIZE: strconv\.Atoi/,
    );
    // As the guide has it: `kill -USR1 1`, which is the manager.
    manager.signal("SIGUSR1");
    await manager.out.wait(/batch settings reloaded.*"WORKER_BATCH_SIZE":7/, {
      nth: 2,
    });
    manager.expectStarts(1);
    equal(await manager.stop(), 0);
  },
);

cacheTest(
  "a changed setting of the API is put into effect by overlap, under load",
  async (cache) => {
    const manager = await cache.supervise("api");
    await cache.supervise("worker");
    {
      await using load = new Load(cache);
      await load.goesOn(50);
      await cache.set("cache", { REDIS_DEFAULT_TTL: "1800" });
      await manager.log.wait("is ready after", { nth: 2 });
      await load.goesOn(50);
      await load.end();
      equal(load.refused, 0);
      console.log(`overlap: ${load.summary}`);
    }
    await cache.set("cache", { REDIS_DEFAULT_TTL: "long" });
    await manager.log.wait(/invalid value for REDIS_DEFAULT_TTL/);
    await until(
      "an answer",
      async () => (await cache.ask("GET", "/livez")).status === 200,
    );
    equal(await manager.stop(), 0);
  },
);
