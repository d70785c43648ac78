/** What every state does about a signal, in the foreground of a terminal and elsewhere. */
import assert from "node:assert/strict";
import { perform } from "../../../src/core/transition/moves.ts";
import { onSignal } from "../../../src/core/transition/on_signal.ts";
import { initialModel } from "../../../src/core/vocabulary/model.ts";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import type { Signal } from "../../../src/core/vocabulary/signals.ts";
import { QUICK } from "../../simulation/stepping.ts";

const FOREGROUND: Policy = { ...QUICK, foreground: true };
const REWRITING: Policy = {
  ...QUICK,
  rewrites: new Map<Signal, Signal | undefined>([
    ["SIGTERM", "SIGQUIT"],
    ["SIGHUP", "SIGUSR1"],
    ["SIGUSR2", undefined],
  ]),
};

/** What comes of a signal: `stop` and `forward` with the signal for the child, or the effect. */
function answer(policy: Policy, signal: Signal, child: "child" | "no child") {
  const now = { model: initialModel(policy), policy, at: 0 };
  const heard: string[] = [];
  const note = (what: string) => (target: Signal) => {
    heard.push(`${what} ${target}`);
    return perform(now, []);
  };
  const { effects } = onSignal(now, { kind: "signal", signal, at: 0 }, child, {
    stop: note("stop"),
    forward: note("forward"),
  });
  return [...heard, ...effects.map(({ kind }) => kind)].join(", ");
}

const TABLE: readonly (readonly [Policy, Signal, string, string])[] = [
  [QUICK, "SIGTERM", "stop SIGTERM", "stop SIGTERM"],
  [QUICK, "SIGINT", "stop SIGTERM", "stop SIGTERM"],
  [QUICK, "SIGHUP", "forward SIGHUP", "forward SIGHUP"],
  [QUICK, "SIGTSTP", "forward SIGTSTP", "forward SIGTSTP"],
  [REWRITING, "SIGTERM", "stop SIGQUIT", "stop SIGQUIT"],
  [REWRITING, "SIGHUP", "forward SIGUSR1", "forward SIGUSR1"],
  [REWRITING, "SIGUSR2", "log", "log"],
  [FOREGROUND, "SIGINT", "", "stop SIGTERM"],
  [FOREGROUND, "SIGWINCH", "", "forward SIGWINCH"],
  [FOREGROUND, "SIGTSTP", "suspend", "forward SIGTSTP"],
  [FOREGROUND, "SIGTERM", "stop SIGTERM", "stop SIGTERM"],
];

for (const [policy, signal, withChild, without] of TABLE) {
  const where = policy.foreground
    ? " in the foreground"
    : policy.rewrites.size > 0
    ? " with rewrites"
    : "";
  Deno.test(`on_signal: ${signal}${where}`, () => {
    assert.equal(answer(policy, signal, "child"), withChild);
    assert.equal(answer(policy, signal, "no child"), without);
  });
}
