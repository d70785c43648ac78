/**
 * The operators' guide of http-sd, heading by heading: what is typed there is
 * done here, and what is answered there has to be answered.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { until } from "../../e2e/until.ts";
import { exampleTest } from "../example_test_case.ts";
import { httpSd, System } from "./system.ts";

const NODES = [{
  targets: ["10.0.1.1:9100", "10.0.1.2:9100"],
  labels: { job: "node-exporter" },
}];
const PRINTS_NODES = `echo '${JSON.stringify(NODES)}'\n`;
/** Runs until the file appears, or until the test is over, which removes the script. */
const waitsFor = (gate: string) =>
  `until [ -e ${gate} ] || [ ! -e "$0" ]; do sleep 0.02; done; echo '[]'\n`;
const FAILS = `import sys\nraise ValueError("no such zone")\n`;

const MISS = { status: 503, body: { error: "cache miss" } };
const EXPIRED = { status: 503, body: { error: "cache expired" } };
const NO_DEBUG_INFO = {
  status: "no_debug_info",
  message:
    "No error information available yet. Please trigger job processing first.",
  suggestion:
    "Try the request without ?debug=true first to trigger job processing, then retry with ?debug=true",
};
const PROCESSING = {
  status: "processing",
  message:
    "Job is currently being processed by a worker. Please wait a moment and try again.",
  suggestion: "Wait a few seconds and retry with ?debug=true",
};
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;
const QUEUE = "target_generation_queue";
const QUEUE_SAMPLES = {
  pending: 'httpsd_update_queue_jobs{status="pending"}',
  processing: 'httpsd_update_queue_jobs{status="processing"}',
};

const keys = (value: object) => Object.keys(value);

exampleTest(
  "http-sd: the guide without a worker: nothing is known, jobs wait",
  ["redis"],
  async (bench, t) => {
    await using system = await System.start(bench);
    system.write("my-service.sh", PRINTS_NODES);

    await t.step(
      "Scenario 1: First Time Request; 4. No Debug Information Available",
      async () => {
        deepEqual(await system.get("my-service"), MISS);
        deepEqual(await system.get("my-service?debug=true"), {
          status: 200,
          body: { requested_path: "/targets/my-service", ...NO_DEBUG_INFO },
        });
      },
    );

    await t.step(
      "Monitoring Job Status: a path is in the queue once, however often it is asked for",
      async () => {
        await system.get("my-service");
        await system.get("my-service?env=prod");
        equal(await system.cli("llen", QUEUE), "2");
        equal(await system.cli("llen", `${QUEUE}:processing`), "0");
        equal(
          await system.cli("lrange", QUEUE, "0", "-1"),
          "/targets/my-service?env=prod\n/targets/my-service",
        );
      },
    );

    await t.step(
      "Issue: Jobs Not Processing: a worker that comes does what waits",
      async () => {
        deepEqual(await system.get("my-service"), MISS);
        await system.startWorker();
        deepEqual(await system.got("my-service"), NODES);
        await until(
          "an empty queue",
          async () => await system.cli("llen", QUEUE) === "0",
        );
      },
    );
  },
);

