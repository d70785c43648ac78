/**
 * One running container, seen from outside: its output as lines, its end, its
 * processes. Must not know what runs in it.
 */
import { must, run } from "../../scripts/shell.ts";
import { HANG_MS } from "../fixtures/limits.ts";
import { type Engine, IMAGE, RUN_OPTIONS } from "./image.ts";

/** How a container is started. */
export interface ContainerOptions {
  image?: string;
  /** Options of `podman run`, beside `RUN_OPTIONS`. */
  run?: readonly string[];
  /** Arguments of the image's entrypoint. */
  args: readonly string[];
}

/** A container in the foreground of a `podman run`. */
export class Container implements AsyncDisposable {
  /** Everything written to standard output and standard error, as it came. */
  readonly lines: string[] = [];
  readonly #engine: Engine;
  readonly name = `flush-manager-test-${crypto.randomUUID()}`;
  readonly #process: Deno.ChildProcess;
  readonly #readers: Promise<void>[];
  #wake = Promise.withResolvers<void>();

  constructor(
    engine: Engine,
    { image = IMAGE, run = [], args }: ContainerOptions,
  ) {
    this.#engine = engine;
    this.#process = new Deno.Command("podman", {
      args: [
        ...engine.podman,
        "run",
        `--name=${this.name}`,
        ...RUN_OPTIONS,
        `--volume=${engine.child}:/usr/local/bin/child:ro`,
        ...run,
        image,
        ...args,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#readers = [this.#process.stdout, this.#process.stderr]
      .map((stream) => this.#read(stream));
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    }
  }

  /**
   * Waits until `check` gives something else than undefined, looking again at
   * every line of output and, because processes come and go silently, 20 times
   * a second.
   *
   * @throws {Error} with the container's output when the deadline has passed
   */
  async until<T>(
    what: string,
    check: () => T | undefined | Promise<T | undefined>,
  ): Promise<T> {
    const deadline = Date.now() + HANG_MS;
    for (;;) {
      const found = await check();
      if (found !== undefined) return found;
      if (Date.now() > deadline) {
        const output = this.lines.join("\n  ");
        throw new Error(`Cannot see ${what}; the output was:\n  ${output}`);
      }
      let timer: number | undefined;
      const tick = new Promise<void>((done) => timer = setTimeout(done, 50));
      await Promise.race([tick, this.#wake.promise]);
      clearTimeout(timer);
    }
  }

  /** Waits for the n-th line (the first is 1) that holds the text. */
  line(text: string, nth = 1): Promise<string> {
    return this.until(
      `line ${nth} with "${text}"`,
      () => this.lines.filter((line) => line.includes(text)).at(nth - 1),
    );
  }

  /** How often a text occurred in the output so far. */
  occurrences(text: string): number {
    return this.lines.filter((line) => line.includes(text)).length;
  }

  /** Waits for the container's end, and returns its exit code. */
  async exitCode(): Promise<number> {
    let code: number | undefined;
    const ended = this.#process.status.then((status) => code = status.code);
    await this.until("the container's end", () => code);
    await ended;
    await Promise.all(this.#readers);
    return code ?? -1;
  }

  /** Runs a podman command on this container, and returns what it wrote. */
  async podman(command: string, ...options: string[]): Promise<string> {
    return await must(`podman ${command}`, "podman", [
      ...this.#engine.podman,
      command,
      ...options,
      this.name,
    ]);
  }

  /** Runs a subcommand of the executable in the container, and tells how that ended and what it printed. */
  async exec(
    ...words: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string }> {
    const { code, stdout, stderr } = await run("podman", [
      ...this.#engine.podman,
      "exec",
      this.name,
      "flush-manager",
      ...words,
      // Where no terminal is, JSON is the default.
      ...(words.includes("-o") ? [] : ["-o", "text"]),
    ]);
    return { code, out: `${stdout}${stderr}`.trim() };
  }

  /** A value of `podman inspect`, such as `.State.OOMKilled`. */
  async inspect(field: string): Promise<string> {
    const output = await this.podman("inspect", `--format={{${field}}}`);
    return output.trim();
  }

  /** States (as in /proc/PID/stat) of the processes whose parent is PID 1. */
  async childStates(): Promise<string[]> {
    const init = await this.inspect(".State.Pid");
    const states: string[] = [];
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const stat = await Deno.readTextFile(`/proc/${name}/stat`)
        .catch(() => "");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (parent === init) states.push(state);
    }
    return states;
  }

  /** Removes the container, running or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.podman("rm", "--force", "--time=0", "--ignore");
    await this.#process.status;
    await Promise.all(this.#readers);
  }
}
