/**
 * Reads files of one path again although their metadata have not changed,
 * because metadata are no proof. It is slow on purpose: it reads file by file,
 * within its budget.
 */
import type { MaybeAsync } from "../base/maybe_async.ts";
import { metadataOf } from "../files/metadata.ts";
import type { ReadFile, ReadMemory } from "./read_memory.ts";
import { readRegularFile } from "../files/regular_file.ts";

/**
 * The cost of reading an empty file again, as the number of bytes that take
 * equally long.
 */
const FILE_COST_BYTES = 8 * 1024;

/** Rereads the files of one memory. */
export class Rereading {
  readonly #memory: ReadMemory;
  readonly #breathe: () => MaybeAsync<void>;
  /** The files that are left in the present round. */
  #round: Iterator<ReadFile, undefined> | undefined;
  #next: ReadFile | undefined;
  #budget = 0;

  /** `breathe` lets the event loop take a turn when it is time for that. */
  constructor(memory: ReadMemory, breathe: () => MaybeAsync<void>) {
    this.#memory = memory;
    this.#breathe = breathe;
  }

  /**
   * Reads up to `bytes`, and what an earlier call has left over. Returns the
   * files whose content differs from what was read before, and forgets them.
   */
  *verify(bytes: number): MaybeAsync<readonly string[]> {
    this.#budget += bytes;
    const found: string[] = [];
    const files = this.#round ??= this.#memory.files().values();
    for (;;) {
      this.#next ??= files.next().value;
      if (this.#next === undefined) break;
      const cost = this.#next.size + FILE_COST_BYTES;
      if (cost > this.#budget) return found;
      this.#budget -= cost;
      if (yield* this.#isOther(this.#next)) {
        this.#memory.forget(this.#next);
        found.push(this.#next.path);
      }
      this.#next = undefined;
      yield* this.#breathe();
    }
    this.#round = undefined;
    this.#budget = 0;
    return found;
  }

  /** Whether a file has other content, although its metadata are the same. */
  *#isOther(file: ReadFile): MaybeAsync<boolean> {
    try {
      const reading = yield* readRegularFile(file.path, this.#breathe);
      return reading !== undefined && reading.digest !== file.identity &&
        metadataOf(reading.info) === file.metadata && this.#memory.has(file);
    } catch {
      // The next look finds that the file is gone or cannot be read.
      return false;
    }
  }
}
