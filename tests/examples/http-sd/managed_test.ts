/**
 * http-sd as `deno task example http-sd` runs it, below the compiled executable
 * with the example's settings files: what clients and a real Prometheus notice
 * of changes, crashes and an outage of Redis. The figures of a run are printed.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import {
  type Place,
  settingsFor,
  startServers,
} from "../../../examples/example.ts";
import { HTTP_SD } from "../../../examples/http-sd/example.ts";
import { ROOT } from "../../../scripts/denort.ts";
import { onPath } from "../../../scripts/shell.ts";
import { type Manager, startManager } from "../../e2e/harness.ts";
import { pause, until } from "../../e2e/until.ts";
import { writeVolume } from "../../fixtures/atomic_writer.ts";
import { Prometheus } from "../../fixtures/prometheus.ts";
import { exampleTest } from "../example_test_case.ts";
import { Load } from "./load.ts";

/** Two targets that tell which revision of the generator they are from. */
const generator = (revision: number) =>
  `echo '[{"targets":["127.0.0.1:1","127.0.0.1:2"],"labels":{"revision":"${revision}"}}]'\n`;
const REJECTED =
  "New configuration rejected: the check ended with exit status 1";
const REPLACED = "Child process restarted successfully after config change";

const HAS_PROMETHEUS = await onPath("prometheus");
if (!HAS_PROMETHEUS) {
  const missing = "there is no prometheus (Debian: prometheus)";
  if (Deno.env.get("REQUIRE_REAL") === "1") {
    throw new Error(`Cannot run: ${missing}`);
  }
  console.error(`SKIPPED what Prometheus notices of http-sd: ${missing}`);
}

exampleTest(
  "http-sd: no request and no target is lost to changes, crashes and an outage of Redis",
  ["redis"],
  async (bench, t) => {
    await using stack = new AsyncDisposableStack();
    const ports = new Map<number, number>();
    const place: Place = {
      directory: bench.directory,
      port: (written) => {
        const port = ports.get(written) ?? bench.port();
        ports.set(written, port);
        return port;
      },
    };
    const [redis] = await startServers(HTTP_SD, place, stack);
    await HTTP_SD.prepare(place);
    // A mounted ConfigMap in place of the folder.
    await Deno.remove(bench.path("generators"), { recursive: true });
    await Deno.mkdir(bench.path("generators"));
    const publish = (text: string) =>
      writeVolume(bench.path("generators"), { "nodes.sh": text });
    const setVariables = (text: string) =>
      Deno.writeTextFile(bench.path("http-sd.env"), text);
    await publish(generator(0));
    await setVariables("CACHE_EXPIRE_SECONDS=600\n");

    const start = async (part: string): Promise<Manager> => {
      const deno = Deno.execPath();
      const manager = startManager([
        "--settings",
        await settingsFor(HTTP_SD, part, place),
      ], {
        cwd: ROOT,
        env: {
          ...Deno.env.toObject(),
          PATH: `${deno.slice(0, deno.lastIndexOf("/"))}:${
            Deno.env.get("PATH")
          }`,
        },
      });
      stack.use(manager);
      await manager.log.wait("is ready after");
      return manager;
    };
    const [server, worker] = await Promise.all([
      start("server"),
      start("worker"),
    ]);
    const url = `http://127.0.0.1:${place.port(8080)}/targets/nodes`;
    const revision = async () => {
      const response = await fetch(url);
      const list = await response.json();
      return response.ok ? Number(list[0].labels.revision) : undefined;
    };
    await until("the first list", async () => await revision() === 0);
    const prometheus = HAS_PROMETHEUS
      ? stack.use(
        await Prometheus.configured(`global: {scrape_interval: 1s}
scrape_configs:
  - job_name: discovered
    http_sd_configs: [{url: "${url}", refresh_interval: 1s}]
`),
      )
      : undefined;
    /** The revisions that Prometheus' targets are of. */
    const discovered = async () =>
      (await prometheus?.targets() ?? []).map((labels) => labels.revision);
    if (prometheus !== undefined) {
      await until(
        "two targets in Prometheus",
        async () => (await discovered()).length === 2,
      );
    }
    let least = 2;
    let looks = 0;
    const watch = new AbortController();
    const watched = (async () => {
      while (prometheus !== undefined && !watch.signal.aborted) {
        least = Math.min(least, (await discovered()).length);
        looks += 1;
        await pause(100);
      }
    })();
    const seen = async (number: number) => {
      await until(
        `revision ${number}`,
        async () => await revision() === number,
      );
      if (prometheus === undefined) return;
      await until(
        `revision ${number} in Prometheus`,
        async () =>
          (await discovered()).every((each) => each === String(number)),
      );
    };

    const load = new Load(url);
    await t.step(
      "generators are changed under load: each good one comes to Prometheus, a bad one does nothing",
      async () => {
        for (const number of [1, 2, 3]) {
          await publish(generator(number));
          await seen(number);
        }
        const before = worker.childPid;
        await publish("exit 1\n");
        await worker.log.wait(REJECTED);
        equal(worker.childPid, before);
        equal(await revision(), 3);
        await publish(generator(4));
        await seen(4);
      },
    );

    await t.step(
      "variables are changed under load: the next server takes the socket over, a bad one is rejected",
      async () => {
        for (const [index, seconds] of [601, 602, 603].entries()) {
          await setVariables(`CACHE_EXPIRE_SECONDS=${seconds}\n`);
          await server.log.wait(REPLACED, { nth: index + 1 });
        }
        await setVariables("CACHE_EXPIRE_SECONDS=never\n");
        await server.log.wait(
          "New configuration rejected: the check ended with exit status 2",
        );
        ok(
          server.log.count(
            'the value "never" is not allowed; use a number of seconds',
          ) > 0,
        );
        await setVariables("CACHE_EXPIRE_SECONDS=603\n");
      },
    );

    await t.step(
      "a worker is killed under load: lists are answered, and the next worker works",
      async () => {
        const starts = worker.starts;
        Deno.kill(worker.childPid, "SIGKILL");
        await worker.started(starts + 1);
        await publish(generator(5));
        await seen(5);
      },
    );

    await t.step("no request was lost", async () => {
      const { requests, lost, worstMs } = await load.end();
      console.log(
        `FIGURES ${requests} requests, ${lost.length} lost, slowest ${
          worstMs.toFixed(0)
        } ms; ` +
          `5 generators, 3 overlaps, 1 SIGKILL of the worker`,
      );
      deepEqual(lost, []);
      ok(requests > 100, `${requests} requests`);
    });

    await t.step(
      "Redis is killed: Prometheus keeps its targets, and lists are there again with Redis",
      async () => {
        await redis.kill();
        const response = await until("an answer without Redis", async () => {
          const response = await fetch(url);
          const body = await response.text();
          return response.status === 503 && body;
        });
        ok(response === '{"error":"redis is not available"}', response);
        // Several times Prometheus' interval.
        await pause(3_000);
        await redis.start();
        await seen(5);
        await publish(generator(6));
        await seen(6);
      },
    );

    watch.abort();
    await watched;
    if (prometheus !== undefined) {
      console.log(
        `FIGURES least targets in ${looks} looks at Prometheus: ${least}`,
      );
      equal(least, 2);
    }
    const end = await server.stop();
    if (end !== 0) console.error(server.transcript());
    equal(end, 0);
    equal(await worker.stop(), 0);
  },
);
