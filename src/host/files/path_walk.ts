/**
 * The walk over one watched path, through all symlinks: the kind of the path,
 * and the entries of a directory. A file is read again only if its metadata
 * have changed or cannot be trusted (`read_memory`).
 *
 * Must not know of other paths, nor of how long a caller waits: it yields to
 * the event loop from time to time, and goes on.
 */
import {
  isProvisional,
  type PathPrint,
  provisionalIdentity,
} from "../../core/vocabulary/fingerprint.ts";
import type { Compare } from "../../core/vocabulary/settings.ts";
import { monotonicNow } from "../base/clock.ts";
import { awaiting, type MaybeAsync } from "../base/maybe_async.ts";
import {
  describeKind,
  type Entry,
  namesBelow,
  statEntry,
  TooMany,
  visibleNames,
} from "./directory_entries.ts";
import { keyOf, metadataOf } from "./metadata.ts";
import { atEntry, faultOf, pathFault, TooLarge } from "./path_fault.ts";
import { factsOf, type Found, nameless } from "./path_print.ts";
import { ReadMemory } from "./read_memory.ts";
import { LARGE_BYTES, readRegularFile } from "./regular_file.ts";
import { Rereading } from "./rereading.ts";
import {
  addFile,
  addOther,
  newSum,
  type Sum,
  type WalkDepth,
} from "./walk_sum.ts";

/** The longest work between two turns of the event loop. */
const SLICE_MS = 5;
/** The clock is read once for this many entries of a directory. */
const BREATH_ENTRIES = 256;
/** Directories nested deeper than this are a fault. */
export const DEPTH_MAX = 8;
/**
 * The number of entries, in a directory and below it, that are read. A
 * directory that goes beyond it is judged by its metadata.
 */
export const ENTRIES_MAX = 50_000;
/**
 * The content of a path that is read. Files beyond it are judged by their
 * metadata.
 */
export const BYTES_MAX = 1024 ** 3;
/**
 * A replacement can remove a path between stat and open; the next attempt at
 * once finds the new file.
 */
const ATTEMPTS = 3;

/** The progress of a walk: what it has read so far. */
export interface Progress {
  readonly bytes: number;
  readonly entries: number;
}

/**
 * A directory of the walk; `above` has its own key and those of the directories
 * above it.
 */
interface Directory {
  readonly path: string;
  readonly names: readonly string[];
  readonly above: readonly string[];
}

/**
 * The walks over one path. Only one walk at a time, except for those of depth
 * `names`.
 */
export class PathWalk {
  readonly #path: string;
  readonly #compare: Compare;
  readonly #memory = new ReadMemory(Date.now);
  readonly #rereading = new Rereading(this.#memory, () => this.#breathe());
  #sliceEndsAt = 0;
  #bytesRead = 0;
  #entries = 0;

  constructor(path: string, compare: Compare) {
    this.#path = path;
    this.#compare = compare;
  }

  /**
   * Whether some content has to be read again, even if nothing hints at a
   * change.
   */
  get isDoubtful(): boolean {
    return this.#memory.isDoubtful;
  }

