/**
 * The walk over one watched path, through all symlinks: what it is, and for a
 * directory what is in it. Remembers what was read of its files.
 *
 * A file is read again only when its metadata moved, or when it was modified
 * so shortly before the last read that a later write could have left the
 * metadata as they were ("racy", as in git's index: timestamps are coarse).
 *
 * Must not know of other paths, nor how long anybody waits for it: it yields to
 * the event loop, and goes on.
 */
import {
  isProvisional,
  type PathPrint,
  provisionalIdentity,
} from "../../core/vocabulary/fingerprint.ts";
import type { Compare } from "../../core/vocabulary/settings.ts";
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
import { fileTimeMs } from "./file_time.ts";
import { atEntry, faultOf, pathFault, TooLarge } from "./path_fault.ts";
import { factsOf, type Found, nameless } from "./path_print.ts";
import { LARGE_BYTES, readRegularFile } from "./regular_file.ts";
import {
  addFile,
  addOther,
  newSum,
  type Sum,
  type WalkDepth,
} from "./walk_sum.ts";

/** ctime has whole seconds in Deno, and the rule is to distrust two of them. */
const RACY_MS = 3_000;
/** Work between two turns of the event loop. */
const SLICE_MS = 5;
/** So many entries of a directory between two looks at the clock. */
const BREATH_ENTRIES = 256;
/** Directories nested deeper than this are a fault. */
export const DEPTH_MAX = 8;
/** A directory with more entries, in it and below, is judged by its metadata. */
export const ENTRIES_MAX = 50_000;
/** Files beyond so much content of a path are judged by their metadata. */
export const BYTES_MAX = 1024 ** 3;
/** A swap can take a path away between stat and open; a new look at once finds the new one. */
const ATTEMPTS = 3;

interface Remembered {
  readonly identity: string;
  readonly racy: boolean;
  walk: number;
}

/** How far a walk has come. */
export interface Progress {
  readonly bytes: number;
  readonly entries: number;
}

/** A directory on the way down; `above` are the keys of itself and of those it is in. */
interface Directory {
  readonly path: string;
  readonly names: readonly string[];
  readonly above: readonly string[];
}

/** One path; one walk at a time, but for those of depth `names`. */
export class PathWalk {
  readonly #path: string;
  readonly #compare: Compare;
  /** By the metadata of the file. */
  readonly #read = new Map<string, Remembered>();
  #walk = 0;
  #sliceEndsAt = 0;
  #bytesRead = 0;
  #entries = 0;

  constructor(path: string, compare: Compare) {
    this.#path = path;
    this.#compare = compare;
  }

  /** Of the walk under way, or of the last one. */
  get progress(): Progress {
    return { bytes: this.#bytesRead, entries: this.#entries };
  }

  /** What cannot be read is a fault in the result: this does not throw. */
  *take(depth: WalkDepth): MaybeAsync<PathPrint> {
    this.#sliceEndsAt = performance.now() + SLICE_MS;
    if (depth === "names") return yield* this.#print(depth);
    this.#walk++;
    this.#bytesRead = 0;
    this.#entries = 0;
    const print = yield* this.#print(depth);
    for (const [metadata, { walk }] of this.#read) {
      if (walk !== this.#walk) this.#read.delete(metadata);
    }
    return print;
  }

  /**
   * What the metadata tell, with a provisional identity for what was not read.
   * Where even that takes longer, its `metadata` equal none.
   */
  *name(maxMs: number): MaybeAsync<PathPrint> {
    const endsAt = performance.now() + maxMs;
    const work = this.take("names");
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      if (performance.now() > endsAt) return nameless(this.#path);
      yield* awaiting(step.value);
    }
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
      ...(sum.coarse ? { coarse: `is larger than ${BYTES_TEXT}` } : {}),
    };
  }

  /** The digest of a directory: the names and identities of what is in it. */
  *#directory(info: Deno.FileInfo, depth: WalkDepth): MaybeAsync<Found> {
    const path = this.#path;
    const sum = newSum(depth);
    try {
      const names = visibleNames(path, ENTRIES_MAX);
      yield* this.#addEntries({ path, names, above: [keyOf(info)] }, "", sum);
    } catch (error) {
      if (!(error instanceof TooMany)) throw error;
      const coarse = `has more than ${ENTRIES_MAX} entries`;
      const facts = factsOf(info);
      const identity = coarseIdentity(facts.metadata);
      return { kind: "directory", identity, ...facts, coarse };
    }
    const identity = sum.content.digest("hex");
    return {
      kind: "directory",
      identity: sum.provisional ? provisionalIdentity(identity) : identity,
      ...factsOf(info),
      metadata: sum.metadata.digest("hex"),
      size: sum.bytes,
      ...(sum.coarse ? { coarse: `holds more than ${BYTES_TEXT}` } : {}),
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

  /** Adds an unmoved file, without a generator for each of very many; false for all else. */
  #addKnown(label: string, info: Entry, sum: Sum): boolean {
    if (typeof info === "string" || !info.isFile) return false;
    if (sum.bytes + info.size > BYTES_MAX) return false;
    const metadata = metadataOf(info);
    const known = this.#read.get(metadata);
    if (known === undefined || !this.#isFresh(known)) return false;
    known.walk = this.#walk;
    addFile(label, info.size, { metadata, identity: known.identity }, sum);
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
      const names = namesBelow(path, ENTRIES_MAX - sum.entries);
      const kind = names === undefined ? "unreadable" : "directory";
      addOther(`${kind}\0${label}\0`, sum);
      if (names === undefined) return;
      const next = { path, names, above: [...above, keyOf(info)] };
      yield* this.#addEntries(next, `${label}/`, sum);
    } else addOther(`${describeKind(info)}\0${label}\0`, sum);
  }

  /** Whether a file with these metadata need not be read again: another name of it may be read in this walk. */
  #isFresh({ racy, walk }: Remembered): boolean {
    return !racy || walk === this.#walk;
  }

  /** Lets others have their turn when it is time for that. */
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
      sum.coarse = true;
      return coarseIdentity(metadata);
    }
    const { depth } = sum;
    const known = this.#read.get(metadata);
    const large = info.size > LARGE_BYTES;
    const reads = depth === "content" || (depth === "metadata" && !large);
    if (known !== undefined && (this.#isFresh(known) || !reads)) {
      known.walk = this.#walk;
      return known.identity;
    }
    if (!reads) return provisionalIdentity(metadata);
    const racy = isRacy(info);
    const reading = yield* readRegularFile(
      path,
      (bytes) => this.#breathe(bytes),
    );
    // What was written, or put in its place, while it was read makes it neither state.
    const after = large ? metadataOf(Deno.statSync(path)) : reading?.before;
    if (reading === undefined || after !== reading.before) {
      return provisionalIdentity(after ?? metadata);
    }
    const identity = reading.digest;
    this.#read.set(reading.before, { identity, racy, walk: this.#walk });
    return identity;
  }
}

const BYTES_TEXT = "1 GiB";

/** Of what is not read because there is too much of it. */
const coarseIdentity = (metadata: string) => `metadata:${metadata}`;

const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** ctime, unlike mtime, cannot be set back. */
function isRacy(info: Deno.FileInfo): boolean {
  const changedMs = fileTimeMs(info.ctime ?? info.mtime);
  return Date.now() - changedMs < RACY_MS;
}
