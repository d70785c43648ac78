/**
 * HAProxy in front of one program that opens its own socket: its configuration,
 * as docs/guide-programs.md has it, and its process. Must not test.
 */
import { read } from "../../scripts/docs_text.ts";
import { until } from "../e2e/until.ts";
import type { Bench } from "./bench.ts";
import { pathOf } from "./programs.ts";

const GUIDE = "docs/guide-programs.md";

/** What the guide has, with these ports of 127.0.0.1: where it listens, and where the program does. */
async function haproxyConfig(front: number, program: number): Promise<string> {
  const { blocks } = await read(GUIDE);
  const block = blocks.find(({ info }) => info === "conf front.cfg");
  if (block === undefined) throw new Error(`Cannot find front.cfg in ${GUIDE}`);
  return block.text.replace("127.0.0.1:8080", `127.0.0.1:${front}`)
    .replace("127.0.0.1:8081", `127.0.0.1:${program}`);
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** A running HAProxy; it ends with its scope. */
export class Haproxy implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
  }

  /** Resolves when it accepts connections. */
  static async start(
    bench: Bench,
    front: number,
    program: number,
  ): Promise<Haproxy> {
    const path = bench.write(
      "front.cfg",
      await haproxyConfig(front, program),
    );
    const process = new Deno.Command(pathOf("haproxy"), {
      args: ["-db", "-f", path],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const haproxy = new Haproxy(process);
    try {
      await until("HAProxy", () => isOpen(front));
    } catch (error) {
      await haproxy[Symbol.asyncDispose]();
      throw error;
    }
    return haproxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }
}
