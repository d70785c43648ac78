/**
 * Debian's Redis, PostgreSQL and NATS as plain child processes on 127.0.0.1,
 * for the examples and their tests: started, waited for, killed, started again
 * on the same data, ended. Must not know what they are used for.
 */
import { gist, run } from "../scripts/shell.ts";

export type ServerName = "redis" | "postgres" | "nats";

/** How one of the servers is run. */
interface Kind {
  /** Debian's package, and the program of it that is looked for. */
  readonly debian: string;
  readonly program: string;
  readonly port: number;
  readonly url: (port: number) => string;
  readonly args: (directory: string, port: number) => readonly string[];
  /** Ends it with its data written. */
  readonly stopSignal: Deno.Signal;
  /** Makes the data directory of the first start. */
  readonly prepare?: (directory: string) => Promise<void>;
  /** PostgreSQL refuses to be run by root. */
  readonly isNotForRoot?: true;
  readonly isReady: (port: number) => Promise<boolean>;
}

const KINDS: Readonly<Record<ServerName, Kind>> = {
  redis: {
    debian: "redis-server",
    program: "redis-server",
    port: 6379,
    url: (port) => `redis://127.0.0.1:${port}`,
    args: (directory, port) => [
      ...["--bind", "127.0.0.1", "--port", `${port}`, "--dir", directory],
      // What was acknowledged is on the disk after a SIGKILL.
      ...["--appendonly", "yes", "--appendfsync", "always", "--save", ""],
    ],
    stopSignal: "SIGTERM",
    isReady: async (port) => (await greeting(port, "PING\r\n")) === "+PONG\r\n",
  },
  postgres: {
    debian: "postgresql",
    program: "postgres",
    port: 5432,
    url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    args: (directory, port) => [
      ...["-D", directory, "-h", "127.0.0.1", "-p", `${port}`, "-k", ""],
    ],
    // Fast shutdown: SIGTERM would wait until the last client has gone.
    stopSignal: "SIGINT",
    isNotForRoot: true,
    prepare: initdb,
    isReady: async (port) => {
      const args = ["-q", "-h", "127.0.0.1", "-p", `${port}`];
      return (await run(programOf("postgres", "pg_isready"), args)).code === 0;
    },
  },
  nats: {
    debian: "nats-server",
    program: "nats-server",
    port: 4222,
    url: (port) => `nats://127.0.0.1:${port}`,
    args: (directory, port) => [
      ...["-a", "127.0.0.1", "-p", `${port}`, "-js", "-sd", directory],
    ],
    stopSignal: "SIGTERM",
    isReady: async (port) =>
      /^INFO .*"jetstream":true/.test(await greeting(port)),
  },
};

/** For a cold start on a slow machine; only a server that hangs takes as long. */
const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;
const STOP_WITHIN_MS = 10_000;

/** The port by which everybody knows the server. */
export const portOf = (name: ServerName): number => KINDS[name].port;

/** What is to be installed before these servers can be started; undefined: nothing. */
export function missing(names: readonly ServerName[]): string | undefined {
  const absent = names.filter((name) =>
    find(name, KINDS[name].program) === undefined
  );
  if (absent.length === 0) return undefined;
  const packages = absent.map((name) => KINDS[name].debian).join(" ");
  const programs = absent.map((name) => KINDS[name].program).join(", ");
  return `there is no ${programs} (Debian: apt-get install ${packages})`;
}

/** A server of this process; it ends with its scope. */
export class Server implements AsyncDisposable {
  readonly name: ServerName;
  readonly port: number;
  readonly #directory: string;
  readonly #more: readonly string[];
  #process: Deno.ChildProcess | undefined;

  private constructor(
    name: ServerName,
    directory: string,
    port: number,
    more: readonly string[],
  ) {
    this.name = name;
    this.port = port;
    this.#directory = directory;
    this.#more = more;
  }

  /**
   * Starts it on the data in `directory`, which is made if it is not there, with
   * `more` arguments.
   *
   * @throws {Error} with the end of its log when it does not get ready
   */
  static async start(
    name: ServerName,
    directory: string,
    port = portOf(name),
    more: readonly string[] = [],
  ): Promise<Server> {
    const server = new Server(name, directory, port, more);
    await server.start();
    return server;
  }

  /** Where clients reach it. */
  get url(): string {
    return KINDS[this.name].url(this.port);
  }

  /** What it has written, in a file beside its data. */
  get log(): string {
    return `${this.#directory}.log`;
  }

