/** Follows the reloads of a manager for its log and its traces, and enters their steps in the journal. */
import type { TakenStep } from "../../core/vocabulary/taken_step.ts";
import type { Journal, ReloadRecord } from "../vocabulary/journal.ts";
import { Recorder } from "./recorder.ts";

export { Recorder };

export interface FollowerOptions {
  /** Nobody else enters steps in it. */
  readonly recorder: Recorder;
  /** Hears of each step that has changed the journal, before its effects are performed. */
  readonly onChange?: ((then: Journal, now: Journal) => void) | undefined;
  /** Hears once of a fault of ours, which must not be taken for a bug of the manager; nothing is followed since. */
  readonly onFault: (error: unknown) => void;
}

export class Follower {
  readonly #options: FollowerOptions;
  /** Of the reload that the present step has ended. */
  #ended: ReloadRecord | undefined;
  #hasFailed = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Call it before the effects of a step are performed. */
  readonly onDecided = (taken: TakenStep): void => {
    const { recorder, onChange } = this.#options;
    recorder.enter(taken);
    if (this.#hasFailed) return;
    try {
      const { before, journal, fault } = recorder;
      if (fault !== undefined) throw fault.error;
      // One that is put into effect at once begins and ends in one step.
      this.#ended = journal.reloads === before.reloads
        ? underWay(before)
        : journal.reloads.at(-1);
      if (journal !== before) onChange?.(before, journal);
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
    if (this.#hasFailed) return undefined;
    const now = underWay(this.#options.recorder.journal);
    const ended = this.#ended;
    if (now === undefined || ended === undefined) return now ?? ended;
    // One that is rejected leaves an earlier one whose child is not ready yet.
    return ended.id > now.id ? ended : now;
  }
}

const underWay = ({ current, unready }: Journal) => current ?? unready;
