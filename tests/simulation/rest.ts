/**
 * Watches a core at work, and whether what a child is started on had come to
 * rest: judged from the looks that were answered, not from what the core makes
 * of them.
 */
import type { Event } from "../../src/core/vocabulary/event.ts";
import {
  type Fingerprint,
  isEmptied,
  isReplaced,
  isUnchanged,
} from "../../src/core/vocabulary/fingerprint.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Model } from "../../src/core/vocabulary/model.ts";
import type { step } from "../../src/core/step.ts";

/** Why a path cannot be read is no content; what was not read yet is told by its metadata. */
const isSame = (one: Fingerprint, other: Fingerprint): boolean =>
  one.every((print, at) =>
    print.kind === "fault"
      ? other[at].kind === "fault"
      : isUnchanged([print], [other[at]])
  );

/** Whether every path that differs was replaced as a whole; that one was read meanwhile is no difference. */
const isWhole = (before: Fingerprint, seen: Fingerprint): boolean =>
  seen.every((print, at) =>
    isSame([before[at]], [print]) || isReplaced([before[at]], [print])
  );

export class Rest {
  /** The first content that was used although it had not rested. */
  fault: string | undefined;
  /** What the latest look found, since when, and whether it was replaced as a whole. */
  #seen: Fingerprint | undefined;
  #seenSince = 0;
  /** Of each path, what was last to be read. */
  #there: Fingerprint | undefined;
  #whole = false;
  /** What was last known to rest or is used by a child, and since when looks find other content. */
  #rested: readonly Fingerprint[] = [];
  #unrestSince: number | undefined;
  /** What the latest look found that found content at rest. */
  #lastRested: Fingerprint | undefined;
  /** The last content that was to be checked: it may have been refused, and is what the next one is held against. */
  #asked: Fingerprint | undefined;
  /** Since when looks find other content than the latest child's. */
  #otherSince: number | undefined;
  /** Of the latest event. */
  #tuning: Pick<Policy, "debounceMs" | "debounceMaxMs"> = {
    debounceMs: 0,
    debounceMaxMs: 0,
  };
  /** A hint that no look has followed. */
  #unfollowed = false;

  /** The same core, watched. */
  watching(decide: typeof step): typeof step {
    return (model, event, policy) => {
      if (event.kind === "hint") this.#unfollowed = true;
      if (event.kind === "settings") this.#restBefore(event.at, model);
      this.#tuning = policy;
      if (event.kind === "observed") this.#look(event, model, policy);
      // Of what was asked about, and was judged then.
      if (event.kind === "captured") this.#rest(event.content);
      const next = decide(model, event, policy);
      for (const effect of next.effects) {
        if (effect.kind === "look") this.#unfollowed = false;
        // What waits for a slot of the fleet was to be used then, by the rules of then.
        if (effect.kind === "vet" || effect.kind === "takeSlot") {
          this.#judge(effect.kind, model, effect.content, event.at, policy);
          this.#asked = effect.content;
          this.#rest(effect.content);
        }
        // A hook runs for a start that is decided, and is judged by then.
        if (effect.kind !== "spawn" && effect.kind !== "beforeStart") continue;
        const { baseline, saved } = effect.occasion;
        if (saved) continue;
        this.#judge("spawn", model, baseline, event.at, policy);
        // A further attempt need not wait again.
        this.#rest(baseline);
      }
      if (next.model.lastBaseline !== model.lastBaseline) {
        this.#rested = [];
        this.#rest(next.model.lastBaseline);
        // It was used or asked about, and may be tried again.
        this.#rest(model.lastBaseline);
        this.#rest(this.#asked);
        this.#rest(this.#lastRested);
      }
      return next;
    };
  }

  #look(
    { at, observation }: Extract<Event, { kind: "observed" }>,
    { lastBaseline: latest }: Model,
    { debounceMs, trustReplacement }: Policy,
  ): void {
    const { fingerprint, cause, depth } = observation;
    const moved = this.#seen === undefined || !isSame(this.#seen, fingerprint);
    const whole = trustReplacement && cause === "replacement" &&
      [this.#seen, this.#there, latest, this.#asked, ...this.#rested].some((
        before,
      ) => before !== undefined && isWhole(before, fingerprint));
    if (moved) this.#seenSince = at;
    this.#whole = whole || (!moved && this.#whole);
    this.#seen = fingerprint;
    const there = this.#there ?? fingerprint;
    this.#there = fingerprint.map((print, index) =>
      print.kind === "fault" ? there[index] : print
    );
    const same = latest !== undefined && isSame(latest, fingerprint);
    this.#otherSince = same ? undefined : this.#otherSince ?? at;
    if (moved) this.#unrestSince ??= at;
    // What a look finds to be new it has read. Virtual time is not exact.
    const rests = (depth === "content" || moved) &&
      at - this.#seenSince >= debounceMs - 1 &&
      !(latest !== undefined && isEmptied(latest, fingerprint));
    if (rests || this.#whole) this.#rest(fingerprint);
    if (!rests) return;
    this.#unrestSince = undefined;
    this.#lastRested = fingerprint;
  }

  /** What has rested by the window so far has rested, whatever the next one is. */
  #restBefore(at: number, { lastBaseline: latest }: Model): void {
    const seen = this.#seen;
    if (seen === undefined) return;
    const { debounceMs, debounceMaxMs } = this.#tuning;
    // An empty file is waited for up to the maximum.
    const isHollow = latest !== undefined && isEmptied(latest, seen);
    const waitMs = isHollow ? Math.max(debounceMs, debounceMaxMs) : debounceMs;
    if (at - this.#seenSince >= waitMs - 1) this.#rest(seen);
  }

  #rest(content: Fingerprint | undefined): void {
    if (content !== undefined) this.#rested = [content, ...this.#rested];
  }

  #judge(
    what: string,
    { state, lastBaseline: latest, stable: rested }: Model,
    content: Fingerprint,
    at: number,
    { debounceMs, debounceMaxMs }: Policy,
  ): void {
    const seen = this.#seen;
    // Without a path there is nothing to look at.
    if (content.length === 0) return;
    // The very first start takes what it finds.
    if (latest === undefined || seen === undefined) return;
    if (what === "spawn" && this.#unfollowed && state.kind !== "preparing") {
      this.fault ??=
        `${what} at ${at} in ${state.kind}: a hint was not followed`;
    }
    // It was vetted, and judged then; or it did not rest before, and is not waited for.
    if (what === "spawn" && state.kind === "proving") return;
    if (state.kind === "preparing" && rested === undefined) return;
    // The answer to the question will be that a path is gone.
    if (what !== "spawn" && seen.some(({ kind }) => kind === "fault")) return;
    if (isSame(content, latest)) return;
    if (this.#rested.some((rested) => isSame(content, rested))) return;
    const unrestMs = at -
      Math.min(this.#unrestSince ?? at, this.#otherSince ?? at);
    const maxMs = Math.max(debounceMs, debounceMaxMs);
    // Virtual time is not exact.
    if (this.#whole || unrestMs >= maxMs - 1) return;
    // No child is kept waiting for longer, whatever there is.
    if (state.kind === "preparing" && at - state.since >= maxMs - 1) return;
    // Nor is a change: of content that is doubted, looks find none.
    const settling =
      state.kind === "running" && state.change.kind === "settling"
        ? state.change.since
        : at;
    if (at - settling >= maxMs - 1) return;
    const restMs = isSame(content, seen) ? at - this.#seenSince : 0;
    const hollow = [latest, rested ?? latest, this.#asked ?? latest].every(
      (before) => isEmptied(before, content),
    );
    const given = state.kind === "preparing" ? at - state.since : restMs;
    if (!hollow && Math.max(restMs, given) >= debounceMs - 1) return;
    this.fault ??= `${what} at ${at} in ${state.kind}: rested ${restMs} ms, ` +
      `unrest ${unrestMs} ms, hollow ${hollow}, window ${debounceMs}, max ${maxMs}`;
  }
}