  /** Starts it again, on the same data and port. */
  async start(): Promise<void> {
    const { program, args, prepare, isReady } = KINDS[this.name];
    const path = programOf(this.name, program);
    if (await isListening(this.port)) {
      throw new Error(
        `Cannot start ${this.name} on port ${this.port}: another program listens there; stop it, or use other ports (deno task example NAME --shift N)`,
      );
    }
    await Deno.mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await prepare?.(this.#directory);
    const [command, ...words] = [
      ...through(this.name),
      path,
      ...args(this.#directory, this.port),
      ...this.#more,
    ];
    // A shell only to give it a file to write to. Detached: Ctrl-C on the
    // terminal is for whoever started it, which ends it after its clients.
    this.#process = new Deno.Command("sh", {
      args: ["-c", 'exec "$@" >>"$0" 2>&1', this.log, command, ...words],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      detached: true,
    }).spawn();
    let end: Deno.CommandStatus | undefined;
    void this.#process.status.then((status) => end = status);
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!await isReady(this.port) || end !== undefined) {
      if (end !== undefined || performance.now() > deadline) {
        await this.kill();
        const why = end === undefined
          ? "not ready in time"
          : `ended with ${end.code}`;
        throw new Error(
          `Cannot start ${path} on port ${this.port}: ${why}: ${await this
            .#lastLines()}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Asks it to end, and ends it when it does not. */
  async stop(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    const timer = setTimeout(() => signal(process, "SIGKILL"), STOP_WITHIN_MS);
    await this.#end(KINDS[this.name].stopSignal);
    clearTimeout(timer);
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async #end(which: Deno.Signal): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    signal(process, which);
    await process.status;
    this.#process = undefined;
  }

  async #lastLines(): Promise<string> {
    const text = await Deno.readTextFile(this.log).catch(() => "");
    return text.trim().split("\n").slice(-3).join("; ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function signal(process: Deno.ChildProcess, which: Deno.Signal): void {
  try {
    process.kill(which);
  } catch {
    // It has ended.
  }
}

async function isListening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** What the server says to a client that has said this, up to its first pause. */
async function greeting(port: number, said = ""): Promise<string> {
  try {
    using client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode(said));
    const bytes = new Uint8Array(4_096);
    const length = await client.read(bytes);
    return new TextDecoder().decode(bytes.subarray(0, length ?? 0));
  } catch {
    return "";
  }
}

async function initdb(directory: string): Promise<void> {
  const isThere = await Deno.stat(`${directory}/PG_VERSION`).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const [command, ...args] = [
    ...through("postgres"),
    programOf("postgres", "initdb"),
    ...["-D", directory, "-U", "postgres", "-E", "UTF8", "--locale=C"],
    ...["--auth=trust", "--no-sync"],
  ];
  const { code, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`Cannot make ${directory}: ${gist(stderr)}`);
}

/**
 * How a server is run that refuses root: in a user namespace where this user is
 * called postgres, so that the data may stand in a directory of root's.
 */
function through(name: ServerName): readonly string[] {
  if (KINDS[name].isNotForRoot !== true || Deno.uid() !== 0) return [];
  return [
    "unshare",
    "--user",
    "--map-user=postgres",
    "--map-group=postgres",
    "--",
  ];
}

function programOf(name: ServerName, program: string): string {
  const path = find(name, program);
  if (path === undefined) {
    throw new Error(`Cannot start ${name}: ${missing([name])}`);
  }
  return path;
}

/** Daemons live in sbin, and PostgreSQL's programs in a folder for each version. */
function find(name: ServerName, program: string): string | undefined {
  const directories = [
    ...(name === "postgres" ? postgresDirectories() : []),
    ...(Deno.env.get("PATH") ?? "").split(":"),
    ...["/usr/sbin", "/sbin"],
  ];
  return directories.map((directory) => `${directory}/${program}`).find(
    (path) => {
      try {
        const { isFile, mode } = Deno.statSync(path);
        return isFile && ((mode ?? 0) & 0o111) !== 0;
      } catch {
        return false;
      }
    },
  );
}

/** The newest version first. */
function postgresDirectories(): readonly string[] {
  const root = "/usr/lib/postgresql";
  try {
    return Array.from(Deno.readDirSync(root), ({ name }) => Number(name))
      .sort((one, other) => other - one)
      .map((version) => `${root}/${version}/bin`);
  } catch {
    return [];
  }
}
