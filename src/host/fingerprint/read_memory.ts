/**
 * Remembers what was read of the files of one path, by their metadata, and
 * decides when metadata can be trusted.
 *
 * Timestamps are coarse: a write shortly after another one may leave all
 * metadata as they were ("racy", as in git's index). So content counts as known
 * only after a read that began RACY_MS after its metadata were first seen: any
 * later write then has a later timestamp. This rule needs only our own clock.
 * For files that existed at the first walk over the path, an old ctime by the
 * system's clock is enough.
 */
import { fileTimeMs } from "../files/file_time.ts";
import { type Metadata, metadataOf } from "../files/metadata.ts";

/** ctime has whole seconds in Deno, and two of them are distrusted. */
export const RACY_MS = 3_000;

interface Remembered {
  readonly path: string;
  readonly size: number;
  readonly identity: string;
  /** When the metadata were first seen. */
  readonly seenAt: number;
  readonly isTrusted: boolean;
  /** The number of the last walk that has found the file. */
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

/** The memory of one path. */
export class ReadMemory {
  readonly #wallNow: () => number;
  readonly #files = new Map<string, Remembered>();
  #walk = 0;
  #isDoubtful = false;

  /** `wallNow` is the system's clock. */
  constructor(wallNow: () => number) {
    this.#wallNow = wallNow;
  }

  /**
   * Whether some content has to be read again, although its metadata may not
   * change any more.
   */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  /** Call it when a walk begins. */
  begin(): void {
    this.#walk++;
  }

  /**
   * Call it when a walk is over: forgets the files that this walk has not
   * found.
   */
  end(): void {
    this.#isDoubtful = false;
    for (const [metadata, { walk, isTrusted }] of this.#files) {
      if (walk !== this.#walk) this.#files.delete(metadata);
      else if (!isTrusted) this.#isDoubtful = true;
    }
  }

  /**
   * The identity of the content of a file with these metadata. Undefined if it
   * is not known, or if `mayRead` allows a read and one is needed.
   */
  identityOf(metadata: string, mayRead: boolean): string | undefined {
    const known = this.#files.get(metadata);
    if (known === undefined) return undefined;
    // The file may have been read under another name in this walk.
    const isFresh = known.isTrusted || known.walk === this.#walk;
    if (mayRead && !isFresh) return undefined;
    known.walk = this.#walk;
    return known.identity;
  }

  /**
   * Remembers the content of a file. `readAt` is when the read began, on a
   * clock that never goes back.
   */
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

  /** The files that are remembered at this moment. */
  files(): ReadFile[] {
    return [...this.#files].map(([metadata, { path, size, identity }]) => ({
      path,
      size,
      metadata,
      identity,
    }));
  }

  /** Whether the file is still remembered with this content. */
  has({ metadata, identity }: ReadFile): boolean {
    return this.#files.get(metadata)?.identity === identity;
  }

  /**
   * Forgets a file whose content has changed, so that the next walk reads it.
   */
  forget({ metadata }: ReadFile): void {
    this.#files.delete(metadata);
  }

  /**
   * Whether the file was last changed at least RACY_MS ago, by the system's
   * clock. ctime is used because, unlike mtime, it cannot be set back. A ctime
   * in the future does not count as old.
   */
  #isOld({ ctime, mtime }: Metadata): boolean {
    const changedMs = fileTimeMs(ctime ?? mtime);
    return this.#wallNow() - changedMs >= RACY_MS;
  }
}
