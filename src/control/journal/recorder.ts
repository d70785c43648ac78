/**
 * Keeps the journal of one manager. Its log, its traces and its control endpoint
 * tell of the same one, so a reload has the same number in all of them.
 */
import type { TakenStep } from "../../core/vocabulary/taken_step.ts";
import type { Journal } from "../vocabulary/journal.ts";
import { emptyJournal } from "./empty_journal.ts";
import { record } from "./record.ts";

export class Recorder {
  #journal: Journal;
  #before: Journal;
  #fault: { readonly error: unknown } | undefined;

  /** `watched` are the paths, in the order of the policy. */
  constructor(watched: readonly string[]) {
    this.#journal = emptyJournal(Date.now(), watched);
    this.#before = this.#journal;
  }

  /** Enters a step. Never throws: a fault of ours must not be taken for a bug of the manager. */
  enter(taken: TakenStep): void {
    this.#before = this.#journal;
    this.#fault = undefined;
    try {
      this.#journal = record(this.#journal, taken, Date.now());
    } catch (error) {
      this.#fault = { error };
    }
  }

  get journal(): Journal {
    return this.#journal;
  }

  /** As it was before the latest step. */
  get before(): Journal {
    return this.#before;
  }

  /** Why the latest step could not be entered; undefined if it was. */
  get fault(): { readonly error: unknown } | undefined {
    return this.#fault;
  }
}
