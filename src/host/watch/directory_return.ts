/**
 * Checks for a short while whether a removed directory exists again. Otherwise
 * nothing would be noticed of what is written there until the next poll.
 */
import type { DirectoryWatch } from "./directory_watch.ts";

/**
 * The pauses between the checks. A directory that returns later is found by the
 * poller.
 */
const LOOKS_AFTER_MS = [20, 50, 100, 200, 400, 800, 1_600];
/**
 * Removals that follow each other within this time share one series of checks,
 * so that a directory that is removed again and again does not keep us busy.
 */
const CALM_MS = 5_000;

/** The checks of all watched directories of a manager. */
export class DirectoryReturn {
  readonly #directories: readonly DirectoryWatch[];
  readonly #onReturn: (returned: readonly DirectoryWatch[]) => void;
  #timer: number | undefined;
  #looks = 0;
  #removedAtMs = -Infinity;

  /**
   * `onReturn` gets the directories that exist and are not watched; it may get
   * one more than once.
   */
  constructor(
    directories: readonly DirectoryWatch[],
    onReturn: (returned: readonly DirectoryWatch[]) => void,
  ) {
    this.#directories = directories;
    this.#onReturn = onReturn;
  }

  /** Begins the checks: a watched directory was removed or renamed. */
  begin(): void {
    const now = performance.now();
    if (now - this.#removedAtMs > CALM_MS) this.#looks = 0;
    this.#removedAtMs = now;
    this.#lookLater();
  }

  /** Ends the checks; `begin` must not be called again. */
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
