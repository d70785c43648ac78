import assert from "node:assert/strict";
import { actionFor } from "../../../src/core/rules/action_choice.ts";
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
  readonly expected: Action;
}[] = [
  {
    name: "a path's own action",
    actions: [SIGNAL, EXEC],
    onChange: RESTART,
    before: [1, 1],
    seen: [2, 1],
    expected: SIGNAL,
  },
  {
    name: "--on-change where the path has none of its own",
    actions: [undefined, EXEC],
    onChange: SIGNAL,
    before: [1, 1],
    seen: [2, 1],
    expected: SIGNAL,
  },
  {
    name: "none is weaker than a signal",
    actions: [NONE, SIGNAL],
    onChange: RESTART,
    before: [1, 1],
    seen: [2, 2],
    expected: SIGNAL,
  },
  {
    name: "a signal is weaker than a request",
    actions: [HTTP, SIGNAL],
    onChange: NONE,
    before: [1, 1],
    seen: [2, 2],
    expected: HTTP,
  },
  {
    name: "a request is weaker than a program",
    actions: [HTTP, EXEC],
    onChange: NONE,
    before: [1, 1],
    seen: [2, 2],
    expected: EXEC,
  },
  {
    name: "a program is weaker than a restart",
    actions: [EXEC, undefined],
    onChange: RESTART,
    before: [1, 1],
    seen: [2, 2],
    expected: RESTART,
  },
  {
    name: "a path that cannot be read asks for nothing",
    actions: [SIGNAL, RESTART],
    onChange: NONE,
    before: [1, 1],
    seen: [2, undefined],
    expected: SIGNAL,
  },
  {
    name: "a path that appears is a change of it",
    actions: [SIGNAL, EXEC],
    onChange: RESTART,
    before: [1, undefined],
    seen: [1, 1],
    expected: EXEC,
  },
  {
    name: "that of a path in doubt, although it holds what it did before",
    actions: [SIGNAL, EXEC],
    onChange: RESTART,
    before: [1, 1],
    seen: [1, 1],
    doubtful: [0],
    expected: SIGNAL,
  },
  {
    name: "the stronger one of a path in doubt and of one that differs",
    actions: [SIGNAL, EXEC, RESTART],
    onChange: NONE,
    before: [1, 1, 1],
    seen: [1, 2, 1],
    doubtful: [0],
    expected: EXEC,
  },
  {
    name: "the strongest of all when nobody knows what is different",
    actions: [NONE, EXEC],
    onChange: SIGNAL,
    before: [1, 1],
    seen: [1, 1],
    expected: EXEC,
  },
  {
    name: "--on-change when nobody knows what is different",
    actions: [NONE, NONE],
    onChange: RESTART,
    before: [1, 1],
    seen: [1, 1],
    expected: RESTART,
  },
];

for (const { name, before, seen, doubtful = [], ...rest } of CASES) {
  const { actions, onChange, expected } = rest;
  Deno.test(`action_choice: actionFor() gives ${name}`, () => {
    const policy = { configs: paths(...actions), onChange };
    const child = { baseline: holding(...before), doubtful };
    const action = actionFor(child, holding(...seen), policy);
    assert.deepEqual(action, expected);
  });
}
