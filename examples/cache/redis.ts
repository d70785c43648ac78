/**
 * The cache: Redis. Holds of each key the write of the highest version that it
 * was given. Never the only place of anything, so nothing waits for it long.
 */
import { Redis } from "ioredis";
import { Breaker } from "./breaker.ts";
import { type Entry, entryOf } from "./entry.ts";
import { within } from "./faults.ts";
import type { Log } from "./log.ts";
import type { Settings } from "./settings.ts";

const PREFIX = "birb:";

/** `VERSION ENTRY`: the version in front, so that Redis need not read JSON. */
const PUT = `
local known = redis.call("GET", KEYS[1])
if known and tonumber(string.match(known, "^%d+")) >= tonumber(ARGV[1]) then
  return 0
end
redis.call("SET", KEYS[1], ARGV[1] .. " " .. ARGV[2], "PX", ARGV[3])
return 1`;

const isWrongType = (error: unknown) =>
  error instanceof Error && error.message.includes("WRONGTYPE");

export class Cache implements Disposable {
  readonly breaker = new Breaker("redis", isWrongType);
  readonly #redis: Redis;
  readonly #ttlMs: number;
  readonly #timeoutMs: number;
  readonly #log: Log;

  constructor(settings: Settings, log: Log) {
    this.#ttlMs = settings.REDIS_DEFAULT_TTL * 1_000;
    this.#timeoutMs = settings.REDIS_TIMEOUT;
    this.#log = log;
    this.#redis = new Redis({
      host: settings.REDIS_HOST,
      port: settings.REDIS_PORT,
      password: settings.REDIS_PASSWORD || undefined,
      commandTimeout: settings.REDIS_TIMEOUT,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      retryStrategy: (times) => Math.min(1_000, 50 * times),
    });
    // An answer tells of it; without a listener it would end the process.
    this.#redis.on("error", (error) => {
      log.debug("redis connection", { error: error.message });
    });
  }

  /** Waits until it is connected, or has failed to. */
  async connected(): Promise<void> {
    await within(
      this.#timeoutMs,
      new Promise<void>((resolve, reject) => {
        this.#redis.once("ready", () => resolve());
        this.#redis.once("error", reject);
        if (this.#redis.status === "ready") resolve();
      }),
    );
  }

  async ping(): Promise<void> {
    await this.breaker.run(() => this.#redis.ping());
  }

  async get(key: string): Promise<Entry | undefined> {
    const text = await this.#repaired(
      key,
      () => this.#redis.get(PREFIX + key),
    );
    if (text === null) return undefined;
    return entryOf(text.slice(text.indexOf(" ") + 1));
  }

  /** Takes these in, each unless it has that version of the key or a higher one. */
  async put(entries: readonly Entry[]): Promise<void> {
    await Promise.all(entries.map(async (entry) => {
      const left = entry.expires_at === null
        ? this.#ttlMs
        : Date.parse(entry.expires_at) - Date.now();
      // One that is over hides an earlier one for a moment, and ends.
      const ttl = Math.max(1, Math.min(this.#ttlMs, left));
      const { key, version } = entry;
      await this.#repaired(key, () =>
        this.#redis.eval(
          PUT,
          1,
          PREFIX + key,
          version,
          JSON.stringify(entry),
          Math.ceil(ttl),
        ));
    }));
  }

  /** Forgets these keys, whatever it has of them. */
  async drop(keys: readonly string[]): Promise<void> {
    await this.breaker.run(() =>
      this.#redis.del(...keys.map((key) => PREFIX + key))
    );
  }

  /** The keys that it has. */
  async keys(): Promise<string[]> {
    const keys: string[] = [];
    const scan = this.#redis.scanStream({ match: `${PREFIX}*`, count: 1_000 });
    for await (const found of scan) {
      for (const key of found) keys.push(key.slice(PREFIX.length));
    }
    return keys;
  }

  /** Asks again without the key when that holds something of another kind. */
  async #repaired<T>(key: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await this.breaker.run(ask);
    } catch (error) {
      if (!isWrongType(error)) throw error;
      this.#log.warn("redis key of a wrong type is deleted", {
        key,
        error: (error as Error).message,
      });
      await this.#redis.del(PREFIX + key);
      return await this.breaker.run(ask);
    }
  }

  [Symbol.dispose](): void {
    this.#redis.disconnect();
  }
}
