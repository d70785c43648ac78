/**
 * Watches a core at work, and how it carries out the actions that a change asks
 * for: judged from what it asks the host to do, and from what the paths hold.
 */
import type { step } from "../../src/core/step.ts";
import { againstBase } from "../../src/core/vocabulary/fingerprint.ts";
import type { Effect } from "../../src/core/vocabulary/effect.ts";
import type { Event } from "../../src/core/vocabulary/event.ts";
import type { Model } from "../../src/core/vocabulary/model.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Action } from "../../src/core/vocabulary/settings.ts";
import type { Running } from "../../src/core/vocabulary/state.ts";
import { keyOfPrint } from "./reloads.ts";

type Paths = Pick<Policy, "configs" | "onChange">;

export class Batches {
  /** The first batch that was not carried out as it should be. */
  fault: string | undefined;
  /** The actions of the batch that is under way. */
  #begun: string[] = [];
  /** The first path that the latest of them may have been for. */
  #at = -1;
  #hasFailed = false;

  /** The same core, watched. */
  watching(decide: typeof step): typeof step {
    return (model, event, policy) => {
      const next = decide(model, event, policy);
      this.#see(model, event, policy, next);
      return next;
    };
  }

  #see(
    before: Model,
    event: Event,
    policy: Policy,
    next: ReturnType<typeof step>,
  ): void {
    const { state: was } = before;
    const { state: is } = next.model;
    if (was.kind !== "running" || was.pending.kind !== "acting") {
      this.#begun = [];
      this.#at = -1;
      this.#hasFailed = false;
    } else if (
      event.kind === "acted" && event.outcome.kind === "failed" &&
      event.ticket === was.pending.ticket
    ) this.#hasFailed = true;
    for (const effect of next.effects) this.#perform(effect, policy);
    const isAccepted = was.kind === "running" && is.kind === "running" &&
      was.run === is.run && next.model.reloads > before.reloads;
    if (isAccepted) this.#judge(was, is, policy);
  }

  #perform(effect: Effect, policy: Paths): void {
    const name = nameOf(effect);
    if (name === undefined) return;
    if (this.#hasFailed) {
      this.fault ??= `${name} was begun after an action that failed`;
    }
    if (this.#begun.includes(name)) this.fault ??= `${name} was begun twice`;
    this.#at = namesIn(policy).indexOf(name, this.#at + 1);
    if (this.#at < 0) {
      this.fault ??= `${name} was begun after ${this.#begun.at(-1)}`;
    }
    this.#begun.push(name);
  }

  /** The child has taken in what differs, so all that was asked for it was done. */
  #judge(was: Running, is: Running, { configs, onChange }: Paths): void {
    configs.forEach(({ action = onChange }, at) => {
      const seen = againstBase(was.baseline[at], is.baseline[at]);
      // What is written anew before it was read, with the same content, is no other.
      const isOther = contentIn(was, at) !== contentIn(is, at);
      if (seen.kind === "fault" || !isOther || action.kind === "none") return;
      if (this.#begun.includes(JSON.stringify(action))) return;
      this.fault ??= `path ${at} has changed without its ${action.kind}`;
    });
  }
}

/** The content of a path that the child has, also if it was not read yet. */
const contentIn = ({ baseline }: Running, at: number): string =>
  keyOfPrint([baseline[at]]);

/** A signal is the core's own part of its action. */
function nameOf(effect: Effect): string | undefined {
  if (effect.kind === "signal" && effect.tells) {
    const { signal } = effect;
    return JSON.stringify({ kind: "signal", signal } satisfies Action);
  }
  if (effect.kind !== "act") return undefined;
  const { kind } = effect.action;
  return kind === "exec" || kind === "http"
    ? JSON.stringify(effect.action)
    : undefined;
}

/** The actions of all paths. If nobody knows which path is another, the one of `--on-change` is the last. */
const namesIn = ({ configs, onChange }: Paths): readonly string[] =>
  [...configs.map(({ action = onChange }) => action), onChange]
    .map((action) => JSON.stringify(action));
