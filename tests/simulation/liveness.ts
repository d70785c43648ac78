/**
 * The part of the simulated system that `--live` needs: children that hang, and
 * their answers to the manager's questions. It counts what a bystander sees of
 * them; it judges nothing but what the log says.
 */
import type { Loop } from "../../src/manager/loop.ts";
import { STALL_LOGGED_MS } from "../../src/core/vocabulary/policy.ts";
import type { LivenessRules } from "../../src/core/vocabulary/settings.ts";
import type { Agenda } from "./agenda.ts";
import type { Child } from "./child.ts";
import type { Inbox } from "./inbox.ts";
import { PID_BASE } from "./verdict.ts";

export interface LivenessOptions {
  readonly agenda: Agenda;
  readonly inbox: Pick<Inbox, "whenRunning" | "frozenMs">;
  readonly rules: LivenessRules | undefined;
  readonly isBusyWhileTold: boolean;
  readonly child: (run: number) => Child | undefined;
  readonly loop: () => Pick<Loop, "dispatch" | "model">;
}

/** What a child that hangs does: nothing, from then on and for so long. */
export interface Hang {
  readonly afterMs: number;
  readonly forMs: number;
}

/** Whether it answers nobody now: it hangs, or somebody has stopped it. */
export const isHanging = (
  { startedAt, waiting, character: { hang } }: Child,
  now: number,
): boolean =>
  waiting !== undefined ||
  (hang !== undefined && now >= startedAt + hang.afterMs &&
    now < startedAt + hang.afterMs + hang.forMs);

/** A healthy child answers after this. */
const ANSWER_MS = 5;

export class LivenessAnswers {
  /** The children that the manager has called hung. */
  readonly called = new Set<number>();
  /** When a child was told of new content, for the answers that it owed then. */
  readonly toldAt = new Map<number, number>();
  /** By the number of the child: questions in a row that it left open for the whole of their time. */
  readonly #unanswered = new Map<number, number>();
  /** The question that is under way; another one takes its place. */
  #question: object | undefined;
  readonly #options: LivenessOptions;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  get isAsking(): boolean {
    return this.#question !== undefined;
  }

  ask(run: number, question: number): void {
    const { agenda, inbox, rules, child: childOf, loop } = this.#options;
    const child = childOf(run);
    if (child === undefined || rules === undefined) return;
    const token = {};
    this.#question = token;
    const askedAt = agenda.now;
    const { frozenMs } = inbox;
    const answer = (why: string | undefined) => {
      if (this.#question !== token) return;
      this.#question = undefined;
      const isUnseen = inbox.frozenMs - frozenMs >= STALL_LOGGED_MS;
      this.#count(run, why, askedAt, isUnseen);
      loop().dispatch({
        kind: "lived",
        run,
        question,
        why,
        heardAt: undefined,
      });
    };
    agenda.atAwake(
      agenda.awake + rules.timeoutMs,
      () => inbox.whenRunning(() => answer("simulated")),
    );
    const attempt = () => {
      if (this.#question !== token || !child.alive) return;
      if (!isHanging(child, agenda.now) && !this.#isBusy()) {
        return inbox.whenRunning(() => answer(undefined));
      }
      if (agenda.now < askedAt + rules.timeoutMs) agenda.after(20, attempt);
    };
    agenda.after(ANSWER_MS, attempt);
  }

  /** What a line of the log says of a child: why that is not so, if it is not. */
  faultOf(text: string): string | undefined {
    const pid = / \(PID: (\d+)\) (?:hangs: it answered|has never answered)/
      .exec(text)?.[1];
    const { rules } = this.#options;
    if (pid === undefined || rules === undefined) return undefined;
    const run = Number(pid) - PID_BASE;
    this.called.add(run);
    const count = this.#unanswered.get(run) ?? 0;
    return count < rules.threshold
      ? `run ${run} has left ${count} of ${rules.threshold} questions open`
      : undefined;
  }

  /** In a part of the schedules a child that is told of new content answers nobody until it has taken that in. */
  #isBusy(): boolean {
    return this.#options.isBusyWhileTold && this.#isTelling();
  }

  /** Whether the child is being told of new content. */
  #isTelling(): boolean {
    const { state } = this.#options.loop().model;
    return state.kind === "running" && state.pending.kind === "acting" &&
      state.pending.actions[0].kind !== "none";
  }

  /** It does not count if the manager did not run meanwhile, or told the child of new content. */
  #count(
    run: number,
    why: string | undefined,
    askedAt: number,
    isUnseen: boolean,
  ): void {
    const before = this.#unanswered.get(run) ?? 0;
    const isTold = (this.toldAt.get(run) ?? -1) > askedAt || this.#isTelling();
    const isOver = why === undefined || isTold;
    if (isOver) this.#unanswered.delete(run);
    else if (!isUnseen) this.#unanswered.set(run, before + 1);
  }
}
