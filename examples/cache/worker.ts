/**
 * The worker: takes writes out of the queue, a batch at a time, and puts them
 * into PostgreSQL and Redis. A write leaves the queue when both have it, or
 * when it is set aside because PostgreSQL refuses it again and again.
 */
import { delay } from "@std/async/delay";
import { Hono } from "hono";
import { type Entry, entryOf } from "./entry.ts";
import { isRefusedContent, messageOf } from "./faults.ts";
import { health } from "./health.ts";
import { Inbox } from "./inbox.ts";
import type { HttpBindings, Program } from "./program.ts";
import { BATCH_SETTINGS, readSettings, type Settings } from "./settings.ts";
import type { JsMsg } from "./stream.ts";

const SWEEP_EVERY_MS = 60_000;
const LOOK_EVERY_MS = 2_000;
const PAUSE_MAX_MS = 5_000;

export async function runWorker(program: Program): Promise<void> {
  const { log, settings, signal } = program;
  const worker = new Worker(program);
  Deno.addSignalListener("SIGUSR1", () => worker.reload());
  const timers = [
    setInterval(() => worker.sweep(), SWEEP_EVERY_MS),
    setInterval(() => worker.look(), LOOK_EVERY_MS),
  ];
  try {
    await Promise.all([
      program.serve(
        "worker",
        settings.WORKER_HOST,
        settings.WORKER_PORT,
        worker.routes(),
      ),
      worker.consume(),
      worker.work(),
    ]);
  } finally {
    timers.forEach(clearInterval);
  }
  log.info("worker ended", { reason: String(signal.reason) });
}

interface Item {
  readonly message: JsMsg;
  readonly entry: Entry;
}

class Worker {
  readonly #program: Program;
  readonly #inbox = new Inbox();
  #settings: Settings;

  constructor(program: Program) {
    this.#program = program;
    this.#settings = program.settings;
  }

  routes(): (
    request: Request,
    bindings: HttpBindings,
  ) => Response | Promise<Response> {
    const { metrics, database, cache, queue } = this.#program;
    const app = new Hono<{ Bindings: HttpBindings }>();
    app.get("/health", () =>
      health({
        database: { isNeeded: true, ask: () => database.ping() },
        redis: { isNeeded: false, ask: () => cache.ping() },
        nats: { isNeeded: true, ask: () => queue.ping() },
      }));
    app.get("/livez", (c) => c.text("ok\n"));
    app.get("/metrics", (c) => metrics.answer(c.req.header("accept") ?? ""));
    return app.fetch;
  }

