/**
 * One run of the compiled executable, seen from outside: its log, its child's
 * output, its end. Owns every process that comes of the run and leaves none
 * behind. Must not know what is tested.
 */
import { HANG_MS, JUDGES_LATENCY, scaled } from "../fixtures/limits.ts";
import { type Line, Lines, type Pattern } from "./lines.ts";
import { hasEnvironment, isAlive, pidsWithEnvironment } from "./processes.ts";
import { atMost, pause, until } from "./until.ts";

/** The executable that `deno task compile` makes, or the one that E2E_EXECUTABLE names. */
export const EXECUTABLE = Deno.env.get("E2E_EXECUTABLE") ??
  decodeURIComponent(
    new URL("../../dist/flush-manager", import.meta.url).pathname,
  );

export const STARTED = "Child process started with PID: ";
const POLLING = "Started polling file changes";
const EVENT = "Fsnotify event: ";
/** Tells the processes of one run from all others, whatever becomes of them. */
const MARK = "E2E_RUN_OF_FLUSH_MANAGER";

/** The output of a manager is read for this long while its child lives on. */
const OUTLIVED_MS = 3_000;

/** Effect of an event, [F]: 1 s after the change, beside the quiet window of 500 ms. */
export const BY_EVENT_MS = 1_500;
/** Found by the poller of 5 s, [P]: the quiet window included. */
export const BY_POLL_MS = 6_500;

/** How to start it. */
export interface StartOptions {
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  stdin?: "null" | "piped";
  /** A program that becomes, or runs, the manager: it is given its path and arguments. */
  through?: readonly string[];
  /** What is run in place of the executable. */
  program?: readonly string[];
}

/** How a run ended. */
export interface End {
  readonly code: number;
  readonly signal: string | null;
}

/** What a change is expected to lead to. */
export interface Restart {
  /** The content that the new child prints. */
  content?: string;
  /** Limit from the end of the change to the start of the new child. */
  withinMs: number;
}

/** Starts the executable with these arguments. */
export function startManager(
  args: readonly string[],
  options: StartOptions = {},
): Manager {
  return new Manager(args, options);
}

/** A running manager. */
export class Manager implements AsyncDisposable {
  /** Standard error: the log, and what the child writes there. */
  readonly log: Lines;
  /** Standard output: the child's. */
  readonly out: Lines;
  readonly #process: Deno.ChildProcess;
  readonly #mark = `${MARK}=${crypto.randomUUID()}`;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #pid: number;
  #end: End | undefined;

