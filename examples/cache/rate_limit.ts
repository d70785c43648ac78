/** So many requests a second, for all clients together, while it is enabled. */
import type { Limit } from "./request.ts";

const DEFAULT = 100;

export class RateLimit {
  #isEnabled = false;
  #limit = DEFAULT;
  #left = DEFAULT;
  #at = performance.now();

  get state(): { readonly enabled: boolean; readonly limit: number } {
    return { enabled: this.#isEnabled, limit: this.#limit };
  }

  set({ enabled, limit }: Limit): void {
    this.#isEnabled = enabled;
    this.#limit = limit ?? this.#limit;
    this.#left = this.#limit;
    this.#at = performance.now();
  }

  /** Whether one more request may be taken. */
  takes(): boolean {
    if (!this.#isEnabled) return true;
    const now = performance.now();
    const more = this.#limit * (now - this.#at) / 1_000;
    this.#left = Math.min(this.#limit, this.#left + more);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
