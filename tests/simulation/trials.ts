/**
 * Follows what a reload is worth: which child was ready with which content, and
 * which content was refused. It knows what a bystander can see, not what the
 * manager believes.
 */
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Signal } from "../../src/core/vocabulary/signals.ts";
import type { Agenda } from "./agenda.ts";
import type { Disk } from "./disk.ts";
import type { Inbox } from "./inbox.ts";
import { isKilledFromOutside } from "../../src/core/vocabulary/exit_status.ts";
import { keyOf } from "./reloads.ts";
import type { Slots } from "./slots.ts";
import type { Child } from "./child.ts";

/** With the action `signal`, what children are told of new content with; nothing else is. */
export const CONFIG_SIGNAL: Signal = "SIGUSR2";

export interface Rejection {
  /** `no check`: it gave no answer. */
  /** `kill`: somebody else has killed the child that had it, while a slot of the fleet was held for it. */
  readonly by: "check" | "no check" | "action" | "child" | "kill";
  readonly at: number;
  /** How often in a row while the paths held it all the time, but for the check's own no. */
  readonly times: number;
  /** How often the paths had changed by then; undefined when they moved meanwhile. */
  readonly changes: number | undefined;
}

/** A child failed on new content, and there is a content to go back to. */
export interface Failure {
  readonly run: number;
  readonly startedAt: number;
  readonly key: string;
  /** Contents that children were ready with. */
  readonly good: ReadonlySet<string>;
  readonly changes: number;
}

const RELOADED: Readonly<Record<Child["reason"], Trial["reloaded"]>> = {
  config: "yes",
  start: "possibly",
  request: "possibly",
  crash: "no",
  liveness: "no",
  rollback: "no",
};

interface Trial {
  readonly child: Child;
  /** What the child has now. */
  readonly key: string;
  /** What the manager knows of it: they differ when the paths move during a start. */
  readonly asked: string;
  /** Whether it got this content by a reload; of a start that an operator asked for, only the manager knows. */
  readonly reloaded: "yes" | "possibly" | "no";
  /** Whether the paths held this content when the child got it. */
  readonly changes: number | undefined;
  /** The last content that it was ready with. */
  proven: string | undefined;
  provenAt: number;
  /** Another content that it was ready with before. */
  provenBefore: string | undefined;
  /** By how much the clock had leapt, and for how long the manager had not run, by then. */
  provenLostMs: number;
  /** Whether it is ready, and has to go on as a canary of its fleet. */
  isSoaking: boolean;
  /** When a signal told it of this content; Infinity: none did. */
  readonly toldAt: number;
  readonly token: object;
  /** What was known before the actions of the latest batch said that the child has taken this content in. */
  readonly beforeBatch?: BeforeBatch;
}

type BeforeBatch = Readonly<Pick<Trial, "key" | "proven" | "provenAt">> & {
  /** Whether some child was ready with what the batch is for. */
  readonly worked: boolean;
};

export class Trials {
  readonly rejections = new Map<string, Rejection>();
  /** Contents that some child has failed on, whether or not there was another one to go back to. */
  readonly troubles = new Set<string>();
  /** Children that failed on new content. */
  failures = 0;
  /** Times that new content failed, but for the check's own no. */
  setbacks = 0;
  /** The one that the next child is the answer to. */
  open: Failure | undefined;
  readonly #trials = new Map<Child, Trial>();
  /** What some child was ready with, or said that it had taken in. */
  readonly #worked = new Set<string>();
  /** On what a child has failed; that it was ready once proves nothing then. */
  readonly #failed = new Map<Child, string>();

  constructor(
    readonly agenda: Agenda,
    readonly disk: Disk,
    readonly policy: Policy,
    readonly children: readonly Child[],
    readonly inbox: Pick<Inbox, "isFrozen" | "frozenMs">,
    readonly slots: () => Pick<Slots, "isFor" | "soakMs">,
  ) {}

  /** `since` is how often the paths had changed when what has failed was begun. */
  reject(
    by: Rejection["by"],
    key: string,
    since: number | undefined,
  ): void {
    // Paths that have moved since then may be back by now without anybody
    // having seen it: trying once more is no fault.
    const changes = since === this.disk.changes ? since : undefined;
    const before = this.rejections.get(key);
    const goesOn = before !== undefined && before.by !== "check" &&
      changes !== undefined && before.changes === changes;
    const times = goesOn ? before.times + 1 : 1;
    if (by === "action" || by === "no check") this.setbacks++;
    this.rejections.set(key, { by, at: this.agenda.now, times, changes });
  }

