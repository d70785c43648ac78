/**
 * The part of the simulated system that safe reloads need: checks and actions
 * that take their time, saved contents, signs of readiness, dependencies. It
 * answers and records; it judges nothing.
 */
import { isFullyRead } from "../../src/core/change/quiet_window.ts";
import type { Happening, Host } from "../../src/manager/loop.ts";
import type { Outcome, Verdict } from "../../src/core/vocabulary/event.ts";
import type { Fingerprint } from "../../src/core/vocabulary/fingerprint.ts";
import type { Agenda } from "./agenda.ts";
import type { Disk, Entry } from "./disk.ts";

/** What a child does that reads a bad content. */
export type Fate = "exits" | "silent";

/** How the system answers, by content. */
export interface Answers {
  /** The check says no. */
  readonly refused: ReadonlySet<number>;
  readonly fates: ReadonlyMap<number, Fate>;
  /** The action fails. */
  readonly unapplied: ReadonlySet<number>;
  /** For each half of a check, and for an action. */
  readonly workMs: () => number;
  /** From a child's start to its sign. */
  readonly readyMs: () => number;
  /** Whether the next copy can be saved. */
  readonly saves: () => boolean;
  /** When the dependencies are there; Infinity is never. */
  readonly availableMs: number;
}

/** Nothing is bad, and nothing takes long. */
export const WILLING: Answers = {
  refused: new Set(),
  fates: new Map(),
  unapplied: new Set(),
  workMs: () => 10,
  readyMs: () => 10,
  saves: () => true,
  availableMs: 0,
};

/** What the paths hold, as text; a path that cannot be read is `-`. */
export const keyOf = (entries: readonly Entry[]): string =>
  entries.map((entry) => entry.kind === "content" ? entry.content : "-")
    .join(",");

export const keyOfPrint = (content: Fingerprint): string =>
  keyOf(entriesOf(content));

/** What a child finds that runs on a saved content. */
export const entriesOf = (content: Fingerprint): Entry[] =>
  content.map((print): Entry =>
    print.kind === "fault"
      ? { kind: "missing" }
      : { kind: "content", content: contentOf(print.identity) }
  );

/** Also of what was not read yet. */
const contentOf = (identity: string) => Number(/\d+$/.exec(identity)?.[0]);

const numbersOf = (key: string): number[] =>
  key.split(",").filter((part) => part !== "-").map(Number);

/** Whether the check says no to what the paths hold. */
export const isRefused = (key: string, { refused }: Answers): boolean =>
  numbersOf(key).some((content) => refused.has(content));

/** The worst that one of the contents does to a child. */
export function fateOf(key: string, { fates }: Answers): Fate | undefined {
  const found = numbersOf(key).map((content) => fates.get(content));
  return found.includes("exits") ? "exits" : found.find((fate) => fate);
}

export interface ReloadsOptions {
  readonly agenda: Agenda;
  readonly disk: Disk;
  readonly answers: Answers;
  readonly snapshots: boolean;
  readonly dispatch: (happening: Happening) => void;
}

type Work = Pick<
  Host,
  "vet" | "act" | "cancel" | "activate" | "keep" | "awaitDependencies"
>;

export class Reloads {
  /** Saved contents, by what they hold. */
  saved = new Set<string>();
  /** Where the name leads that children know. */
  active: string | undefined;
  /** The last answer to a check. */
  verdict:
    | { readonly kind: Verdict["kind"]; readonly key: string; at: number }
    | undefined;
  /** A content was used that is not there. */
  missing: string | undefined;
  readonly #options: ReloadsOptions;
  readonly #work = new Set<() => void>();

  constructor(options: ReloadsOptions) {
    this.#options = options;
  }

  /** The host's calls; `onRejected` and `onApplied` hear of an answer before the manager does. */
  host(
    hear: {
      readonly begun: (kind: "vet" | "act", key: string) => void;
      /**
       * `changes` is how often the paths had changed when the question was asked;
       * undefined where they held another content by then.
       */
      readonly rejected: (
        by: "check" | "action",
        key: string,
        changes: number | undefined,
      ) => void;
      readonly applied: (key: string) => void;
    },
  ): Work {
    const { answers, disk, dispatch } = this.#options;
    const changesWith = (key: string) =>
      keyOf(disk.entries) === key ? disk.changes : undefined;
    return {
      vet: (ticket, content) => {
        const key = keyOfPrint(content);
        const changes = changesWith(key);
        hear.begun("vet", key);
        const isWhole = isFullyRead(content);
        this.#vet(key, isWhole, (verdict) => {
          this.verdict = {
            kind: verdict.kind,
            key,
            at: this.#options.agenda.now,
          };
          // What was not read yet may be tried again when it was.
          if (verdict.kind === "rejected") {
            hear.rejected("check", key, isWhole ? changes : undefined);
          }
          dispatch({ kind: "vetted", ticket, verdict });
        });
      },
      act: (ticket, action, { baseline, saved }) => {
        const key = keyOfPrint(baseline);
        const changes = changesWith(key);
        const answer = (outcome: Outcome) =>
          dispatch({ kind: "acted", ticket, outcome });
        // Switching takes no time.
        if (saved && !answers.saves()) {
          const outcome = { kind: "unswitched", detail: "simulated" } as const;
          return this.#later(() => answer(outcome), 0);
        }
        if (saved) this.activate(key);
        if (action.kind === "none" || action.kind === "signal") {
          return this.#later(() => answer({ kind: "done" }), 0);
        }
        hear.begun("act", key);
        this.#later(() => {
          const fails = numbersOf(key).some((content) =>
            answers.unapplied.has(content)
          );
          if (fails) hear.rejected("action", key, changes);
          else hear.applied(key);
          answer(
            fails
              ? { kind: "failed", detail: "simulated", tail: [] }
              : { kind: "done" },
          );
        });
      },
      cancel: () => this.#work.clear(),
      activate: (content) => this.activate(keyOfPrint(content)),
      keep: (contents) => {
        const kept = new Set(contents.map(keyOfPrint));
        this.saved = this.saved.intersection(kept);
      },
      awaitDependencies: () => {
        this.#later(
          () => dispatch({ kind: "available" }),
          answers.availableMs,
        );
      },
    };
  }

  /** Lets children find this saved content. */
  activate(key: string): void {
    if (!this.saved.has(key)) this.missing ??= key;
    this.active = key;
  }

  /** It is saved first and then checked, as the real one is. */
  #vet(
    key: string,
    isWhole: boolean,
    answer: (verdict: Verdict) => void,
  ): void {
    const { disk, answers, snapshots } = this.#options;
    const judge = () =>
      answer(
        isRefused(key, answers)
          ? { kind: "rejected", detail: "simulated", tail: ["bad"] }
          : { kind: "approved" },
      );
    if (!snapshots) return this.#later(judge);
    this.#later(() => {
      if (!isWhole || keyOf(disk.entries) !== key) {
        return answer({ kind: "moved" });
      }
      if (!answers.saves()) {
        return answer({ kind: "unsaved", detail: "simulated" });
      }
      this.saved.add(key);
      this.#later(judge);
    });
  }

  /** Unless it is cancelled first. */
  #later(act: () => void, delayMs = this.#options.answers.workMs()): void {
    if (delayMs === Infinity) return;
    const work = () => {
      if (this.#work.delete(work)) act();
    };
    this.#work.add(work);
    this.#options.agenda.after(delayMs, work);
  }
}
