/**
 * What was read of the files of one path, by their metadata, and how far the
 * metadata are to be trusted.
 *
 * Timestamps are coarse: a write shortly after another one may leave all
 * metadata as they were ("racy", as in git's index). So content counts as known
 * only by a read that began RACY_MS after its metadata were first seen: a later
 * write then has a later timestamp. That rule needs no clock but our own. For
 * what was there when the path was first walked, an old ctime by the system's
 * clock is enough.
 */
import { fileTimeMs } from "./file_time.ts";
import { type Metadata, metadataOf } from "./metadata.ts";

/** ctime has whole seconds in Deno, and the rule is to distrust two of them. */
export const RACY_MS = 3_000;

interface Remembered {
  readonly path: string;
  readonly size: number;
  readonly identity: string;
  /** When the metadata were first seen. */
  readonly seenAt: number;
  readonly isTrusted: boolean;
  /** The last walk that came by. */
  walk: number;
}

/** A file that was read. */
export interface ReadFile {
  /** One of its names. */
  readonly path: string;
  readonly size: number;
  readonly metadata: string;
  readonly identity: string;
}

/** Of one path. */
export class ReadMemory {
  readonly #wallNow: () => number;
  readonly #files = new Map<string, Remembered>();
  #walk = 0;
  #isDoubtful = false;

  /** `wallNow` is the system's clock. */
  constructor(wallNow: () => number) {
    this.#wallNow = wallNow;
  }

  /** Whether some of the content that is there is to be read again, although its metadata may not move any more. */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  /** A walk begins. */
  begin(): void {
    this.#walk++;
  }

  /** A walk is over: forgets what it has not come by. */
  end(): void {
    this.#isDoubtful = false;
    for (const [metadata, { walk, isTrusted }] of this.#files) {
      if (walk !== this.#walk) this.#files.delete(metadata);
      else if (!isTrusted) this.#isDoubtful = true;
    }
  }

  /** What is known of a file with these metadata; undefined if it has to be read, and `mayRead`. */
  identityOf(metadata: string, mayRead: boolean): string | undefined {
    const known = this.#files.get(metadata);
    if (known === undefined) return undefined;
    // Another name of it may have been read in this walk.
    const isFresh = known.isTrusted || known.walk === this.#walk;
    if (mayRead && !isFresh) return undefined;
    known.walk = this.#walk;
    return known.identity;
  }

  /** Takes in what was read, by a read that began at `readAt`, on a clock that never goes back. */
  remember(
    path: string,
    info: Metadata,
    identity: string,
    readAt: number,
  ): void {
    const metadata = metadataOf(info);
    const seenAt = this.#files.get(metadata)?.seenAt ?? readAt;
    const isTrusted = readAt - seenAt >= RACY_MS ||
      (this.#walk === 1 && this.#isOld(info));
    const { size } = info;
    const walk = this.#walk;
    this.#files.set(metadata, {
      path,
      size,
      identity,
      seenAt,
      isTrusted,
      walk,
    });
  }

  /** The files that were read, as they are now. */
  files(): ReadFile[] {
    return [...this.#files].map(([metadata, { path, size, identity }]) => ({
      path,
      size,
      metadata,
      identity,
    }));
  }

  /** Whether a file is still known to have this content. */
  has({ metadata, identity }: ReadFile): boolean {
    return this.#files.get(metadata)?.identity === identity;
  }

  /** The content is another one than was read: it is to be read by the next walk. */
  forget({ metadata }: ReadFile): void {
    this.#files.delete(metadata);
  }

  /** ctime, unlike mtime, cannot be set back. One in the future tells nothing. */
  #isOld({ ctime, mtime }: Metadata): boolean {
    const changedMs = fileTimeMs(ctime ?? mtime);
    return this.#wallNow() - changedMs >= RACY_MS;
  }
}
