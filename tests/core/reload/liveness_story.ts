/** A child under `--live`, whose questions are asked and answered. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import type { LivenessRules } from "../../../src/core/vocabulary/settings.ts";
import { QUICK, Stepping } from "../../simulation/stepping.ts";

export const RULES: LivenessRules = {
  sign: { kind: "tcp", host: "localhost", port: 80 },
  intervalMs: 10_000,
  timeoutMs: 1_000,
  threshold: 3,
  action: { kind: "restart" },
};
export const LIVE: Policy = { ...QUICK, live: RULES };

export const livePolicy = (
  rules: Partial<LivenessRules>,
  policy: Policy = QUICK,
): Policy => ({ ...policy, live: { ...RULES, ...rules } });

export class Story extends Stepping {
  /** The time has come to ask, and this is the answer. */
  ask(why?: string, heardAt?: number): string[] {
    const asked = this.timer("live");
    return [...asked, ...this.answer(why, heardAt)];
  }

  answer(why?: string, heardAt?: number): string[] {
    const { run, question } = this.question;
    return this.send({ kind: "lived", run, question, why, heardAt });
  }

  /** It fails so often. */
  fail(times: number): string[] {
    const words: string[] = [];
    for (; times > 0; times--) words.push(...this.ask("refused"));
    return words;
  }

  get question(): { run: number; question: number } {
    const { state } = this.model;
    assert.ok(state.kind === "running" && state.liveness !== undefined);
    return { run: state.run, question: state.liveness.question };
  }

  /** When the next question is due; undefined if the timer was not set. */
  get due(): number | undefined {
    const timer = this.effects.findLast((effect) =>
      effect.kind === "timer" && effect.name === "live"
    );
    return timer?.kind === "timer" ? timer.at : undefined;
  }
}

/** A child that runs; time is 60 s later. */
export const running = (policy = LIVE): Story => Story.ready(policy, 1);
