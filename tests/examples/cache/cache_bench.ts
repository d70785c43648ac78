/**
 * The cache for a test: its servers, its parts as plain processes with their
 * logs, and its HTTP. Must not know what is tested.
 */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import postgres from "postgres";
import { CACHE } from "../../../examples/cache/example.ts";
import {
  type Place,
  settingsFor,
  startServers,
} from "../../../examples/example.ts";
import { portOf, type Server } from "../../../examples/servers.ts";
import { ROOT } from "../../../scripts/denort.ts";
import { Manager, startManager } from "../../e2e/harness.ts";
import { until } from "../../e2e/until.ts";
import { type ExampleBench, exampleTest } from "../example_test_case.ts";

export const PROGRAM = `${ROOT}examples/cache/cache`;

/** The services are run by the Deno that runs the test, with what it has fetched. */
const ENVIRONMENT = {
  DENO: Deno.execPath(),
  NO_COLOR: "1",
  HOME: Deno.env.get("HOME") ?? "",
  ...Deno.env.has("DENO_DIR") && { DENO_DIR: Deno.env.get("DENO_DIR") ?? "" },
};

type Variables = Readonly<Record<string, string>>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- a test says what it expects of it
  readonly body: any;
}

export class CacheBench implements AsyncDisposable {
  readonly place: Place;
  readonly sql: postgres.Sql;
  readonly #servers: readonly Server[];
  readonly #stack: AsyncDisposableStack;

  private constructor(
    place: Place,
    servers: readonly Server[],
    stack: AsyncDisposableStack,
  ) {
    this.place = place;
    this.#servers = servers;
    this.#stack = stack;
    this.sql = postgres({
      host: "127.0.0.1",
      port: place.port(5432),
      user: "birb",
      database: "birbcache",
      max: 2,
      onnotice: () => {},
    });
    stack.defer(() => this.sql.end({ timeout: 0 }));
  }

  /** With the servers started, the files written and the tables made. */
  static async create(bench: ExampleBench): Promise<CacheBench> {
    const written = [...CACHE.servers.map(portOf), ...CACHE.ports];
    const ports = new Map(written.map((each) => [each, bench.port()]));
    const place = {
      directory: bench.directory,
      port: (each: number) => ports.get(each) ?? each,
    };
    await using stack = new AsyncDisposableStack();
    const servers = await startServers(CACHE, place, stack);
    await CACHE.prepare(place);
    const cache = new CacheBench(place, servers, stack.move());
    equalZero(await cache.run("migrate"));
    return cache;
  }

  server(name: "postgres" | "redis" | "nats"): Server {
    const server = this.#servers.find((each) => each.name === name);
    if (server === undefined) throw new Error(`There is no ${name}`);
    return server;
  }

  /** Starts a part as a process of its own, and waits until it listens. */
  async start(part: "api" | "worker", env: Variables = {}): Promise<Manager> {
    const started = this.begin(part, env);
    await started.out.wait(`${part} is listening`);
    return started;
  }

  begin(part: string, env: Variables = {}): Manager {
    return this.#stack.use(
      new Manager([part, ...this.#files(part)], {
        program: [PROGRAM],
        env: {
          DENO: Deno.execPath(),
          HOME: Deno.env.get("HOME") ?? "",
          ...env,
        },
      }),
    );
  }

  /** Starts a part under flush-manager, as `deno task example cache` does. */
  async supervise(part: "api" | "worker"): Promise<Manager> {
    const settings = await settingsFor(CACHE, part, this.place);
    const manager = this.#stack.use(
      startManager(["--settings", settings, "--log-format", "text"], {
        cwd: ROOT,
        env: ENVIRONMENT,
      }),
    );
    await manager.log.wait("is ready after");
    return manager;
  }

  /** Runs a command of the operator to its end. */
  async run(
    part: string,
    args: readonly string[] = [],
    env: Variables = {},
  ): Promise<{ readonly code: number; readonly text: string }> {
    const { code, stdout, stderr } = await new Deno.Command(PROGRAM, {
      args: [part, ...this.#files(part), ...args],
      env: { ...ENVIRONMENT, ...env },
      stdin: "null",
    }).output();
    const text = [stdout, stderr].map((each) => new TextDecoder().decode(each));
    return { code, text: text.join("") };
  }

  #files(part: string): readonly string[] {
    const names = part === "worker" ? ["cache", "batch"] : ["cache"];
    return names.flatMap((name) => [
      "--config",
      `${this.place.directory}/${name}.env`,
    ]);
  }

  /** Changes variables of a file. */
  async set(file: "cache" | "batch", variables: Variables): Promise<void> {
    const path = `${this.place.directory}/${file}.env`;
    const kept = (await Deno.readTextFile(path)).split("\n")
      .filter((line) => !Object.hasOwn(variables, line.split("=")[0] ?? ""));
    const added = Object.entries(variables).map((pair) => pair.join("="));
    await Deno.writeTextFile(`${path}.new`, [...kept, ...added, ""].join("\n"));
    await Deno.rename(`${path}.new`, path);
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, port = 8080 }: {
      headers?: Readonly<Record<string, string>>;
      port?: number;
    } = {},
  ): Promise<Reply> {
    const response = await fetch(
      `http://127.0.0.1:${this.place.port(port)}${path}`,
      {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
      },
    );
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  }

  put(key: string, body: unknown): Promise<Reply> {
    return this.ask("PUT", `/v1/cache/${key}`, body);
  }

  get(key: string): Promise<Reply> {
    return this.ask("GET", `/v1/cache/${key}`);
  }

  /** What an operator does by the `nats` command. */
  async nats<T>(use: (jsm: JetStreamManager) => Promise<T>): Promise<T> {
    const nats = await connect({ servers: this.server("nats").url });
    try {
      return await use(await jetstreamManager(nats));
    } finally {
      await nats.close();
    }
  }

  /** Puts a message into a stream, as `nats pub` does. */
  async publish(subject: string, text: string): Promise<void> {
    const nats = await connect({ servers: this.server("nats").url });
    nats.publish(subject, text);
    await nats.drain();
  }

  /** What an operator does by `redis-cli`. */
  async redis(...words: readonly string[]): Promise<string> {
    const { stdout, stderr } = await new Deno.Command("redis-cli", {
      args: ["-p", String(this.place.port(6379)), ...words],
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  }

  /** Waits until PostgreSQL has the key in this version. */
  async persisted(key: string, version: number): Promise<void> {
    await until(`${key} is persisted in version ${version}`, async () => {
      const rows = await this.sql`
        SELECT version FROM cache_records WHERE key = ${key}`;
      return Number(rows[0]?.version ?? 0) >= version;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function equalZero({ code, text }: { code: number; text: string }): void {
  if (code !== 0) throw new Error(text);
}

/** Declares a test of the cache with all of its servers. */
export function cacheTest(
  name: string,
  fn: (cache: CacheBench) => Promise<void>,
): void {
  exampleTest(`cache: ${name}`, CACHE.servers, async (bench) => {
    await using cache = await CacheBench.create(bench);
    await fn(cache);
  });
}
