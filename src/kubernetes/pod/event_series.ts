/**
 * Which Events of a pod have to be written, by the rules of series as client-go's
 * recorder has them (tools/events): the first of its kind is an Event of its own,
 * the second makes it a series of 2, and further ones are only counted. A series
 * is written again every half an hour, so that it is not forgotten, and when
 * nothing was added to it for six minutes; the next one of that kind is an Event of
 * its own again. Pure.
 *
 * Other than there, Events with different notes are of different kinds: else a
 * second rejection would be counted with the reason of the first one.
 */
import type { PodEvent } from "./reload_events.ts";

/** An Event, how often it was seen, and what the API server knows of that. */
export interface SeriesEntry {
  readonly event: PodEvent;
  /** Unlike that of any other one of this manager. */
  readonly id: string;
  /** When it was first seen, in milliseconds since 1970. */
  readonly at: number;
  count: number;
  /** When it was last seen, in milliseconds since 1970. */
  lastAt: number;
  /** The count that was written; 0 is none. */
  written: number;
  /** When that was, on the clock of `Moment`. */
  writtenAt: number;
}

export interface Moment {
  /** Milliseconds on a clock that never goes back. */
  readonly now: number;
  /** Milliseconds since 1970. */
  readonly wallNow: number;
}

const FINISH_MS = 6 * 60_000;
const REFRESH_MS = 30 * 60_000;

/**
 * So many Events of different kinds may come at once, and one more each minute:
 * etcd keeps them all for an hour. More is not told; the log has it.
 */
const BURST = 10;
const REFILL_MS = 60_000;

export class EventSeries {
  readonly #entries = new Map<string, SeriesEntry & { seenAt: number }>();
  #tokens = BURST;
  #filledAt = 0;
  #lastId = 0;

  /** Whether `tick` may have something to do later. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Takes an Event in; returns what has to be written of it now. */
  record(event: PodEvent, { now, wallNow }: Moment): SeriesEntry | undefined {
    const key = JSON.stringify([event.type, event.reason, event.note]);
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.count++;
      known.lastAt = wallNow;
      known.seenAt = now;
      return known.count === 2 ? known : undefined;
    }
    if (!this.#takeToken(now)) return undefined;
    const entry = {
      event,
      id: String(++this.#lastId),
      at: wallNow,
      count: 1,
      lastAt: wallNow,
      written: 0,
      writtenAt: now,
      seenAt: now,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  /** Forgets what has ended; returns what has to be written. */
  tick(now: number): readonly SeriesEntry[] {
    const due: SeriesEntry[] = [];
    for (const [key, entry] of this.#entries) {
      const hasEnded = now - entry.seenAt >= FINISH_MS;
      if (hasEnded) this.#entries.delete(key);
      const isDue = hasEnded || now - entry.writtenAt >= REFRESH_MS;
      if (isDue && entry.written < entry.count) due.push(entry);
    }
    return due;
  }

  /** What was counted and not written, at the end. */
  rest(): readonly SeriesEntry[] {
    return [...this.#entries.values()]
      .filter(({ written, count }) => written < count);
  }

  #takeToken(now: number): boolean {
    const filled = Math.floor((now - this.#filledAt) / REFILL_MS);
    this.#tokens = Math.min(BURST, this.#tokens + filled);
    this.#filledAt += filled * REFILL_MS;
    if (this.#tokens === 0) return false;
    this.#tokens--;
    return true;
  }
}
