/**
 * A constant load on one server, from inside the network of a manager. Owns
 * the process that makes it; must not know what is reloaded.
 */
import { Lines } from "../e2e/lines.ts";
import { until } from "../e2e/until.ts";
import { pathOf } from "./programs.ts";

const FAULTS = ["connect", "read", "write", "timeout", "status"] as const;
type Fault = typeof FAULTS[number];

/** What the client has counted. */
export interface LoadReport {
  /** Those with an answer. */
  readonly requests: number;
  readonly seconds: number;
  /** The sum of `faults`. */
  readonly failed: number;
  /** Refused connections, connections that broke (read, write), no answer within 5 s, other answers than 2xx. */
  readonly faults: Readonly<Record<Fault, number>>;
  /** Requests that were repeated because a kept connection was closed; never with wrk. */
  readonly retried: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * Who makes the requests: wrk with a connection for each request, wrk with
 * connections that are kept, or keep_alive_client.ts.
 */
export type Client = "wrk" | "wrk, kept" | "client, kept";

export interface LoadOptions {
  readonly client: Client;
  /** A process in the network that is loaded. */
  readonly pid: number;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly connections: number;
}

/** Longer than any scenario: the load ends when it is asked to. */
const DURATION = "10m";
const TIMEOUT = "5s";
const REPORT = "report ";

export class Load implements AsyncDisposable {
  readonly #options: LoadOptions;
  readonly #process: Deno.ChildProcess;
  readonly #out: Lines;
  readonly #err: Lines;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#process = new Deno.Command(pathOf("nsenter"), {
      args: [
        `--net=/proc/${options.pid}/ns/net`,
        "--",
        // On the same processors as what is loaded.
        "taskset",
        "-c",
        processorsOf(options.pid),
        ...argvOf(options),
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#out = new Lines("the client's output", this.#process.stdout);
    this.#err = new Lines("the client's errors", this.#process.stderr);
  }

  /** Resolves when connections have been accepted for all. */
  async running(): Promise<void> {
    const { pid, connections } = this.#options;
    const from = acceptedIn(pid);
    await until(
      "the load",
      () => acceptedIn(pid) >= from + connections,
    );
  }

  /** Ends the load and returns what came of it. */
  async stop(): Promise<LoadReport> {
    this.#process.kill("SIGINT");
    const { text } = await this.#out.wait(REPORT);
    return reportOf(JSON.parse(text.slice(REPORT.length)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended, as it should.
    }
    await this.#process.status;
    await Promise.all([this.#out.ended, this.#err.ended]);
  }
}

function argvOf({ client, port, connections }: LoadOptions): string[] {
  if (client === "client, kept") {
    return [
      Deno.execPath(),
      "run",
      "--quiet",
      "--no-config",
      "--allow-net",
      pathHere("keep_alive_client.ts"),
      String(port),
      String(connections),
    ];
  }
  return [
    pathOf("wrk"),
    "--threads=1",
    `--connections=${connections}`,
    `--duration=${DURATION}`,
    `--timeout=${TIMEOUT}`,
    `--script=${pathHere("wrk_report.lua")}`,
    ...(client === "wrk" ? ["--header=Connection: close"] : []),
    `http://127.0.0.1:${port}/`,
  ];
}

function processorsOf(pid: number): string {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "0";
}

const pathHere = (name: string) =>
  decodeURIComponent(new URL(name, import.meta.url).pathname);

function reportOf(counts: Readonly<Record<string, number>>): LoadReport {
  const faults = { connect: 0, read: 0, write: 0, timeout: 0, status: 0 };
  for (const fault of FAULTS) faults[fault] = counts[fault];
  const milliseconds = (us: number) => Math.round(us / 10) / 100;
  return {
    requests: counts.requests,
    seconds: counts.durationUs / 1e6,
    failed: FAULTS.reduce((sum, fault) => sum + counts[fault], 0),
    faults,
    retried: counts.retried ?? 0,
    p50Ms: milliseconds(counts.p50Us),
    p99Ms: milliseconds(counts.p99Us),
    maxMs: milliseconds(counts.maxUs),
  };
}

/** How many connections were ever accepted in the network of that process (proc_pid_net(5): Tcp PassiveOpens). */
function acceptedIn(pid: number): number {
  const lines = Deno.readTextFileSync(`/proc/${pid}/net/snmp`).split("\n");
  const [names, values] = lines.filter((line) => line.startsWith("Tcp: "));
  const at = names.split(" ").indexOf("PassiveOpens");
  return Number(values.split(" ")[at]);
}
