/**
 * Runs a manager for the demo: its lines with the time they came at, its end,
 * and the certainty that nothing of it is left. Must not know what it manages.
 */
// @ts-types="../../types/std_async_deadline.d.ts"
import { deadline } from "@std/async/deadline";

/** Longer than a stop timeout of the manager's plus its kill. */
const END_TIMEOUT_MS = 12_000;
const LINE_TIMEOUT_MS = 30_000;
/** For the last lines, once the manager has ended. */
const DRAIN_TIMEOUT_MS = 1_000;

/** A line that the manager or its child wrote. */
export interface Line {
  readonly at: number;
  readonly text: string;
}

/** Where and how a manager is started. */
export interface ManagerOptions {
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Called for every line of the manager and of its child. */
  readonly onLine: (line: Line) => void;
}

/** One manager, from construction until it is disposed of. */
export class Manager implements AsyncDisposable {
  /** Resolves to the exit code. */
  readonly ended: Promise<number>;
  readonly #process: Deno.ChildProcess;
  readonly #onLine: (line: Line) => void;
  readonly #lines: Line[] = [];
  #childPid: number | undefined;
  #waiting: (() => void)[] = [];

  /** `command` is the program and its arguments. */
  constructor(command: readonly string[], options: ManagerOptions) {
    const { cwd, env, onLine } = options;
    this.#onLine = onLine;
    this.#process = new Deno.Command(command[0], {
      args: command.slice(1),
      cwd,
      env,
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A ^C in the terminal is the demo's alone; it ends this in order.
      detached: true,
    }).spawn();
    const read = Promise.all([
      this.#read(this.#process.stdout),
      this.#read(this.#process.stderr),
    ]);
    this.ended = this.#process.status.then(async ({ code }) => {
      // Killed, it leaves a child that holds the other end for ever.
      await deadline(read, DRAIN_TIMEOUT_MS).catch(() => {});
      return code;
    });
  }

  /** Rejects with "Cannot <what>" when the manager ends; never resolves. */
  async failsTo(what: string): Promise<never> {
    const code = await this.ended;
    throw new Error(`Cannot ${what}: the manager ended with code ${code}`);
  }

  /**
   * Resolves to the first line, of those that came at `since` or later, that
   * holds the text.
   *
   * @throws {Error} when the manager ends without it, or takes too long
   */
  async line(text: string, since: number): Promise<Line> {
    const search = async () => {
      for (;;) {
        const found = this.#lines.find((line) =>
          line.at >= since && line.text.includes(text)
        );
        if (found !== undefined) return found;
        await new Promise<void>((next) => this.#waiting.push(next));
      }
    };
    const what = `find the line "${text}"`;
    const found = Promise.race([search(), this.failsTo(what)]);
    return await deadline(found, LINE_TIMEOUT_MS).catch((cause) => {
      if (!(cause instanceof DOMException)) throw cause;
      throw new Error(`Cannot ${what}: it did not come in time`, { cause });
    });
  }

  /** Asks the manager to stop. */
  stop(): void {
    this.#kill(this.#process.pid, "SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    const { signal } = await deadline(this.#process.status, END_TIMEOUT_MS)
      .catch(() => {
        this.#kill(this.#process.pid, "SIGKILL");
        return this.#process.status;
      });
    // Killed, it left its child behind, in a group of the child's own.
    if (signal !== null && this.#childPid !== undefined) {
      this.#kill(-this.#childPid, "SIGKILL");
    }
  }

  #kill(pid: number, signal: Deno.Signal): void {
    try {
      Deno.kill(pid, signal);
    } catch {
      // Gone already.
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const at = performance.now();
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) this.#take({ at, text: part });
    }
  }

  #take(line: Line): void {
    const pid = /Child process started with PID: (\d+)/.exec(line.text)?.[1];
    if (pid !== undefined) this.#childPid = Number(pid);
    this.#lines.push(line);
    this.#onLine(line);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
