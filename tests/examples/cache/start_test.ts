/** The guide's "Service Won't Start": each cause has the line that it says. */
import { deepEqual, equal, match } from "node:assert/strict";
import { AckPolicy } from "@nats-io/jetstream";
import { until } from "../../e2e/until.ts";
import { cacheTest } from "./cache_bench.ts";

cacheTest(
  "a variable that cannot be used is named with its value and what is allowed",
  async (cache) => {
    for (
      const [name, value, line] of [
        [
          "WORKER_BATCH_SIZE",
          "abc",
          'strconv.Atoi: parsing "abc": invalid syntax; use a whole number from 1 to 5000',
        ],
        [
          "API_PORT",
          "70000",
          'strconv.Atoi: parsing "70000": value out of range; use a whole number from 1 to 65535',
        ],
        [
          "WORKER_BATCH_TIMEOUT",
          "5",
          'time: missing unit in duration "5"; use a duration such as 500ms or 2s, from 1ms to 60000ms',
        ],
        [
          "LOG_LEVEL",
          "loud",
          'unknown value "loud"; use debug, info, warn, error',
        ],
        [
          "FEATURE_METRICS_DETAILED",
          "yes",
          'strconv.ParseBool: parsing "yes": invalid syntax; use true or false',
        ],
        ["NATS_URL", "here", 'parse "here": invalid URL; use nats://HOST:PORT'],
      ] as const
    ) {
      for (const part of ["api", "worker", "check"]) {
        deepEqual(await cache.run(part, [], { [name]: value }), {
          code: 1,
          text: `Error: invalid value for ${name}: ${line}\n`,
        });
      }
    }
    await cache.set("cache", { API_PROT: "8081" });
    match(
      (await cache.run("check")).text,
      /^Error: \S+cache\.env:\d+: unknown variable API_PROT; use API_HOST, /,
    );
  },
);

cacheTest(
  "a port in use, a database and a queue that are away end a part",
  async (cache) => {
    await cache.start("api");
    const port = cache.place.port(8080);
    deepEqual(
      (await cache.run("api")).text.split("\n").at(-2),
      `Error: listen tcp 127.0.0.1:${port}: bind: address already in use`,
    );
    await cache.server("nats").kill();
    const queueless = await cache.run("worker");
    equal(queueless.code, 1);
    match(
      queueless.text,
      /^Error: nats: no servers available for connection: nats:\/\/127\.0\.0\.1:\d+: /,
    );
    const wrong = await cache.run("worker", [], { POSTGRES_DB: "nothing" });
    match(
      wrong.text,
      /^Error: failed to connect to host=127\.0\.0\.1 user=birb database=nothing: pq: database "nothing" does not exist$/m,
    );
    await cache.server("postgres").kill();
    deepEqual(await cache.run("worker"), {
      code: 1,
      text:
        "Error: failed to connect to host=127.0.0.1 user=birb database=birbcache: connection refused\n",
    });
  },
);

cacheTest(
  "a consumer of another kind is named, and another name goes around it",
  async (cache) => {
    await cache.start("api");
    await cache.nats((jsm) =>
      jsm.consumers.add("BIRB_CACHE", {
        durable_name: "birb-worker",
        ack_policy: AckPolicy.Explicit,
        deliver_subject: "elsewhere",
      })
    );
    const refused = await cache.run("worker");
    equal(refused.code, 1);
    match(
      refused.text,
      /^Error: nats: consumer already exists: birb-worker of BIRB_CACHE .* remove it, or set WORKER_CONSUMER_GROUP$/m,
    );
    await cache.put("k", { value: 1 });
    await cache.start("worker", { WORKER_CONSUMER_GROUP: "birb-workers-here" });
    await cache.persisted("k", 1);
  },
);

cacheTest(
  "a consumer that is removed is made again, and takes in all of it again",
  async (cache) => {
    await cache.start("api");
    const worker = await cache.start("worker");
    await cache.put("k", { value: 1 });
    await cache.persisted("k", 1);
    await cache.nats((jsm) =>
      jsm.consumers.delete("BIRB_CACHE", "birb-worker")
    );
    await worker.out.wait("the consumer is gone and is made again");
    await cache.put("k", { value: 2 });
    await cache.persisted("k", 2);
    await until(
      "an empty queue",
      async () =>
        (await cache.nats((jsm) =>
          jsm.consumers.info("BIRB_CACHE", "birb-worker")
        ))
          .num_ack_pending === 0,
    );
    equal((await cache.get("k")).body.value, 2);
  },
);
