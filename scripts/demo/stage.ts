/**
 * One manager of the demo with its service, its ConfigMap and a client that asks
 * the service all the time. Changes the ConfigMap as the kubelet does, and tells
 * what that cost the client. Must not know which story is told.
 */
import type { Answer } from "../../examples/greeter/greeter.ts";
import { writeVolume } from "../../tests/fixtures/atomic_writer.ts";
import { fromRoot } from "../denort.ts";
import { Client, type Sample } from "./client.ts";
import { type Line, Manager } from "./manager.ts";
import { type Cost, costOf, marksOf } from "./requests.ts";
import { type Screen, styled } from "./screen.ts";

/** The service's configuration; the keys of its file. */
export type Config = Readonly<Record<string, string>>;

/** Where the service's configuration is, seen from the stage's directory. */
export const CONFIG_PATH = "config/greeter.conf";
/** Answers that are awaited after each change, so that there is something to see. */
const STEADY_ANSWERS = 60;
/** Also on a machine that does much else. */
const ANSWER_TIMEOUT_MS = 30_000;

/** What a stage is made with. */
export interface StageOptions {
  readonly screen: Screen;
  /** The manager: the executable, or the program from source. */
  readonly program: readonly string[];
  readonly directory: string;
  readonly port: number;
  /** Of the manager, with the service's command. */
  readonly args: readonly string[];
  readonly config: Config;
}

/** A change of the ConfigMap, and how its end is recognized. */
export interface Change {
  readonly config: Config;
  /** A part of the line that says what has been decided. */
  readonly until: string;
  /** The revision that answers from then on. */
  readonly revision: string;
  /** Whether another process does. */
  readonly isRestarted: boolean;
}

/** What came of a change. */
export interface Effect extends Cost {
  /** From the change to the decision, in milliseconds. */
  readonly decidedMs: number;
}

/** The manager, its service and its client, until it is disposed of. */
export class Stage implements AsyncDisposable {
  readonly #screen: Screen;
  readonly #volume: string;
  /** The place of a saved copy: long, and another one each time. */
  readonly #copies: RegExp;
  readonly #manager: Manager;
  readonly #client: Client<Answer>;
  readonly #open = new AsyncDisposableStack();
  #since = performance.now();
  #isStopped = false;

  private constructor(
    { screen, program, directory, port, args }: StageOptions,
  ) {
    this.#screen = screen;
    this.#volume = `${directory}/config`;
    this.#copies = new RegExp(`${directory}/copies/(\\S+/)?`, "g");
    this.#manager = this.#open.use(
      new Manager([...program, ...args], {
        cwd: directory,
        env: environment(),
        onLine: (line) => this.#quote(line),
      }),
    );
    this.#client = this.#open.use(
      new Client<Answer>(`http://127.0.0.1:${port}/`),
    );
  }

  /** Resolves when the service answers. */
  static async start(options: StageOptions): Promise<Stage> {
    const volume = `${options.directory}/config`;
    await Deno.mkdir(volume, { recursive: true });
    await writeVolume(volume, payload(options.config));
    const stage = new Stage(options);
    await stage.#answers(0, options.config.revision, undefined);
    return stage;
  }

  /** Makes a change and waits for its end. */
  async change(
    { config, until, revision, isRestarted }: Change,
  ): Promise<Effect> {
    const { samples } = this.#client;
    const from = samples.findLastIndex(({ answer }) => answer !== undefined);
    const before = samples[from].answer?.pid;
    this.#since = performance.now();
    const entries = Object.entries(config).map((entry) => entry.join("="));
    this.#screen.quote(0, `${CONFIG_PATH}: ${entries.join(" ")}`);
    await writeVolume(this.#volume, payload(config));
    const decided = await this.#manager.line(until, this.#since);
    const now = await this.#answers(
      samples.length,
      revision,
      isRestarted ? before : undefined,
    );
    if (isRestarted === (now.pid === before)) {
      throw new Error(
        `Cannot show the change: process ${now.pid} answers, before it ${before}`,
      );
    }
    const seen = samples.slice(from);
    this.#showRequests(seen);
    return { ...costOf(seen), decidedMs: decided.at - this.#since };
  }

  /** Stops the manager, and makes sure that nothing of its service is left. */
  async stop(): Promise<void> {
    const pid = this.#client.samples.findLast(({ answer }) => answer)?.answer
      ?.pid;
    this.#isStopped = true;
    this.#manager.stop();
    const code = await this.#manager.ended;
    if (code !== 0) {
      throw new Error(`Cannot stop in order: the exit code is ${code}, not 0`);
    }
    if (pid !== undefined && isAlive(pid)) {
      throw new Error(`Cannot stop in order: process ${pid} is left`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }

  /** Waits for answers with that revision, and not from the process `other`. */
  async #answers(
    since: number,
    revision: string,
    other: number | undefined,
  ): Promise<Answer> {
    const what = `get an answer with revision ${revision}`;
    const awaited = this.#client.until(
      since,
      (answer) => answer.revision === revision && answer.pid !== other,
      STEADY_ANSWERS,
      ANSWER_TIMEOUT_MS,
    ).catch(() => {
      throw new Error(`Cannot ${what}: none came within 30 s`);
    });
    return await Promise.race([awaited, this.#manager.failsTo(what)]);
  }

  #quote(line: Line): void {
    const text = withoutPrefix(line).replaceAll(this.#copies, "");
    if (this.#isStopped || !QUOTED.some((one) => one.test(text))) return;
    this.#screen.quote(line.at - this.#since, text);
  }

  #showRequests(samples: readonly Sample<Answer>[]): void {
    this.#screen.say(
      `${styled("  requests", "dim")}   ${marksOf(samples)}`,
    );
  }
}

/** The service's file, as the entry of a ConfigMap. */
const payload = (config: Config) => ({
  "greeter.conf": Object.entries(config)
    .map(([key, value]) => `${key}=${value}\n`).join(""),
});

/** Ours, but for options that are meant for another flush-manager. */
function environment(): Record<string, string> {
  const env = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("FLUSH_MANAGER_"));
  return {
    ...Object.fromEntries(env),
    PATH: `${fromRoot("examples/greeter")}:${Deno.env.get("PATH") ?? ""}`,
    DENO: Deno.execPath(),
  };
}

/** A manager's line as `LEVEL message`; its child's as they are. */
const withoutPrefix = ({ text }: Line) =>
  text.replace(/^\[flush-manager\] (\w+): \S+ \S+ /, "$1 ");

/** What tells the story; the log says much more. */
const QUOTED: readonly RegExp[] = [
  /^greeter: /,
  /^INFO New configuration accepted/,
  /^INFO Child process restarted/,
  /^(WARN|ERROR) /,
];

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, 0 as unknown as Deno.Signal);
    return true;
  } catch {
    return false;
  }
}