exampleTest("http-sd: the guide with a worker", ["redis"], async (bench, t) => {
  await using system = await System.start(bench);
  system.write("my-service.sh", PRINTS_NODES);
  const gate = bench.path("gate");
  system.write("waits.sh", waitsFor(gate));
  system.write("fails.py", FAILS);
  await system.startWorker({ ERROR_EXPIRE_SECONDS: "600" });

  await t.step(
    "Scenario 3, Cache Hit, 1. Successful Generation with Debug Info",
    async () => {
      deepEqual(await system.get("my-service"), MISS);
      deepEqual(await system.got("my-service"), NODES);
      const { status, body } = await system.get("my-service?debug=true");
      equal(status, 200);
      deepEqual(keys(body), ["requested_path", "debug_info"]);
      equal(body.requested_path, "/targets/my-service");
      deepEqual(keys(body.debug_info), ["normal_cache"]);
      const { updated_timestamp, cache_age_seconds, ...cache } =
        body.debug_info.normal_cache;
      deepEqual(cache, { status: "success", results: NODES });
      match(updated_timestamp, TIMESTAMP);
      match(cache_age_seconds, /^\d+\.\ds ago$/);
    },
  );

  await t.step(
    "Scenario 2: Job Processing; 3. Job Currently Processing; Monitoring Job Status",
    async () => {
      deepEqual(await system.get("waits"), MISS);
      const body = await until("the job is processed", async () => {
        const { body } = await system.get("waits?debug=true");
        return body.status === "processing" && body;
      });
      deepEqual(body, PROCESSING);
      equal(await system.cli("llen", `${QUEUE}:processing`), "1");
      equal(
        await system.cli("lrange", `${QUEUE}:processing`, "0", "-1"),
        "/targets/waits",
      );
      equal(
        (await system.metrics()).get(
          'httpsd_update_queue_jobs{status="processing"}',
        ),
        1,
      );
      await Deno.writeTextFile(gate, "");
      deepEqual(await system.got("waits"), []);
    },
  );

  await t.step(
    "Scenario 4: Generation Failed; 2. Error Details; Cache Error; Errors Not Showing",
    async () => {
      deepEqual(await system.get("fails"), MISS);
      const body = await system.failed("fails");
      deepEqual(keys(body), ["requested_path", "debug_info"]);
      const { error_details: details, ...others } = body.debug_info;
      deepEqual(others, {});
      deepEqual(keys(details), [
        ...["timestamp", "timestamp_human", "error_type", "error_message"],
        ...["full_path", "traceback"],
      ]);
      match(details.timestamp, TIMESTAMP);
      equal(
        details.timestamp_human,
        details.timestamp.slice(0, 19).replace("T", " "),
      );
      equal(details.error_type, "GeneratorError");
      equal(details.error_message, "Generator ended with exit status 1");
      equal(details.full_path, "/targets/fails");
      match(
        details.traceback,
        /^Traceback \(most recent call last\):\n {2}File .*\n[^]*ValueError: no such zone$/,
      );
      // While the error is known the generator is left alone.
      deepEqual(await system.get("fails"), MISS);
      equal(await system.cli("llen", QUEUE), "0");
    },
  );

  await t.step(
    "Fix the generator script, and retry: a hard reload clears the error",
    async () => {
      system.write("fails.py", `print('[]')\n`);
      const { body } = await system.get("fails?reload=true");
      equal(body.cache_cleared, false);
      equal(body.error_cache_cleared, true);
      deepEqual(await system.got("fails"), []);
    },
  );

  await t.step(
    "Hard Reload, its response, and what comes after it; Stale Cache After Updating Generator",
    async () => {
      system.write("my-service.sh", `echo '[{"targets":["10.0.9.9:9100"]}]'\n`);
      deepEqual((await system.get("my-service")).body, NODES);
      deepEqual(await system.get("my-service?reload=true"), {
        status: 200,
        body: {
          status: "reload_initiated",
          message:
            "Cache cleared and job enqueued for regeneration. Please try again without ?reload=true",
          path: "/targets/my-service?",
          cache_cleared: true,
          error_cache_cleared: false,
        },
      });
      deepEqual(await system.got("my-service"), [{
        targets: ["10.0.9.9:9100"],
      }]);
    },
  );

  await t.step(
    "How to Use Hard Reload: with additional parameters, which the generator is given",
    async () => {
      system.write("zones.sh", `printf '[{"targets":["%s:1"]}]' "$*"\n`);
      const { body } = await system.get("zones?zone=b&env=prod&reload=true");
      equal(body.path, "/targets/zones?env=prod&zone=b");
      // The order of parameters makes no other list of it.
      const { debug_info } = await system.failed("zones?env=prod&zone=b");
      deepEqual(await system.get("zones?zone=b&env=prod"), MISS);
      const details = debug_info.error_details;
      equal(details.error_type, "OutputError");
      match(details.error_message, /: 0\.targets\.0: a target is HOST:PORT$/);
    },
  );

  await t.step("Scenario 5: Expired Cache; Cache Expired", async () => {
    const impatient = bench.port();
    await system.startServer(impatient, { CACHE_EXPIRE_SECONDS: "0.1" });
    await system.stopWorker();
    await until(
      "the list is expired",
      async () => (await system.get("my-service", impatient)).status === 503,
    );
    deepEqual(await system.get("my-service", impatient), EXPIRED);
    equal(await system.cli("lrange", QUEUE, "0", "-1"), "/targets/my-service");
    const { body } = await system.get("my-service?debug=true", impatient);
    const { normal_cache: cache } = body.debug_info;
    match(cache.cache_age_seconds, /^\d+\.\ds ago$/);
    equal(cache.expiry_status, "expired after 0.1s");
    const before = cache.updated_timestamp;
    await system.startWorker();
    await until("the list is a new one", async () => {
      const { body } = await system.get("my-service?debug=true");
      return body.debug_info.normal_cache.updated_timestamp > before;
    });
  });

  await t.step(
    "Metrics for Debugging: each name of the guide is told on the worker's port",
    async () => {
      const named = await until("the counts of the servers", async () => {
        const metrics = await system.metrics();
        // The worker makes anew what is of other generators.
        const { pending, processing } = QUEUE_SAMPLES;
        return metrics.get(pending) === 0 && metrics.get(processing) === 0 &&
          metrics.has(
            'httpsd_path_requests_total{path="my-service",status="cache-expired"}',
          ) && metrics;
      });
      const count = (sample: string) => named.get(sample) ?? NaN;
      equal(
        count(
          'httpsd_path_requests_total{path="waits",status="cache-not-exist"}',
        ) >= 1,
        true,
      );
      equal(
        count('httpsd_path_requests_total{path="fails",status="fail"}') >= 1,
        true,
      );
      equal(
        count(
          'httpsd_path_requests_total{path="my-service",status="success"}',
        ) >= 2,
        true,
      );
      for (const operation of ["hit", "miss", "expired"]) {
        equal(
          count(`httpsd_cache_operations_total{operation="${operation}"}`) >= 1,
          true,
          operation,
        );
      }
      equal(
        count(
          'httpsd_redis_worker_jobs_processed_total{worker_id="worker-0",status="success"}',
        ) >= 1,
        true,
      );
    },
  );
});

