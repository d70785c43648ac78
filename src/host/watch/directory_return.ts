/**
 * Looks for a short while whether a removed directory is made again: otherwise
 * nothing would be heard of what is written there until the next poll.
 */
import type { DirectoryWatch } from "./directory_watch.ts";

/** From one look to the next; what takes longer is left to the poller. */
const LOOKS_AFTER_MS = [20, 50, 100, 200, 400, 800, 1_600];
/** Removals that are less apart share the looks: a directory that is removed for ever must not keep us busy. */
const CALM_MS = 5_000;

/** Of all watched directories of a manager. */
export class DirectoryReturn {
  readonly #directories: readonly DirectoryWatch[];
  readonly #onReturn: (returned: readonly DirectoryWatch[]) => void;
  #timer: number | undefined;
  #looks = 0;
  #removedAtMs = -Infinity;

  /** `onReturn` gets those that are there and not watched; it may get them again. */
  constructor(
    directories: readonly DirectoryWatch[],
    onReturn: (returned: readonly DirectoryWatch[]) => void,
  ) {
    this.#directories = directories;
    this.#onReturn = onReturn;
  }

  /** One of them was removed, or renamed. */
  begin(): void {
    const now = performance.now();
    if (now - this.#removedAtMs > CALM_MS) this.#looks = 0;
    this.#removedAtMs = now;
    this.#lookLater();
  }

  /** Ends it; `begin` must not be called again. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    const delayMs = LOOKS_AFTER_MS.at(this.#looks);
    if (this.#timer !== undefined || delayMs === undefined) return;
    this.#looks++;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, delayMs);
  }

  #look(): void {
    const places = Map.groupBy(this.#directories, (watch) => watch.place());
    const returned = places.get("unwatched") ?? [];
    if (returned.length > 0) this.#onReturn(returned);
    // A directory may be removed again between this look and the opening of its watch.
    if (returned.length > 0 || places.has("absent")) this.#lookLater();
  }
}
