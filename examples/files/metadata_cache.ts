/**
 * Metadata of files that were read, for `cache.ttl`. Another process may change
 * a file meanwhile: then its content is gone, and the metadata are read again.
 */
import type { Config } from "./config.ts";
import type { FileRow } from "./metadata.ts";

const MAX_ROWS = 10_000;

export class MetadataCache implements Disposable {
  readonly #rows = new Map<
    string,
    { readonly row: FileRow; readonly until: number }
  >();
  readonly #ttlMs: number;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor({ ttl, cleanup_interval }: Config["cache"]) {
    this.#ttlMs = ttl;
    this.#timer = setInterval(() => this.#cleanUp(), cleanup_interval);
  }

  get(path: string): FileRow | undefined {
    const found = this.#rows.get(path);
    return found !== undefined && found.until > performance.now()
      ? found.row
      : undefined;
  }

  keep(row: FileRow): void {
    if (this.#rows.size >= MAX_ROWS) this.#rows.clear();
    this.#rows.set(row.path, { row, until: performance.now() + this.#ttlMs });
  }

  forget(path: string): void {
    this.#rows.delete(path);
  }

  #cleanUp(): void {
    const now = performance.now();
    for (const [path, { until }] of this.#rows) {
      if (until <= now) this.#rows.delete(path);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
