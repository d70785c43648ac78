/** The guide's "Debugging Techniques", "Health Check Failures" and "Performance Troubleshooting". */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { until } from "../../e2e/until.ts";
import { cacheTest } from "./cache_bench.ts";
import { serve } from "../../fixtures/server.ts";

const PROMETHEUS = { headers: { accept: "text/plain;version=0.0.4" } };

cacheTest(
  "/metrics has the guide's numbers for jq, and its names for Prometheus",
  async (cache) => {
    await cache.start("api", { FEATURE_METRICS_DETAILED: "true" });
    await cache.put("k", { value: 1 });
    await cache.get("k");
    await cache.redis("FLUSHDB");
    await cache.get("k");
    const { body: numbers } = await cache.ask("GET", "/metrics");
    equal(numbers.cache_hit_rate, 0.5);
    equal(numbers.total_requests, 3);
    ok(numbers.average_latency_ms > 0);

    const { body: text } = await cache.ask(
      "GET",
      "/metrics",
      undefined,
      PROMETHEUS,
    );
    for (
      const line of [
        /^http_requests_total\{method="PUT",route="\/v1\/cache\/\{key\}",status="201"\} 1$/m,
        /^http_requests_total\{method="GET",route="\/v1\/cache\/\{key\}",status="200"\} 2$/m,
        /^cache_hits_total 1$/m,
        /^cache_misses_total 1$/m,
        /^http_request_duration_seconds_bucket\{le="0\.001",/m,
        /^circuit_breaker_state\{server="postgres"\} 0$/m,
        /^process_memory_bytes\{kind="rss"\} \d+$/m,
      ]
    ) match(text, line);
    await until(
      "the depth of the queue",
      async () => (await cache.ask("GET", "/metrics")).body.queue_depth === 1,
    );
  },
);

cacheTest(
  "a request is followed by its trace from the API to the worker",
  async (cache) => {
    const env = { LOG_LEVEL: "debug" };
    const api = await cache.start("api", env);
    const worker = await cache.start("worker", env);
    const { headers } = await cache.ask("PUT", "/v1/cache/k", { value: 1 }, {
      headers: { "x-trace-id": "abc123" },
    });
    equal(headers.get("x-trace-id"), "abc123");
    await cache.persisted("k", 1);
    const lines = [
      await api.out.wait(/"trace_id":"abc123"/),
      await worker.out.wait(/"message":"persisted".*"trace_id":"abc123"/),
    ].map(({ text }) => JSON.parse(text));
    deepEqual(
      lines.map(({ level, service }) => [level, service]),
      [["debug", "birb-nest-api"], ["debug", "birb-nest-worker"]],
    );
    // Every line is an object, so that jq can read all of it.
    for (const { text } of [...api.out.entries, ...worker.out.entries]) {
      JSON.parse(text);
    }
  },
);

cacheTest(
  "LOG_FORMAT=text is for readers, and LOG_LEVEL leaves out what is less",
  async (cache) => {
    const api = await cache.start("api", { LOG_FORMAT: "text" });
    match(
      (await api.out.wait("api is listening")).text,
      /^\S+Z INFO api is listening hostname="127\.0\.0\.1" port=\d+$/,
    );
    equal(await api.stop(), 0);
    const quiet = cache.begin("api", { LOG_LEVEL: "error" });
    await until(
      "an answer",
      () => cache.ask("GET", "/livez").then(() => true, () => false),
    );
    equal(await quiet.stop(), 0);
    deepEqual(quiet.out.entries, []);
  },
);

cacheTest(
  "/health names each server, and says what it means for the service",
  async (cache) => {
    await cache.start("api");
    const { status, body } = await cache.ask("GET", "/health");
    equal(status, 200);
    deepEqual(
      [body.status, Object.keys(body.checks)],
      ["healthy", ["database", "redis", "nats"]],
    );
    ok(body.checks.database.latency_ms >= 0);
    await cache.server("nats").kill();
    const away = await until("an unhealthy answer", async () => {
      const reply = await cache.ask("GET", "/health");
      return reply.status === 503 && reply;
    });
    deepEqual(
      [away.body.status, away.body.checks.nats.status],
      ["unhealthy", "unhealthy"],
    );
    // A restart of the service would help nobody.
    equal((await cache.ask("GET", "/livez")).status, 200);
    equal((await cache.get("k")).status, 503);
    await cache.server("nats").start();
    await until(
      "a healthy answer",
      async () => (await cache.ask("GET", "/health")).status === 200,
    );
    const jetstream = await cache.ask("GET", "/healthz", undefined, {
      port: 8222,
    });
    deepEqual(jetstream.body, { status: "ok" });
  },
);

cacheTest(
  "profiles are on API_DEBUG_PORT, and for this host on the port of the API",
  async (cache) => {
    const api = await cache.start("api");
    await api.out.wait("debug is listening");
    for (const port of [2345, 8080]) {
      const ask = (path: string) =>
        cache.ask("GET", `/debug/pprof/${path}`, undefined, { port });
      const profile = await ask("profile?seconds=0.05");
      ok(profile.body.nodes.length > 0);
      const heap = await ask("heap");
      ok(heap.body.process.rss > 0 && heap.body.v8.used_heap_size > 0);
      equal((await ask("profile?seconds=x")).status, 400);
      match(
        (await ask("goroutine?debug=1")).body,
        /^goroutine profile: total \d+\n/,
      );
    }
    // A request that waits for PostgreSQL is seen there.
    const lock = await cache.sql.reserve();
    await lock`BEGIN`;
    await lock`LOCK TABLE cache_records`;
    const waits = cache.get("k");
    await until("the request that waits", async () => {
      const { body } = await cache.ask(
        "GET",
        "/debug/pprof/goroutine?debug=2",
        undefined,
        { port: 2345 },
      );
      return /^goroutine profile: total 1\nGET \/v1\/cache\/k for \d+ ms$/m
        .test(body);
    });
    await lock`ROLLBACK`;
    lock.release();
    await waits;
  },
);

cacheTest(
  "slow queries are found by pg_stat_statements, as the guide asks for them",
  async (cache) => {
    await cache.start("api");
    await cache.get("k");
    const queries = await cache.sql`
      SELECT query, mean_exec_time, calls
      FROM pg_stat_statements
      ORDER BY mean_exec_time DESC
      LIMIT 100`;
    ok(
      queries.some(({ query, calls }) =>
        /FROM cache_records WHERE key = \$1/.test(query) && Number(calls) > 0
      ),
    );
  },
);

cacheTest(
  "OTEL_TRACES_ENABLED sends spans of the requests to the collector",
  async (cache) => {
    const received = Promise.withResolvers<string>();
    await using collector = serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
    }, async (request) => {
      const text = await request.text();
      if (new URL(request.url).pathname === "/v1/traces") {
        received.resolve(text);
      }
      return Response.json({});
    });
    await cache.start("api", {
      OTEL_TRACES_ENABLED: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "50",
    });
    await cache.get("k");
    const text = await received.promise;
    match(text, /birb-nest-api/);
    match(text, /GET \/v1\/cache\/\{key\}/);
    await cache.set("cache", { OTEL_TRACES_ENABLED: "true" });
    match(
      (await cache.run("check")).text,
      /set it in the environment, not in a file/,
    );
  },
);
