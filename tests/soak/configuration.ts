/**
 * The configuration of a soak: a plain file and a ConfigMap volume, updated at
 * random in all the ways that files are. Knows what they hold; must not know
 * who watches them.
 */
import {
  linkOver,
  renameOver,
  saveAsVim,
  unlinkAndCreate,
  writeAsOld,
} from "../e2e/files.ts";
import { pause } from "../e2e/until.ts";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import type { Random } from "../simulation/random.ts";

/** Longest pause in the middle of a torn write. */
const TORN_MS = 80;
const KEY = "app.conf";

/** A file and a volume, and what was last written to them. */
export class Configuration {
  readonly paths: readonly [file: string, inVolume: string];
  readonly #random: Random;
  readonly #file: string;
  readonly #volume: string;
  #written = 0;
  #inFile = "";
  #inVolume = "";
  /** By content that was undone, the content that came back. */
  readonly #undone = new Map<string, string>();

  private constructor(directory: string, random: Random) {
    this.#random = random;
    this.#file = `${directory}/plain/app.conf`;
    this.#volume = `${directory}/volume`;
    this.paths = [this.#file, `${this.#volume}/${KEY}`];
  }

  static async create(
    directory: string,
    random: Random,
  ): Promise<Configuration> {
    const made = new Configuration(directory, random);
    Deno.mkdirSync(`${directory}/plain`);
    Deno.mkdirSync(made.#volume);
    made.#inFile = made.#next();
    Deno.writeTextFileSync(made.#file, made.#inFile);
    await made.#swap(made.#next());
    return made;
  }

  /** What a child started now has to print, in the order of `paths`. */
  get contents(): readonly [string, string] {
    return [this.#inFile, this.#inVolume];
  }

  /** Whether these were there for a moment only, and what came back is what is there now. */
  wasUndone([inFile, inVolume]: readonly string[]): boolean {
    return this.#undone.get(inFile) === this.#inFile &&
      inVolume === this.#inVolume;
  }

  /** A new content of the file, at once and as a whole. */
  renew(): void {
    this.#inFile = this.#next();
    renameOver(this.#file, this.#inFile);
  }

  /** One random update; when it returns, nothing is half-written. */
  async update(): Promise<void> {
    const next = this.#next();
    if (this.#random.chance(0.3)) return await this.#swap(next);
    const before = this.#inFile;
    this.#inFile = next;
    switch (this.#random.int(0, 9)) {
      case 0:
      case 1:
        return Deno.writeTextFileSync(this.#file, next);
      case 2:
        return await this.#tear(next);
      case 3:
        return renameOver(this.#file, next);
      case 4:
        return unlinkAndCreate(this.#file, next);
      case 5:
        return saveAsVim(this.#file, next);
      case 6:
        return await linkOver(this.#file, next);
      case 7:
        return writeAsOld(this.#file, next);
      case 8:
        // A -> B -> A.
        Deno.writeTextFileSync(this.#file, next);
        await this.#pause();
        this.#inFile = before;
        // A child may also have met the file between the truncation and the write.
        for (const read of [next, ""]) this.#undone.set(read, before);
        return renameOver(this.#file, before);
      case 9:
        Deno.removeSync(this.#file);
        await this.#pause();
        return Deno.writeTextFileSync(this.#file, next);
    }
  }

  async #swap(next: string): Promise<void> {
    await writeVolume(this.#volume, {
      [KEY]: next,
      other: `${this.#random.int(1, 3)}`,
    });
    this.#inVolume = next;
  }

  async #tear(next: string): Promise<void> {
    const half = this.#random.int(0, next.length - 1);
    Deno.writeTextFileSync(this.#file, next.slice(0, half));
    await this.#pause();
    Deno.writeTextFileSync(this.#file, next.slice(half), { append: true });
  }

  #pause(): Promise<void> {
    return pause(this.#random.int(1, TORN_MS));
  }

  /** Content that was never there before; sometimes of the same length. */
  #next(): string {
    return `${++this.#written} ${"x".repeat(this.#random.int(1, 3))}`;
  }
}
