/**
 * What is counted, for Prometheus. A server that is replaced in an overlap must
 * not take its counts with it, and the worker tells them all: so the counts of
 * requests are summed up in Redis, a second late at most.
 */
import type { Store } from "./store.ts";

const FLUSH_EVERY_MS = 1_000;

const OPERATIONS = ["hit", "miss", "expired"] as const;
export type Operation = typeof OPERATIONS[number];
export type Status = "success" | "cache-not-exist" | "cache-expired" | "fail";

const REQUESTS = "httpsd_path_requests_total";
const CACHE = "httpsd_cache_operations_total";
const JOBS = "httpsd_redis_worker_jobs_processed_total";
const QUEUE = "httpsd_update_queue_jobs";

const HELP: Readonly<Record<string, readonly [type: string, help: string]>> = {
  [REQUESTS]: ["counter", "Requests of a path, by what came of them"],
  [CACHE]: ["counter", "Looks into the cache, by what was found"],
  [JOBS]: [
    "counter",
    "Jobs that this worker has finished, by what came of them",
  ],
  [QUEUE]: ["gauge", "Jobs that wait, and jobs that are worked on"],
};

/** Counts of this process that Redis does not have yet. */
export class SharedCounts implements AsyncDisposable {
  readonly #store: Store;
  readonly #timer: number;
  #pending = new Map<string, number>();

  constructor(store: Store) {
    this.#store = store;
    this.#timer = setInterval(() => void this.#flush(), FLUSH_EVERY_MS);
  }

  request(path: string, status: Status, operation?: Operation): void {
    this.#add(sample(REQUESTS, { path, status }));
    if (operation !== undefined) this.#add(sample(CACHE, { operation }));
  }

  #add(name: string, count = 1): void {
    this.#pending.set(name, (this.#pending.get(name) ?? 0) + count);
  }

  async #flush(): Promise<void> {
    if (this.#pending.size === 0) return;
    const counts = this.#pending;
    this.#pending = new Map();
    try {
      await this.#store.addCounts(counts);
    } catch {
      // They are for the next time, when Redis is there again.
      for (const [name, count] of counts) this.#add(name, count);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#flush();
  }
}

/** The jobs of one worker since its start. */
export class WorkerCounts {
  readonly #worker: string;
  readonly #jobs = { success: 0, error: 0 };

  constructor(worker: string) {
    this.#worker = worker;
  }

  job(status: "success" | "error"): void {
    this.#jobs[status] += 1;
  }

  samples(): ReadonlyMap<string, number> {
    return new Map(
      Object.entries(this.#jobs).map((
        [status, count],
      ) => [sample(JOBS, { worker_id: this.#worker, status }), count]),
    );
  }
}

/** All of it as Prometheus reads it; with the jobs of a worker, if this is one. */
export async function exposition(
  store: Store,
  worker?: WorkerCounts,
): Promise<string> {
  const [counts, { pending, processing }] = await Promise.all([
    store.counts(),
    store.lengths(),
  ]);
  const samples = new Map([
    ...OPERATIONS.map((operation) =>
      [sample(CACHE, { operation }), 0] as const
    ),
    ...counts,
    ...worker?.samples() ?? [],
    [sample(QUEUE, { status: "pending" }), pending],
    [sample(QUEUE, { status: "processing" }), processing],
  ]);
  return Object.entries(HELP).flatMap(([name, [type, help]]) => {
    const lines = [...samples].filter(([each]) => each.startsWith(`${name}{`))
      .map(([each, count]) => `${each} ${count}\n`).toSorted();
    return [`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, ...lines];
  }).join("");
}

/** Values of labels are our own words, and paths and names without quotes. */
function sample(
  name: string,
  labels: Readonly<Record<string, string>>,
): string {
  const list = Object.entries(labels).map(([label, value]) =>
    `${label}="${value}"`
  );
  return `${name}{${list.join(",")}}`;
}
