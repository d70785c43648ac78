/** A fingerprinter whose looks are waited for, however long they take. */
import type { Fingerprint } from "../../src/core/vocabulary/fingerprint.ts";
import type { Depth } from "../../src/core/vocabulary/observation.ts";
import type { Compare } from "../../src/core/vocabulary/settings.ts";
import {
  Fingerprinter,
  type Look,
} from "../../src/host/fingerprint/fingerprinter.ts";

/** Looks of one fingerprinter, each with all that it has asked to be read. */
export class Looks {
  readonly #fingerprinter: Fingerprinter;
  #read = Promise.withResolvers<Look>();

  constructor(paths: readonly string[], compare: Compare) {
    this.#fingerprinter = new Fingerprinter(paths, compare, {
      onRead: (look) => {
        this.#read.resolve(look);
        this.#read = Promise.withResolvers();
      },
      onAgain: () => {},
    });
  }

  async look(depth: Depth): Promise<Fingerprint> {
    let look = await this.#fingerprinter.look(depth);
    while (look.unread.length > 0) look = await this.#read.promise;
    return look.fingerprint;
  }

  /** The look itself: a promise where it takes long. */
  begin(depth: Depth): Look | Promise<Look> {
    return this.#fingerprinter.look(depth);
  }
}
