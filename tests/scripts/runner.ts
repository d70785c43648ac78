/**
 * Plays a watcher script against the compiled executable. Owns what `start`,
 * the waits and the expectations mean; the files are the operations' business.
 */
import { parseDuration } from "../../src/core/notation/duration.ts";
import { type Bench, needing, type Row } from "../e2e/bench.ts";
import { type Manager, STARTED } from "../e2e/harness.ts";
import { withMounts, type World } from "../e2e/namespaces.ts";
import { WIDE_MS } from "../e2e/quiet_window.ts";
import { pause } from "../e2e/until.ts";
import { full, OPERATIONS } from "./operations.ts";
import type { Script, Step } from "./parser.ts";

/**
 * Small, so that a script is quick, and an empty file is waited for however long
 * its writer takes; `args` may give others, the last one wins.
 */
const TIMINGS = ["--debounce=100ms", "--debounce-max=1h", "--poll-interval=1s"];
/** In `args`: a quiet window that operations in a row cannot outrun. */
const LONG = "{long}";
/** Longer than a poll and the quiet window: what was overlooked has shown up by then. */
const END_QUIET_MS = 1_500;
const READY = "ready pid=";
const CONFIG = "config: ";

const bound = withMounts('mount --bind "$SOURCE" "$TARGET"');

/** The script as the body of a test. */
export function rowOf(script: Script): Row {
  return needing(
    { missing: missing(script) },
    (bench) => new Play(script, bench).run(),
  );
}

function missing({ headers }: Script): string | undefined {
  if (headers.has("bind")) return bound.missing;
  const isRoot = Deno.uid() === 0;
  return headers.has("needs") && !isRoot ? "needs root" : undefined;
}

/** One run of a script. */
class Play {
  readonly #script: Script;
  readonly #bench: Bench;
  #manager: Manager | undefined;
  /** Restarts that the script knows of. */
  #restarts = 0;
  /** Log lines that `wait log` has passed. */
  #passed = 0;
  /** What is checked when all is over. */
  readonly #atEnd: (() => void)[] = [];

  constructor(script: Script, bench: Bench) {
    this.#script = script;
    this.#bench = bench;
  }

  async run(): Promise<void> {
    for (const step of this.#script.steps) {
      await this.#at(step, () => this.#perform(step));
    }
    const { place } = this.#script.steps[this.#script.steps.length - 1];
    await this.#at({ place, text: "(after the last line)" }, () => this.#end());
    for (const check of this.#atEnd) check();
  }

  async #end(): Promise<void> {
    await this.#quiet(END_QUIET_MS);
    const manager = this.#running();
    const code = await manager.stop();
    if (code !== 0) throw new Error(`The manager ended with ${code}`);
    const left = await manager.survivors();
    if (left.length > 0) throw new Error(`Processes are left: ${left}`);
  }

  /** With a long window, what was overlooked shows up that much later. */
  async #quiet(ms: number): Promise<void> {
    const words = this.#script.headers.get("args") ?? [];
    const longerMs = words.some((word) => word.includes(LONG)) ? WIDE_MS : 0;
    await this.#running().nothingHappens(ms + longerMs);
  }

  /** A failure says which line it is of. */
  async #at(
    step: Pick<Step, "place" | "text">,
    act: () => unknown,
  ): Promise<void> {
    try {
      await act();
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      cause.message = `${step.place}: ${step.text}\n  ${cause.message}`;
      throw cause;
    }
  }

  async #perform(step: Step): Promise<void> {
    const operands = step.operands.map((word) => this.#expand(word));
    const operation = OPERATIONS[step.verb];
    if (operation !== undefined) {
      return await operation(this.#bench.directory, operands);
    }
    const [first, second] = operands;
    switch (step.verb) {
      case "start":
        return await this.#start();
      case "sleep":
        return await pause(parseDuration(first) ?? 0);
      case "quiet":
        return await this.#quiet(parseDuration(first) ?? 0);
      case "wait restart":
        return await this.#awaitRestarts(this.#restarts + 1);
      case "wait log":
        return await this.#awaitLog(first);
      case "expect restarts":
        return await this.#awaitRestarts(Number(first));
      case "expect content":
        return this.#expectContent(operands);
      case "expect log":
        await this.#running().waitForLog(first);
        return this.#later(step, first, second);
      case "never log":
        return this.#later(step, first, "0");
    }
  }

  /** `{dir}` is the script's directory, `{long}` a long quiet window. */
  #expand(word: string): string {
    return word.replaceAll("{dir}", this.#bench.directory)
      .replaceAll(LONG, `${WIDE_MS}ms`);
  }

  #running(): Manager {
    if (this.#manager === undefined) throw new Error("There is no manager");
    return this.#manager;
  }

  #header(name: Parameters<Script["headers"]["get"]>[0]): string[] {
    const words = this.#script.headers.get(name) ?? [];
    return words.map((word) => this.#expand(word));
  }

  async #start(): Promise<void> {
    const { directory, child } = this.#bench;
    const args = this.#header("args");
    const [cwd = "."] = this.#header("cwd");
    const paths = this.#script.headers.has("print")
      ? this.#header("print")
      : configsOf(args);
    const prints = paths.flatMap((path) => ["--print-config", path]);
    const [source, target] = this.#header("bind");
    const isBound = target !== undefined;
    this.#manager = this.#bench.run(
      [
        ...TIMINGS,
        ...args,
        "--",
        child,
        ...this.#header("child"),
        ...prints,
        "--ready-line",
      ],
      {
        cwd: full(directory, cwd),
        through: (isBound ? bound : PLAIN).through,
        env: isBound
          ? { SOURCE: full(directory, source), TARGET: full(directory, target) }
          : {},
      },
    );
    await this.#manager.ready();
  }

  async #awaitRestarts(count: number): Promise<void> {
    const manager = this.#running();
    await manager.log.wait(STARTED, { nth: count + 1 });
    await manager.out.wait(READY, { nth: count + 1 });
    manager.expectStarts(count + 1);
    this.#restarts = count;
  }

  async #awaitLog(text: string): Promise<void> {
    const { log } = this.#running();
    const line = await log.wait(text, { from: this.#passed });
    this.#passed = log.entries.indexOf(line) + 1;
  }

  #expectContent(texts: readonly string[]): void {
    const lines = this.#running().out.entries.map(({ text }) => text);
    const end = lines.findLastIndex((text) => text.startsWith(READY));
    const printed = lines.slice(0, end)
      .filter((text) => text.startsWith(CONFIG))
      .slice(-texts.length)
      .map((text) => text.slice(CONFIG.length));
    const expected = texts.map(asPrinted);
    if (JSON.stringify(printed) !== JSON.stringify(expected)) {
      throw new Error(`The latest child printed ${JSON.stringify(printed)}`);
    }
  }

  #later(step: Step, text: string, count: string | undefined): void {
    if (count === undefined) return;
    this.#atEnd.push(() => {
      const found = this.#running().log.count(text);
      if (found === Number(count)) return;
      throw new Error(`${step.place}: ${step.text}\n  ${found} such lines`);
    });
  }
}

const PLAIN: World = { through: [] };

/** Every path that `--config` names, in both of its forms. */
function configsOf(args: readonly string[]): string[] {
  return args.flatMap((word, at) => {
    if (args[at - 1] === "--config") return [word];
    return word.startsWith("--config=") ? [word.slice("--config=".length)] : [];
  });
}

/** tests/fixtures/child.c drops the last line feed and shows the others as \n. */
const asPrinted = (text: string) =>
  text.replace(/\n$/, "").replaceAll("\n", "\\n");
