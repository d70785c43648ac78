/** Drives the core by hand, and keeps the journal of it. */
import { emptyJournal } from "../../../src/control/journal/empty_journal.ts";
import { record } from "../../../src/control/journal/record.ts";
import type {
  Journal,
  ReloadRecord,
} from "../../../src/control/vocabulary/journal.ts";
import { step } from "../../../src/core/step.ts";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import type { TakenStep } from "../../../src/core/vocabulary/taken_step.ts";
import type {
  Happening,
  SlotAnswer,
} from "../../../src/core/vocabulary/event.ts";
import { FLEET, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

/** Milliseconds since the epoch at the beginning of every story. */
export const EPOCH = Date.UTC(2026, 0, 1);

/** Content must be unchanged for half a second. */
export const WINDOW = { debounceMs: 500, debounceMaxMs: 5_000 };

/** A child must give its sign. */
export const SIGNED: Policy = { ...QUICK, ...WINDOW, ready: SAFE.ready };

/** Content is checked, and no copy of it is kept. */
export const VETTED: Policy = { ...QUICK, vetting: { atStart: "fail" } };

/** A child that ends by itself is started again. */
export const CRASHING: Policy = {
  ...QUICK,
  crash: { ...QUICK.crash, restart: "always" },
};

/** Reloads take turns with those of other managers. */
export const TURNS: Policy = { ...QUICK, fleet: FLEET };

/** Another manager has refused the content. */
export const REFUSED = {
  kind: "slotRefused",
  by: "web-0",
  why: "rolled back",
} as const;

/** What the fleet answers, without the ticket of the wish. */
type SlotTold = SlotAnswer extends infer Each
  ? Each extends SlotAnswer ? Omit<Each, "ticket"> : never
  : never;

export class Story extends Stepping {
  journal: Journal;
  readonly policy: Policy;
  /** All that were taken so far. */
  readonly steps: TakenStep[] = [];

  constructor(policy: Policy) {
    super(policy);
    this.policy = policy;
    const paths = policy.configs.map(({ path }) => path);
    this.journal = emptyJournal(EPOCH, paths);
  }

  override send(happening: Happening): string[] {
    const event = { ...happening, at: this.now };
    const { model: before } = this;
    const { model: after, effects } = step(before, event, this.policy);
    const taken = { event, before, after, effects };
    this.steps.push(taken);
    this.journal = record(this.journal, taken, EPOCH + this.now);
    return super.send(happening);
  }

  /** The check refuses the content, and has printed this. */
  refuse(detail: string, ...tail: readonly string[]): string[] {
    const verdict = {
      kind: "rejected",
      ground: "check",
      detail,
      tail,
    } as const;
    return this.send({ kind: "vetted", ticket: this.model.ticket, verdict });
  }

  /** The fleet answers the wish for a slot, or tells of the slot that it has given. */
  slot(told: SlotTold): string[] {
    const { state, slot } = this.model;
    const isQueued = state.kind === "running" &&
      state.pending.kind === "queued";
    const ticket = isQueued ? state.pending.ticket : slot?.ticket;
    return this.send({ ...told, ticket } as SlotAnswer);
  }

  /** Lets time pass. */
  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  /** The reloads so far, each as `1 config applied restart`; those under way without an outcome come last. */
  get told(): string[] {
    const { reloads, unready, current } = this.journal;
    return [...reloads, unready, current].flatMap((reload) =>
      reload === undefined ? [] : [wordsOf(reload)]
    );
  }

  /** The phases of the latest reload that has ended, each with its milliseconds. */
  get phases(): string[] {
    return phasesOf(this.journal.reloads.at(-1));
  }
}

const wordsOf = (
  { id, trigger, outcome, action }: ReloadRecord,
): string =>
  [id, trigger, outcome, action].filter((word) => word !== undefined).join(" ");

export const phasesOf = (reload: ReloadRecord | undefined): string[] =>
  (reload?.phases ?? []).map(({ phase, durationMs }) =>
    durationMs === undefined ? phase : `${phase} ${durationMs}`
  );
