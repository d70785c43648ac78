/**
 * One supervisor that runs: started by the stamping program, so that the moment
 * of its exec is known, and ended together with all its descendants.
 */
import { family } from "./processes.ts";
import { pause, StampLog } from "./stamps.ts";
import type { Job, Tool } from "./tools.ts";

/** What all measurements share. */
export interface Bench {
  /** A directory that goes away at the end. */
  readonly directory: string;
  /** The stamping program. */
  readonly program: string;
  readonly tools: readonly Tool[];
  readonly runs: number;
  readonly quick: boolean;
}

/** How a supervisor is started here. */
export interface StartOptions {
  readonly watch?: Job["watch"];
  readonly debounceMs?: number;
  /** What the child does first; it stamps and waits for signals when absent. */
  readonly child?: readonly string[];
  /** Programs to start it through, as `unshare`. */
  readonly through?: readonly string[];
}

const START_TIMEOUT_MS = 20_000;

let count = 0;

/** A supervisor whose child has started. */
export class Supervised implements AsyncDisposable {
  readonly tool: Tool;
  readonly log: StampLog;
  readonly job: Job;
  readonly #process: Deno.ChildProcess;
  readonly #program: string;

  private constructor(
    tool: Tool,
    log: StampLog,
    job: Job,
    process: Deno.ChildProcess,
    program: string,
  ) {
    this.tool = tool;
    this.log = log;
    this.job = job;
    this.#process = process;
    this.#program = program;
  }

  /** Starts the tool, and resolves when its child has stamped; rejects when that takes too long. */
  static async start(
    { directory, program }: Bench,
    tool: Tool,
    { watch, debounceMs = 0, child, through = [] }: StartOptions = {},
  ): Promise<Supervised> {
    const own = `${directory}/${++count}`;
    Deno.mkdirSync(own);
    const log = new StampLog(program, `${own}/log`);
    const scratch = `${own}/scratch`;
    Deno.writeTextFileSync(scratch, "");
    const supervised = child === undefined
      ? log.child
      : log.command(child[0], ...child.slice(1));
    const job = { child: supervised, scratch, watch, debounceMs };
    const { argv, stdin } = tool.launch(job);
    if (stdin !== undefined) Deno.writeTextFileSync(`${own}/stdin`, stdin);
    const input = stdin === undefined ? "/dev/null" : `${own}/stdin`;
    const [first, ...rest] = log.command("exec", input, ...through, ...argv);
    const process = new Deno.Command(first, {
      args: rest,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const one = new Supervised(tool, log, job, process, program);
    const event = child === undefined ? "start" : "begin";
    if (await log.next(event, 0, START_TIMEOUT_MS) !== undefined) return one;
    await one[Symbol.asyncDispose]();
    throw new Error(`Cannot start ${tool.name}: its child never stamped`);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The supervisor's processes, without the child. */
  family(): number[] {
    return family(this.pid, this.#program);
  }

  /** Asks politely, then ends everything that came of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const before = family(this.pid, "");
    signal(this.pid, "SIGTERM");
    const ended = this.#process.status.then(() => {}, () => {});
    const patienceMs = this.tool.skills.includes("init") ? 5_000 : 100;
    await Promise.race([ended, pause(patienceMs)]);
    const stamped = this.log.read().map(({ pid }) => pid);
    for (const pid of new Set([...before, ...stamped])) {
      // A stamp of another pid namespace may be the number of anybody.
      if (isOf(pid, this.job.scratch)) signal(pid, "SIGKILL");
    }
    await ended;
  }
}

function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch {
    // It has ended.
  }
}

/** Whether the process was started with a path in the directory of this run. */
function isOf(pid: number, scratch: string): boolean {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`)
      .includes(scratch.replace(/[^/]*\/[^/]*$/, ""));
  } catch {
    return false;
  }
}
