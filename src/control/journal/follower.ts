/**
 * Follows the reloads of a manager for its log and its traces. Has a journal of its
 * own, made of the same steps as the one of the control endpoint, so that a reload
 * has the same number in both, also without an endpoint.
 */
import type { TakenStep } from "../../core/vocabulary/taken_step.ts";
import type { Journal, ReloadRecord } from "../vocabulary/journal.ts";
import { emptyJournal } from "./empty_journal.ts";
import { record } from "./record.ts";

export interface FollowerOptions {
  readonly watched: readonly string[];
  /** Hears of each step that has changed the journal, before its effects are performed. */
  readonly onChange?: ((then: Journal, now: Journal) => void) | undefined;
  /** Hears once of a fault of ours, which must not be taken for a bug of the manager; nothing is followed since. */
  readonly onFault: (error: unknown) => void;
}

export class Follower {
  readonly #options: FollowerOptions;
  #journal: Journal;
  /** Of the reload that the present step has ended. */
  #ended: ReloadRecord | undefined;
  #hasFailed = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#journal = emptyJournal(Date.now(), options.watched);
  }

  /** Call it before the effects of a step are performed. */
  readonly onDecided = (taken: TakenStep): void => {
    if (this.#hasFailed) return;
    try {
      const then = this.#journal;
      this.#journal = record(then, taken, Date.now());
      // One that is put into effect at once begins and ends in one step.
      this.#ended = this.#journal.reloads === then.reloads
        ? underWay(then)
        : this.#journal.reloads.at(-1);
      if (this.#journal !== then) {
        this.#options.onChange?.(then, this.#journal);
      }
    } catch (error) {
      this.#hasFailed = true;
      this.#options.onFault(error);
    }
  };

  /** Call it when they have been performed. */
  readonly onPerformed = (): void => {
    this.#ended = undefined;
  };

  /** The reload that what happens now is part of; of two, the later one. */
  get reload(): ReloadRecord | undefined {
    return this.#hasFailed ? undefined : underWay(this.#journal) ?? this.#ended;
  }
}

const underWay = ({ current, unready }: Journal) => current ?? unready;
