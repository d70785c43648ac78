/**
 * What the control endpoint costs: memory and start-up with it and without, and
 * how long signals and reloads take while clients ask much of it.
 */
import { memoryOf } from "./processes.ts";
import { ms, reactionOf, signalled } from "./latency.ts";
import type { Series } from "./stats.ts";
import { pause } from "./stamps.ts";
import { type Bench, Supervised } from "./supervised.ts";
import { FLOOR, OURS, type Tool } from "./tools.ts";
import { plainFile, type Subject } from "./volumes.ts";

export const CONTROLLED = `${OURS} --control`;
export const BESIEGED = `${CONTROLLED}, 100 slow clients, 1,000 scrapes/s`;

const STARTS_MAX = 5;
const WARM_UP_MS = 5_000;
const SETTLE_MS = 500;
/** Until the slow clients have taken all places once. */
const SIEGE_MS = 3_000;

const socketOf = (scratch: string) => `${scratch}.sock`;

/** The same with a control endpoint. */
function withControl(tool: Tool): Tool {
  return {
    ...tool,
    name: CONTROLLED,
    launch: (job) => {
      const { argv: [program, ...args] } = tool.launch(job);
      const control = `--control=unix:${socketOf(job.scratch)}`;
      return { argv: [program, control, ...args] };
    },
  };
}

export async function controlling(bench: Bench): Promise<Series[]> {
  const ours = bench.tools.find(({ name }) => name === OURS);
  const floor = bench.tools.find(({ name }) => name === FLOOR);
  if (ours === undefined || floor === undefined) return [];
  const controlled = withControl(ours);
  const tools = [ours, controlled, floor];
  return [
    ...await memory(bench, tools),
    ...await starts(bench, tools),
    ...await besieged(bench, controlled),
  ];
}

/** Of fresh managers that watch a file; the endpoint has been asked once. */
async function memory(
  bench: Bench,
  tools: readonly Tool[],
): Promise<Series[]> {
  const samples = tools.map((): number[] => []);
  for (let turn = 0; turn < Math.min(STARTS_MAX, bench.runs); turn++) {
    await using all = new AsyncDisposableStack();
    const started: Supervised[] = [];
    for (const [at, tool] of tools.entries()) {
      const { watch } = plainFile(`${bench.directory}/control-${turn}-${at}`);
      const options = tool.name === FLOOR ? {} : { watch, debounceMs: 500 };
      started.push(all.use(await Supervised.start(bench, tool, options)));
    }
    await pause(WARM_UP_MS);
    for (const [at, one] of started.entries()) {
      if (one.tool.name === CONTROLLED) await scrapeOnce(one);
      samples[at].push(memoryOf(one.family()).anon);
    }
  }
  return tools.map(({ name }, at): Series => ({
    measure: "control: RssAnon",
    tool: name,
    unit: "MiB",
    samples: samples[at],
  }));
}

async function scrapeOnce({ job }: Supervised): Promise<void> {
  using conn = await Deno.connect({
    transport: "unix",
    path: socketOf(job.scratch),
  });
  const request =
    "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  await conn.write(new TextEncoder().encode(request));
  const answer = await new Response(conn.readable).text();
  if (!answer.startsWith("HTTP/1.1 200 ")) {
    throw new Error(`Cannot scrape: ${answer.split("\r")[0]}`);
  }
}

/** From exec of the supervisor to its child's first instruction, in turns. */
async function starts(bench: Bench, tools: readonly Tool[]): Promise<Series[]> {
  const samples = tools.map((): number[] => []);
  for (let turn = 0; turn < bench.runs; turn++) {
    const order = [...tools.entries()];
    if (turn % 2 === 1) order.reverse();
    for (const [at, tool] of order) {
      await using one = await Supervised.start(bench, tool);
      samples[at].push(one.log.between("exec", "start"));
    }
  }
  return tools.map((tool, at) => ms("control: start-up", tool, samples[at]));
}

/** Managers under siege and others take turns. */
async function besieged(bench: Bench, tool: Tool): Promise<Series[]> {
  const alone = new Delays();
  const siege = new Delays();
  const rates: number[] = [];
  for (let turn = 0; turn < bench.runs; turn += CHANGES_PER_START) {
    {
      await using one = await Measured.start(bench, tool);
      await one.measure(alone);
    }
    await using one = await Measured.start(bench, tool);
    await using clients = await Siege.of(one.socket);
    await pause(SIEGE_MS);
    await clients.rate();
    await one.measure(siege);
    rates.push(await clients.rate());
  }
  const loaded = { ...tool, name: BESIEGED };
  const note = `${Math.min(...rates)} to ${
    Math.max(...rates)
  } scrapes a second were answered`;
  return [
    ms("control: signal", tool, alone.signals),
    ms("control: signal", loaded, siege.signals, note),
    ms("control: change to new child", tool, alone.changes),
    ms("control: change to new child", loaded, siege.changes, note),
  ];
}

/** With more, it looks as if the child changed its own configuration, and the quiet window grows. */
const CHANGES_PER_START = 5;

class Delays {
  readonly signals: number[] = [];
  readonly changes: number[] = [];
}

let subjects = 0;

/** A manager whose signals and changes are timed. */
class Measured implements AsyncDisposable {
  readonly #one: Supervised;
  readonly #subject: Subject;

  private constructor(one: Supervised, subject: Subject) {
    this.#one = one;
    this.#subject = subject;
  }

  static async start(bench: Bench, tool: Tool): Promise<Measured> {
    const subject = plainFile(`${bench.directory}/besieged-${++subjects}`);
    // Fresh content is looked at with more suspicion: let it age.
    await pause(20);
    const { watch } = subject;
    const one = await Supervised.start(bench, tool, { watch });
    await pause(SETTLE_MS);
    return new Measured(one, subject);
  }

  get socket(): string {
    return socketOf(this.#one.job.scratch);
  }

  async measure({ signals, changes }: Delays): Promise<void> {
    for (let count = 0; count < CHANGES_PER_START; count++) {
      const signal = await signalled(this.#one);
      if (signal !== undefined) signals.push(signal);
      const reaction = await reactionOf(this.#one, this.#subject);
      if (reaction !== undefined) changes.push(reaction.startedMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#one[Symbol.asyncDispose]();
  }
}

const CLIENTS = decodeURIComponent(
  new URL("control_clients.ts", import.meta.url).pathname,
);

/** The clients, in a process of their own. */
class Siege implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  private constructor(socket: string) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "-A", CLIENTS, socket],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  static async of(socket: string): Promise<Siege> {
    const siege = new Siege(socket);
    await siege.#output.read();
    return siege;
  }

  /** How many scrapes a second were answered since it was asked last. */
  async rate(): Promise<number> {
    await this.#input.write(new TextEncoder().encode("\n"));
    return Number((await this.#output.read()).value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#process.status;
    await this.#output.cancel();
  }
}