  constructor(
    args: readonly string[],
    { env = {}, cwd, stdin = "null", through = [], program = [EXECUTABLE] }:
      StartOptions,
  ) {
    const [command, ...rest] = [...through, ...program, ...args];
    this.#process = new Deno.Command(command, {
      args: rest,
      cwd,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        ...env,
        [MARK]: this.#mark.slice(MARK.length + 1),
      },
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (stdin === "piped") this.#stdin = this.#process.stdin.getWriter();
    this.#pid = this.#process.pid;
    void this.#process.status.then((end) => this.#end = end);
    this.log = new Lines("standard error", this.#process.stderr);
    this.out = new Lines("standard output", this.#process.stdout);
  }

  /** The manager's process, in the test's own numbering. */
  get pid(): number {
    return this.#pid;
  }

  /** For a manager that runs below the process that was started. */
  set pid(pid: number) {
    this.#pid = pid;
  }

  /** How many children were started so far. */
  get starts(): number {
    return this.log.count(STARTED);
  }

  /** How many restarts there were so far. */
  get restarts(): number {
    return Math.max(0, this.starts - 1);
  }

  /** The latest child, in the manager's numbering. */
  get childPid(): number {
    const line = this.log.matches(STARTED).at(-1)?.text ?? "";
    return Number(line.slice(line.indexOf(STARTED) + STARTED.length));
  }

  /** Signals the latest child that has said it is ready, or that the log tells of: its word may come before the line of the log. */
  async killChild(signal: Deno.Signal): Promise<void> {
    const nth = Math.max(1, this.out.count("ready pid="));
    await this.log.wait(STARTED, { nth });
    Deno.kill(this.childPid, signal);
  }

  /** Waits until the child has said that it is ready and, unless nothing is watched, the poller runs. */
  async ready({ watches = true } = {}): Promise<this> {
    await this.out.wait("ready pid=");
    await this.log.wait(STARTED);
    if (watches) await this.log.wait(POLLING);
    return this;
  }

  /** Waits until a child has said this, and that it is ready after it. */
  async readyWith(pattern: Pattern): Promise<void> {
    const line = await this.out.wait(pattern);
    const from = this.out.entries.indexOf(line);
    await this.out.wait("ready pid=", { from });
  }

  waitForLog(pattern: Pattern, options?: Parameters<Lines["wait"]>[1]) {
    return this.log.wait(pattern, options);
  }

  /** Writes to standard input, which must be piped. */
  async type(text: string): Promise<void> {
    await this.#stdin?.write(new TextEncoder().encode(text));
  }

  /** Ends standard input. */
  async typeEnd(): Promise<void> {
    await this.#stdin?.close();
  }

  signal(signal: Deno.Signal): void {
    Deno.kill(this.#pid, signal);
  }

  /**
   * Makes a change and waits for the restart that it leads to. The limit is
   * judged where latency is: cases that end in [F] or [P] are played there too.
   *
   * @throws {Error} when the restart is late or was not the only one
   * @returns the line that told of the new child
   */
  async restartAfter(
    change: () => unknown,
    { content, withinMs }: Restart,
  ): Promise<Line> {
    const before = this.starts;
    const from = this.out.entries.length;
    await change();
    const changedAtMs = performance.now();
    const line = await this.log.wait(STARTED, { nth: before + 1 });
    judgeLatency("the restart", line.atMs - changedAtMs, withinMs);
    if (content !== undefined) {
      await this.out.wait(`config: ${content}`, { from });
    }
    this.expectStarts(before + 1);
    return line;
  }

  /**
   * The change restarts the child within the limit of an event, and an event told
   * of it before. A poll may come first by chance, and says so; then the event is
   * heard as well.
   *
   * @throws {Error} when the restart is late or was not the only one, or when no event told of it
   */
  async restartByEvent(
    change: () => unknown,
    content?: string,
    withinMs = BY_EVENT_MS,
  ): Promise<Line> {
    const from = this.log.entries.length;
    const line = await this.restartAfter(change, { content, withinMs });
    const startedAt = this.log.entries.indexOf(line);
    const toldBefore = (text: string) =>
      this.log.entries.slice(from, startedAt)
        .some((each) => each.text.includes(text));
    if (toldBefore(EVENT)) return line;
    if (!toldBefore("File change detected via polling")) {
      throw new Error("Neither an event nor a poll told of the change");
    }
    await this.log.wait(EVENT, { from });
    return line;
  }

  /** Waits until so many children were started, no more, and returns the latest. */
  async started(count: number): Promise<number> {
    await this.log.wait(STARTED, { nth: count });
    this.expectStarts(count);
    return this.childPid;
  }

  /** @throws {Error} unless so many children were started up to now */
  expectStarts(count: number): void {
    if (this.starts !== count) {
      throw new Error(`Expected ${count} starts, there were ${this.starts}`);
    }
  }

  /** Lets that time pass, and checks that no child was started and none ended in it. */
  async nothingHappens(ms: number): Promise<void> {
    // What a child has said already, the log says in a moment.
    await this.log.wait(STARTED, { nth: this.out.count("ready pid=") });
    const before = this.starts;
    const from = this.log.entries.length;
    // A fixed wait: only time can show that nothing happens.
    await pause(ms);
    this.expectStarts(before);
    if (this.#end !== undefined || !isAlive(this.#pid)) {
      throw new Error("The manager has ended");
    }
    if (this.log.count("Child process exited", from) > 0) {
      throw new Error("The child has ended");
    }
  }

  /** Waits for the end, and for the last of the output. */
  async ended(deadlineMs = HANG_MS): Promise<End> {
    const end = await until("the manager's end", () => this.#end, deadlineMs);
    let isRead = false;
    const reading = Promise.all([this.log.ended, this.out.ended])
      .then(() => isRead = true);
    // A child that outlives the manager may keep the pipes open for ever.
    await atMost(OUTLIVED_MS, reading);
    if (!isRead && (await this.survivors()).length === 0) {
      await until("the last of the output", () => isRead);
    }
    return end;
  }

  /** Waits for the end; 128+n for one by signal n, as a shell has it. */
  async exitCode(deadlineMs?: number): Promise<number> {
    return (await this.ended(deadlineMs)).code;
  }

  /** Asks for a stop as a container runtime does, and returns the exit code. */
  async stop(): Promise<number> {
    this.signal("SIGTERM");
    return await this.exitCode();
  }

  /** Stops it as soon as the child is ready, whatever it watches. */
  async stopWhenReady(): Promise<number> {
    await this.ready({ watches: false });
    return await this.stop();
  }

  /** Everything that was written, for the report of a failure. */
  transcript(): string {
    const lines = [...this.log.entries, ...this.out.entries]
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ text, atMs }) => `${(atMs / 1000).toFixed(3)} ${text}`);
    const shown = lines.length <= 120
      ? lines
      : [...lines.slice(0, 30), "…", ...lines.slice(-90)];
    return shown.join("\n    ");
  }

  /** The processes of this run that are still there. */
  async survivors(): Promise<number[]> {
    return (await pidsWithEnvironment(this.#mark)).filter(isAlive);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The manager first: it would start another child. The number of a process
    // that has ended may be another test's by now.
    if (this.#end === undefined) {
      if (hasEnvironment(this.#pid, this.#mark)) kill(this.#pid);
      kill(this.#process.pid);
    }
    await this.#process.status;
    await until("the end of all processes of a run", async () => {
      const left = await this.survivors();
      left.forEach(kill);
      return left.length === 0;
    });
    // It may be closed already, by us or by the other end.
    await this.#stdin?.abort().catch(() => {});
    await Promise.all([this.log.ended, this.out.ended]);
  }
}

/** Whose name ends so is played in the part "timed" as well, in which latency is judged. */
const TIMED = /\[[FPT]\]$/;

/** The case that is played; a test file plays one after another. */
let played: string | undefined;

/** Begins a case, whose latency is judged from now on. */
export function begin(name: string): void {
  played = name;
}

/**
 * Holds a time against its limit, as this machine needs it, where latency is judged.
 *
 * @throws {Error} when it took longer, or when the case is never played where latency is judged
 */
export function judgeLatency(
  what: string,
  tookMs: number,
  limitMs: number,
): void {
  if (played !== undefined && !TIMED.test(played)) {
    throw new Error(
      `Cannot judge ${what}: the name of "${played}" does not end in [F], [P] or [T]`,
    );
  }
  if (!JUDGES_LATENCY || tookMs <= scaled(limitMs)) return;
  throw new Error(
    `Expected ${what} within ${Math.round(scaled(limitMs))} ms, it took ${
      Math.round(tookMs)
    } ms`,
  );
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
