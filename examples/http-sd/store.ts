/**
 * All that is in Redis: lists and errors by path, the queue of jobs, and counts.
 * A job is the full path that is to be generated, so that `redis-cli lrange`
 * shows what waits. Each step that must not be half done is one script of Redis.
 */
import { type ChainableCommander, Redis } from "ioredis";
import type { Targets } from "./targets.ts";

const QUEUE = "target_generation_queue";
const PROCESSING = `${QUEUE}:processing`;
/** For each job in PROCESSING: since when (seconds, by Redis' clock), and by whom. */
const HOLDERS = `${QUEUE}:holders`;
const COUNTS = "httpsd:counts";
const cacheKey = (fullPath: string) => `httpsd:cache:${fullPath}`;
const errorKey = (fullPath: string) => `httpsd:error:${fullPath}`;

/** A generated list. */
export interface Cached {
  readonly updatedAtMs: number;
  /** Of the generators that it is from. */
  readonly digest: string;
  readonly results: Targets;
}

/** A generation that failed. */
export interface Failed {
  readonly atMs: number;
  readonly digest: string;
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
}

/** KEYS: queue, processing. A job that waits already, or is worked on, is not wanted twice. */
const REQUEST = `
if redis.call('LPOS', KEYS[1], ARGV[1]) or redis.call('LPOS', KEYS[2], ARGV[1]) then return 0 end
return redis.call('LPUSH', KEYS[1], ARGV[1])`;

/** KEYS: queue, cache, error. What is worked on may have begun before the change: it is wanted again. */
const RELOAD = `
if not redis.call('LPOS', KEYS[1], ARGV[1]) then redis.call('LPUSH', KEYS[1], ARGV[1]) end
return {redis.call('DEL', KEYS[2]), redis.call('DEL', KEYS[3])}`;

/** KEYS: processing, holders. The holder is told of only while the job is there. */
const HOLD = `
if redis.call('LPOS', KEYS[1], ARGV[1]) then
  redis.call('HSET', KEYS[2], ARGV[1], redis.call('TIME')[1] .. ' ' .. ARGV[2])
end`;

/**
 * KEYS: queue, processing, holders; ARGV: seconds, a worker or ''. Jobs that are
 * older, or are of that worker, go to the front of the queue. A job without a
 * holder is given until then: its worker may be about to tell.
 */
const RECOVER = `
local now = tonumber(redis.call('TIME')[1])
local moved = {}
for _, job in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  local held = redis.call('HGET', KEYS[3], job)
  if not held then
    redis.call('HSET', KEYS[3], job, now .. ' ')
  else
    local since, worker = string.match(held, '^(%d+) (.*)$')
    if now - tonumber(since) >= tonumber(ARGV[1]) or (ARGV[2] ~= '' and worker == ARGV[2]) then
      redis.call('LREM', KEYS[2], 1, job)
      redis.call('HDEL', KEYS[3], job)
      if not redis.call('LPOS', KEYS[1], job) then redis.call('RPUSH', KEYS[1], job) end
      table.insert(moved, job)
    end
  end
end
return moved`;

/** Long enough for a Redis that is busy; a command that waits longer has failed. */
const COMMAND_TIMEOUT_MS = 5_000;
/** How long one look at an empty queue waits for a job. */
const TAKE_SECONDS = 1;
const RECONNECT_MAX_MS = 1_000;

export class Store implements AsyncDisposable {
  readonly #redis: Redis;

