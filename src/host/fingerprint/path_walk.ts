/**
 * The walk over one watched path, through all symlinks: the kind of the path,
 * and the entries of a directory (`directory_walk`). A file is read again only
 * if its metadata have changed or cannot be trusted (`read_memory`).
 *
 * Must not know of other paths, nor of how long a caller waits: it yields to
 * the event loop from time to time, and goes on.
 */
import {
  type Entries,
  type PathPrint,
  provisionalIdentity,
} from "../../core/vocabulary/fingerprint.ts";
import type { Compare } from "../../core/vocabulary/settings.ts";
import { monotonicNow } from "../base/clock.ts";
import { awaiting, type MaybeAsync } from "../base/maybe_async.ts";
import { describeKind } from "./directory_entries.ts";
import { DirectoryWalk } from "./directory_walk.ts";
import { BYTES_TEXT, coarseIdentity, FileIdentities } from "./file_identity.ts";
import { NO_ENTRIES } from "./entry_list.ts";
import { faultOf, pathFault } from "./path_fault.ts";
import { factsOf, type Found, nameless } from "./path_print.ts";
import { ReadMemory } from "./read_memory.ts";
import { Rereading } from "./rereading.ts";
import { EVERYTHING, type Selection } from "./selection.ts";
import { newSum, type WalkDepth } from "./walk_sum.ts";

export { DEPTH_MAX, ENTRIES_MAX } from "./directory_walk.ts";

/** The longest work between two turns of the event loop. */
export const SLICE_MS = 5;
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

/** Like a path that does not exist: a child keeps what it has. */
const NO_MATCH: PathPrint = {
  kind: "fault",
  fault: "missing",
  detail: "no file matches",
};

/**
 * The walks over one path. Only one walk at a time, except for those of depth
 * `names`.
 */
export class PathWalk {
  readonly #path: string;
  readonly #selection: Selection;
  readonly #memory = new ReadMemory(Date.now);
  readonly #rereading = new Rereading(this.#memory, () => this.#breathe());
  readonly #files: FileIdentities;
  readonly #directories: DirectoryWalk;
  #sliceEndsAt = 0;
  #bytesRead = 0;
  #entries = 0;
  /** What the last walk over a directory has found. */
  #found: Entries = NO_ENTRIES;

  /** `selection` says what counts if the path is a directory. */
  constructor(path: string, compare: Compare, selection = EVERYTHING) {
    this.#path = path;
    this.#selection = selection;
    const memory = this.#memory;
    const breathe = (bytes: number) => this.#breathe(bytes);
    const files = new FileIdentities(compare, memory, breathe);
    const onEntries = (count: number) => void (this.#entries = count);
    this.#files = files;
    this.#directories = new DirectoryWalk({
      memory,
      files,
      selection,
      breathe,
      onEntries,
    });
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
        if (info.isDirectory) return yield* this.#directory(info, depth);
        if (this.#selection.isByPattern) {
          return pathFault("unsupported", "is not below a directory");
        }
        if (info.isFile) return yield* this.#file(info, depth);
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
    const { identity, info } = yield* this.#files.identityOf(
      this.#path,
      found,
      sum,
    );
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
  *#directory(info: Deno.FileInfo, depth: WalkDepth): MaybeAsync<PathPrint> {
    const sum = newSum(depth, this.#found);
    yield* this.#directories.add(this.#path, info, sum);
    const digest = sum.content.digest("hex");
    const identity = sum.coarse === undefined ? digest : coarseIdentity(digest);
    const entries = sum.list.entries();
    this.#found = entries;
    const isEmpty = entries.labels.length === 0 && sum.coarse === undefined;
    if (this.#selection.isByPattern && isEmpty) return NO_MATCH;
    return {
      kind: "directory",
      identity: sum.provisional ? provisionalIdentity(identity) : identity,
      ...factsOf(info),
      metadata: sum.metadata.digest("hex"),
      size: sum.bytes,
      ...(sum.isPartial ? {} : { entries }),
      ...(sum.coarse === undefined ? {} : { coarse: sum.coarse }),
    };
  }

  /** Lets the event loop take a turn when SLICE_MS are over. */
  *#breathe(bytes = 0): MaybeAsync<void> {
    this.#bytesRead += bytes;
    if (performance.now() <= this.#sliceEndsAt) return;
    yield* awaiting(nextTurn());
    this.#sliceEndsAt = performance.now() + SLICE_MS;
  }
}

const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
