/**
 * One process of the cluster, seen from outside: what it writes, and its end. It
 * ends with us, also when we are killed. Must not know which program it is.
 */
import { until } from "../e2e/until.ts";
import { Lines } from "../e2e/lines.ts";

/** How many of its last lines a failure shows. */
const SHOWN_LINES = 30;

export class Daemon {
  readonly name: string;
  readonly #process: Deno.ChildProcess;
  readonly #log: Lines;
  #hasEnded = false;

  constructor(name: string, command: readonly string[]) {
    this.name = name;
    this.#process = new Deno.Command("setpriv", {
      args: ["--pdeathsig", "KILL", "--", ...command],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#log = new Lines(name, this.#process.stderr);
    void this.#process.status.then(() => this.#hasEnded = true);
  }

  /** @throws {Error} with its last lines, when it has ended by itself */
  expectRuns(): void {
    if (this.#hasEnded) throw new Error(`${this.name} has ended: ${this.tail}`);
  }

  get tail(): string {
    return this.#log.entries.slice(-SHOWN_LINES)
      .map(({ text }) => `\n    ${text}`).join("");
  }

  /** Stops it without an end, and waits until none of its threads runs. */
  async freeze(): Promise<void> {
    this.#signal("SIGSTOP");
    const tasks = `/proc/${this.#process.pid}/task`;
    await until(
      `a stopped ${this.name}`,
      () =>
        [...Deno.readDirSync(tasks)].every(({ name }) =>
          // The name of the program, in parentheses, may hold anything.
          / T [^)]*$/.test(Deno.readTextFileSync(`${tasks}/${name}/stat`))
        ),
    );
  }

  thaw(): void {
    this.#signal("SIGCONT");
  }

  #signal(signal: Deno.Signal): void {
    if (!this.#hasEnded) this.#process.kill(signal);
  }

  /** Kills it, and waits for its end and the last of its output. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#process.status;
    await this.#log.ended;
  }
}
