/**
 * Reads the files of one path again whose metadata have not moved: metadata are
 * no proof. Slow on purpose, file by file, as far as its budget goes.
 */
import type { MaybeAsync } from "../base/maybe_async.ts";
import { metadataOf } from "./metadata.ts";
import type { ReadFile, ReadMemory } from "./read_memory.ts";
import { readRegularFile } from "./regular_file.ts";

/** What it costs to read an empty file again, as bytes that take as long. */
const FILE_COST_BYTES = 8 * 1024;

/** Of the files in this memory. */
export class Rereading {
  readonly #memory: ReadMemory;
  readonly #breathe: () => MaybeAsync<void>;
  /** What is left of the present round, and what may be read of it. */
  #round: Iterator<ReadFile, undefined> | undefined;
  #next: ReadFile | undefined;
  #budget = 0;

  /** `breathe` lets others have their turn when it is time for that. */
  constructor(memory: ReadMemory, breathe: () => MaybeAsync<void>) {
    this.#memory = memory;
    this.#breathe = breathe;
  }

  /**
   * Reads no more than so many bytes, and what an earlier call has left over;
   * returns the files that hold other content than they did, and forgets what
   * was read of them.
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
      // What is gone or cannot be read is found by a look.
      return false;
    }
  }
}
