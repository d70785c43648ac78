/**
 * The walk through a watched directory and the directories below it: adds every
 * entry to the sum of a walk, files by the identity of their content.
 */
import type { MaybeAsync } from "../base/maybe_async.ts";
import {
  describeKind,
  type Entry,
  namesBelow,
  statEntry,
  TooMany,
  visibleNames,
} from "./directory_entries.ts";
import { BYTES_MAX, type FileIdentities } from "./file_identity.ts";
import { keyOf, metadataOf } from "../files/metadata.ts";
import { atEntry, TooLarge } from "./path_fault.ts";
import type { ReadMemory } from "./read_memory.ts";
import type { Selection } from "./selection.ts";
import { addFile, addOther, type Sum } from "./walk_sum.ts";

/** The clock is read once for this many entries of a directory. */
const BREATH_ENTRIES = 256;
/** Directories nested deeper than this are a fault. */
export const DEPTH_MAX = 8;
/**
 * The number of entries, in a directory and below it, that are read. A
 * directory that goes beyond it is judged by its metadata.
 */
export const ENTRIES_MAX = 50_000;

export interface DirectoryWalkOptions {
  readonly memory: ReadMemory;
  readonly files: FileIdentities;
  /** Which entries count; no others are looked at. */
  readonly selection: Selection;
  /** Lets the event loop take a turn when it is time for that. */
  readonly breathe: (bytes: number) => MaybeAsync<void>;
  /** Gets the number of entries so far, unless the walk has depth `names`. */
  readonly onEntries: (count: number) => void;
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

/** The directories of one path. */
export class DirectoryWalk {
  readonly #options: DirectoryWalkOptions;

  constructor(options: DirectoryWalkOptions) {
    this.#options = options;
  }

  /**
   * Adds the entries of the directory at `path`. Throws the error of an entry
   * that cannot be read (see `atEntry`).
   */
  *add(path: string, info: Deno.FileInfo, sum: Sum): MaybeAsync<void> {
    try {
      const names = visibleNames(path, ENTRIES_MAX);
      yield* this.#addEntries({ path, names, above: [keyOf(info)] }, "", sum);
    } catch (error) {
      if (!(error instanceof TooMany)) throw error;
      addTooMany("", info, sum);
    }
  }

  *#addEntries(
    directory: Directory,
    prefix: string,
    sum: Sum,
  ): MaybeAsync<void> {
    if (directory.above.length > DEPTH_MAX) {
      throw new TooLarge(`has directories nested deeper than ${DEPTH_MAX}`);
    }
    const { selection } = this.#options;
    for (const name of directory.names) {
      const label = `${prefix}${name}`;
      if (selection.leavesOut(name, label)) continue;
      if (++sum.entries > ENTRIES_MAX) throw new TooMany();
      if (sum.depth !== "names") this.#options.onEntries(sum.entries);
      if (sum.entries % BREATH_ENTRIES === 0) yield* this.#options.breathe(0);
      const path = `${directory.path}/${name}`;
      try {
        const info = statEntry(path);
        if (isDirectory(info) && selection.leavesOutDirectory(name, label)) {
          continue;
        }
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
    const identity = this.#options.memory.identityOf(
      metadata,
      sum.depth !== "names",
    );
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
      addOther(info, label, sum);
    } else if (info.isFile) {
      const seen = yield* this.#options.files.identityOf(path, info, sum);
      const metadata = metadataOf(seen.info);
      const { identity } = seen;
      addFile(label, seen.info.size, { metadata, identity }, sum);
    } else if (info.isDirectory && !above.includes(keyOf(info))) {
      const names = namesWithin(path, ENTRIES_MAX - sum.entries);
      if (names === "too many") return addTooMany(label, info, sum);
      const kind = names === undefined ? "unreadable" : "directory";
      addOther(kind, label, sum);
      if (names === undefined) return;
      const next = { path, names, above: [...above, keyOf(info)] };
      yield* this.#addEntries(next, `${label}/`, sum);
    } else addOther(describeKind(info), label, sum);
  }
}

const isDirectory = (info: Entry) =>
  typeof info !== "string" && info.isDirectory;

/**
 * Adds a directory with too many entries: its own metadata show when entries
 * are added or removed.
 */
function addTooMany(label: string, info: Deno.FileInfo, sum: Sum): void {
  sum.isPartial = true;
  sum.coarse ??= `has more than ${ENTRIES_MAX} entries`;
  addOther("directory", label, sum, metadataOf(info));
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
