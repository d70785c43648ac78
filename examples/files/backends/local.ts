/**
 * Files below a directory. An upload is written to a temporary file, flushed to
 * the disk, and renamed: what has its name is whole.
 */
import type { Backend, Content, Stored } from "./backend.ts";
import { Measured } from "./measured.ts";
import { Refusal } from "../refusal.ts";

/** Below the root, so that a rename is enough; `find -name "callfs-*"` finds what a crash has left. */
const UPLOADS = ".callfs-uploads";

export class LocalBackend implements Backend {
  readonly name = "localfs";
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(
    object: string,
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    _length: number | undefined,
    signal: AbortSignal,
  ): Promise<Stored> {
    const uploads = `${this.#root}/${UPLOADS}`;
    const temporary = `${uploads}/callfs-${crypto.randomUUID()}`;
    const path = this.#path(object);
    try {
      await Deno.mkdir(uploads, { recursive: true });
      const measured = new Measured();
      using file = await Deno.open(temporary, { write: true, createNew: true });
      await body.pipeThrough(measured, { preventCancel: true }).pipeTo(
        new WritableStream({ write: (chunk) => writeAll(file, chunk) }),
        { signal },
      );
      await file.sync();
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.rename(temporary, path);
      return measured.stored();
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw explained(error, this.#root);
    }
  }

  async get(object: string): Promise<Content | undefined> {
    try {
      const file = await Deno.open(this.#path(object));
      const { size } = await file.stat();
      return { size, body: file.readable };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw explained(error, this.#root);
    }
  }

  async remove(object: string): Promise<void> {
    await Deno.remove(this.#path(object)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  async check(): Promise<void> {
    const probe = `${this.#root}/${UPLOADS}/callfs-${crypto.randomUUID()}`;
    try {
      await Deno.mkdir(`${this.#root}/${UPLOADS}`, { recursive: true });
      await Deno.writeTextFile(probe, "check\n", { createNew: true });
    } catch (error) {
      throw explained(error, this.#root);
    } finally {
      await Deno.remove(probe).catch(() => {});
    }
  }

  #path(object: string): string {
    return this.#root + object;
  }
}

async function writeAll(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    at += await file.write(chunk.subarray(at));
  }
}

/** What an operator looks for in the log, with the path to look at. */
function explained(error: unknown, root: string): unknown {
  if (!(error instanceof Error)) return error;
  if (/os error (28|122)\b/.test(error.message)) {
    return new Refusal(507, `No space left on device: ${root}`, {
      cause: error,
    });
  }
  if (/os error (1|13|30)\b/.test(error.message)) {
    return new Refusal(500, `Permission denied: ${root}: ${error.message}`, {
      cause: error,
    });
  }
  return error;
}
