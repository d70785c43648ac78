/**
 * Takes fingerprints of the watched paths, through all symlinks. Reads only
 * regular files, never a FIFO or a device, and yields to the event loop when
 * there is much to do, so that signals are heard meanwhile.
 *
 * A file is read again only when its metadata moved, or when it was modified
 * so shortly before the last read that a later write could have left the
 * metadata as they were ("racy", as in git's index: timestamps are coarse).
 */
import type { Hash } from "node:crypto";
import {
  type Fingerprint,
  isProvisional,
  type PathPrint,
  provisionalIdentity,
} from "../../core/vocabulary/fingerprint.ts";
import type { Compare } from "../../core/vocabulary/settings.ts";
import { newDigest } from "../base/digest.ts";
import {
  describeKind,
  type Entry,
  namesBelow,
  statEntry,
  visibleNames,
} from "./directory_entries.ts";
import { fileTimeMs } from "./file_time.ts";
import { atEntry, faultOf, pathFault, TooLarge } from "./path_fault.ts";
import {
  awaiting,
  type MaybeAsync,
  runMaybeAsync,
} from "../base/maybe_async.ts";

/** Larger files are read only by a look of depth "content". */
export const LARGE_BYTES = 1024 * 1024;
/** ctime has whole seconds in Deno, and the rule is to distrust two of them. */
const RACY_MS = 3_000;
const CHUNK_BYTES = 256 * 1024;
/** Work between two turns of the event loop. */
const SLICE_MS = 5;
/** So many entries of a directory between two looks at the clock. */
const BREATH_ENTRIES = 256;
const DEPTH_MAX = 8;
const ENTRIES_MAX = 50_000;
/** A swap can take a path away between stat and open; a new look at once finds the new one. */
const ATTEMPTS = 3;

export type Depth = "metadata" | "content";

interface Remembered {
  readonly metadata: string;
  readonly identity: string;
  readonly racy: boolean;
  look: number;
}

type Found = Exclude<PathPrint, { kind: "fault" }>;

/** A directory on the way down; `above` are the keys of itself and of those it is in. */
interface Directory {
  readonly path: string;
  readonly names: readonly string[];
  readonly above: readonly string[];
}

/** What the look at a directory adds up to. */
interface Sum {
  readonly digest: Hash;
  readonly depth: Depth;
  bytes: number;
  entries: number;
  provisional: boolean;
}

/** One observer of a fixed list of paths; remembers what it has read. */
export class Fingerprinter {
  readonly #paths: readonly string[];
  readonly #compare: Compare;
  readonly #read = new Map<string, Remembered>();
  #look = 0;
  #sliceEndsAt = 0;

  constructor(paths: readonly string[], compare: Compare) {
    this.#paths = paths;
    this.#compare = compare;
  }

  /** Files whose content is remembered from the last look. */
  get filesSeen(): number {
    return this.#read.size;
  }

  /**
   * What cannot be read is a fault in the fingerprint: this neither throws nor
   * rejects. A promise where there is much to do. Not reentrant.
   */
  look(depth: Depth): Fingerprint | Promise<Fingerprint> {
    return runMaybeAsync(this.#take(depth));
  }

  *#take(depth: Depth): MaybeAsync<Fingerprint> {
    this.#look++;
    this.#sliceEndsAt = performance.now() + SLICE_MS;
    const prints: PathPrint[] = [];
    for (const path of this.#paths) {
      prints.push(yield* this.#print(path, depth));
    }
    for (const [path, { look }] of this.#read) {
      if (look !== this.#look) this.#read.delete(path);
    }
    return prints;
  }

  *#print(path: string, depth: Depth): MaybeAsync<PathPrint> {
    for (let attempt = 1;; attempt++) {
      try {
        const info = Deno.statSync(path);
        if (info.isFile) return yield* this.#file(path, info, depth);
        if (info.isDirectory) return yield* this.#directory(path, info, depth);
        return pathFault("unsupported", `is a ${describeKind(info)}`);
      } catch (error) {
        const passing = error instanceof Deno.errors.NotFound;
        if (!passing || attempt === ATTEMPTS) return faultOf(error);
      }
    }
  }

  *#file(path: string, info: Deno.FileInfo, depth: Depth): MaybeAsync<Found> {
    const identity = yield* this.#identity(path, info, depth);
    const { dev, ino, size, mtime } =
      depth === "content" && isProvisional(identity)
        ? Deno.statSync(path)
        : info;
    return {
      kind: "file",
      identity,
      dev,
      ino: ino ?? 0,
      size,
      mtimeMs: fileTimeMs(mtime),
    };
  }

