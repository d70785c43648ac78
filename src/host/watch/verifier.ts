/**
 * Reads files again from time to time, although neither an event nor metadata
 * show a change: a store into a mapped page that is already dirty changes
 * neither, and some file systems report even less. It is slow on purpose. Each
 * path has a budget, so that very many or large files take several rounds and
 * little processor time. Decides nothing: a difference only causes a look.
 */

/** How much of a path is read again in one interval; this takes some 40 ms. */
export const VERIFY_BYTES = 16 * 1024 * 1024;

export interface VerifierOptions {
  readonly intervalMs: number;
  /**
   * Reads this many bytes of each path again; resolves to the files whose
   * content differs from what was read before.
   */
  readonly verify: (bytes: number) => Promise<readonly string[]>;
  /** `count` is the number of such files so far. */
  readonly onFound: (path: string, count: number) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Verifies once in every interval, one round at a time, until it is stopped.
 */
export class Verifier {
  readonly #options: VerifierOptions;
  readonly #timer: number;
  #isBusy = false;
  #count = 0;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#verify(), options.intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #verify(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { verify, onFound, onError } = this.#options;
    try {
      for (const path of await verify(VERIFY_BYTES)) {
        onFound(path, ++this.#count);
      }
    } catch (error) {
      onError(error);
    }
    this.#isBusy = false;
  }
}
