/** `/v1/cache/{key}`: values, TTL, versions, batches, and what is refused. */
import { deepEqual, equal, match } from "node:assert/strict";
import { until } from "../../e2e/until.ts";
import { cacheTest } from "./cache_bench.ts";

cacheTest(
  "a value is written, read, written on a version, removed",
  async (cache) => {
    await cache.start("api");
    await cache.start("worker");
    const first = await cache.put("a.b*c d", { value: { n: 1 } });
    deepEqual([first.status, first.body.version], [201, 1]);
    const hit = await cache.get("a.b*c%20d");
    deepEqual(hit.body.value, { n: 1 });
    equal(hit.headers.get("x-cache"), "HIT");

    const wrong = await cache.put("a.b*c d", { value: 2, version: 7 });
    deepEqual([wrong.status, wrong.body], [409, {
      error: "version conflict: expected 7, found 1",
      version: 1,
    }]);
    const right = await cache.put("a.b*c d", { value: 2, version: 1 });
    deepEqual([right.status, right.body.version], [200, 2]);
    // Version 0: only if it is not there.
    equal((await cache.put("a.b*c d", { value: 3, version: 0 })).status, 409);
    await cache.persisted("a.b*c d", 2);

    equal(
      (await cache.ask("DELETE", "/v1/cache/a.b*c%20d?version=1")).status,
      409,
    );
    const removed = await cache.ask("DELETE", "/v1/cache/a.b*c%20d?version=2");
    deepEqual([removed.status, removed.body.version], [200, 3]);
    equal((await cache.get("a.b*c d")).status, 404);
    equal((await cache.ask("DELETE", "/v1/cache/a.b*c%20d")).status, 404);
    await cache.persisted("a.b*c d", 3);
    const rows = await cache.sql`SELECT key FROM cache_entries`;
    equal(rows.length, 0);
    // The versions go on: what was written before cannot come back.
    const again = await cache.put("a.b*c d", { value: 4, version: 0 });
    deepEqual([again.status, again.body.version], [200, 4]);
  },
);

cacheTest(
  "of writers on one version one wins, and no blind write is lost",
  async (cache) => {
    await cache.start("api");
    await cache.put("k", { value: 0 });
    const races = await Promise.all(
      Array.from(
        { length: 8 },
        (_, n) => cache.put("k", { value: n, version: 1 }),
      ),
    );
    deepEqual(
      races.map(({ status }) => status).toSorted(),
      [200, ...Array(7).fill(409)],
    );
    const blind = await Promise.all(
      Array.from({ length: 8 }, (_, n) => cache.put("k", { value: n })),
    );
    deepEqual(
      blind.map(({ body }) => body.version).toSorted((a, b) => a - b),
      [3, 4, 5, 6, 7, 8, 9, 10],
    );
  },
);

cacheTest("a value ends after its TTL, in PostgreSQL too", async (cache) => {
  await cache.start("api");
  await cache.start("worker");
  await cache.put("short", { value: 1, ttl: 1 });
  equal((await cache.get("short")).status, 200);
  await cache.persisted("short", 1);
  await until(
    "the end of the value",
    async () => (await cache.get("short")).status === 404,
  );
  const { body } = await cache.ask("POST", "/v1/cache/batch/get", {
    keys: ["short"],
  });
  deepEqual(body, { entries: [], missing: ["short"] });
});

cacheTest("a batch tells of each of its keys", async (cache) => {
  await cache.start("api");
  const { status, body } = await cache.ask("POST", "/v1/cache/batch", {
    entries: [{ key: "a", value: 1 }, { key: "b", value: 2, version: 5 }],
  });
  equal(status, 207);
  deepEqual(body.results, [
    { key: "a", status: 201, version: 1 },
    {
      key: "b",
      status: 409,
      error: "version conflict: expected 5, found 0",
      version: 0,
    },
  ]);
  const got = await cache.ask("POST", "/v1/cache/batch/get", {
    keys: ["a", "b"],
  });
  deepEqual(
    got.body.entries.map((
      { key, value }: Record<string, unknown>,
    ) => [key, value]),
    [["a", 1]],
  );
  deepEqual(got.body.missing, ["b"]);
});

cacheTest(
  "what PostgreSQL could not keep is refused before it is acknowledged",
  async (cache) => {
    await cache.start("api", { CACHE_MAX_VALUE_SIZE: "1000" });
    for (
      const [body, why] of [
        [{ value: "a\0b" }, /^value: a value is JSON other than null/],
        [{ value: null }, /^value: a value is JSON other than null/],
        [{ value: { "\ud800": 1 } }, /without U\+0000, lone surrogates/],
        [{ value: 1, ttl: 0 }, /^ttl: /],
        [{ value: 1, version: -1 }, /^version: /],
        [{ value: 1, tll: 5 }, /tll/],
        [{}, /value/],
      ] as const
    ) {
      const { status, body: answer } = await cache.put("k", body);
      equal(status, 400, JSON.stringify(body));
      match(answer.error, why);
    }
    const large = await cache.put("k", { value: "x".repeat(1_000) });
    equal(large.status, 413);
    match(large.body.error, /^value too large: 1002 bytes, at most 1000$/);
    equal((await cache.put("k".repeat(513), { value: 1 })).status, 400);
    equal((await cache.get("k")).status, 404);
  },
);
