/** Work in slices, between which signals and other events have their turn. */
import { awaiting, type MaybeAsync } from "../base/maybe_async.ts";

const SLICE_MS = 5;

export class Slices {
  #endsAt = performance.now() + SLICE_MS;

  /** Waits for the next turn of the event loop when the slice is over. */
  *breathe(): MaybeAsync<void> {
    if (performance.now() <= this.#endsAt) return;
    yield* awaiting(new Promise((done) => setTimeout(done, 0)));
    this.#endsAt = performance.now() + SLICE_MS;
  }
}