  /** Whether the child has failed on the content that a reload gave it. */
  hasFailed(child: Child): boolean {
    return this.#failed.has(child) || this.#isOverdue(child);
  }

  /** Whether its time is over in this very moment; the manager's timer may come before ours. */
  #isOverdue(child: Child): boolean {
    const { policy: { ready }, agenda } = this;
    const trial = this.#trials.get(child);
    return ready.sign !== undefined && trial !== undefined &&
      !trial.isSoaking && trial.reloaded !== "no" &&
      trial.proven !== trial.key &&
      agenda.now > child.startedAt + ready.timeoutMs - 1;
  }

  /** Whether some child was once ready with it. */
  worked(key: string): boolean {
    return this.#worked.has(key);
  }

  /** A child was started on `key`; `asked` is what it was meant to have, which may not be read as a whole yet. */
  begin(child: Child, key: string, asked: string, isWhole: boolean): void {
    const { disk } = this;
    const isThere = isWhole && keyOf(disk.entries) === key;
    const trial: Trial = {
      child,
      key,
      asked,
      reloaded: RELOADED[child.reason],
      changes: isThere ? disk.changes : undefined,
      proven: undefined,
      provenAt: 0,
      provenBefore: undefined,
      provenLostMs: 0,
      isSoaking: false,
      toldAt: Infinity,
      token: {},
    };
    this.#trials.set(child, trial);
    this.#watch(trial);
  }

  /** The manager hears of the sign; that of a child that it stops says nothing any more. */
  ready(child: Child): void {
    const trial = this.#trials.get(child);
    if (trial !== undefined && !child.askedToStop) this.#becomeReady(trial);
  }

  /** As a canary it has to stay so for a while. */
  #becomeReady(trial: Trial): void {
    const { child, asked, token } = trial;
    const soakMs = this.slots().soakMs(asked);
    if (trial.isSoaking) return;
    if (soakMs === 0) return this.#prove(trial);
    trial.isSoaking = true;
    this.agenda.atAwake(this.agenda.awake + soakMs, () => {
      const now = this.#trials.get(child);
      if (now?.token !== token || !child.alive || child.askedToStop) return;
      now.isSoaking = false;
      if (this.inbox.isFrozen) this.#proveUnheard(now);
      else this.#prove(now);
    });
  }

  /** An action, the first of its batch or a later one, has given the child another content, and says that it did. */
  applied(child: Child, key: string, isFirst: boolean): void {
    const before = this.#trials.get(child);
    if (before === undefined) return;
    // What it was told of before may be on trial still.
    const proven = before.proven === before.key ? key : before.proven;
    const beforeBatch = isFirst || before.beforeBatch === undefined
      ? this.#beforeBatch(before, key)
      : before.beforeBatch;
    const soaks = this.slots().soakMs(key) > 0 &&
      (before.isSoaking || before.proven === before.key);
    if (soaks) {
      const trial: Trial = {
        ...before,
        key,
        asked: key,
        beforeBatch,
        reloaded: "yes",
        changes: keyOf(this.disk.entries) === key
          ? this.disk.changes
          : undefined,
        isSoaking: false,
        token: {},
      };
      this.#trials.set(child, trial);
      return this.#becomeReady(trial);
    }
    this.#worked.add(key);
    const trial = { ...before, key, asked: key, proven, beforeBatch };
    this.#trials.set(child, trial);
  }

  #beforeBatch({ key, proven, provenAt }: Trial, next: string): BeforeBatch {
    return { key, proven, provenAt, worked: this.#worked.has(next) };
  }

  /** A signal of the same batch follows what was applied: whether the child works with it shows in time after all. */
  reopen(child: Child): void {
    const trial = this.#trials.get(child);
    if (trial?.beforeBatch === undefined) return;
    const { key, provenAt, beforeBatch: before } = trial;
    if (!before.worked) this.#worked.delete(key);
    // It may have survived what it was told of before, while the batch was under way.
    const hasSurvived = provenAt !== before.provenAt;
    if (hasSurvived) this.#worked.add(before.key);
    const proven = hasSurvived ? before.key : before.proven;
    this.#trials.set(child, { ...trial, proven, beforeBatch: undefined });
  }

  /** The child was told of another content; whether that works shows in time. */
  told(child: Child, key: string): void {
    const before = this.#trials.get(child);
    if (before === undefined) return;
    const { disk } = this;
    const changes = keyOf(disk.entries) === key ? disk.changes : undefined;
    const trial: Trial = {
      ...before,
      key,
      asked: key,
      reloaded: "yes",
      changes,
      isSoaking: false,
      toldAt: this.agenda.now,
      token: {},
    };
    this.#trials.set(child, trial);
    this.#watch(trial);
  }

  ended(child: Child): void {
    const trial = this.#trials.get(child);
    if (trial === undefined || child.askedToStop) return;
    if (trial.proven !== trial.key || this.#older(child) !== undefined) {
      this.#fail(trial);
    }
  }

  /** The manager has given it up, because it does not answer. */
  hung(child: Child): void {
    const trial = this.#trials.get(child);
    if (trial !== undefined && trial.proven !== trial.key) this.#fail(trial);
  }

  /** After the time to become ready: a child without a sign has survived; one that owes it has failed. */
  #watch(trial: Trial): void {
    const { policy: { ready }, agenda } = this;
    const { child, token } = trial;
    const bySign = ready.sign !== undefined && child.startedAt === agenda.now;
    agenda.atAwake(agenda.awake + ready.timeoutMs, () => {
      const now = this.#trials.get(child);
      if (now?.token !== token || !child.alive || child.askedToStop) return;
      const hasSurvived = !bySign;
      if (now.isSoaking) return;
      if (hasSurvived && !this.inbox.isFrozen) this.#becomeReady(now);
      else if (hasSurvived || child.signedAt !== undefined) {
        this.#proveUnheard(now);
      } else if (now.proven !== now.key) this.#fail(now);
    });
  }

  #fail(trial: Trial): void {
    const { child, key, asked, reloaded, changes } = trial;
    if (reloaded === "no" || this.#failed.get(child) === asked) return;
    const older = this.#older(child);
    this.troubles.add(asked);
    const others = this.policy.snapshots ? this.#others(trial) : [];
    if (older === undefined && others.length === 0) return;
    this.#failed.set(child, asked);
    this.failures++;
    this.setbacks++;
    // What has worked before may be the last good content itself.
    const certain = older !== undefined ||
      (reloaded === "yes" && others.includes("certain") &&
        !this.#worked.has(key));
    if (!certain || this.#isGivenUp(trial)) return;
    // When what it was meant to have was there is not known where it read another content.
    const isKilled = child.end !== undefined &&
      isKilledFromOutside(child.end.status) && this.slots().isFor(asked);
    this.reject(
      isKilled ? "kill" : "child",
      asked,
      key === asked ? changes : undefined,
    );
    if (older !== undefined || changes !== this.disk.changes) return;
    const { run, startedAt } = child;
    this.open = { run, startedAt, key, good: this.#worked, changes };
  }

  /** Whether a later action of the same batch has failed by now, which is why the content waits for its next turn. */
  #isGivenUp({ asked, toldAt }: Trial): boolean {
    const rejection = this.rejections.get(asked);
    return rejection?.by === "action" && rejection.at >= toldAt;
  }

  /** By how much the clock has leapt, and for how long the manager has not run. */
  get #lostMs(): number {
    return this.agenda.leaptMs + this.inbox.frozenMs;
  }

  /** The child whose place this one was to take. */
  #older(child: Child): Child | undefined {
    return this.children.find((other) =>
      other.run < child.run && other.alive && !other.askedToStop
    );
  }

  /** What the manager has not heard of yet is in time, and nothing that it knows of. */
  #proveUnheard(trial: Trial): void {
    if (trial.proven === trial.key) return;
    this.#prove(trial);
    trial.provenAt = Infinity;
  }

  #prove(trial: Trial): void {
    if (trial.proven !== trial.key) trial.provenBefore = trial.proven;
    trial.proven = trial.key;
    this.#worked.add(trial.key);
    trial.provenAt = this.agenda.now;
    trial.provenLostMs = this.#lostMs;
  }

  /** Children that were ready with another content; whether the manager noticed it of one on its way out is not certain. */
  #others({ child: failed, key }: Trial): ("certain" | "possible")[] {
    const { agenda, policy: { drainDelayMs } } = this;
    return [...this.#trials.values()].flatMap((trial) => {
      const { child, proven, provenAt } = trial;
      if (proven === undefined) return [];
      if (this.#failed.has(child) && child !== failed) return [];
      const until = child.stoppedAt ?? child.end?.at ?? agenda.now;
      // Time that was lost since then makes the drain longer than was asked for.
      const drainMs = drainDelayMs + this.#lostMs - trial.provenLostMs;
      // Virtual time is not exact.
      const stayed = child === failed || until - provenAt > drainMs - 1;
      if (proven !== key) return [stayed ? "certain" : "possible"];
      // It may have been drained by then: then the content before is the good one still.
      return stayed || trial.provenBefore === undefined ? [] : ["possible"];
    });
  }
}
