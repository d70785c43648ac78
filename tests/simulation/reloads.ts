/**
 * The part of the simulated system that safe reloads need: checks and actions
 * that take their time, saved contents, signs of readiness, dependencies. It
 * answers and records; it judges nothing.
 */
import { isFullyRead } from "../../src/core/change/quiet_window.ts";
import type { Happening } from "../../src/core/vocabulary/event.ts";
import type { Host } from "../../src/manager/loop.ts";
import type {
  Outcome,
  Verdict,
  VettingGround,
} from "../../src/core/vocabulary/event.ts";
import type { Fingerprint } from "../../src/core/vocabulary/fingerprint.ts";
import type { Agenda } from "./agenda.ts";
import { Copies } from "./copies.ts";
import type { Disk, Entry } from "./disk.ts";

/** What a child does that reads a bad content. */
export type Fate = "exits" | "silent";

/** How the system answers, by content. */
export interface Answers {
  /** The check says no. */
  readonly refused: ReadonlySet<number>;
  /** The check gives no answer. */
  readonly unanswered: ReadonlySet<number>;
  readonly fates: ReadonlyMap<number, Fate>;
  /** The action fails. */
  readonly unapplied: ReadonlySet<number>;
  /** For each half of a check, and for an action. */
  readonly workMs: () => number;
  /** What is to be found out before a child can be started. */
  readonly priorMs: () => number;
  /** From a child's start to its sign. */
  readonly readyMs: () => number;
  /** From there, or from when the dependencies are there, to when the manager sees it, unless it looks earlier. */
  readonly noticeMs: () => number;
  /** How often a child that is told of new content rewrites it. */
  readonly rewrites: number;
  /** Whether the next copy can be saved. */
  readonly saves: () => boolean;
  /** From then on nothing fails but what the check refuses; Infinity is never. */
  readonly recoversAt: number;
  /** How long it takes to read a copy before a child is started on it. */
  readonly proveMs: () => number;
  /** When the dependencies are there; Infinity is never. */
  readonly availableMs: number;
  /** When they are away, after they were there for the first time. */
  readonly outages: readonly (readonly [from: number, to: number])[];
}

