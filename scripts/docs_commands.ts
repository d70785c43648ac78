/**
 * Runs the commands that the documentation marks as runnable (fenced blocks
 * `sh check`, and `sh client` where they ask a running manager, which is started
 * for them), and reads every other shell block for mistakes.
 */
import { fromRoot, ROOT } from "./denort.ts";
import type { Fault, Outcome } from "./docs_outcome.ts";
import type { Block, Document } from "./docs_text.ts";
import { gist, onPath, run } from "./shell.ts";

const TIMEOUT_MS = 60_000;
/** Programs that some blocks need and a small machine may lack. */
const NEEDED: readonly string[] = ["curl"];

/** All shell blocks. Runs from the repository, with the executable on PATH. */
export async function checkBlocks(
  pages: readonly Document[],
): Promise<Outcome> {
  const faults: Fault[] = [];
  const skipped: string[] = [];
  let checked = 0;
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-docs-" });
  await using manager = new AskedManager(directory);
  try {
    await manager.begin();
    for (const { path, blocks } of pages) {
      for (const block of blocks.filter(({ info }) => /^sh\b/.test(info))) {
        const place = `${path}:${block.line}`;
        const missing = await missingProgram(block);
        if (missing !== undefined) {
          skipped.push(`${place}: there is no ${missing} on this machine`);
          continue;
        }
        checked++;
        const text = await wrongBlock(block, directory, manager);
        if (text !== undefined) faults.push({ place, text });
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return { checked, faults, skipped };
}

const isClient = ({ info }: Block) => info === "sh client";
const isRun = (block: Block) => block.info === "sh check" || isClient(block);

async function missingProgram(block: Block): Promise<string | undefined> {
  if (!isRun(block)) return undefined;
  for (const program of NEEDED) {
    if (block.text.includes(program) && !await onPath(program)) return program;
  }
  return undefined;
}

async function wrongBlock(
  block: Block,
  directory: string,
  { address }: AskedManager,
): Promise<string | undefined> {
  const args = isRun(block) ? ["-euc", block.text] : ["-nc", block.text];
  const started = run("sh", args, {
    cwd: ROOT,
    env: {
      PATH,
      TMPDIR: directory,
      DENO: Deno.execPath(),
      PORT: String(freePort()),
      // Not for the others: a manager would take it for its own address.
      ...(isClient(block) ? { FLUSH_MANAGER_CONTROL: address } : {}),
    },
    timeoutMs: TIMEOUT_MS,
  });
  const { code, stderr } = await started;
  if (code === 0) return undefined;
  const what = isRun(block) ? "does not work" : "is no shell";
  return `${what} (exit code ${code}): ${gist(stderr)}`;
}

const PATH = `${fromRoot("dist")}:${Deno.env.get("PATH") ?? ""}`;

/** The manager that blocks ask; it has reloaded its program once, so there is something to tell. */
class AskedManager implements AsyncDisposable {
  readonly address: string;
  readonly #process: Deno.ChildProcess;
  #ended: Deno.CommandStatus | undefined;

  constructor(directory: string) {
    this.address = `unix:${directory}/control.sock`;
    const config = `${directory}/app.conf`;
    Deno.writeTextFileSync(config, "colour=blue\n");
    this.#process = new Deno.Command(fromRoot("dist/flush-manager"), {
      args: [
        `--control=${this.address}`,
        `--config=${config}`,
        ...["--log-level=info", "--", "sleep", "600"],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    void this.#process.status.then((status) => this.#ended = status);
  }

  /** Resolves when it can be asked. */
  async begin(): Promise<void> {
    const log = this.#process.stderr.pipeThrough(new TextDecoderStream());
    let text = "";
    for await (const more of log) {
      text += more;
      if (text.includes("Child process started with PID: ")) break;
    }
    const { code, stderr } = await run("flush-manager", [
      ...["reload", "--wait", `--control=${this.address}`],
    ], { env: { PATH } });
    if (code !== 0) {
      throw new Error(`Cannot ask a manager: ${gist(stderr || text)}`);
    }
  }

  /** One that has ended by itself is no error here: what needed it has failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === undefined) this.#process.kill("SIGTERM");
    await this.#process.status;
  }
}

/** A port that nobody has now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
