/**
 * Takes fingerprints of the watched paths. A look has a budget of time: what
 * takes longer goes on beside it, path by path, so that neither a signal, nor
 * another path's change, nor the first start waits for it. Until a path is
 * read, a look tells that it is unread, and what its metadata tell.
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

/** A look does not wait longer than this for what has to be read. */
export const LOOK_MAX_MS = 100;
/** Nor, after that, longer than this for the metadata of paths that are being read again. */
const NAMES_MAX_MS = 100;
/** Of what was never read more depends on it: whether it has changed by the time it is read. */
const FIRST_NAMES_MAX_MS = 500;

/** What one look tells. */
export interface Look {
  /** When it began, or an earlier walk whose result is part of it: it saw nothing older. */
  readonly startedAt: number;
  readonly depth: Depth;
  readonly fingerprint: Fingerprint;
  /** Paths whose walk is still under way. */
  readonly unread: readonly Unread[];
}

/** One watched path, and the walk over it that is under way. */
interface Track {
  readonly walk: PathWalk;
  /** What was last told. */
  told: PathPrint | undefined;
  /** What was last read. */
  read: PathPrint | undefined;
  underWay: {
    readonly startedAt: number;
    readonly depth: Depth;
    /** Whether a look has answered without it. */
    isLate: boolean;
    /** Of the looks that were asked for since it began. */
    again: Depth | undefined;
  } | undefined;
}

export interface FingerprinterOptions {
  /** Called with what a walk has found, if a look has answered without it. */
  readonly onRead: (look: Look) => void;
  /** Called if a look was asked for while that walk was under way: something may have changed since it began. */
  readonly onAgain: (depth: Depth) => void;
}

/** One observer of a fixed list of paths; remembers what it has read. */
export class Fingerprinter {
  readonly #tracks: readonly Track[];
  readonly #options: FingerprinterOptions;

  constructor(
    paths: readonly string[],
    compare: Compare,
    options: FingerprinterOptions,
  ) {
    this.#options = options;
    this.#tracks = paths.map((path) => ({
      walk: new PathWalk(path, compare),
      told: undefined,
      read: undefined,
      underWay: undefined,
    }));
  }

  /** What the last walks have come by. */
  get entriesSeen(): number {
    return this.#tracks.reduce(
      (sum, { walk }) => sum + walk.progress.entries,
      0,
    );
  }

  /** Whether what was read last is to be read again soon, although nothing may hint at it. */
  get isDoubtful(): boolean {
    return this.#tracks.some(({ walk }) => walk.isDoubtful);
  }

  /** Reads so much of each path again; resolves to the files that hold other content than they did. */
  async verify(bytes: number): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { walk } of this.#tracks) {
      found.push(...await runMaybeAsync(walk.verify(bytes)));
    }
    return found;
  }

  /**
   * What cannot be read is a fault in the fingerprint: this neither throws nor
   * rejects. A promise where there is much to do. Not reentrant.
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
      // Hints may come at any rate, and names may be many.
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

  /** Begins a walk; undefined if it is done already. */
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

  /** Of a path that is being read, what its metadata tell: they may be those of what was read before. */
  *#name(track: Track, endsAt: number): MaybeAsync<void> {
    if (track.underWay === undefined) return;
    const named = yield* track.walk.name(endsAt);
    // It may have been read meanwhile.
    if (track.underWay === undefined) return;
    // What is not known does not take the place of what was told.
    if (isNameless(named) && track.told !== undefined) return;
    track.told = track.read !== undefined && isSameState(track.read, named)
      ? track.read
      : named;
  }

  /** What was read beside the looks may be history by now: then it is read once more. */
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
      // A walk is late only where its path was told of.
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

/** The fingerprint of these paths, however long it takes. */
export async function fingerprintOf(
  paths: readonly string[],
  compare: Compare,
  depth: Depth = "content",
): Promise<Fingerprint> {
  const prints: PathPrint[] = [];
  for (const path of paths) {
    prints.push(
      await runMaybeAsync(new PathWalk(path, compare).take(depth)),
    );
  }
  return prints;
}

const deeper = (one: Depth | undefined, other: Depth): Depth =>
  one === "content" ? one : other;
