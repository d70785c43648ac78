/**
 * The reloads that are under way, while one step is entered in the journal. Mutable
 * for the length of that step, so that several things may become of them in turn.
 */
import type {
  Journal,
  Phase,
  ReloadRecord,
  Trigger,
} from "../../vocabulary/journal.ts";
import type { Moment } from "../entries/moment.ts";
import {
  begin,
  decide,
  end,
  type Ending,
  enterPhase,
  phaseOf,
} from "./reload_record.ts";

/** `current` is considered or being put into effect; `unready` was, and its child is not ready yet. */
export type Part = "current" | "unready";

export class Ledger {
  journal: Journal;
  readonly #now: Moment;
  readonly #parts: Record<Part, ReloadRecord | undefined>;

  /** In a journal the only reload under way is always the current one; `mayBeUnready` tells that it may be the other part. */
  constructor(journal: Journal, now: Moment, mayBeUnready: boolean) {
    const { current, unready } = journal;
    const isUnready = mayBeUnready && unready === undefined &&
      current !== undefined && phaseOf(current) === "ready";
    this.journal = journal;
    this.#now = now;
    this.#parts = isUnready
      ? { current: undefined, unready: current }
      : { current, unready };
  }

  get current(): ReloadRecord | undefined {
    return this.#parts.current;
  }

  get unready(): ReloadRecord | undefined {
    return this.#parts.unready;
  }

  /** A reload begins; with a hint that a look has answered only now, it began with that. */
  begin(trigger: Trigger, hint: Moment | undefined): void {
    const { journal, reload } = begin(this.journal, trigger, this.#now, hint);
    this.journal = journal;
    this.#parts.current = reload;
  }

  /** The reload goes on with this phase. */
  enter(part: Part, phase: Phase): void {
    const reload = this.#parts[part];
    if (reload === undefined) return;
    const next = enterPhase(
      { journal: this.journal, reload },
      phase,
      this.#now,
    );
    this.journal = next.journal;
    this.#parts[part] = next.reload;
  }

  /** More is known of the current reload. */
  know(changes: Partial<ReloadRecord>): void {
    const { current } = this.#parts;
    if (current !== undefined) this.#parts.current = { ...current, ...changes };
  }

  /** It is known how the reload will end; what was decided first stands. */
  decide(part: Part, ending: Ending): void {
    const reload = this.#parts[part];
    if (reload !== undefined) this.#parts[part] = decide(reload, ending);
  }

  /** The current reload waits for its child to become ready. */
  awaitReady(): void {
    this.enter("current", "ready");
    this.#parts.unready = this.#parts.current;
    this.#parts.current = undefined;
  }

  /** The child of the other reload is replaced after all. */
  takeBack(): void {
    this.#parts.current = this.#parts.unready;
    this.#parts.unready = undefined;
  }

  end(part: Part, ending: Ending): void {
    const reload = this.#parts[part];
    if (reload === undefined) return;
    this.#parts[part] = undefined;
    this.journal = end({ journal: this.journal, reload }, ending, this.#now);
  }

  /** The journal with all of that. */
  close(): Journal {
    const current = this.#parts.current ?? this.#parts.unready;
    const unready = this.#parts.current === undefined
      ? undefined
      : this.#parts.unready;
    const { journal } = this;
    return journal.current === current && journal.unready === unready
      ? journal
      : { ...journal, current, unready };
  }
}
