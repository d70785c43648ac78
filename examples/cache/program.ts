/**
 * What every part of the cache needs: settings, log, servers, and to be asked
 * to end. Must not know which part it is.
 */
import { serve, type Serving } from "../serving.ts";
import { Database } from "./database.ts";
import { messageOf } from "./faults.ts";
import { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { Cache } from "./redis.ts";
import { Refusal, type Settings } from "./settings.ts";
import { Queue } from "./stream.ts";

/** What Hono's handlers are given of a connection. */
export interface HttpBindings {
  readonly remoteAddr: Deno.NetAddr;
}

type Answer = (
  request: Request,
  bindings: HttpBindings,
) => Response | Promise<Response>;

export class Program implements AsyncDisposable {
  readonly settings: Settings;
  /** The files that the settings are from. */
  readonly files: readonly string[];
  readonly log: Log;
  readonly database: Database;
  readonly cache: Cache;
  readonly queue: Queue;
  readonly metrics: Metrics;
  readonly #end = new AbortController();

  private constructor(
    files: readonly string[],
    settings: Settings,
    log: Log,
    servers: { database: Database; cache: Cache; queue: Queue },
  ) {
    this.files = files;
    this.settings = settings;
    this.log = log;
    this.database = servers.database;
    this.cache = servers.cache;
    this.queue = servers.queue;
    this.metrics = new Metrics(
      [this.database, this.cache, this.queue].map(({ breaker }) => breaker),
      settings.FEATURE_METRICS_DETAILED,
    );
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      Deno.addSignalListener(name, () => this.#end.abort(name));
    }
  }

  /**
   * Connects to all three. Redis may be away: everything works without it, only
   * slower.
   *
   * @throws {Refusal} when PostgreSQL or NATS cannot be reached
   */
  static async start(
    part: string,
    files: readonly string[],
    settings: Settings,
  ): Promise<Program> {
    const log = new Log(`birb-nest-${part}`, settings);
    const database = await Database.connect(settings);
    try {
      const { NATS_URL, WORKER_CONSUMER_GROUP } = settings;
      const queue = await Queue.connect(
        NATS_URL,
        WORKER_CONSUMER_GROUP,
        `birb-nest-${part}`,
      );
      const cache = new Cache(settings, log);
      await cache.connected().catch((error) =>
        log.warn("redis is not there, going on without it", {
          error: messageOf(error),
        })
      );
      return new Program(files, settings, log, { database, cache, queue });
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Aborted when the program is asked to end. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Answers requests until the program is asked to end; those under way are finished. */
  async serve(
    name: string,
    hostname: string,
    port: number,
    answer: Answer,
  ): Promise<void> {
    // Two of them share the port while flush-manager lets them overlap.
    const place = { hostname, port, reusePort: this.settings.API_REUSE_PORT };
    let serving: Serving;
    try {
      serving = serve(
        place,
        (request, { remoteAddr }) => answer(request, { remoteAddr }),
      );
      this.log.info(`${name} is listening`, { hostname, port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      throw new Refusal(
        `listen tcp ${hostname}:${port}: bind: address already in use`,
      );
    }
    if (!this.signal.aborted) {
      await new Promise((resolve) =>
        this.signal.addEventListener("abort", resolve)
      );
    }
    await serving.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue[Symbol.asyncDispose]();
    this.cache[Symbol.dispose]();
    await this.database[Symbol.asyncDispose]();
  }
}
