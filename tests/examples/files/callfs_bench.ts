/**
 * The file server of the examples with real servers: started alone, or under the
 * compiled flush-manager, and asked by an HTTP client. Must not know what is
 * tested.
 */
import {
  type Place,
  settingsFor,
  startServers,
} from "../../../examples/example.ts";
import { FILES } from "../../../examples/files/example.ts";
import type { Server } from "../../../examples/servers.ts";
import { fromRoot, ROOT } from "../../../scripts/denort.ts";
import { until } from "../../host/temp.ts";
import { type ExampleBench, exampleTest } from "../example_test_case.ts";

export const KEY = "your-api-key";
/** Where the example's `migrate` finds the schema. */
export const SCHEMA = fromRoot("examples/files/metadata/schema");

/** What a program has said, and how it ended. */
export interface Said {
  readonly code: number;
  readonly text: string;
}

/** Declares a test with Redis and PostgreSQL started, and the database made. */
export function callfsTest(
  name: string,
  fn: (bench: CallfsBench) => Promise<void>,
): void {
  exampleTest(`files: ${name}`, FILES.servers, async (bench) => {
    await using callfs = await CallfsBench.create(bench);
    await fn(callfs);
  });
}

export class CallfsBench implements AsyncDisposable {
  readonly directory: string;
  readonly redis: Server;
  readonly postgres: Server;
  readonly #place: Place;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    place: Place,
    [redis, postgres]: readonly Server[],
    stack: AsyncDisposableStack,
  ) {
    this.directory = place.directory;
    this.#place = place;
    this.#stack = stack;
    this.redis = redis;
    this.postgres = postgres;
  }

  static async create(bench: ExampleBench): Promise<CallfsBench> {
    const ports = new Map<number, number>();
    const port = (written: number) => {
      const held = ports.get(written) ?? bench.port();
      ports.set(written, held);
      return held;
    };
    const place = { directory: bench.directory, port };
    const stack = new AsyncDisposableStack();
    try {
      const servers = await startServers(FILES, place, stack);
      await FILES.prepare(place);
      return new CallfsBench(place, servers, stack);
    } catch (error) {
      await stack.disposeAsync();
      throw error;
    }
  }

  get port(): number {
    return this.#place.port(8443);
  }

  /** Another port that nobody listens on. */
  freePort(): number {
    return this.#place.port(0);
  }

  get database(): string {
    return `postgres://callfs:password@127.0.0.1:${this.postgres.port}/callfs?sslmode=disable`;
  }

  get config(): string {
    return `${this.directory}/config.yaml`;
  }

  url(path: string): string {
    return `https://localhost:${this.port}${path}`;
  }

  /** Writes the configuration anew with these replacements. */
  async configure(
    ...replacements: readonly (readonly [string | RegExp, string])[]
  ): Promise<void> {
    let text = await Deno.readTextFile(this.config);
    for (const [from, to] of replacements) text = text.replace(from, to);
    await Deno.writeTextFile(`${this.config}.new`, text);
    await Deno.rename(`${this.config}.new`, this.config);
  }

  /** Runs the command of the guide to its end. */
  async callfs(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Said> {
    return await said(fromRoot("examples/files/callfs"), args, env);
  }

  async migrate(...args: readonly string[]): Promise<Said> {
    return await said(fromRoot("examples/files/migrate"), [
      ...["-database", this.database, "-path", SCHEMA],
      ...args,
    ]);
  }

  /** Starts the server alone, with its schema made, and waits until it answers. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<Running> {
    await this.migrate("up");
    const args = ["server", "--config", this.config];
    const running = new Running(fromRoot("examples/files/callfs"), args, {
      CALLFS_SERVER_LISTEN_ADDR: `127.0.0.1:${this.port}`,
      ...env,
    });
    this.#stack.use(running);
    await running.says(/callfs is ready on/);
    return running;
  }

  /** Starts it under the executable by the settings file of the example. */
  async supervise(
    change: (settings: string) => string = (settings) => settings,
  ): Promise<Running> {
    const path = await settingsFor(FILES, "server", this.#place);
    await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
    const manager = new Running(fromRoot("dist/flush-manager"), [
      ...["--settings", path],
    ]);
    this.#stack.use(manager);
    await manager.says(/Child process \(PID: \d+\) is ready/);
    return manager;
  }

  /** The client of a supervised server's manager. */
  async client(...args: readonly string[]): Promise<Said> {
    const control = `unix:${this.directory}/control.sock`;
    return await said(fromRoot("dist/flush-manager"), [
      ...args,
      "--control",
      control,
    ]);
  }

  /** curl as the guide types it, with the key unless `args` say otherwise. */
  async curl(path: string, ...args: readonly string[]): Promise<Answer> {
    const hasKey = args.includes("-H") &&
      args.some((each) => each.startsWith("Authorization"));
    const key = hasKey ? [] : ["-H", `Authorization: Bearer ${KEY}`];
    return await this.curlWithoutKey(path, ...key, ...args);
  }

  async curlWithoutKey(
    path: string,
    ...args: readonly string[]
  ): Promise<Answer> {
    const { text } = await said("curl", [
      ...["-k", "-s", "-S", "-m", "60", "-w", "\n%{http_code}", ...args],
      this.url(path),
    ]);
    const end = text.lastIndexOf("\n");
    return { status: Number(text.slice(end + 1)), body: text.slice(0, end) };
  }

  async put(path: string, content: string): Promise<Answer> {
    return await this.curl(
      `/api/v1/files${path}`,
      ...["-X", "PUT", "--data-binary", content],
    );
  }

  /** An upload whose body is given bit by bit. */
  upload(path: string): Upload {
    return new Upload(this.url(`/api/v1/files${path}`));
  }

  async get(path: string): Promise<Answer> {
    return await this.curl(`/api/v1/files${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** curl that sends what it is given on its standard input as it comes (`-T .`), and reads the answer meanwhile. */
export class Upload {
  readonly #curl: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(url: string) {
    this.#curl = new Deno.Command("curl", {
      args: [
        ...["-k", "-s", "-S", "-m", "60", "-T", ".", "-w", "\n%{http_code}"],
        ...["-H", `Authorization: Bearer ${KEY}`, url],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#curl.stdin.getWriter();
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(bytes);
  }

  /** Ends the body, and waits for the answer. */
  async answer(): Promise<Answer> {
    await this.#writer.close().catch(() => {});
    const { stdout, stderr } = await this.#curl.output();
    const text = new TextDecoder();
    const said = text.decode(stdout);
    const end = said.lastIndexOf("\n");
    const status = Number(said.slice(end + 1));
    const body = status === 0 ? text.decode(stderr) : said.slice(0, end);
    return { status, body };
  }

  /** Ends the client in the middle. */
  async kill(): Promise<void> {
    this.#curl.kill("SIGKILL");
    await this.#writer.close().catch(() => {});
    await this.#curl.output();
  }
}

/** A program that runs, and what it has said so far. */
export class Running implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  #said = "";
  readonly #read: Promise<unknown>;

  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.process = new Deno.Command(command, {
      args: [...args],
      env: { ...PATH, ...env },
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) {
        this.#said += text;
      }
    };
    this.#read = Promise.all([
      read(this.process.stdout),
      read(this.process.stderr),
    ]);
  }

  get log(): string {
    return this.#said;
  }

  /** Waits until it has said this so many times. */
  async says(pattern: RegExp, times = 1): Promise<void> {
    let end: Deno.CommandStatus | undefined;
    void this.process.status.then((status) => end = status);
    const all = new RegExp(pattern.source, "g");
    const isSaid = () => [...this.#said.matchAll(all)].length >= times;
    await until(`${pattern} in: ${this.#said}`, () => {
      if (end !== undefined && !isSaid()) {
        throw new Error(`Ended with ${end.code}: ${this.#said}`);
      }
      return isSaid();
    }).catch((error) => {
      throw new Error(`${error.message}\n${this.#said}`);
    });
  }

  /** Sends the signal, and waits for the end. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<Said> {
    try {
      this.process.kill(signal);
    } catch {
      // It has ended.
    }
    const { code } = await this.process.status;
    await this.#read;
    return { code, text: this.#said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** The Deno of these tests runs the service. */
const PATH = {
  PATH: `${Deno.execPath().replace(/\/[^/]*$/, "")}:${Deno.env.get("PATH")}`,
};

/** Runs a program to its end; both of its outputs, one after the other. */
export async function said(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    env: { ...PATH, ...env },
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  return { code, text: text.decode(stdout) + text.decode(stderr) };
}
