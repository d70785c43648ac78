/**
 * Server and worker of http-sd beside a Redis of the test, as plain processes:
 * what the guide says of them holds with and without flush-manager.
 */
import { equal } from "node:assert/strict";
import type { ExampleBench } from "../example_test_case.ts";
import { Server } from "../../../examples/servers.ts";
import { ROOT } from "../../../scripts/denort.ts";
import { must } from "../../../scripts/shell.ts";
import { until } from "../../e2e/until.ts";

/** The fields of all answers: each has some of them. */
export interface Answer {
  readonly error: string;
  readonly status: string;
  readonly path: string;
  readonly cache_cleared: boolean;
  readonly error_cache_cleared: boolean;
  readonly requested_path: string;
  readonly debug_info: {
    readonly normal_cache: {
      readonly status: string;
      readonly updated_timestamp: string;
      readonly results: unknown;
      readonly cache_age_seconds: string;
      readonly expiry_status?: string;
    };
    readonly error_details: {
      readonly timestamp: string;
      readonly timestamp_human: string;
      readonly error_type: string;
      readonly error_message: string;
      readonly full_path: string;
      readonly traceback: string;
    };
  };
}

type Variables = Readonly<Record<string, string>>;

const MAIN = `${ROOT}examples/http-sd/main.ts`;

/** Runs http-sd with these arguments alone. */
export async function httpSd(
  args: readonly string[],
  env: Variables = {},
): Promise<{ code: number; out: string; errors: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--frozen", MAIN, ...args],
    env,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), errors: text(stderr) };
}

export class System implements AsyncDisposable {
  readonly redis: Server;
  readonly port: number;
  readonly metricsPort: number;
  readonly #bench: ExampleBench;
  readonly #stack = new AsyncDisposableStack();
  #worker: Deno.ChildProcess | undefined;

  private constructor(bench: ExampleBench, redis: Server) {
    this.#bench = bench;
    this.redis = this.#stack.use(redis);
    this.port = bench.port();
    this.metricsPort = bench.port();
  }

  /** With Redis and a server; without a worker and without generators. */
  static async start(bench: ExampleBench): Promise<System> {
    const redis = await Server.start(
      "redis",
      bench.path("redis"),
      bench.port(),
    );
    const system = new System(bench, redis);
    await Deno.mkdir(bench.path("generators"));
    try {
      await system.startServer(system.port);
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
    return system;
  }

  async startServer(port: number, variables: Variables = {}): Promise<void> {
    this.#spawn("server", { LISTEN: `127.0.0.1:${port}`, ...variables });
    await this.#isOk(port, "/healthz");
  }

  async startWorker(variables: Variables = {}): Promise<void> {
    this.#worker = this.#spawn("worker", {
      METRICS_LISTEN: `127.0.0.1:${this.metricsPort}`,
      GENERATORS_DIR: this.#bench.path("generators"),
      WORKER_ID: "worker-0",
      ...variables,
    });
    await this.#isOk(this.metricsPort, "/readyz");
  }

  async stopWorker(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    this.#worker?.kill(signal);
    const status = await this.#worker?.status;
    this.#worker = undefined;
    if (signal === "SIGTERM") equal(status?.code, 0);
  }

  #spawn(part: string, variables: Variables): Deno.ChildProcess {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--frozen", MAIN, part],
      env: { REDIS_URL: this.redis.url, ...variables },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#stack.defer(async () => {
      try {
        process.kill("SIGKILL");
      } catch {
        // The test has ended it.
      }
      await process.status;
    });
    return process;
  }

  async #isOk(port: number, path: string): Promise<void> {
    await until(`${path} of port ${port}`, async () => {
      try {
        return (await fetchText(port, path)).status === 200;
      } catch {
        return false;
      }
    });
  }

  write(name: string, text: string): void {
    Deno.writeTextFileSync(`${this.#bench.path("generators")}/${name}`, text);
  }

  /** Asks for /targets/PATH, by default at the server that the system began with. */
  async get(
    path: string,
    port = this.port,
  ): Promise<{ status: number; body: Answer }> {
    const { status, text } = await fetchText(port, `/targets/${path}`);
    return { status, body: JSON.parse(text) };
  }

  /** Asks until there is an answer of this status. */
  async got(path: string, wanted = 200): Promise<Answer> {
    return await until(`${wanted} for ${path}`, async () => {
      const { status, body } = await this.get(path);
      return status === wanted && body;
    });
  }

  /** Asks with ?debug=true until the error of the path is known. */
  async failed(path: string): Promise<Answer> {
    return await until(`the error of ${path}`, async () => {
      const { body } = await this.get(
        `${path}${path.includes("?") ? "&" : "?"}debug=true`,
      );
      return body.debug_info?.error_details !== undefined && body;
    });
  }

  /** The samples that Prometheus would find at this port. */
  async metrics(port = this.metricsPort): Promise<ReadonlyMap<string, number>> {
    const { text } = await fetchText(port, "/metrics");
    return new Map(
      text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => {
          const [, name, value] = /^(.+) (\S+)$/.exec(line) ?? [];
          return [name, Number(value)];
        }),
    );
  }

  /** What `redis-cli` says, as an operator calls it. */
  async cli(...args: readonly string[]): Promise<string> {
    const port = ["-p", String(this.redis.port)];
    return (await must("ask Redis", "redis-cli", [...port, ...args])).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

async function fetchText(port: number, path: string) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}
