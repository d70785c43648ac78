/**
 * Decides under which name each child finds its saved content, from its start
 * and with each action. Each child has a name of its own. Does nothing if no
 * content is saved.
 */
import type { Occasion } from "../../core/vocabulary/effect.ts";
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import type { Message } from "../../core/vocabulary/message.ts";
import * as reloads from "../../core/text/reload.ts";
import { type MaybeAsync, runMaybeAsync } from "../../host/base/maybe_async.ts";
import { type Snapshots, Unusable } from "../../host/snapshot/snapshots.ts";
import { CopyLost, StartHindered } from "./reload_system.ts";

/**
 * The content could not be put where the child looks for it; the message is one
 * line for the user.
 */
export class Unswitched extends Error {}

export class SavedContent {
  readonly #snapshots: Snapshots | undefined;
  readonly #log: (message: Message) => void;

  constructor(
    snapshots: Snapshots | undefined,
    log: (message: Message) => void,
  ) {
    this.#snapshots = snapshots;
    this.#log = log;
  }

  /**
   * Proves the saved content and puts it where the new child looks for it.
   * While another child keeps running (`beside`), DIR/current stays with the
   * content of that child. Throws a CopyLost if the content is missing or is
   * not what was saved, and a StartHindered if nothing can be written.
   */
  *begin(run: number, { baseline, beside }: Occasion): MaybeAsync<void> {
    if (this.#snapshots === undefined) return;
    yield* this.prove(baseline);
    try {
      this.#snapshots.links.lead(run, baseline);
    } catch (cause) {
      throw new StartHindered(lineOf(cause), { cause });
    }
    if (!beside) this.activate(baseline);
  }

  /** Throws a CopyLost if the saved content is missing or is not what was saved. */
  *prove(content: Fingerprint): MaybeAsync<void> {
    try {
      yield* this.#snapshots?.prove(content) ?? [];
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      throw new CopyLost(error.message, { cause: error });
    }
  }

  /** Does the same for a child that is running. Throws an Unswitched. */
  async show(run: number, content: Fingerprint): Promise<void> {
    if (this.#snapshots === undefined) return;
    try {
      await runMaybeAsync(this.#snapshots.prove(content));
      // The child may have ended meanwhile.
      if (this.#snapshots.links.isLed(run)) {
        this.#snapshots.links.lead(run, content);
      }
    } catch (cause) {
      throw new Unswitched(lineOf(cause), { cause });
    }
  }

  /**
   * Puts the earlier content back where the child looks for it, because an
   * action has failed.
   */
  async showAgain(run: number, { previous }: Occasion): Promise<void> {
    if (previous === undefined) return;
    try {
      await this.show(run, previous);
    } catch (error) {
      this.#log(reloads.notSwitchedBack(lineOf(error)));
    }
  }

  /** Makes DIR/current lead to this content, because it is now in use. */
  activate(content: Fingerprint): void {
    try {
      this.#snapshots?.links.activate(content);
    } catch (error) {
      this.#log(reloads.currentNotSwitched(lineOf(error)));
    }
  }

  /** Removes the name of a child that has ended. */
  end(run: number): void {
    this.#snapshots?.links.release(run);
  }
}

const lineOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