  /** The progress of the walk under way, or of the last one. */
  get progress(): Progress {
    return { bytes: this.#bytesRead, entries: this.#entries };
  }

  /**
   * Takes a walk. Content that cannot be read is a fault in the result, so this
   * does not throw.
   */
  *take(depth: WalkDepth): MaybeAsync<PathPrint> {
    this.#sliceEndsAt = performance.now() + SLICE_MS;
    if (depth === "names") return yield* this.#print(depth);
    this.#memory.begin();
    this.#bytesRead = 0;
    this.#entries = 0;
    const print = yield* this.#print(depth);
    this.#memory.end();
    return print;
  }

  /**
   * The result of a walk over the metadata alone. Content that was not read has
   * a provisional identity. If even the metadata are not known at `endsAt`, the
   * `metadata` of the result equal no others.
   */
  *name(endsAt: number): MaybeAsync<PathPrint> {
    const work = this.take("names");
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      if (monotonicNow() > endsAt) return nameless(this.#path);
      yield* awaiting(step.value);
    }
  }

  /**
   * See `Rereading.verify`; the files that it finds are read by the next walk.
   */
  verify(bytes: number): MaybeAsync<readonly string[]> {
    this.#sliceEndsAt = performance.now() + SLICE_MS;
    return this.#rereading.verify(bytes);
  }

  *#print(depth: WalkDepth): MaybeAsync<PathPrint> {
    for (let attempt = 1;; attempt++) {
      try {
        const info = Deno.statSync(this.#path);
        if (info.isFile) return yield* this.#file(info, depth);
        if (info.isDirectory) return yield* this.#directory(info, depth);
        return pathFault("unsupported", `is a ${describeKind(info)}`);
      } catch (error) {
        const passing = error instanceof Deno.errors.NotFound;
        if (!passing || attempt === ATTEMPTS) return faultOf(error);
      }
    }
  }

  *#file(found: Deno.FileInfo, depth: WalkDepth): MaybeAsync<Found> {
    this.#entries = 1;
    const sum = newSum(depth);
    const identity = yield* this.#identity(this.#path, found, sum);
    const info = depth === "content" && isProvisional(identity)
      ? Deno.statSync(this.#path)
      : found;
    return {
      kind: "file",
      identity,
      ...factsOf(info),
      ...(sum.coarse === undefined
        ? {}
        : { coarse: `is larger than ${BYTES_TEXT}` }),
    };
  }

  /** The digest of a directory: of the names and identities of its entries. */
  *#directory(info: Deno.FileInfo, depth: WalkDepth): MaybeAsync<Found> {
    const path = this.#path;
    const sum = newSum(depth);
    try {
      const names = visibleNames(path, ENTRIES_MAX);
      yield* this.#addEntries({ path, names, above: [keyOf(info)] }, "", sum);
    } catch (error) {
      if (!(error instanceof TooMany)) throw error;
      addTooMany("", info, sum);
    }
    const digest = sum.content.digest("hex");
    const identity = sum.coarse === undefined ? digest : coarseIdentity(digest);
    return {
      kind: "directory",
      identity: sum.provisional ? provisionalIdentity(identity) : identity,
      ...factsOf(info),
      metadata: sum.metadata.digest("hex"),
      size: sum.bytes,
      ...(sum.coarse === undefined ? {} : { coarse: sum.coarse }),
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
      if (++sum.entries > ENTRIES_MAX) throw new TooMany();
      if (sum.depth !== "names") this.#entries = sum.entries;
      const label = `${prefix}${name}`;
      if (sum.entries % BREATH_ENTRIES === 0) yield* this.#breathe();
      const path = `${directory.path}/${name}`;
      try {
        const info = statEntry(path);
        if (this.#addKnown(label, info, sum)) continue;
        yield* this.#addEntry(path, label, info, directory.above, sum);
      } catch (error) {
        throw error instanceof TooMany ? error : atEntry(label, error);
      }
    }
  }

  /**
   * Adds a file whose metadata have not changed, and returns true; returns
   * false for everything else. It is no generator, which would be slow for very
   * many files.
   */
  #addKnown(label: string, info: Entry, sum: Sum): boolean {
    if (typeof info === "string" || !info.isFile) return false;
    if (sum.bytes + info.size > BYTES_MAX) return false;
    const metadata = metadataOf(info);
    const identity = this.#memory.identityOf(metadata, sum.depth !== "names");
    if (identity === undefined) return false;
    addFile(label, info.size, { metadata, identity }, sum);
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
      addOther(`${info}\0${label}\0`, sum);
    } else if (info.isFile) {
      const identity = yield* this.#identity(path, info, sum);
      addFile(label, info.size, { metadata: metadataOf(info), identity }, sum);
    } else if (info.isDirectory && !above.includes(keyOf(info))) {
      const names = namesWithin(path, ENTRIES_MAX - sum.entries);
      if (names === "too many") return addTooMany(label, info, sum);
      const kind = names === undefined ? "unreadable" : "directory";
      addOther(`${kind}\0${label}\0`, sum);
      if (names === undefined) return;
      const next = { path, names, above: [...above, keyOf(info)] };
      yield* this.#addEntries(next, `${label}/`, sum);
    } else addOther(`${describeKind(info)}\0${label}\0`, sum);
  }

  /** Lets the event loop take a turn when SLICE_MS are over. */
  *#breathe(bytes = 0): MaybeAsync<void> {
    this.#bytesRead += bytes;
    if (performance.now() <= this.#sliceEndsAt) return;
    yield* awaiting(nextTurn());
    this.#sliceEndsAt = performance.now() + SLICE_MS;
  }

  *#identity(
    path: string,
    info: Deno.FileInfo,
    sum: Sum,
  ): MaybeAsync<string> {
    yield* this.#breathe();
    const metadata = metadataOf(info);
    if (this.#compare === "metadata") {
      return `${info.mtime?.getTime()}:${info.dev}:${info.ino}`;
    }
    if (sum.bytes + info.size > BYTES_MAX) {
      sum.coarse ??= `holds more than ${BYTES_TEXT}`;
      return coarseIdentity(metadata);
    }
    const { depth } = sum;
    const large = info.size > LARGE_BYTES;
    const reads = depth === "content" || (depth === "metadata" && !large);
    const known = this.#memory.identityOf(metadata, reads);
    if (known !== undefined) return known;
    if (!reads) return provisionalIdentity(metadata);
    const readAt = monotonicNow();
    const reading = yield* readRegularFile(
      path,
      (bytes) => this.#breathe(bytes),
    );
    // If the file was written or replaced while it was read, the digest belongs
    // to neither state.
    const after = large
      ? metadataOf(Deno.statSync(path))
      : reading && metadataOf(reading.info);
    if (reading === undefined || after !== metadataOf(reading.info)) {
      return provisionalIdentity(after ?? metadata);
    }
    const { info: read, digest } = reading;
    this.#memory.remember(path, read, digest, readAt);
    return digest;
  }
}

const BYTES_TEXT = "1 GiB";

/**
 * Adds a directory with too many entries: its own metadata show when entries
 * are added or removed.
 */
function addTooMany(label: string, info: Deno.FileInfo, sum: Sum): void {
  sum.coarse ??= `has more than ${ENTRIES_MAX} entries`;
  addOther(`directory\0${label}\0${metadataOf(info)}\0`, sum);
}

function namesWithin(
  path: string,
  maxNames: number,
): readonly string[] | undefined | "too many" {
  try {
    return namesBelow(path, maxNames);
  } catch (error) {
    if (error instanceof TooMany) return "too many";
    throw error;
  }
}

/** The identity of content that is not read because there is too much of it. */
const coarseIdentity = (metadata: string) => `metadata:${metadata}`;

const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
