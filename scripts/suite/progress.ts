/**
 * Shows where a run of tests is: on a terminal a bar, elsewhere a plain line
 * every ten seconds. Must not know how tests are run.
 */
import { Progress as Bar } from "../progress.ts";
import { seconds } from "./report.ts";

/** How often the bar on a terminal is drawn anew. */
const TERMINAL_EVERY_MS = 250;
/** How often there is a line elsewhere. */
const PLAIN_EVERY_MS = 10_000;

/** What was counted in an earlier run: how many cases each file has. */
export type Expected = Readonly<Record<string, number>>;

/** The progress of one part. */
export class Progress implements Disposable {
  readonly #title: string;
  readonly #expected: Expected;
  readonly #startedMs = performance.now();
  /** Cases seen of each file, and when the last one was. */
  readonly #seen = new Map<string, { count: number; lastMs: number }>();
  /** Undefined where no terminal is. */
  readonly #bar: Bar | undefined;
  readonly #timer: number;
  #done = 0;
  #failed = 0;

  /** `expected` may be empty: then it is not known how many cases there are. */
  constructor(title: string, expected: Expected) {
    this.#title = title;
    this.#expected = expected;
    if (Deno.stdout.isTerminal()) {
      this.#bar = new Bar(title, { total: this.#total, isTerminal: true });
    }
    this.#timer = setInterval(
      () => this.#show(),
      this.#bar === undefined ? PLAIN_EVERY_MS : TERMINAL_EVERY_MS,
    );
  }

  /** A case has ended. */
  add(file: string, failed: boolean): void {
    this.#done++;
    if (failed) this.#failed++;
    const count = (this.#seen.get(file)?.count ?? 0) + 1;
    this.#seen.set(file, { count, lastMs: performance.now() });
  }

  /** Prints a line, above the bar where there is one. */
  print(line: string): void {
    if (this.#bar === undefined) console.log(line);
    else this.#bar.say(line);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#bar?.[Symbol.dispose]();
  }

  #show(): void {
    const slow = this.#slowest();
    const waits = slow === undefined ? "" : `, waits for ${slow}`;
    const where = `${this.#where()}${waits}`;
    if (this.#bar === undefined) this.print(`${this.#title}: ${where}`);
    else this.#bar.at(this.#done, where);
  }

  /** How many cases there were in an earlier run; 0 if that is not known. */
  get #total(): number {
    return Object.values(this.#expected).reduce((a, b) => a + b, 0);
  }

  #where(): string {
    const total = this.#total;
    // There may be more now than were counted.
    const of = total > 0 && this.#done <= total ? ` of ${total}` : "";
    const failed = this.#failed > 0 ? `, ${this.#failed} failed` : "";
    return `${this.#done}${of} cases${failed}, ${
      seconds(performance.now() - this.#startedMs)
    }`;
  }

  /** The file that has begun, is not done, and has been silent longest. */
  #slowest(): string | undefined {
    const [first] = [...this.#seen]
      .filter(([file, { count }]) => count < (this.#expected[file] ?? 0))
      .toSorted(([, a], [, b]) => a.lastMs - b.lastMs);
    if (first === undefined) return undefined;
    const [file, { lastMs }] = first;
    return `${file} (${seconds(performance.now() - lastMs)})`;
  }
}