  /** Reads the files again; only the batch settings are put into effect. */
  reload(): void {
    const { log, files } = this.#program;
    try {
      const read = readSettings(files);
      const old = this.#settings;
      const others = (Object.keys(read) as (keyof Settings)[]).filter((name) =>
        read[name] !== old[name] &&
        !BATCH_SETTINGS.some((batch) => batch === name)
      );
      this.#settings = {
        ...old,
        WORKER_BATCH_SIZE: read.WORKER_BATCH_SIZE,
        WORKER_BATCH_TIMEOUT: read.WORKER_BATCH_TIMEOUT,
      };
      this.#inbox.hurry();
      log.info("batch settings reloaded", {
        WORKER_BATCH_SIZE: read.WORKER_BATCH_SIZE,
        WORKER_BATCH_TIMEOUT: read.WORKER_BATCH_TIMEOUT,
      });
      if (others.length > 0) {
        log.warn("other settings need a restart", { names: others.join(" ") });
      }
    } catch (error) {
      log.error("batch settings not reloaded", { error: messageOf(error) });
    }
  }

  async consume(): Promise<void> {
    const { queue, signal, log } = this.#program;
    await queue.consume(
      signal,
      (message) => this.#inbox.add(message),
      (what, error) => log.warn(what, { error }),
    );
  }

  async work(): Promise<void> {
    const { signal } = this.#program;
    while (!signal.aborted) {
      const batch = await this.#inbox.take(
        () => this.#settings.WORKER_BATCH_SIZE,
        () => this.#settings.WORKER_BATCH_TIMEOUT,
        signal,
      );
      if (batch.length > 0) await this.#process(batch);
    }
    // Another worker need not wait until they count as forgotten.
    for (const message of this.#inbox.rest()) message.nak();
  }

  async look(): Promise<void> {
    try {
      const { depth } = await this.#program.queue.backlog();
      this.#program.metrics.depth.set(depth);
    } catch (error) {
      this.#program.log.debug("cannot look at the queue", {
        error: messageOf(error),
      });
    }
  }

  async sweep(): Promise<void> {
    const { database, log } = this.#program;
    try {
      const swept = await database.sweep();
      if (swept > 0) log.info("expired entries removed", { count: swept });
    } catch (error) {
      log.warn("cannot remove expired entries", { error: messageOf(error) });
    }
  }

  async #process(batch: readonly JsMsg[]): Promise<void> {
    const { metrics } = this.#program;
    metrics.batchSize.observe(batch.length);
    const items: Item[] = [];
    for (const message of batch) {
      const entry = entryOf(message.string());
      if (entry !== undefined) items.push({ message, entry });
      else await this.#bury(message, "not an entry of the cache");
    }
    if (items.length === 0) return;
    try {
      if (await this.#save(items)) await this.#finish(items);
    } catch (error) {
      // One of them is refused, which keeps the others.
      if (items.length > 1) {
        for (const item of items) await this.#processAlone(item);
      } else await this.#refused(items[0] as Item, error);
    }
  }

  async #processAlone(item: Item): Promise<void> {
    try {
      if (await this.#save([item])) await this.#finish([item]);
    } catch (error) {
      await this.#refused(item, error);
    }
  }

  /**
   * Waits for PostgreSQL for as long as it takes. False: the program is to end,
   * and the writes are back in the queue.
   *
   * @throws {postgres.PostgresError} when PostgreSQL refuses the content
   */
  async #save(items: readonly Item[]): Promise<boolean> {
    const { database, log, signal } = this.#program;
    for (let pause = 100;; pause = Math.min(PAUSE_MAX_MS, 2 * pause)) {
      try {
        await database.save(items.map(({ entry }) => entry));
        return true;
      } catch (error) {
        if (isRefusedContent(error)) throw error;
        log.warn("cannot persist, trying again", {
          count: items.length,
          error: messageOf(error),
        });
      }
      await delay(pause, { signal }).catch(() => {});
      for (const { message } of items) {
        if (signal.aborted) message.nak();
        else message.working();
      }
      if (signal.aborted) return false;
    }
  }

  /** Redis must not keep an earlier value: without it, the writes come again. */
  async #finish(items: readonly Item[]): Promise<void> {
    const { cache, log, metrics } = this.#program;
    try {
      await cache.put(items.map(({ entry }) => entry));
    } catch (error) {
      log.warn("cannot write redis, trying again", {
        count: items.length,
        error: messageOf(error),
      });
      metrics.retried.inc(items.length);
      for (const { message } of items) {
        message.nak(this.#settings.WORKER_RETRY_DELAY);
      }
      return;
    }
    for (const { message, entry } of items) {
      message.ack();
      log.debug("persisted", {
        key: entry.key,
        version: entry.version,
        trace_id: message.headers?.get("Trace-Id") ?? "",
      });
    }
    metrics.persisted.inc(items.length);
  }

  async #refused({ message, entry }: Item, error: unknown): Promise<void> {
    const { log, metrics } = this.#program;
    const attempt = message.info.deliveryCount;
    const why = messageOf(error);
    log.error("write refused", {
      key: entry.key,
      attempt,
      error: why,
      trace_id: message.headers?.get("Trace-Id") ?? "",
    });
    if (attempt >= this.#settings.WORKER_MAX_RETRIES) {
      await this.#bury(message, why);
      return;
    }
    metrics.retried.inc();
    message.nak(this.#settings.WORKER_RETRY_DELAY * 2 ** (attempt - 1));
  }

  async #bury(message: JsMsg, why: string): Promise<void> {
    const { queue, log, metrics } = this.#program;
    try {
      await queue.bury(message, why);
    } catch (error) {
      log.warn("cannot set aside, trying again", { error: messageOf(error) });
      message.nak(this.#settings.WORKER_RETRY_DELAY);
      return;
    }
    message.ack();
    metrics.buried.inc();
    log.error("write set aside in BIRB_CACHE_DLQ", {
      subject: message.subject,
      sequence: message.seq,
      error: why,
    });
  }
}