  /** The digest of a directory: the names and identities of what is in it. */
  *#directory(
    path: string,
    info: Deno.FileInfo,
    depth: Depth,
  ): MaybeAsync<Found> {
    const digest = newDigest();
    const sum = { digest, depth, bytes: 0, entries: 0, provisional: false };
    const names = visibleNames(path);
    yield* this.#addEntries({ path, names, above: [keyOf(info)] }, "", sum);
    const identity = digest.digest("hex");
    return {
      kind: "directory",
      identity: sum.provisional ? provisionalIdentity(identity) : identity,
      dev: info.dev,
      ino: info.ino ?? 0,
      size: sum.bytes,
      mtimeMs: fileTimeMs(info.mtime),
    };
  }

  *#addEntries(
    directory: Directory,
    prefix: string,
    sum: Sum,
  ): MaybeAsync<void> {
    if (directory.above.length > DEPTH_MAX) {
      throw new TooLarge(`has directories nested deeper than ${DEPTH_MAX}`);
    }
    for (const name of directory.names) {
      if (++sum.entries > ENTRIES_MAX) {
        throw new TooLarge(`has more than ${ENTRIES_MAX} entries`);
      }
      const label = `${prefix}${name}`;
      if (sum.entries % BREATH_ENTRIES === 0) yield* this.#breathe();
      const path = `${directory.path}/${name}`;
      try {
        const info = statEntry(path);
        if (this.#addKnown(path, label, info, sum)) continue;
        yield* this.#addEntry(path, label, info, directory.above, sum);
      } catch (error) {
        throw atEntry(label, error);
      }
    }
  }

  /** Adds an unmoved file, without a generator for each of very many; false for all else. */
  #addKnown(path: string, label: string, info: Entry, sum: Sum): boolean {
    if (typeof info === "string" || !info.isFile) return false;
    const identity = this.#known(path, info);
    if (identity === undefined) return false;
    addFile(label, info, identity, sum);
    return true;
  }

  *#addEntry(
    path: string,
    label: string,
    info: Entry,
    above: readonly string[],
    sum: Sum,
  ): MaybeAsync<void> {
    if (typeof info === "string") {
      sum.digest.update(`${info}\0${label}\0`);
    } else if (info.isFile) {
      const identity = yield* this.#identity(path, info, sum.depth);
      addFile(label, info, identity, sum);
    } else if (info.isDirectory && !above.includes(keyOf(info))) {
      const names = namesBelow(path);
      const kind = names === undefined ? "unreadable" : "directory";
      sum.digest.update(`${kind}\0${label}\0`);
      if (names === undefined) return;
      const next = { path, names, above: [...above, keyOf(info)] };
      yield* this.#addEntries(next, `${label}/`, sum);
    } else sum.digest.update(`${describeKind(info)}\0${label}\0`);
  }

  /** Lets others have their turn when it is time for that. */
  *#breathe(): MaybeAsync<void> {
    if (performance.now() <= this.#sliceEndsAt) return;
    yield* awaiting(nextTurn());
    this.#sliceEndsAt = performance.now() + SLICE_MS;
  }

  /** What is remembered of an unmoved file. */
  #known(path: string, info: Deno.FileInfo): string | undefined {
    const known = this.#read.get(path);
    if (known === undefined || known.racy) return undefined;
    if (known.metadata !== metadataOf(info)) return undefined;
    known.look = this.#look;
    return known.identity;
  }

  *#identity(
    path: string,
    info: Deno.FileInfo,
    depth: Depth,
  ): MaybeAsync<string> {
    yield* this.#breathe();
    const metadata = metadataOf(info);
    if (this.#compare === "metadata") {
      const identity = `${info.mtime?.getTime()}:${info.dev}:${info.ino}`;
      this.#read.set(path, {
        metadata,
        identity,
        racy: false,
        look: this.#look,
      });
      return identity;
    }
    const known = this.#read.get(path);
    const unmoved = known?.metadata === metadata;
    const large = info.size > LARGE_BYTES;
    if (unmoved && (!known.racy || (large && depth === "metadata"))) {
      known.look = this.#look;
      return known.identity;
    }
    if (large && depth === "metadata") {
      if (known !== undefined) known.look = this.#look;
      return provisionalIdentity(metadata);
    }
    const racy = isRacy(info);
    const identity = large ? yield* awaiting(hashLarge(path)) : hashSmall(path);
    // Reading much takes time; what was written meanwhile makes it neither state.
    const after = large ? metadataOf(Deno.statSync(path)) : metadata;
    if (after !== metadata) return provisionalIdentity(after);
    this.#read.set(path, { metadata, identity, racy, look: this.#look });
    return identity;
  }
}

function addFile(
  label: string,
  { size }: Deno.FileInfo,
  identity: string,
  sum: Sum,
): void {
  sum.provisional ||= isProvisional(identity);
  sum.bytes += size;
  sum.digest.update(`file\0${label}\0${identity}\0`);
}

const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

const keyOf = (info: Deno.FileInfo) => `${info.dev}:${info.ino}`;

const metadataOf = (info: Deno.FileInfo) =>
  `${info.dev}:${info.ino}:${info.size}:${info.mtime?.getTime()}:${info.ctime?.getTime()}`;

/** ctime, unlike mtime, cannot be set back. */
function isRacy(info: Deno.FileInfo): boolean {
  const changedMs = info.ctime?.getTime() ?? info.mtime?.getTime() ?? Infinity;
  return Date.now() - changedMs < RACY_MS;
}

function hashSmall(path: string): string {
  return newDigest().update(Deno.readFileSync(path)).digest("hex");
}

async function hashLarge(path: string): Promise<string> {
  using file = await Deno.open(path);
  const hash = newDigest();
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const length = await file.read(chunk);
    if (length === null) return hash.digest("hex");
    hash.update(chunk.subarray(0, length));
  }
}
