/**
 * Shows how far a long task is: a bar on a terminal, plain lines elsewhere, both
 * on standard error. Must not know what the task does.
 */
import process from "node:process";
// @ts-types="../types/cli_progress.d.ts"
import cliProgress, { type Bar, type MultiBar } from "cli-progress";

/** A terminal's bar is drawn anew at most that often by a task that never rests. */
const DRAW_EVERY_MS = 100;
/** Plain lines of `at` come at most that often. */
const PLAIN_EVERY_MS = 10_000;

/** What the steps of a task are counted in. */
export interface ProgressOptions {
  /** All of it. */
  readonly total: number;
  /** Whether to show a bar; by default, if standard error is a terminal. */
  readonly isTerminal?: boolean;
  /** Where plain lines go. */
  readonly print?: (line: string) => void;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

/** The progress of one task, from construction until it is disposed of. */
export class Progress implements Disposable {
  readonly #name: string;
  readonly #total: number;
  readonly #print: (line: string) => void;
  readonly #bars: MultiBar | undefined;
  readonly #bar: Bar | undefined;
  readonly #now: () => number;
  #drawnMs: number;
  #saidMs: number;
  #isDone = false;

  constructor(
    name: string,
    {
      total,
      isTerminal = Deno.stderr.isTerminal(),
      print = (line) => console.error(line),
      now = () => performance.now(),
    }: ProgressOptions,
  ) {
    this.#name = name;
    this.#total = total;
    this.#print = print;
    this.#now = now;
    this.#drawnMs = this.#saidMs = now();
    if (!isTerminal) return;
    this.#bars = new cliProgress.MultiBar({
      stream: process.stderr,
      format: `${name} [{bar}] {percentage}%  {duration_formatted}  {what}`,
      barsize: 20,
      barCompleteChar: "=",
      barIncompleteChar: " ",
      clearOnComplete: true,
      hideCursor: false,
      linewrap: true,
      gracefulExit: false,
      emptyOnZero: true,
    });
    this.#bar = this.#bars.create(total, 0, { what: "" });
    this.#bars.update();
  }

  /** Begins a step that is worth a line of its own; `done` steps lie behind it. */
  step(done: number, what: string): void {
    if (this.#bar === undefined) {
      return this.#print(
        `${this.#name}: ${done + 1} of ${this.#total}, ${what}`,
      );
    }
    this.#bar.update(done, { what });
    this.#draw();
  }

  /** Tells where the task is; may be called as often as the task likes. */
  at(done: number, what = ""): void {
    const now = this.#now();
    if (this.#bar === undefined) {
      if (now - this.#saidMs < PLAIN_EVERY_MS) return;
      this.#saidMs = now;
      const more = what === "" ? "" : `, ${what}`;
      return this.#print(
        `${this.#name}: ${Math.floor(done)} of ${this.#total}${more}`,
      );
    }
    if (now - this.#drawnMs < DRAW_EVERY_MS) return;
    this.#bar.update(done, { what });
    this.#draw();
  }

  /** Prints a line on standard output, above the bar where there is one. */
  say(line: string): void {
    // The bar and the line share the screen only if both are on it.
    if (Deno.stdout.isTerminal()) this.#above(line, console.log);
    else console.log(line);
  }

  /** Prints a line on standard error, above the bar where there is one. */
  tell(line: string): void {
    this.#above(line, console.error);
  }

  #above(line: string, print: (line: string) => void): void {
    if (this.#bars === undefined || this.#isDone) return print(line);
    this.#bars.log(`${line}\n`);
    this.#draw();
  }

  [Symbol.dispose](): void {
    this.#isDone = true;
    this.#bars?.stop();
  }

  #draw(): void {
    this.#drawnMs = this.#now();
    this.#bars?.update();
  }
}
