/** Takes jobs from the queue, runs their generators and keeps what comes of it. */
import { delay } from "@std/async/delay";
import type { WorkerCounts } from "./counts.ts";
import { digestOf, generate, GenerationError } from "./generators.ts";
import { reasonOf, Store } from "./store.ts";
import { requestOfJob } from "./targets.ts";
import type { Variables } from "./variables.ts";

/** After Redis did not answer. */
const PAUSE_MS = 500;
const RECOVER_EVERY_MS = 2_000;

export class Worker {
  readonly #variables: Variables;
  readonly #store: Store;
  readonly #counts: WorkerCounts;
  readonly #stop = new AbortController();
  #digest = "";

  constructor(variables: Variables, store: Store, counts: WorkerCounts) {
    this.#variables = variables;
    this.#store = store;
    this.#counts = counts;
  }

  /** Resolves when it was asked to stop and its last jobs are done. */
  async run(ready: () => void): Promise<void> {
    const { WORKER_ID, WORKER_CONCURRENCY, GENERATORS_DIR } = this.#variables;
    this.#digest = await digestOf(GENERATORS_DIR);
    for (const job of await this.#store.recoverOwn(WORKER_ID)) {
      console.info(
        `INFO Recovered ${job}: worker ${WORKER_ID} ended while it was processed`,
      );
    }
    const count = await this.#store.refresh(this.#digest);
    console.info(
      `INFO Generators ${
        this.#digest.slice(0, 12)
      }: ${count} lists are of others and are generated again`,
    );
    ready();
    const loops = Array.from(
      { length: WORKER_CONCURRENCY },
      () => this.#takeJobs(),
    );
    await Promise.all([...loops, this.#recoverStuck()]);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #takeJobs(): Promise<void> {
    // Its connection is occupied while it waits for a job.
    await using queue = new Store(this.#variables.REDIS_URL);
    while (!this.#stop.signal.aborted) {
      try {
        const job = await queue.take(this.#variables.WORKER_ID);
        if (job !== undefined) await this.#process(job);
      } catch (error) {
        // A job that is already taken is given back by whoever finds it stuck.
        console.error(
          `ERROR Cannot work on the queue: ${reasonOf(error)}`,
        );
        await this.#pause(PAUSE_MS);
      }
    }
  }

  async #process(job: string): Promise<void> {
    const { GENERATORS_DIR, GENERATOR_TIMEOUT_SECONDS } = this.#variables;
    const { CACHE_KEEP_SECONDS, ERROR_EXPIRE_SECONDS } = this.#variables;
    const digest = this.#digest;
    try {
      const request = requestOfJob(job);
      if (request === undefined) {
        throw new GenerationError("JobError", `No path can be ${job}`, "");
      }
      const limitMs = GENERATOR_TIMEOUT_SECONDS * 1_000;
      const results = await generate(GENERATORS_DIR, request, limitMs);
      const cached = { updatedAtMs: Date.now(), digest, results };
      await this.#store.succeed(job, cached, CACHE_KEEP_SECONDS);
      this.#counts.job("success");
    } catch (error) {
      if (!(error instanceof GenerationError)) throw error;
      const { name: type, message, traceback } = error;
      console.error(`ERROR Cannot generate ${job}: ${type}: ${message}`);
      const failed = { atMs: Date.now(), digest, type, message, traceback };
      await this.#store.fail(job, failed, ERROR_EXPIRE_SECONDS);
      this.#counts.job("error");
    }
  }

  async #recoverStuck(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const jobs = await this.#store.recoverStuck(
        this.#variables.STUCK_AFTER_SECONDS,
      )
        .catch(() => []);
      for (const job of jobs) {
        console.warn(`WARN Recovered ${job}: it was stuck in processing`);
      }
      await this.#pause(RECOVER_EVERY_MS);
    }
  }

  /** Ends early when the worker is asked to stop. */
  async #pause(ms: number): Promise<void> {
    await delay(ms, { signal: this.#stop.signal }).catch(() => {});
  }
}
