/**
 * Reads files again from time to time although neither an event nor metadata
 * tell of a change: a store into a mapped page that is dirty already changes
 * neither, and some file systems tell less. Slow on purpose: each path has a
 * budget, so that very many or large files take several rounds and no
 * processor. Decides nothing: what it finds is only worth a look.
 */

/** What is read again of a path in one interval; some 40 ms of work. */
export const VERIFY_BYTES = 16 * 1024 * 1024;

export interface VerifierOptions {
  readonly intervalMs: number;
  /** Reads so much of each path again; resolves to the files that hold other content than they did. */
  readonly verify: (bytes: number) => Promise<readonly string[]>;
  /** `count` is how many were found in all. */
  readonly onFound: (path: string, count: number) => void;
  readonly onError: (error: unknown) => void;
}

/** One at a time, every interval, until it is stopped. */
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
