/**
 * Takes fingerprints of the watched paths. A look has a time budget. A path
 * that takes longer to read is read on beside the looks, so that neither a
 * signal, nor a change of another path, nor the first start waits for it. Until
 * that path is read, each look reports it as unread, together with what its
 * metadata tell.
 */
import {
  type Fingerprint,
  isSame,
  type PathPrint,
} from "../../core/vocabulary/fingerprint.ts";
import type { Depth, Unread } from "../../core/vocabulary/observation.ts";
import type { Compare } from "../../core/vocabulary/settings.ts";
import { awakeNow, monotonicNow } from "../base/clock.ts";
import {
  awaiting,
  type MaybeAsync,
  runMaybeAsync,
} from "../base/maybe_async.ts";
import { within } from "../base/time_limit.ts";
import { isNameless } from "./path_print.ts";
import { PathWalk } from "./path_walk.ts";
import type { Selection } from "./selection.ts";

/** The longest time that a look waits for paths to be read. */
export const LOOK_MAX_MS = 100;
/**
 * The longest time that it then waits for the metadata of paths that are being
 * read again.
 */
const NAMES_MAX_MS = 100;
/**
 * The same for paths that were never read: their metadata decide later whether
 * they have changed while they were read.
 */
const FIRST_NAMES_MAX_MS = 500;

/** The result of one look. */
export interface Look {
  /**
   * When the look began, or an earlier walk whose result is part of it.
   * Everything that was read is at least as new.
   */
  readonly startedAt: number;
  readonly depth: Depth;
  readonly fingerprint: Fingerprint;
  /** Paths whose walk is still under way. */
  readonly unread: readonly Unread[];
}

/** One watched path, and the walk over it that is under way. */
interface Track {
  readonly walk: PathWalk;
  /** The result that the last look has reported. */
  told: PathPrint | undefined;
  /** The result of the last complete walk. */
  read: PathPrint | undefined;
  underWay: {
    readonly startedAt: number;
    readonly depth: Depth;
    /** Whether a look has answered before this walk was done. */
    isLate: boolean;
    /**
     * The greatest depth of the looks that were requested since the walk began.
     */
    again: Depth | undefined;
  } | undefined;
}

export interface FingerprinterOptions {
  /** Of each path, what counts of it; without any, everything does. */
  readonly selections?: readonly Selection[];
  /**
   * Called with the result of a walk, if a look has answered before the walk
   * was done.
   */
  readonly onRead: (look: Look) => void;
  /**
   * Called if a look was requested during that walk: a path may have changed
   * since the walk began.
   */
  readonly onAgain: (depth: Depth) => void;
}

/**
 * Takes fingerprints of a fixed list of paths, and remembers what it has read.
 */
export class Fingerprinter {
  readonly #tracks: readonly Track[];
  readonly #options: FingerprinterOptions;