exampleTest(
  "http-sd: Issue: Jobs Stuck in Processing",
  ["redis"],
  async (bench, t) => {
    await using system = await System.start(bench);
    const gate = bench.path("gate");
    system.write("waits.sh", waitsFor(gate));
    system.write(
      "hangs.sh",
      `sleep 600 & echo $! >../pid; echo looking >&2; wait\n`,
    );
    const processing = async (count: number) => {
      await until(
        `${count} jobs in processing`,
        async () =>
          await system.cli("llen", `${QUEUE}:processing`) === String(count) &&
          // The worker has told that it holds it.
          await system.cli("hlen", `${QUEUE}:holders`) === String(count),
      );
    };

    await t.step(
      "the next worker of that name takes up what a killed one has left",
      async () => {
        await system.startWorker();
        await system.get("waits");
        await processing(1);
        await system.stopWorker("SIGKILL");
        equal(await system.cli("llen", `${QUEUE}:processing`), "1");
        await Deno.writeTextFile(gate, "");
        await system.startWorker({ STUCK_AFTER_SECONDS: "3600" });
        deepEqual(await system.got("waits"), []);
        await processing(0);
        await system.stopWorker();
        await Deno.remove(gate);
      },
    );

    await t.step(
      "another worker takes it up after STUCK_AFTER_SECONDS",
      async () => {
        await system.startWorker();
        await system.get("waits?by=another");
        await processing(1);
        await system.stopWorker("SIGKILL");
        await Deno.writeTextFile(gate, "");
        // As if the time had passed.
        const holders = `${QUEUE}:holders`;
        await system.cli(
          "hset",
          holders,
          "/targets/waits?by=another",
          "1 worker-0",
        );
        await system.startWorker({ WORKER_ID: "worker-1" });
        deepEqual(await system.got("waits?by=another"), []);
        await processing(0);
        await system.stopWorker();
        await Deno.remove(gate);
      },
    );

    await t.step(
      "review worker timeout settings: a generator that hangs is ended, with all that it has started",
      async () => {
        await system.startWorker({ GENERATOR_TIMEOUT_SECONDS: "2" });
        await system.get("hangs");
        const { debug_info: { error_details: details } } = await system.failed(
          "hangs",
        );
        equal(details.error_type, "TimeoutError");
        equal(details.error_message, "Generator exceeded timeout limit");
        equal(details.traceback, "looking");
        const pid = (await Deno.readTextFile(bench.path("pid")))
          .trim();
        const state = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() =>
          "gone"
        );
        match(state, /^gone$|\) Z /);
        await system.stopWorker();
      },
    );

    await t.step("a job can be taken out by hand", async () => {
      await system.startWorker({ STUCK_AFTER_SECONDS: "3600" });
      await system.get("waits?by=hand");
      await processing(1);
      await system.stopWorker("SIGKILL");
      equal(
        await system.cli("lpop", `${QUEUE}:processing`),
        "/targets/waits?by=hand",
      );
      deepEqual(
        await system.get("waits?by=hand&debug=true").then(({ body }) =>
          body.status
        ),
        "no_debug_info",
      );
      deepEqual(await system.get("waits?by=hand"), MISS);
      equal(
        await system.cli("lrange", QUEUE, "0", "-1"),
        "/targets/waits?by=hand",
      );
    });
  },
);

