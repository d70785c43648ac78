/**
 * Plays the programs of docs/guide-programs.md. A fenced block whose second word
 * is the name of a file (`conf redis.conf`) is written to a directory of the
 * section. A block `sh run` is a command line of flush-manager, which is started
 * there: its program gets ready, takes a change of the section's first file,
 * refuses a bad one, and ends when asked. A block `sh given PROGRAM...` names
 * programs that this check does not run: `flush-manager check` reads its
 * command line, with programs of these names that do nothing.
 */
import { fromRoot } from "./denort.ts";
import { freePort } from "./docs_commands.ts";
import type { Fault, Outcome } from "./docs_outcome.ts";
import { type Block, type Document, headings } from "./docs_text.ts";
import { gist, message, onPath, run } from "./shell.ts";

/** Only what hangs takes so long. */
const WITHIN_MS = 120_000;
const STOP_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** Nothing of these languages is refused because of the first; all of them refuse the second. */
const GOOD = "# changed\n";
const BAD = "}} nonsense\n";

const READY = ["is ready after"];
const TAKEN = [
  "Child process restarted successfully after config change",
  "Config file change detected, sending SIG",
  "New configuration applied",
];
const REFUSED = [
  "New configuration rejected: ",
  "Cannot replace child process ",
  "Child process restarted on the last good configuration",
];

/** A directory that a page names and does not make. */
const NOT_THERE = "does not exist yet, watching for it to appear";

/** Not every machine can reach PyPI. CI sets the variable where it could. */
const FROM_PYPI: readonly string[] = ["gunicorn", "uvicorn"];
const IS_PYPI_REQUIRED = Deno.env.get("REQUIRE_PYTHON") === "1";

/** Where pip has put the programs of examples/prometheus-http-sd. */
const PATH = [
  fromRoot("dist"),
  fromRoot(".cache/prometheus-http-sd/bin"),
  Deno.env.get("PATH") ?? "",
  // Where daemons live, which the PATH of a user without rights may lack.
  "/usr/sbin",
].join(":");

/** Every block of these kinds, in all pages. */
export async function checkPrograms(
  pages: readonly Document[],
): Promise<Outcome> {
  const faults: Fault[] = [];
  const skipped: string[] = [];
  const unreachable: string[] = [];
  let checked = 0;
  for (const page of pages) {
    for (const block of page.blocks.filter(isPlayed)) {
      const place = `${page.path}:${block.line}`;
      const absent = await missingProgram(block);
      if (absent !== undefined) {
        const list = isFromPypi(block) && !IS_PYPI_REQUIRED
          ? unreachable
          : skipped;
        list.push(`${place}: there is ${absent}`);
        continue;
      }
      checked++;
      const text = await wrong(block, filesBeside(page, block));
      if (text !== undefined) faults.push({ place, text });
    }
  }
  return { checked, faults, skipped, unreachable };
}

const isPlayed = ({ info }: Block) => /^sh (run$|given )/.test(info);
const stubsOf = ({ info }: Block) => info.split(" ").slice(2);
const programOf = ({ text }: Block) => /.* -- (\S+)/s.exec(text)?.[1];
const isFromPypi = (block: Block) => FROM_PYPI.includes(programOf(block) ?? "");

/** What keeps the program behind the last ` -- ` from being run here. */
async function missingProgram(block: Block): Promise<string | undefined> {
  if (stubsOf(block).length > 0) return undefined;
  const program = programOf(block);
  if (program === undefined) return "no program behind --";
  if (!await onPath(program, PATH)) return `no ${program} on this machine`;
  // It writes to /run and /var/log before it reads its configuration.
  return program === "nginx" && Deno.uid() !== 0
    ? "no root for nginx"
    : undefined;
}

/** The files of the section that the block stands in, in their order. */
function filesBeside(page: Document, block: Block): readonly Block[] {
  const starts = headings(page).filter(({ level }) => level <= 2)
    .map(({ line }) => line);
  const from = starts.findLast((line) => line < block.line) ?? 0;
  const to = starts.find((line) => line > block.line) ?? Infinity;
  return page.blocks.filter(({ info, line }) =>
    line > from && line < to && /^[a-z]+ [\w.-]+\.\w+$/.test(info)
  );
}

