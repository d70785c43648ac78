/**
 * Which saved content each child finds: under a name of its own, from its start
 * and with each action. Without saved contents it does nothing.
 */
import type { Occasion } from "../core/vocabulary/effect.ts";
import type { Fingerprint } from "../core/vocabulary/fingerprint.ts";
import type { Message } from "../core/vocabulary/message.ts";
import * as reloads from "../core/text/reload.ts";
import { type MaybeAsync, runMaybeAsync } from "../host/base/maybe_async.ts";
import { type Snapshots, Unusable } from "../host/snapshot/snapshots.ts";
import { CopyLost, StartHindered } from "./reload_system.ts";

/** A child cannot be let find a content; the message is one line for the user. */
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
   * Lets a new child find this content, once it is proven. While another child
   * keeps its place, DIR/current stays with that one. Throws a CopyLost where the
   * content is not there any more, or not what was saved, and a StartHindered where
   * nothing can be written.
   */
  *begin(run: number, { baseline, beside }: Occasion): MaybeAsync<void> {
    if (this.#snapshots === undefined) return;
    try {
      yield* this.#snapshots.prove(baseline);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      throw new CopyLost(error.message, { cause: error });
    }
    try {
      this.#snapshots.links.lead(run, baseline);
    } catch (cause) {
      throw new StartHindered(lineOf(cause), { cause });
    }
    if (!beside) this.activate(baseline);
  }

  /** Lets a child that runs find it, in the same way. Throws an Unswitched. */
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

  /** Lets the child find what it had before, because an action has failed. */
  async showAgain(run: number, { previous }: Occasion): Promise<void> {
    if (previous === undefined) return;
    try {
      await this.show(run, previous);
    } catch (error) {
      this.#log(reloads.notSwitchedBack(lineOf(error)));
    }
  }

  /** It is decided that this content is in use. */
  activate(content: Fingerprint): void {
    try {
      this.#snapshots?.links.activate(content);
    } catch (error) {
      this.#log(reloads.currentNotSwitched(lineOf(error)));
    }
  }

  /** The child is gone. */
  end(run: number): void {
    this.#snapshots?.links.release(run);
  }
}

const lineOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
