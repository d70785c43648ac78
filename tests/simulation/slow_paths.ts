/**
 * How looks are answered where some paths take long to read: with what was last
 * told of them, and once more when they are read. Decides nothing.
 */
import {
  type Fingerprint,
  type PathPrint,
  provisionalIdentity,
} from "../../src/core/vocabulary/fingerprint.ts";
import type { Depth, Unread } from "../../src/core/vocabulary/observation.ts";
import type { Agenda } from "./agenda.ts";
import type { Disk } from "./disk.ts";

/** What a look tells. */
export interface Told {
  readonly startedAt: number;
  readonly depth: Depth;
  readonly fingerprint: Fingerprint;
  readonly unread: readonly Unread[];
}

export interface SlowPathsOptions {
  readonly agenda: Agenda;
  readonly disk: Disk;
  /** How long a path takes to read; 0 where it is read at once. */
  readonly readMs: () => number;
  /** Does it as soon as the manager runs. */
  readonly whenRunning: (act: () => void) => void;
  readonly onRead: (told: Told) => void;
  readonly onAgain: (depth: Depth) => void;
}

/** A path that is being read. */
interface Reading {
  readonly startedAt: number;
  isLate: boolean;
  again: Depth | undefined;
}

export class SlowPaths {
  /** How long paths were read for that take long, in all. */
  spentMs = 0;
  readonly #options: SlowPathsOptions;
  readonly #told: (PathPrint | undefined)[] = [];
  readonly #known: (PathPrint | undefined)[] = [];
  readonly #readings = new Map<number, Reading>();

  constructor(options: SlowPathsOptions) {
    this.#options = options;
  }

  /** Begins a look; returns what it tells when it is answered. */
  begin(depth: Depth): () => Told {
    const { agenda, disk, readMs } = this.#options;
    const startedAt = agenda.awake;
    const earlier: Reading[] = [];
    disk.fingerprint().forEach((print, path) => {
      const reading = this.#readings.get(path);
      if (reading !== undefined) {
        reading.again = depth;
        earlier.push(reading);
        return;
      }
      const ms = readMs();
      if (ms === 0 || print.kind === "fault") this.#know(path, print);
      else this.#read(path, print, ms, depth);
    });
    return () => {
      const open = [...this.#readings.values()];
      for (const reading of open) reading.isLate = true;
      const done = earlier.filter((reading) => !open.includes(reading));
      const oldest = Math.min(startedAt, ...done.map((one) => one.startedAt));
      return this.#tell(oldest, depth);
    };
  }

  #read(path: number, print: PathPrint, ms: number, depth: Depth): void {
    const { agenda, disk, whenRunning, onRead, onAgain } = this.#options;
    const startedAt = agenda.awake;
    const reading: Reading = { startedAt, isLate: false, again: undefined };
    this.#readings.set(path, reading);
    this.spentMs += ms;
    const end = () => {
      this.#readings.delete(path);
      this.#know(path, print);
      // It may be history by now: then it is read once more.
      const named = namedAs(disk.fingerprint()[path], print);
      if (reading.isLate && named !== print) {
        this.#told[path] = named;
        reading.again = depth;
      }
      if (reading.isLate) onRead(this.#tell(startedAt, depth));
      if (reading.again !== undefined) onAgain(reading.again);
    };
    agenda.after(ms, () => whenRunning(end));
  }

  #know(path: number, print: PathPrint): void {
    this.#told[path] = this.#known[path] = print;
  }

  #tell(startedAt: number, depth: Depth): Told {
    const fingerprint = this.#options.disk.fingerprint().map((print, path) => {
      const told = this.#told[path];
      const isNamed = this.#readings.has(path) && depth === "content";
      const next = told === undefined || isNamed
        ? namedAs(print, this.#known[path])
        : told;
      this.#told[path] = next;
      return next;
    });
    const unread = [...this.#readings.keys()]
      .map((path) => ({ path, bytes: 0, entries: 1 }));
    return { startedAt, depth, fingerprint, unread };
  }
}

/** What the metadata tell: they may be those of what was read before. */
function namedAs(print: PathPrint, known: PathPrint | undefined): PathPrint {
  if (print.kind === "fault") return print;
  if (known?.kind === "file" && known.metadata === print.metadata) return known;
  return { ...print, identity: provisionalIdentity(print.identity) };
}