/** What is wrong with it; undefined: nothing. */
async function wrong(
  block: Block,
  files: readonly Block[],
): Promise<string | undefined> {
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-docs-" });
  try {
    const ports = new FreePorts();
    const names = files.map(({ info }) => `${directory}/${info.split(" ")[1]}`);
    for (const [at, { text }] of files.entries()) {
      await Deno.writeTextFile(names[at], ports.in(text));
    }
    const text = ports.in(block.text);
    const stubs = stubsOf(block);
    return stubs.length > 0
      ? await refusedByCheck(directory, text, stubs)
      : await misbehaves(directory, text, names[0]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function refusedByCheck(
  directory: string,
  text: string,
  stubs: readonly string[],
): Promise<string | undefined> {
  for (const stub of stubs) {
    const path = `${directory}/${stub}`;
    await Deno.writeTextFile(path, "#!/bin/sh\n", { mode: 0o755 });
  }
  const line = text.replace(/^flush-manager /, "flush-manager check ");
  const { code, stdout, stderr } = await run("sh", ["-euc", line], {
    cwd: directory,
    env: { PATH: `${directory}:${PATH}` },
    timeoutMs: WITHIN_MS,
  });
  const said = stdout.split("\n").filter((each) =>
    /^(fault|note):/.test(each) && !each.includes(NOT_THERE)
  );
  if (code === 0 && said.length === 0) return undefined;
  return `is refused by flush-manager check: ${
    gist(said.join("\n") || stderr)
  }`;
}

async function misbehaves(
  directory: string,
  text: string,
  file: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return "has no file beside it that could change";
  await using manager = new Played(directory, text);
  try {
    await manager.says(READY);
    const content = await Deno.readTextFile(file);
    await replace(file, content + GOOD);
    await manager.says(TAKEN);
    await manager.rests();
    await replace(file, content + BAD);
    await manager.says(REFUSED);
    const code = await manager.stop();
    return code === 0 ? undefined : `ended with ${code}: ${manager.end}`;
  } catch (error) {
    return message(error);
  }
}

async function replace(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
}

/** A manager that was started by the line of a page. */
class Played implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #reading: Promise<void>;
  #log = "";
  /** How much of the log was looked at. */
  #at = 0;
  #code: number | undefined;

  constructor(cwd: string, text: string) {
    this.#process = new Deno.Command("sh", {
      args: ["-euc", `exec ${text}`],
      cwd,
      env: { PATH },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    void this.#process.status.then(({ code }) => this.#code = code);
    this.#reader = this.#process.stderr
      .pipeThrough(new TextDecoderStream()).getReader();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) return;
      this.#log += value;
    }
  }

  /** The last lines of its log. */
  get end(): string {
    return this.#log.trim().split("\n").slice(-5).join("; ");
  }

  /** Waits for one of these in the log, after what was waited for before. */
  async says(texts: readonly string[]): Promise<void> {
    const deadline = performance.now() + WITHIN_MS;
    for (;;) {
      const rest = this.#log.slice(this.#at);
      const found = texts.find((text) => rest.includes(text));
      if (found !== undefined) {
        this.#at += rest.indexOf(found) + found.length;
        return;
      }
      if (this.#code !== undefined || performance.now() > deadline) {
        throw new Error(`does not say "${texts[0]}": ${this.end}`);
      }
      await pause();
    }
  }

  /** Waits until a child that was replaced by the next one has gone. */
  async rests(): Promise<void> {
    if (!this.#log.includes("beside the running one")) return;
    await this.says(["stopped gracefully"]);
  }

  /** By a second SIGTERM it kills its program and ends at once. */
  async stop(): Promise<number> {
    this.#process.kill("SIGTERM");
    const again = setTimeout(() => this.#process.kill("SIGTERM"), STOP_MS);
    const { code } = await this.#process.status;
    clearTimeout(again);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#code === undefined) await this.stop();
    // What a program has left behind may hold the pipe.
    await this.#reader.cancel();
    await this.#reading;
  }
}

const pause = () =>
  new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));

/** Ports that nobody has now, in place of those that a page names. */
class FreePorts {
  readonly #ports = new Map<string, number>();

  in(text: string): string {
    return text.replace(/\b\d{4,5}\b/g, (written) => {
      const port = this.#ports.get(written) ?? freePort();
      this.#ports.set(written, port);
      return String(port);
    });
  }
}
