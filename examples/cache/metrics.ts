/** What is counted, for Prometheus and, as JSON, for `curl | jq`. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Breaker, State } from "./breaker.ts";

const STATES: readonly State[] = ["closed", "half-open", "open"];

export class Metrics {
  readonly registry = new Registry();
  readonly #in = { registers: [this.registry] };
  readonly requests = new Counter({
    name: "http_requests_total",
    help: "Requests by method, route and status.",
    labelNames: ["method", "route", "status"] as const,
    ...this.#in,
  });
  readonly seconds = new Histogram({
    name: "http_request_duration_seconds",
    help: "How long requests took.",
    labelNames: ["method", "route"] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    ...this.#in,
  });
  readonly hits = this.#counter(
    "cache_hits_total",
    "Reads that Redis answered.",
  );
  readonly misses = this.#counter(
    "cache_misses_total",
    "Reads that Redis could not answer.",
  );
  readonly limited = this.#counter(
    "ratelimit_refused_total",
    "Requests refused by /admin/ratelimit.",
  );
  readonly persisted = this.#counter(
    "worker_persisted_total",
    "Writes taken in by PostgreSQL and Redis.",
  );
  readonly retried = this.#counter(
    "worker_retried_total",
    "Writes given back to the queue.",
  );
  readonly buried = this.#counter(
    "worker_dead_letters_total",
    "Writes set aside in BIRB_CACHE_DLQ.",
  );
  readonly batchSize = new Histogram({
    name: "worker_batch_size",
    help: "Writes in a batch.",
    buckets: [1, 5, 10, 50, 100, 500, 1_000, 5_000],
    ...this.#in,
  });
  readonly depth = new Gauge({
    name: "queue_depth",
    help: "Writes that no worker has finished.",
    ...this.#in,
  });

  constructor(breakers: readonly Breaker[], isDetailed: boolean) {
    new Gauge({
      name: "circuit_breaker_state",
      help: "0: closed, 1: half-open, 2: open.",
      labelNames: ["server"] as const,
      registers: [this.registry],
      collect() {
        for (const { name, state } of breakers) {
          this.set({ server: name }, STATES.indexOf(state));
        }
      },
    });
    if (!isDetailed) return;
    new Gauge({
      name: "process_memory_bytes",
      help: "Memory of the process (FEATURE_METRICS_DETAILED).",
      labelNames: ["kind"] as const,
      registers: [this.registry],
      collect() {
        const { rss, heapUsed, external } = Deno.memoryUsage();
        this.set({ kind: "rss" }, rss);
        this.set({ kind: "heap" }, heapUsed);
        this.set({ kind: "external" }, external);
      },
    });
  }

  /** Prometheus asks for a text format by name; `curl` takes anything and gets JSON. */
  async answer(accept: string): Promise<Response> {
    if (!/text\/plain|openmetrics/.test(accept)) {
      return Response.json(await this.summary());
    }
    const { contentType } = this.registry;
    return new Response(await this.registry.metrics(), {
      headers: { "content-type": contentType },
    });
  }

  /** The guide's numbers for `jq`. */
  async summary(): Promise<Readonly<Record<string, number>>> {
    const [hits, misses, depth] = await Promise.all(
      [this.hits, this.misses, this.depth].map(async (each) =>
        (await each.get()).values[0]?.value ?? 0
      ),
    ) as [number, number, number];
    const { values } = await this.seconds.get();
    const total = (end: string) =>
      values.filter(({ metricName }) => metricName?.endsWith(end))
        .reduce((sum, { value }) => sum + value, 0);
    const count = total("_count");
    return {
      cache_hit_rate: hits + misses === 0 ? 0 : hits / (hits + misses),
      cache_hits: hits,
      cache_misses: misses,
      total_requests: count,
      average_latency_ms: count === 0 ? 0 : 1_000 * total("_sum") / count,
      queue_depth: depth,
    };
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, ...this.#in });
  }
}
