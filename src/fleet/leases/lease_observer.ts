/**
 * Whether the holder of a Lease has vanished, by client-go's rule: nothing of the
 * record has changed for its duration, on our own clock. No times of two clocks are
 * compared, so it does not matter how wrong that of the holder is. Pure.
 */
import { durationMs, type Lease, recordOf } from "./lease_record.ts";

interface Seen {
  readonly record: string;
  /** When it was first seen. */
  readonly at: number;
}

export class LeaseObserver {
  /** By the indexes of the slots. */
  readonly #seen = new Map<number, Seen>();

  /**
   * Takes in what was read, by a request that was sent at `sentAt` and answered at
   * `now`. A record that is new may be as old as the answer, and one that has not
   * changed is that of the request: so a time is never taken for longer than it was.
   */
  isVanished(
    index: number,
    lease: Lease | undefined,
    { sentAt, now }: { readonly sentAt: number; readonly now: number },
  ): boolean {
    if (lease === undefined) {
      this.#seen.delete(index);
      return false;
    }
    const record = recordOf(lease);
    const seen = this.#seen.get(index);
    if (seen?.record === record) return sentAt - seen.at >= durationMs(lease);
    this.#seen.set(index, { record, at: now });
    return false;
  }
}
