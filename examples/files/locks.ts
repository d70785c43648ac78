/**
 * Locks in Redis, one for each path, with expiry and fencing. A holder that is
 * gone blocks others for `lock_timeout` at most. A holder that is only slow may
 * find that another one has taken over: each has a token, later ones have higher
 * ones, and the metadata take no change with a token lower than the last.
 */
import { Redis } from "ioredis";
import type { Config } from "./config.ts";
import { reasonOf, Refusal } from "./refusal.ts";

/** `redis-cli keys "callfs:lock:*"` shows all locks. */
const PREFIX = "callfs:lock:";
/** Outside the locks: who clears all of them must not set it back. */
const LAST_TOKEN = "callfs:fence";

/**
 * A token is the time of the Redis server in microseconds, or one more than the
 * last: so it grows even when Redis has lost its data.
 */
const ACQUIRE = `
  if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
    return false
  end
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local last = tonumber(redis.call('GET', KEYS[2]) or '0')
  local token = string.format('%.0f', math.max(now, last + 1))
  redis.call('SET', KEYS[2], token)
  return token`;

/** Not the lock of another one, who has it since this one expired. */
const RELEASE = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
  end
  return 0`;

/** A lock that is held; it ends with its scope. */
export interface Lock extends AsyncDisposable {
  readonly token: string;
}

export class Locks implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #config: Config["dlm"];

  constructor(config: Config["dlm"], onLost: (why: string) => void) {
    const [, host, port] = /^(.+):(\d+)$/.exec(config.redis_addr) ?? [];
    this.#config = config;
    this.#redis = new Redis({
      host: host ?? "localhost",
      port: Number(port),
      ...(config.redis_password === ""
        ? {}
        : { password: config.redis_password }),
      connectTimeout: config.dial_timeout,
      commandTimeout: config.read_timeout + config.write_timeout,
      connectionName: "callfs",
      // A request is told at once that Redis is away, and does not wait for it.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
    });
    this.#redis.on("error", (error: unknown) => onLost(reasonOf(error)));
  }

  /** @throws {Refusal} when another one holds it, or Redis cannot be asked */
  async acquire(path: string): Promise<Lock> {
    const { lock_timeout, retry_delay, max_retries } = this.#config;
    const key = PREFIX + path;
    const owner = `${Deno.hostname()}:${Deno.pid}:${crypto.randomUUID()}`;
    for (let attempt = 0; attempt <= max_retries; attempt++) {
      if (attempt > 0) {
        await new Promise((resolve) => setTimeout(resolve, retry_delay));
      }
      const token = await this.#ask(
        path,
        () =>
          this.#redis.eval(ACQUIRE, 2, key, LAST_TOKEN, owner, lock_timeout),
      );
      if (typeof token !== "string") continue;
      return {
        token,
        // What cannot be released expires.
        [Symbol.asyncDispose]: () =>
          this.#redis.eval(RELEASE, 1, key, owner).then(() => {}, () => {}),
      };
    }
    throw new Refusal(
      423,
      `Failed to acquire lock for ${path}: another request holds it after ${max_retries} retries`,
    );
  }

  /** @throws {Error} when Redis does not answer */
  async check(): Promise<void> {
    await this.#redis.ping();
  }

  async #ask(path: string, ask: () => Promise<unknown>): Promise<unknown> {
    try {
      return await ask();
    } catch (error) {
      throw new Refusal(
        503,
        `Failed to acquire lock for ${path}: Redis at ${this.#config.redis_addr} does not answer: ${
          reasonOf(error)
        }`,
        { cause: error },
      );
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
    return Promise.resolve();
  }
}