Deno.test("http-sd: Best Practices: check runs each generator once", async () => {
  const directory = await Deno.makeTempDir({ prefix: "http-sd-check-" });
  try {
    await Deno.writeTextFile(`${directory}/good.sh`, PRINTS_NODES);
    const good = await httpSd(["check", directory]);
    deepEqual(good, { code: 0, out: "ok: good: 2 targets\n", errors: "" });
    await Deno.writeTextFile(
      `${directory}/bad.json`,
      `[{"targets":"10.0.0.1:80"}]`,
    );
    const { code, out } = await httpSd(["check", directory]);
    equal(code, 1);
    match(
      out,
      /^fault: bad: OutputError: Generator the output is no list of targets: 0\.targets: .+\nok: good/,
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("http-sd: each variable that cannot be used is told of in a line", async () => {
  const { code, errors } = await httpSd(["server"], {
    CACHE_EXPIRE_SECONDS: "1m",
    LISTEN: "8080",
    REDIS_URL: "http://:secret@redis",
    WORKER_CONCURRENCY: "0",
  });
  equal(code, 2);
  equal(
    errors,
    `http-sd: Cannot use REDIS_URL: the value is not allowed; use redis://HOST:PORT or rediss://HOST:PORT
http-sd: Cannot use LISTEN: the value "8080" is not allowed; use HOST:PORT, such as 0.0.0.0:8080
http-sd: Cannot use CACHE_EXPIRE_SECONDS: the value "1m" is not allowed; use a number of seconds from 0.1 to 86400
http-sd: Cannot use WORKER_CONCURRENCY: the value "0" is not allowed; use a whole number from 1 to 64
`,
  );
  const order = await httpSd(["check"], { STUCK_AFTER_SECONDS: "5" });
  equal(order.code, 2);
  equal(
    order.errors,
    'http-sd: Cannot use STUCK_AFTER_SECONDS: the value "5" is not allowed; use more than GENERATOR_TIMEOUT_SECONDS, which is 10\n',
  );
});

Deno.test("http-sd: a port in use ends the server and the worker with a line", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${other.addr.port}`;
  for (
    const [part, variable] of [["server", "LISTEN"], [
      "worker",
      "METRICS_LISTEN",
    ]]
  ) {
    deepEqual(await httpSd([part], { [variable]: address }), {
      code: 1,
      out: "",
      errors:
        `http-sd: Cannot listen on ${address}: another program listens there; stop it, or set ${variable} to another address\n`,
    });
  }
});

exampleTest(
  "http-sd: the examples of the guide, from their first line to their last",
  ["redis"],
  async (bench, t) => {
    await using system = await System.start(bench);
    const gate = bench.path("gate");
    system.write("my-service.sh", `${waitsFor(gate)}exit 1\n`);

    await t.step("Example: Complete Debugging Workflow", async () => {
      deepEqual(await system.get("my-service"), MISS);
      const first = await system.get("my-service?debug=true");
      equal(first.body.status, "no_debug_info");
      await system.startWorker({ ERROR_EXPIRE_SECONDS: "600" });
      await until(
        "a job that is processed",
        async () => await system.cli("llen", `${QUEUE}:processing`) === "1",
      );
      const during = await system.get("my-service?debug=true");
      equal(during.body.status, "processing");
      await Deno.writeTextFile(gate, "");
      const { debug_info } = await system.failed("my-service");
      equal(debug_info.error_details.error_type, "GeneratorError");
      system.write("my-service.sh", PRINTS_NODES);
      await system.get("my-service?reload=true");
      deepEqual(await system.got("my-service"), NODES);
    });

    await t.step("Example: Hard Reload Workflow", async () => {
      const timestamp = async () => {
        const { body } = await system.get("my-service?debug=true");
        return body.debug_info?.normal_cache?.updated_timestamp ?? "";
      };
      const before = await timestamp();
      const { body } = await system.get("my-service?reload=true");
      deepEqual([body.status, body.cache_cleared], ["reload_initiated", true]);
      deepEqual(await system.got("my-service"), NODES);
      const after = await timestamp();
      equal(after > before, true, `${before}, then ${after}`);
    });
  },
);
