/**
 * The PyPI program prometheus-http-sd under the compiled executable, with the
 * example's settings files: what its clients lose while the generators change.
 * Each request is counted, and so is each that is not answered with a list. The
 * figures of a run are printed.
 */
import { existsSync } from "node:fs";
import { deepEqual, equal, ok } from "node:assert/strict";
import {
  type Place,
  settingsFor,
  startServers,
} from "../../../examples/example.ts";
import { PROMETHEUS_HTTP_SD } from "../../../examples/prometheus-http-sd/example.ts";
import { ROOT } from "../../../scripts/denort.ts";
import { type Manager, startManager } from "../../e2e/harness.ts";
import { until } from "../../e2e/until.ts";
import { writeVolume } from "../../fixtures/atomic_writer.ts";
import { type ExampleBench, exampleTest } from "../example_test_case.ts";
import { Load, type LoadReport } from "../http-sd/load.ts";

const PROGRAM = `${ROOT}.cache/prometheus-http-sd/bin/prometheus-http-sd`;
const RELOADS = 20;
const CONTROL_RELOADS = 5;
const REPLACED = "Child process restarted successfully after config change";
const APPLIED = "New configuration applied";
const REJECTED = "New configuration rejected: ";
const MISS = '200 {"error":"cache miss"}\n';

/** A generator of two targets that tell which revision of it they are from. */
const generator = (revision: number) =>
  `def generate_targets(**params):
    targets = ["127.0.0.1:1", "127.0.0.1:2"]
    return [{"targets": targets, "labels": {"revision": "${revision}"}}]
`;

/** What is to be done before a test can run it; undefined: nothing. */
function missingProgram(): string | undefined {
  return existsSync(PROGRAM)
    ? undefined
    : "there is no prometheus-http-sd (examples/prometheus-http-sd/install, which needs python3 with venv, and PyPI)";
}

