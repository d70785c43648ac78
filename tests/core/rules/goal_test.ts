/** What each goal means for the manager. */
import assert from "node:assert/strict";
import { endsManager, keepsManager } from "../../../src/core/rules/goal.ts";
import type { Goal } from "../../../src/core/vocabulary/state.ts";

const GOALS: readonly (readonly [Goal, "keeps" | "ends" | "neither"])[] = [
  [{ kind: "restart", reason: "config", on: undefined }, "keeps"],
  [{ kind: "revive", reason: "crash", waitMs: 1, on: undefined }, "keeps"],
  [{ kind: "halt", on: undefined }, "keeps"],
  [{ kind: "shutdown" }, "ends"],
  [{ kind: "follow" }, "ends"],
  [{ kind: "hung" }, "ends"],
  [{ kind: "bug" }, "ends"],
  // The other child decides.
  [{ kind: "retire", reason: "reload" }, "neither"],
];

for (const [goal, meaning] of GOALS) {
  Deno.test(`goal: ${goal.kind} ${meaning} the manager`, () => {
    assert.equal(keepsManager(goal), meaning === "keeps");
    assert.equal(endsManager(goal), meaning === "ends");
  });
}
