/**
 * Shows where a run of tests is: on a terminal one line that is written anew,
 * elsewhere a plain line every ten seconds. Must not know how tests are run.
 */
import { seconds } from "./report.ts";

/** How often the line on a terminal is written anew. */
const TERMINAL_EVERY_MS = 250;
/** How often there is a line elsewhere. */
const PLAIN_EVERY_MS = 10_000;
const DEFAULT_COLUMNS = 80;
/** Carriage return, and erase to the end of the line (ECMA-48 EL). */
const REWRITE = "\r\x1b[K";

/** What was counted in an earlier run: how many cases each file has. */
export type Expected = Readonly<Record<string, number>>;

/** The progress of one part. */
export class Progress implements Disposable {
  readonly #title: string;
  readonly #expected: Expected;
  readonly #startedMs = performance.now();
  /** Cases seen of each file, and when the last one was. */
  readonly #seen = new Map<string, { count: number; lastMs: number }>();
  readonly #isTerminal = Deno.stdout.isTerminal();
  readonly #timer: number;
  #done = 0;
  #failed = 0;

  /** `expected` may be empty: then it is not known how many cases there are. */
  constructor(title: string, expected: Expected) {
    this.#title = title;
    this.#expected = expected;
    this.#timer = setInterval(
      () => this.#show(),
      this.#isTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS,
    );
  }

  /** A case has ended. */
  add(file: string, failed: boolean): void {
    this.#done++;
    if (failed) this.#failed++;
    const count = (this.#seen.get(file)?.count ?? 0) + 1;
    this.#seen.set(file, { count, lastMs: performance.now() });
  }

  /** Prints a line above the one that is written anew. */
  print(line: string): void {
    write(this.#isTerminal ? `${REWRITE}${line}\n` : `${line}\n`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#isTerminal) write(REWRITE);
  }

  #show(): void {
    const slow = this.#slowest();
    const waits = slow === undefined ? "" : `, waits for ${slow}`;
    const line = `${this.#title}: ${this.#where()}${waits}`;
    if (!this.#isTerminal) return this.print(line);
    // A terminal that does not say how wide it is says 0.
    const columns = Deno.consoleSize().columns || DEFAULT_COLUMNS;
    write(`${REWRITE}${line.slice(0, columns - 1)}`);
  }

  #where(): string {
    const total = Object.values(this.#expected).reduce((a, b) => a + b, 0);
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

const write = (text: string) =>
  void Deno.stdout.writeSync(new TextEncoder().encode(text));
