import assert from "node:assert/strict";
import { planFor, planOf } from "../../../src/core/rules/action_choice.ts";
import type { Action } from "../../../src/core/vocabulary/settings.ts";
import { holding } from "../../simulation/stepping.ts";

const NONE: Action = { kind: "none" };
const SIGNAL: Action = { kind: "signal", signal: "SIGHUP" };
const HTTP: Action = { kind: "http", method: "POST", url: "http://h/" };
const EXEC: Action = { kind: "exec", argv: ["apply"] };
const RESTART: Action = { kind: "restart" };

const paths = (...actions: readonly (Action | undefined)[]) =>
  actions.map((action, at) => ({ path: `/${at}`, named: true, action }));

const CASES: readonly {
  readonly name: string;
  readonly actions: readonly (Action | undefined)[];
  readonly onChange: Action;
  readonly before: readonly (number | undefined)[];
  readonly seen: readonly (number | undefined)[];
  readonly doubtful?: readonly number[];
  readonly expected: readonly Action[];
}[] = [
  {
    name: "a path's own action",
    actions: [SIGNAL, EXEC],
    onChange: RESTART,
    before: [1, 1],
    seen: [2, 1],
    expected: [SIGNAL],
  },
  {
    name: "--on-change where the path has none of its own",
    actions: [undefined, EXEC],
    onChange: SIGNAL,
    before: [1, 1],
    seen: [2, 1],
    expected: [SIGNAL],
  },
  {
    name: "none adds nothing to another one",
    actions: [NONE, SIGNAL],
    onChange: RESTART,
    before: [1, 1],
    seen: [2, 2],
    expected: [SIGNAL],
  },
  {
    name: "none alone",
    actions: [NONE, NONE, SIGNAL],
    onChange: RESTART,
    before: [1, 1, 1],
    seen: [2, 2, 1],
    expected: [NONE],
  },
  {
    name: "those of all paths, in their order",
    actions: [HTTP, EXEC, SIGNAL],
    onChange: NONE,
    before: [1, 1, 1],
    seen: [2, 2, 2],
    expected: [HTTP, EXEC, SIGNAL],
  },
  {
    name: "equal ones once, where the first of them is",
    actions: [{ ...EXEC }, SIGNAL, { ...EXEC }, undefined],
    onChange: { ...SIGNAL },
    before: [1, 1, 1, 1],
    seen: [2, 2, 2, 2],
    expected: [EXEC, SIGNAL],
  },
  {
    name: "a restart alone",
    actions: [EXEC, undefined, SIGNAL],
    onChange: RESTART,
    before: [1, 1, 1],
    seen: [2, 2, 2],
    expected: [RESTART],
  },
  {
    name: "a path that cannot be read asks for nothing",
    actions: [SIGNAL, RESTART],
    onChange: NONE,
    before: [1, 1],
    seen: [2, undefined],
    expected: [SIGNAL],
  },
  {
    name: "a path that appears is a change of it",
    actions: [SIGNAL, EXEC],
    onChange: RESTART,
    before: [1, undefined],
    seen: [1, 1],
    expected: [EXEC],
  },
  {
    name: "that of a path in doubt, although it holds what it did before",
    actions: [SIGNAL, EXEC],
    onChange: RESTART,
    before: [1, 1],
    seen: [1, 1],
    doubtful: [0],
    expected: [SIGNAL],
  },
  {
    name: "both of a path in doubt and of one that differs",
    actions: [SIGNAL, EXEC, RESTART],
    onChange: NONE,
    before: [1, 1, 1],
    seen: [1, 2, 1],
    doubtful: [0],
    expected: [SIGNAL, EXEC],
  },
  {
    name: "all when nobody knows what is different",
    actions: [NONE, EXEC],
    onChange: SIGNAL,
    before: [1, 1],
    seen: [1, 1],
    expected: [EXEC, SIGNAL],
  },
  {
    name: "--on-change when nobody knows what is different",
    actions: [NONE, NONE],
    onChange: RESTART,
    before: [1, 1],
    seen: [1, 1],
    expected: [RESTART],
  },
];

for (const { name, before, seen, doubtful = [], ...rest } of CASES) {
  const { actions, onChange, expected } = rest;
  Deno.test(`action_choice: planFor() gives ${name}`, () => {
    const policy = { configs: paths(...actions), onChange };
    const child = { baseline: holding(...before), doubtful };
    const plan = planFor(child, holding(...seen), policy);
    const found = plan.kind === "restart" ? [RESTART] : plan.actions;
    assert.deepEqual(found, expected);
  });
}

Deno.test("action_choice: planOf() tells what a restart leaves out", () => {
  assert.deepEqual(planOf([SIGNAL, NONE, RESTART, EXEC, SIGNAL]), {
    kind: "restart",
    skipped: [SIGNAL, EXEC],
  });
});
