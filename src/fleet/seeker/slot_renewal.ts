/**
 * The slot that we have: renews it, and tells when another manager may have it.
 *
 * A manager that was cut off goes on to renew after that was told: if nobody has
 * taken the slot meanwhile, nobody takes it while the reload is still under way.
 */
import { formatDuration } from "../../core/notation/duration.ts";
import type { SeekerSystem } from "./seeker_system.ts";
import type { StoreCalls } from "./store_calls.ts";

/** A renewal that has failed is tried again after this part of the interval. */
const RETRY_SHARE = 0.3;

export interface SlotRenewalOptions {
  readonly index: number;
  /** When the write was sent that made it ours: from then on its time runs at the latest. */
  readonly sentAt: number;
  readonly calls: StoreCalls;
  readonly system: SeekerSystem;
  /** Called once at most. */
  readonly onLost: (detail: string) => void;
}

export class SlotRenewal {
  /** Why the latest renewal has failed. */
  trouble: string | undefined;
  readonly #options: SlotRenewalOptions;
  #renewAt: number | undefined;
  /** When another manager may have it, unless it is renewed before. */
  #heldUntil = Infinity;
  #isLost = false;
  #cancelWatch = () => {};

  constructor(options: SlotRenewalOptions) {
    this.#options = options;
    this.#renewed(options.sentAt);
  }

  /** When the next renewal is due; undefined: never. */
  get renewAt(): number | undefined {
    return this.#renewAt;
  }

  /** Throws a StoreUnreachable. */
  async renew(): Promise<void> {
    const { calls, index, system } = this.#options;
    const sentAt = system.now();
    const { renewEveryMs = Infinity } = calls.store;
    this.#renewAt = sentAt + renewEveryMs * RETRY_SHARE;
    if (await calls.renew(index)) return this.#renewed(sentAt);
    this.#lose("the slot is not ours any more");
    this.end();
  }

  /**
   * Nothing is told or due after this. After a freeze, the end of the reload may be
   * found before the end of our time is: then the loss is told now.
   */
  end(): void {
    this.#cancelWatch();
    this.#renewAt = undefined;
    if (this.#options.system.now() >= this.#heldUntil) this.#expire();
  }

  #renewed(sentAt: number): void {
    const { holdMs, renewEveryMs } = this.#options.calls.store;
    this.trouble = undefined;
    this.#renewAt = renewEveryMs === undefined
      ? undefined
      : sentAt + renewEveryMs;
    this.#cancelWatch();
    this.#heldUntil = sentAt + holdMs;
    if (holdMs === Infinity) return;
    const { system } = this.#options;
    const leftMs = this.#heldUntil - system.now();
    this.#cancelWatch = system.after(leftMs, () => this.#expire());
  }

  #expire(): void {
    const { holdMs } = this.#options.calls.store;
    const why = this.trouble === undefined ? "" : `: ${this.trouble}`;
    this.#lose(`no renewal has succeeded for ${formatDuration(holdMs)}${why}`);
  }

  #lose(detail: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#options.onLost(detail);
  }
}
