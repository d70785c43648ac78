/** A change of the settings: from when on it holds, and that what is waited for is weighed again. */
import assert from "node:assert/strict";
import { policyFrom } from "../../../src/core/rules/tuning.ts";
import type { Policy, Tuning } from "../../../src/core/vocabulary/policy.ts";
import { QUICK, Stepping } from "../../simulation/stepping.ts";

const SLOW: Policy = { ...QUICK, debounceMs: 5_000, debounceMaxMs: 9_000 };

const tuning = (debounceMs: number): Tuning => ({
  debounceMs,
  debounceMaxMs: 9_000,
  trustReplacement: false,
});

Deno.test("only the event settings changes the policy, and only its tuning", () => {
  const hint = { kind: "hint", cause: "event", at: 0 } as const;
  assert.equal(policyFrom(hint, SLOW), SLOW);
  const event = { kind: "settings", tuning: tuning(1), at: 0 } as const;
  assert.deepEqual(policyFrom(event, SLOW), { ...SLOW, debounceMs: 1 });
});

/** When the look at the end of the quiet window is due, after the change was seen and the window was changed 100 ms later. */
function dueAfter(debounceMs: number): number {
  const story = Stepping.ready(SLOW, 1);
  const seenAt = story.now;
  story.look(2);
  story.now += 100;
  story.send({ kind: "settings", tuning: tuning(debounceMs) });
  assert.deepEqual(story.effects.map(({ kind }) => kind), ["look"]);
  story.look(2);
  const timers = story.effects.filter((effect) =>
    effect.kind === "timer" && effect.name === "look"
  );
  const [timer] = timers;
  assert.ok(timer?.kind === "timer" && timer.at !== undefined);
  return timer.at - seenAt;
}

Deno.test("a quiet window that is changed while a change is waited for has its new length", () => {
  assert.equal(dueAfter(1_000), 1_000);
  assert.equal(dueAfter(7_000), 7_000);
});

Deno.test("a quiet window that is over by its new length ends with the look that follows", () => {
  const story = Stepping.ready(SLOW, 1);
  story.look(2);
  story.now += 3_000;
  story.send({ kind: "settings", tuning: tuning(1_000) });
  story.look(2);
  assert.equal(story.model.state.kind, "stopping");
});

Deno.test("a change of the settings means nothing where no look is waited for", () => {
  const story = new Stepping(SLOW);
  assert.deepEqual(story.send({ kind: "settings", tuning: tuning(1) }), []);
  assert.equal(story.model.state.kind, "idle");
});