  constructor(url: string) {
    this.#redis = new Redis(url, {
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 1,
      retryStrategy: (times) => Math.min(times * 100, RECONNECT_MAX_MS),
    });
    // Told by the commands that fail meanwhile.
    this.#redis.on("error", () => {});
  }

  async ping(): Promise<void> {
    await this.#redis.ping();
  }

  async look(fullPath: string): Promise<{ cached?: Cached; failed?: Failed }> {
    const [cached, failed] = await this.#redis.mget(
      cacheKey(fullPath),
      errorKey(fullPath),
    );
    return {
      ...cached === null ? {} : { cached: JSON.parse(cached) },
      ...failed === null ? {} : { failed: JSON.parse(failed) },
    };
  }

  /** Asks for a generation, unless one is on its way. */
  async request(fullPath: string): Promise<void> {
    await this.#redis.eval(REQUEST, 2, QUEUE, PROCESSING, fullPath);
  }

  /** Forgets what is known, and asks for a generation; says what there was. */
  async reload(
    fullPath: string,
  ): Promise<{ hadCache: boolean; hadError: boolean }> {
    const keys = [QUEUE, cacheKey(fullPath), errorKey(fullPath)];
    const [cache, error] = await this.#redis.eval(
      RELOAD,
      3,
      ...keys,
      fullPath,
    ) as number[];
    return { hadCache: cache > 0, hadError: error > 0 };
  }

  async isProcessing(fullPath: string): Promise<boolean> {
    return await this.#redis.lpos(PROCESSING, fullPath) !== null;
  }

  /**
   * The next job, now in the processing list; undefined if there is none for a
   * second. Occupies this connection meanwhile.
   */
  async take(worker: string): Promise<string | undefined> {
    const job = await this.#redis.blmove(
      QUEUE,
      PROCESSING,
      "RIGHT",
      "LEFT",
      TAKE_SECONDS,
    );
    if (job === null) return undefined;
    await this.#redis.eval(HOLD, 2, PROCESSING, HOLDERS, job, worker);
    return job;
  }

  async succeed(
    job: string,
    cached: Cached,
    keepSeconds: number,
  ): Promise<void> {
    await allOf(
      this.#finished(job)
        .set(
          cacheKey(job),
          JSON.stringify(cached),
          "PX",
          Math.ceil(keepSeconds * 1_000),
        )
        .del(errorKey(job)),
    );
  }

  /** A list from before stays: it is better than none. */
  async fail(job: string, failed: Failed, keepSeconds: number): Promise<void> {
    await allOf(
      this.#finished(job)
        .set(
          errorKey(job),
          JSON.stringify(failed),
          "PX",
          Math.ceil(keepSeconds * 1_000),
        ),
    );
  }

  #finished(job: string) {
    return this.#redis.multi().lrem(PROCESSING, 1, job).hdel(HOLDERS, job);
  }

  /** Gives the jobs back that are held for too long. */
  recoverStuck(afterSeconds: number): Promise<readonly string[]> {
    return this.#recover(Math.ceil(afterSeconds), "");
  }

  /** Gives the jobs back that this worker held when it ended. */
  recoverOwn(worker: string): Promise<readonly string[]> {
    return this.#recover(Number.MAX_SAFE_INTEGER, worker);
  }

  async #recover(seconds: number, worker: string): Promise<readonly string[]> {
    const keys = [QUEUE, PROCESSING, HOLDERS];
    return await this.#redis.eval(
      RECOVER,
      3,
      ...keys,
      seconds,
      worker,
    ) as string[];
  }

  /**
   * Asks again for the lists of other generators than these, which stay until
   * then, and forgets errors of others. Says how many lists there are.
   */
  async refresh(digest: string): Promise<number> {
    const read = async (key: string) =>
      JSON.parse(await this.#redis.get(key) ?? "{}");
    let count = 0;
    for (const key of await this.#keys(cacheKey("*"))) {
      if ((await read(key)).digest === digest) continue;
      await this.request(key.slice(cacheKey("").length));
      count += 1;
    }
    for (const key of await this.#keys(errorKey("*"))) {
      if ((await read(key)).digest !== digest) await this.#redis.del(key);
    }
    return count;
  }

  async #keys(match: string): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for await (const found of this.#redis.scanStream({ match, count: 500 })) {
      for (const key of found) keys.add(key);
    }
    return keys;
  }

  async lengths(): Promise<{ pending: number; processing: number }> {
    const [pending, processing] = await Promise.all([
      this.#redis.llen(QUEUE),
      this.#redis.llen(PROCESSING),
    ]);
    return { pending, processing };
  }

  async addCounts(counts: ReadonlyMap<string, number>): Promise<void> {
    const commands = this.#redis.multi();
    for (const [sample, count] of counts) {
      commands.hincrby(COUNTS, sample, count);
    }
    await allOf(commands);
  }

  async counts(): Promise<ReadonlyMap<string, number>> {
    const all = await this.#redis.hgetall(COUNTS);
    return new Map(
      Object.entries(all).map(([sample, count]) => [sample, Number(count)]),
    );
  }

  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
  }
}

/** What operators are told of an error. */
export function reasonOf(error: unknown): string {
  const { name, message } = error as Error;
  return name === "MaxRetriesPerRequestError"
    ? "redis is not available"
    : message;
}

/** Runs the commands as one; `exec` itself does not reject when one of them fails. */
async function allOf(commands: ChainableCommander): Promise<void> {
  const results = await commands.exec();
  const failed = results?.find(([error]) => error !== null);
  if (failed !== undefined) throw failed[0];
}
