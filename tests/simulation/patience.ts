/**
 * Watches whether anything waits for a path that is still being read: judged
 * from what the looks have told.
 */
import { isSame } from "../../src/core/vocabulary/fingerprint.ts";
import type { Event } from "../../src/core/vocabulary/event.ts";
import {
  FIRST_LOOK_MS,
  type Policy,
} from "../../src/core/vocabulary/policy.ts";
import type { Model } from "../../src/core/vocabulary/model.ts";
import type { step } from "../../src/core/step.ts";

/** Looks of a schedule take up to 400 ms, and one may be under way. */
const SLACK_MS = 1_000;

type Observed = Extract<Event, { kind: "observed" }>;

export class Patience {
  fault: string | undefined;
  /** Since when each path has been read to be what it is and not the child's. */
  #since: (number | undefined)[] = [];
  #last: Observed["observation"]["fingerprint"] = [];
  #run = 0;
  readonly #leaptMs: () => number;

  /** By how much the clock has leapt: what was due meanwhile is late. */
  constructor(leaptMs: () => number) {
    this.#leaptMs = leaptMs;
  }

  /** The same core, watched. */
  watching(decide: typeof step): typeof step {
    return (model, event, policy) => {
      const next = decide(model, event, policy);
      if (event.kind !== "observed") return next;
      this.#judgeStart(model, event, policy);
      this.#note(model, event);
      this.#judgeChange(next.model, event, policy);
      return next;
    };
  }

  #judgeStart(
    { state, lastBaseline, stable }: Model,
    { at, observation: { unread } }: Observed,
    { vetting }: Policy,
  ): void {
    if (state.kind !== "preparing" || vetting !== undefined) return;
    if ((stable ?? lastBaseline) !== undefined || unread.length === 0) return;
    const waitMs = FIRST_LOOK_MS + SLACK_MS + this.#leaptMs();
    if (at <= state.since + waitMs) return;
    this.fault ??= `no start at ${at}, ${at - state.since} ms after its look`;
  }

  #note({ state }: Model, { at, observation }: Observed): void {
    const { fingerprint, unread } = observation;
    if (state.kind !== "running" || state.run !== this.#run) {
      this.#since = [];
      this.#run = state.kind === "running" ? state.run : 0;
    }
    if (state.kind !== "running") return;
    // Something is being done about it, which may have to wait for its turn.
    if (state.pending.kind !== "none") {
      this.#since = [];
      this.#last = fingerprint;
      return;
    }
    fingerprint.forEach((print, path) => {
      const isUnread = unread.some((one) => one.path === path);
      const isOther = print.kind !== "fault" &&
        !isSame([print], [state.baseline[path]]);
      const isStill = this.#last[path] !== undefined &&
        isSame([print], [this.#last[path]]);
      if (!isOther || isUnread) this.#since[path] = undefined;
      else if (!isStill || this.#since[path] === undefined) {
        this.#since[path] = at;
      }
    });
    this.#last = fingerprint;
  }

  #judgeChange(
    { state }: Model,
    { at, observation: { unread, depth } }: Observed,
    { debounceMs, debounceMaxMs, snapshots }: Policy,
  ): void {
    // What is to be saved must be read.
    if (snapshots) return;
    if (state.kind !== "running" || state.pending.kind !== "none") return;
    if (unread.length === 0 || depth !== "content") return;
    const maxMs = 12 * Math.max(debounceMs, debounceMaxMs);
    const path = this.#since.findIndex((since) =>
      since !== undefined && at - since > maxMs + SLACK_MS + this.#leaptMs()
    );
    if (path < 0) return;
    this.fault ??= `path ${path} waits since ${this.#since[path]}, now ${at}`;
  }
}