/** Nothing is bad, and nothing takes long. */
export const WILLING: Answers = {
  refused: new Set(),
  unanswered: new Set(),
  fates: new Map(),
  unapplied: new Set(),
  workMs: () => 10,
  priorMs: () => 0,
  readyMs: () => 10,
  noticeMs: () => 0,
  rewrites: 0,
  saves: () => true,
  recoversAt: Infinity,
  proveMs: () => 0,
  availableMs: 0,
  outages: [],
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

export const numbersOf = (key: string): number[] =>
  key.split(",").filter((part) => part !== "-").map(Number);

/** Whether the check says no to what the paths hold. */
export const isRefused = (key: string, { refused }: Answers): boolean =>
  numbersOf(key).some((content) => refused.has(content));

/** The worst that one of the contents does to a child that gets it now. */
export function fateOf(
  key: string,
  { fates, recoversAt }: Answers,
  now: number,
): Fate | undefined {
  if (now >= recoversAt) return undefined;
  const found = numbersOf(key).map((content) => fates.get(content));
  return found.includes("exits") ? "exits" : found.find((fate) => fate);
}

export interface ReloadsOptions {
  readonly agenda: Agenda;
  readonly disk: Disk;
  readonly answers: Answers;
  readonly snapshots: boolean;
  readonly waitTimeoutMs: number | undefined;
  readonly dispatch: (happening: Happening) => void;
  /** An answer that has come while the manager does not run waits, and is not given if it is cancelled first. */
  readonly whenRunning: (act: () => void) => void;
}

/** The manager waits for its dependencies. */
interface DependencyWait {
  readonly ticket: number;
  /** On the manager's clock. */
  readonly askedAwake: number;
  readonly thereAt: number;
}

type Work = Pick<
  Host,
  | "vet"
  | "capture"
  | "act"
  | "cancel"
  | "activate"
  | "keep"
  | "awaitDependencies"
  | "askDependencies"
>;

export class Reloads {
  readonly copies = new Copies();
  /** The last answer to a check. */
  verdict:
    | { readonly kind: Verdict["kind"]; readonly key: string; at: number }
    | undefined;
  /** Whether the dependencies were there when they were last asked for; the next child takes that. */
  available = false;
  /** Waits for the dependencies that were given up after their time. */
  outwaited = 0;
  #asked = 0;
  #wait: DependencyWait | undefined;
  /** It may be over. */
  #latestWait: DependencyWait | undefined;
  /** The child that an action is under way for, and what it had. */
  #acting: { readonly run: number; readonly previous: string } | undefined;
  readonly #options: ReloadsOptions;
  readonly #work = new Set<() => void>();

  constructor(options: ReloadsOptions) {
    this.#options = options;
  }

  /** The host's calls; `onRejected` and `onApplied` hear of an answer before the manager does. */
  host(
    hear: {
      readonly begun: (
        kind: "vet" | "act",
        key: string,
        isWhole: boolean,
        isFirst: boolean,
      ) => void;
      /**
       * `changes` is how often the paths had changed when the question was asked;
       * undefined where they held another content by then.
       */
      readonly rejected: (
        by: "check" | "no check" | "action",
        key: string,
        changes: number | undefined,
      ) => void;
      readonly applied: (key: string, isFirst: boolean) => void;
      /** An action is not waited for any more; another one of its batch may be done. */
      readonly abandoned: (run: number) => void;
      /** A signal follows other actions of the same batch. */
      readonly signalsToo: (run: number) => void;
    },
  ): Work {
    const { answers, disk, dispatch } = this.#options;
    const changesWith = (key: string) =>
      keyOf(disk.entries) === key ? disk.changes : undefined;
    return {
      vet: (ticket, content) => {
        const key = keyOfPrint(content);
        const changes = changesWith(key);
        const isWhole = isFullyRead(content);
        hear.begun("vet", key, isWhole, true);
        this.#vet(key, isWhole, (verdict) => {
          this.verdict = {
            kind: verdict.kind,
            key,
            at: this.#options.agenda.now,
          };
          // What was not read yet may be tried again when it was.
          if (verdict.kind === "rejected") {
            const isAnswer = verdict.ground === "check";
            const by = isAnswer ? "check" : "no check";
            hear.rejected(by, key, isWhole ? changes : undefined);
          }
          dispatch({ kind: "vetted", ticket, verdict });
        });
      },
      capture: (ticket) => {
        this.#later(() => {
          if (!answers.saves()) {
            const verdict = { kind: "unsaved", detail: "simulated" } as const;
            const at = this.#options.agenda.now;
            this.verdict = { kind: "unsaved", key: keyOf(disk.entries), at };
            return dispatch({ kind: "vetted", ticket, verdict });
          }
          const content = disk.fingerprint();
          this.copies.save(keyOfPrint(content));
          dispatch({ kind: "captured", ticket, content });
        });
      },
      act: (ticket, run, action, { baseline, previous, saved }, isFirst) => {
        const key = keyOfPrint(baseline);
        // What was not read yet may be tried again when it was.
        const isWhole = isFullyRead(baseline);
        const changes = isWhole ? changesWith(key) : undefined;
        const answer = (outcome: Outcome) =>
          dispatch({ kind: "acted", ticket, outcome });
        // Switching takes no time.
        if (saved && !(answers.saves() && this.copies.lead(run, key))) {
          const kind = isFirst ? "unswitched" : "failed";
          return this.#later(() => {
            if (!isFirst) {
              hear.rejected("action", key, changes);
              this.#endAction(true);
            }
            answer({ kind, detail: "simulated", tail: [] });
          }, 0);
        }
        if (saved) this.#acting = { run, previous: keyOfPrint(previous ?? []) };
        if (action.kind === "none" || action.kind === "signal") {
          return this.#later(() => {
            this.#acting = undefined;
            if (!isFirst) hear.signalsToo(run);
            answer({ kind: "done" });
          }, 0);
        }
        hear.begun("act", key, isWhole, isFirst);
        this.#later(() => {
          const fails = this.#isTroubled(key, answers.unapplied);
          if (fails) hear.rejected("action", key, changes);
          else hear.applied(key, isFirst);
          this.#endAction(fails);
          answer(
            fails
              ? { kind: "failed", detail: "simulated", tail: [] }
              : { kind: "done" },
          );
        });
      },
      cancel: () => {
        this.#endWait();
        this.#work.clear();
        if (this.#acting !== undefined) hear.abandoned(this.#acting.run);
        this.#endAction(true);
      },
      activate: (content) => this.copies.activate(keyOfPrint(content)),
      keep: (contents) => this.copies.keep(contents.map(keyOfPrint)),
      awaitDependencies: (ticket) => {
        const { now, awake } = this.#options.agenda;
        const untilMs = this.#untilAvailableMs();
        const wait = { ticket, askedAwake: awake, thereAt: now + untilMs };
        this.#wait = wait;
        this.#latestWait = wait;
        this.#later(() => {
          if (this.#wait === wait) this.#sayAvailable(wait);
        }, untilMs + answers.noticeMs());
      },
      askDependencies: (ticket) => {
        const wait = this.#wait;
        if (wait !== undefined && this.areDependenciesThere) {
          return this.#sayAvailable(wait);
        }
        dispatch({ kind: "unavailable", ticket, missing: ["simulated"] });
      },
    };
  }

  /** Whether what was waited for last is there, noticed or not. */
  get areDependenciesThere(): boolean {
    return this.#options.agenda.now >= (this.#latestWait?.thereAt ?? Infinity);
  }

  /** For how long it was waited for, on the manager's clock. */
  get waitedMs(): number {
    const { awake } = this.#options.agenda;
    return awake - (this.#latestWait?.askedAwake ?? Infinity);
  }

  /** Whether an action is under way for this child, which may find its content already. */
  isActing(run: number): boolean {
    return this.#acting?.run === run;
  }

  /** After one that failed, the child finds what it had. */
  #endAction(failed: boolean): void {
    const acting = this.#acting;
    this.#acting = undefined;
    if (!failed || acting === undefined) return;
    const { run, previous } = acting;
    if (this.copies.nameOf(run) !== undefined) this.copies.lead(run, previous);
  }

  /** It is saved first and then checked, as the real one is. */
  #vet(
    key: string,
    isWhole: boolean,
    answer: (verdict: Verdict) => void,
  ): void {
    const { disk, answers, snapshots } = this.#options;
    const rejected = (ground: VettingGround) =>
      answer({ kind: "rejected", ground, detail: "simulated", tail: ["bad"] });
    const judge = () => {
      if (isRefused(key, answers)) return rejected("check");
      return this.#isTroubled(key, answers.unanswered)
        ? rejected("circumstances")
        : answer({ kind: "approved" });
    };
    if (!snapshots) return this.#later(judge);
    this.#later(() => {
      if (this.copies.holds(key)) return this.#later(judge);
      if (!isWhole || keyOf(disk.entries) !== key) {
        return answer({ kind: "moved" });
      }
      if (!answers.saves()) {
        return answer({ kind: "unsaved", detail: "simulated" });
      }
      this.copies.save(key);
      this.#later(judge);
    });
  }

  #sayAvailable({ ticket }: DependencyWait): void {
    this.#wait = undefined;
    this.available = true;
    this.#options.dispatch({ kind: "available", ticket });
  }

  #endWait(): void {
    const { waitTimeoutMs = Infinity } = this.#options;
    // Virtual time is not exact.
    const isOver = this.waitedMs >= waitTimeoutMs - 1;
    if (this.#wait !== undefined && isOver) this.outwaited++;
    this.#wait = undefined;
  }

  /** From now until all of them are there; the first time of all takes longer. */
  #untilAvailableMs(): number {
    const { agenda: { now }, answers } = this.#options;
    if (this.#asked++ === 0) return answers.availableMs;
    const ends = answers.outages.filter(([from, to]) => from <= now && now < to)
      .map(([, to]) => to);
    return Math.max(now, ...ends) - now;
  }

  /** Whether one of the contents is among these, and the trouble is not over yet. */
  #isTroubled(key: string, troubled: ReadonlySet<number>): boolean {
    const { agenda, answers } = this.#options;
    return agenda.now < answers.recoversAt &&
      numbersOf(key).some((content) => troubled.has(content));
  }

  /** Unless it is cancelled first. */
  #later(act: () => void, delayMs = this.#options.answers.workMs()): void {
    if (delayMs === Infinity) return;
    const work = () => {
      if (this.#work.delete(work)) act();
    };
    this.#work.add(work);
    const { agenda, whenRunning } = this.#options;
    agenda.after(delayMs, () => whenRunning(work));
  }
}
