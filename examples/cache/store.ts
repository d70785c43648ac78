/**
 * Reads and writes of keys over the three servers. A write is in the stream
 * when it is acknowledged; a read asks Redis, then the stream for a write that
 * is not persisted, then PostgreSQL. Must not know HTTP.
 */
import type { Database } from "./database.ts";
import { type Entry, isGone, type Json } from "./entry.ts";
import { messageOf } from "./faults.ts";
import type { Log } from "./log.ts";
import type { Cache } from "./redis.ts";
import { type Backlog, Overtaken, type Queue } from "./stream.ts";

/** The version that the client expects is not the one that is there. */
export class Conflict extends Error {
  readonly version: number;
  constructor(expected: number, version: number) {
    super(`version conflict: expected ${expected}, found ${version}`);
    this.version = version;
  }
}

/** No write is taken in now. */
export class Full extends Error {}

export interface Write {
  readonly key: string;
  /** null removes the key. */
  readonly value: Json;
  readonly ttl: number | undefined;
  /** The version that must be there; 0: none. */
  readonly version: number | undefined;
}

export interface Found {
  readonly entry: Entry | undefined;
  readonly from: "redis" | "queue" | "database";
}

/** What is known of a key when it is about to be written. */
interface Head {
  readonly entry: Entry | undefined;
  readonly from: "queue" | "database";
  /** The last write of the key in the stream; 0: none. */
  readonly sequence: number;
  /** No write of the key has had a higher version. */
  readonly version: number;
}

const ATTEMPTS = 20;
/** More than an outage leaves; the oldest are the first that the worker has made good. */
const MISSED_MAX = 100_000;

export class Store {
  readonly #database: Database;
  readonly #cache: Cache;
  readonly #queue: Queue;
  readonly #log: Log;
  readonly #backlogMax: number;
  /**
   * The versions that Redis could not be given: an earlier one that it still has
   * is no answer.
   */
  readonly #missed = new Map<string, number>();
  #backlog: Backlog = { depth: 0, floor: 0, most: 0 };

  constructor(
    servers: { database: Database; cache: Cache; queue: Queue },
    log: Log,
    backlogMax: number,
  ) {
    this.#database = servers.database;
    this.#cache = servers.cache;
    this.#queue = servers.queue;
    this.#log = log;
    this.#backlogMax = backlogMax;
  }

  /** Looks at how much waits in the queue; to be called every now and then. */
  async look(): Promise<Backlog> {
    return this.#backlog = await this.#queue.backlog();
  }

  async get(key: string): Promise<Found> {
    try {
      const entry = await this.#cache.get(key);
      const least = this.#missed.get(key) ?? 0;
      if (entry !== undefined && entry.version >= least) {
        return { entry: isGone(entry) ? undefined : entry, from: "redis" };
      }
    } catch (error) {
      this.#log.debug("cannot read redis", { key, error: messageOf(error) });
    }
    const { entry, from } = await this.#head(key);
    if (entry === undefined || isGone(entry)) return { entry: undefined, from };
    await this.#keep(entry);
    return { entry, from };
  }

  /**
   * Writes, and returns what is there now. It will not be lost.
   *
   * @throws {Conflict} if the version is another one
   */
  async write(write: Write, traceId: string): Promise<Entry | undefined> {
    const { most, depth } = this.#backlog;
    const limit = Math.min(
      this.#backlogMax,
      most === 0 ? Infinity : most * 0.9,
    );
    if (depth >= limit) {
      throw new Full(
        `queue is full: ${depth} writes wait for a worker, at most ${limit}`,
      );
    }
    for (let attempt = 1;; attempt++) {
      const head = await this.#head(write.key);
      const isThere = head.entry !== undefined && !isGone(head.entry);
      const version = isThere ? head.entry?.version ?? 0 : 0;
      if (write.version !== undefined && write.version !== version) {
        throw new Conflict(write.version, version);
      }
      if (write.value === null && !isThere) return undefined;
      const now = Date.now();
      const entry: Entry = {
        key: write.key,
        value: write.value,
        version: head.version + 1,
        expires_at: write.ttl === undefined
          ? null
          : new Date(now + write.ttl * 1_000).toISOString(),
        updated_at: new Date(now).toISOString(),
      };
      try {
        await this.#queue.publish(entry, head.sequence, traceId);
      } catch (error) {
        if (!(error instanceof Overtaken) || attempt === ATTEMPTS) throw error;
        // Those who write the same key at the same time draw apart.
        const pause = Math.random() * 5 * attempt;
        await new Promise((resolve) => setTimeout(resolve, pause));
        continue;
      }
      await this.#keep(entry);
      return entry;
    }
  }

  async #head(key: string): Promise<Head> {
    const last = await this.#queue.last(key);
    const sequence = last?.sequence ?? 0;
    if (last?.entry !== undefined && sequence > this.#backlog.floor) {
      const { entry } = last;
      return { entry, from: "queue", sequence, version: entry.version };
    }
    try {
      const entry = await this.#database.get(key);
      const version = Math.max(entry?.version ?? 0, last?.entry?.version ?? 0);
      return { entry, from: "database", sequence, version };
    } catch (error) {
      if (last?.entry === undefined) throw error;
      // A worker has persisted it: it is what the database would answer.
      const { entry } = last;
      return { entry, from: "queue", sequence, version: entry.version };
    }
  }

  /** For later reads; the worker does it again, and until it is done. */
  async #keep(entry: Entry): Promise<void> {
    try {
      await this.#cache.put([entry]);
      if (this.#missed.get(entry.key) === entry.version) {
        this.#missed.delete(entry.key);
      }
    } catch (error) {
      const least = this.#missed.get(entry.key) ?? 0;
      this.#missed.set(entry.key, Math.max(least, entry.version));
      if (this.#missed.size > MISSED_MAX) {
        this.#missed.delete(this.#missed.keys().next().value ?? "");
      }
      this.#log.debug("cannot write redis", {
        key: entry.key,
        error: messageOf(error),
      });
    }
  }
}