  constructor(
    paths: readonly string[],
    compare: Compare,
    options: FingerprinterOptions,
  ) {
    this.#options = options;
    this.#tracks = paths.map((path, at) => ({
      walk: new PathWalk(path, compare, options.selections?.[at]),
      told: undefined,
      read: undefined,
      underWay: undefined,
    }));
  }

  /** The number of entries that the last walks have seen. */
  get entriesSeen(): number {
    return this.#tracks.reduce(
      (sum, { walk }) => sum + walk.progress.entries,
      0,
    );
  }

  /**
   * Whether content that was read last has to be read again soon, even if
   * nothing hints at a change.
   */
  get isDoubtful(): boolean {
    return this.#tracks.some(({ walk }) => walk.isDoubtful);
  }

  /**
   * Reads this many bytes of each path again; resolves to the files whose
   * content differs from what was read before.
   */
  async verify(bytes: number): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { walk } of this.#tracks) {
      found.push(...await runMaybeAsync(walk.verify(bytes)));
    }
    return found;
  }

  /**
   * Takes one look. A path that cannot be read is a fault in the fingerprint,
   * so this neither throws nor rejects. Returns a promise if there is much to
   * read. Not reentrant.
   */
  look(depth: Depth): Look | Promise<Look> {
    return runMaybeAsync(this.#look(depth));
  }

  *#look(depth: Depth): MaybeAsync<Look> {
    const startedAt = awakeNow();
    const begun: Promise<void>[] = [];
    const earlier: (readonly [Track, number])[] = [];
    for (const track of this.#tracks) {
      const { underWay } = track;
      if (underWay === undefined) {
        const done = this.#begin(track, depth);
        if (done !== undefined) begun.push(done);
      } else {
        underWay.again = deeper(underWay.again, depth);
        earlier.push([track, underWay.startedAt]);
      }
    }
    if (begun.length > 0) {
      yield* awaiting(within(LOOK_MAX_MS, Promise.all(begun)));
    }
    const isFirst = this.#tracks.some(({ read }) => read === undefined);
    const endsAt = monotonicNow() +
      (isFirst ? FIRST_NAMES_MAX_MS : NAMES_MAX_MS);
    for (const track of this.#tracks) {
      // Only then, because hints may come at any rate, and a path may have many
      // names.
      if (track.told === undefined || depth === "content") {
        yield* this.#name(track, endsAt);
      }
    }
    for (const { underWay } of this.#tracks) {
      if (underWay !== undefined) underWay.isLate = true;
    }
    const done = earlier.filter(([{ underWay }]) => underWay === undefined);
    return this.#tell(Math.min(startedAt, ...done.map(([, at]) => at)), depth);
  }

  /** Begins a walk; returns undefined if it is already done. */
  #begin(track: Track, depth: Depth): Promise<void> | undefined {
    const startedAt = awakeNow();
    const taken = runMaybeAsync(track.walk.take(depth));
    if (!(taken instanceof Promise)) {
      track.told = track.read = taken;
      return undefined;
    }
    const again = undefined;
    track.underWay = { startedAt, depth, isLate: false, again };
    return taken.then((print) => runMaybeAsync(this.#end(track, print)));
  }

  /**
   * Reports a path that is still being read by its metadata. If they are those
   * of the last complete walk, the result of that walk is reported again.
   */
  *#name(track: Track, endsAt: number): MaybeAsync<void> {
    if (track.underWay === undefined) return;
    const named = yield* track.walk.name(endsAt);
    // The path may have been read during this wait.
    if (track.underWay === undefined) return;
    // An unknown state does not replace what was reported.
    if (isNameless(named) && track.told !== undefined) return;
    track.told = track.read !== undefined && isSameState(track.read, named)
      ? track.read
      : named;
  }

  /**
   * Ends a walk. If a look has answered before, the path may have changed since
   * it was read: then it is read once more.
   */
  *#end(track: Track, print: PathPrint): MaybeAsync<void> {
    const { underWay, walk } = track;
    if (underWay === undefined) throw new Error("No walk was under way");
    track.read = print;
    let now = print;
    if (underWay.isLate) {
      const named = yield* walk.name(monotonicNow() + FIRST_NAMES_MAX_MS);
      if (!isNameless(named) && !isSameState(print, named)) {
        now = named;
        underWay.again = deeper(underWay.again, underWay.depth);
      }
    }
    const { isLate, again, startedAt, depth } = underWay;
    track.told = now;
    track.underWay = undefined;
    if (isLate) this.#options.onRead(this.#tell(startedAt, depth));
    if (again !== undefined) this.#options.onAgain(again);
  }

  #tell(startedAt: number, depth: Depth): Look {
    const fingerprint: PathPrint[] = [];
    const unread: Unread[] = [];
    for (const [path, { told, walk, underWay }] of this.#tracks.entries()) {
      // A look reports every path, at least by its metadata.
      if (told === undefined) throw new Error(`Path ${path} was never told of`);
      fingerprint.push(told);
      if (underWay !== undefined) unread.push({ path, ...walk.progress });
    }
    return { startedAt, depth, fingerprint, unread };
  }
}

function isSameState(read: PathPrint, named: PathPrint): boolean {
  return read.kind === "fault" || named.kind === "fault"
    ? isSame([read], [named])
    : read.metadata === named.metadata;
}

/** Takes the fingerprint of these paths, however long it takes. */
export async function fingerprintOf(
  paths: readonly string[],
  compare: Compare,
  depth: Depth = "content",
  selections: readonly Selection[] = [],
): Promise<Fingerprint> {
  const prints: PathPrint[] = [];
  for (const [at, path] of paths.entries()) {
    const walk = new PathWalk(path, compare, selections[at]);
    prints.push(await runMaybeAsync(walk.take(depth)));
  }
  return prints;
}

const deeper = (one: Depth | undefined, other: Depth): Depth =>
  one === "content" ? one : other;
