/** The watched paths of a simulated system. */
import type {
  Fingerprint,
  PathPrint,
} from "../../src/core/vocabulary/fingerprint.ts";

/** Content is a number; 0 is the empty file. */
export type Entry =
  | { readonly kind: "content"; readonly content: number }
  | { readonly kind: "missing" | "unreadable" };

export class Disk {
  readonly #entries: Entry[];
  readonly #inodes: number[];
  readonly #mtimesMs: number[];
  #changes = 0;
  /** Whether the first path is appended to so often that each look at it is out of date. */
  isAppendedTo = false;

  constructor(paths: number) {
    this.#entries = Array.from(
      { length: paths },
      () => ({ kind: "content", content: 1 }),
    );
    this.#inodes = this.#entries.map((_, index) => index + 1);
    this.#mtimesMs = this.#entries.map(() => 0);
  }

  /** How often some path got a content that it did not have before. */
  get changes(): number {
    return this.#changes;
  }

  get entries(): readonly Entry[] {
    return [...this.#entries];
  }

  set(path: number, entry: Entry, replaceInode: boolean): void {
    const before = this.#entries[path];
    if (
      entry.kind === "content" &&
      (before.kind !== "content" || before.content !== entry.content)
    ) this.#changes++;
    this.#entries[path] = entry;
    this.#mtimesMs[path]++;
    if (replaceInode) this.#inodes[path] += 100;
  }

  fingerprint(): Fingerprint {
    const seen = this.#look();
    if (this.isAppendedTo) this.#append();
    return seen;
  }

  #append(): void {
    const [first] = this.#entries;
    const content = first.kind === "content" ? first.content : 0;
    // Larger than what other writers write.
    this.set(
      0,
      { kind: "content", content: Math.max(100, content + 1) },
      false,
    );
  }

  #look(): Fingerprint {
    return this.#entries.map((entry, path): PathPrint => {
      if (entry.kind !== "content") {
        return { kind: "fault", fault: entry.kind, detail: entry.kind };
      }
      return {
        kind: "file",
        identity: String(entry.content),
        metadata: `${this.#inodes[path]}:${entry.content}:${
          this.#mtimesMs[path]
        }`,
        dev: 1,
        ino: this.#inodes[path],
        size: entry.content,
        mtimeMs: this.#mtimesMs[path],
      };
    });
  }
}