/** Redis with the data of the bench, and a mounted ConfigMap of one generator. */
class Stage implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #managers: Manager[] = [];
  readonly place: Place;
  readonly #ports = new Map<number, number>();

  private constructor(bench: ExampleBench) {
    this.place = {
      directory: bench.directory,
      port: (written) => {
        const port = this.#ports.get(written) ?? bench.port();
        this.#ports.set(written, port);
        return port;
      },
    };
  }

  static async make(bench: ExampleBench): Promise<Stage> {
    const stage = new Stage(bench);
    await Deno.mkdir(bench.path("generators"));
    await startServers(PROMETHEUS_HTTP_SD, stage.place, stage.#stack);
    await Deno.writeTextFile(
      bench.path("prometheus-http-sd.env"),
      "CACHE_SECONDS=86400\n",
    );
    await stage.publish(generator(0));
    return stage;
  }

  get url(): string {
    return `http://127.0.0.1:${this.place.port(8080)}/targets/`;
  }

  async publish(text: string): Promise<void> {
    await writeVolume(`${this.place.directory}/generators`, {
      "nodes.py": text,
    });
  }

  /** Waits until the list is of this revision. */
  async seen(revision: number): Promise<void> {
    await until(`revision ${revision}`, async () => {
      const answer = await fetch(this.url).then((each) => each.json())
        .catch(() => undefined);
      return answer?.[0]?.labels.revision === String(revision);
    });
  }

  /** Starts a part with the example's settings file, and waits until it is ready. */
  async start(part: "server" | "worker"): Promise<Manager> {
    const settings = await settingsFor(PROMETHEUS_HTTP_SD, part, this.place);
    return await this.startWith(["--settings", settings]);
  }

  async startWith(args: readonly string[]): Promise<Manager> {
    const manager = startManager(args, { cwd: ROOT });
    this.#stack.use(manager);
    this.#managers.push(manager);
    await manager.log.wait("is ready after");
    return manager;
  }

  /** Says on a failure what every manager and its program have written. */
  async explained(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      for (const manager of this.#managers) console.error(manager.transcript());
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function tell(what: string, { requests, lost, worstMs }: LoadReport): void {
  const misses = lost.filter((each) => each === MISS).length;
  console.log(
    `FIGURES ${what}: ${requests} requests, ${
      lost.length - misses
    } lost, ${misses} answered with cache miss, slowest ${
      worstMs.toFixed(0)
    } ms`,
  );
}

/** As exampleTest, where the program is installed as well. */
function programTest(
  name: string,
  fn: (stage: Stage) => Promise<void>,
): void {
  const reason = missingProgram();
  if (reason === undefined) {
    return exampleTest(name, ["redis"], async (bench) => {
      await using stage = await Stage.make(bench);
      await stage.explained(() => fn(stage));
    });
  }
  const isRequired = Deno.env.get("REQUIRE_PYTHON") === "1";
  if (!isRequired) console.error(`SKIPPED ${name}: ${reason}`);
  Deno.test({
    name,
    ignore: !isRequired,
    fn: () => {
      throw new Error(`Cannot run: ${reason}`);
    },
  });
}

programTest(
  `prometheus-http-sd: no request is lost to ${RELOADS} changes of its generators`,
  async (stage) => {
    const [server, worker] = await Promise.all([
      stage.start("server"),
      stage.start("worker"),
    ]);
    await stage.seen(0);

    const load = new Load(stage.url);
    for (let revision = 1; revision <= RELOADS; revision++) {
      await stage.publish(generator(revision));
      await server.log.wait(REPLACED, { nth: revision });
      await worker.log.wait(APPLIED, { nth: revision });
      await stage.seen(revision);
    }
    equal(server.starts, RELOADS + 1);
    // The worker reads the generators again by themselves.
    equal(worker.starts, 1);

    // One that cannot be read reaches neither.
    await stage.publish("def generate_targets(**params:\n");
    await server.log.wait(REJECTED);
    await worker.log.wait(REJECTED);
    equal(server.starts, RELOADS + 1);

    // One that passes the check and fails then: the old list stays. The check
    // calls test_generate_targets where there is one.
    await stage.publish(`def test_generate_targets():
    return [{"targets": ["127.0.0.1:1"]}]

def generate_targets(**params):
    raise ValueError("no inventory")
`);
    await worker.log.wait("Cannot apply the new configuration: ");
    ok(worker.log.count("ValueError: no inventory") > 0);
    await stage.seen(RELOADS);

    const report = await load.end();
    tell(`${RELOADS} changes, the server by overlap`, report);
    deepEqual(report.lost, []);
    ok(report.requests > 100, `${report.requests} requests`);
    equal(await server.stop(), 0);
    equal(await worker.stop(), 0);
  },
);

programTest(
  "prometheus-http-sd: an empty list is no list: a directory without targets is refused",
  async (stage) => {
    const worker = await stage.start("worker");
    await stage.publish("def generate_targets(**params):\n    return []\n");
    await worker.log.wait(REJECTED);
    ok(worker.log.count(" has no target: ") > 0);
    equal(await worker.stop(), 0);
  },
);

programTest(
  "prometheus-http-sd: its own server, stopped and started, loses requests (control)",
  async (stage) => {
    await stage.start("worker");
    const port = stage.place.port(8080);
    const generators = `${stage.place.directory}/generators`;
    const server = await stage.startWith([
      ...[`--config=${generators}`, `--ready=tcp:127.0.0.1:${port}`],
      ...["--ready-interval=20ms", "--", PROGRAM, "server-only"],
      ...["--host=127.0.0.1", `--port=${port}`],
      `--redis-url=redis://127.0.0.1:${stage.place.port(6379)}/0`,
      generators,
    ]);
    await stage.seen(0);
    const load = new Load(stage.url);
    for (let revision = 1; revision <= CONTROL_RELOADS; revision++) {
      await stage.publish(generator(revision));
      await server.log.wait("is ready after", { nth: revision + 1 });
      await stage.seen(revision);
    }
    const report = await load.end();
    tell(`${CONTROL_RELOADS} changes, its own server by restart`, report);
    ok(report.lost.length > 0, "Nothing was lost: the load cannot tell");
  },
);

programTest(
  "prometheus-http-sd: ?reload=true takes the list away until the new one is there (control)",
  async (stage) => {
    await Promise.all([stage.start("server"), stage.start("worker")]);
    await stage.seen(0);
    const load = new Load(stage.url);
    for (let count = 1; count <= CONTROL_RELOADS; count++) {
      const answer = await fetch(`${stage.url}?reload=true`);
      equal((await answer.json()).status, "reload_complete");
    }
    const report = await load.end();
    tell(`${CONTROL_RELOADS} hard reloads by ?reload=true`, report);
    ok(report.lost.length > 0, "Nothing was lost: the load cannot tell");
    // None of them is refused: what is answered is no list.
    deepEqual(report.lost.filter((each) => each !== MISS), []);
  },
);
