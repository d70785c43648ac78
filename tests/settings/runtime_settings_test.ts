/** Changed settings: what a running manager takes, and what waits for its restart. */
import assert from "node:assert/strict";
import { OPTION_NAMES } from "../../src/cli/options.ts";
import {
  changeTo,
  RUNTIME_NAMES,
} from "../../src/settings/runtime_settings.ts";
import { asked } from "./asked.ts";

/** From one text to another. */
function change(from: string, to: string, ...argv: string[]) {
  const start = asked(from, ...argv);
  return changeTo(asked(to, ...argv), start.settings, start);
}

const CHANGES: readonly [
  from: string,
  to: string,
  applied: readonly string[],
  waiting: readonly string[],
][] = [
  ["{}", "# x\n{}", [], []],
  ["{}", "debounce: 500ms", [], []],
  ["{}", "debounce: auto", ["debounce"], []],
  ["debounce: 1s", "{}", ["debounce"], []],
  ["{}", "debounce-max: 1s\npoll-interval: 1s\nlog-level: warn", [
    "debounce-max",
    "poll-interval",
    "log-level",
  ], []],
  ["{}", "hold: true", ["hold"], []],
  ["hold: a", "hold: b", ["hold"], []],
  ["hold: a", "hold: false", ["hold"], []],
  ["check-command: a", "check-command: b\ncheck-timeout: 1s", [
    "check-command",
    "check-timeout",
  ], []],
  ["{}", "check-command: b", [], ["check-command"]],
  ["check-command: a", "{}", [], ["check-command"]],
  ["{}", "command: x\nargs: [y]\nenv: {A: b}", [], ["command", "args", "env"]],
  ["splay: 1s\nlog-level: warn", "splay: 2s", ["log-level"], ["splay"]],
];

for (const [from, to, applied, waiting] of CHANGES) {
  Deno.test(`settings change from ${JSON.stringify(from)} to ${JSON.stringify(to)}`, () => {
    const found = change(from, to);
    assert.deepEqual(found.applied, applied);
    assert.deepEqual(found.waiting, waiting);
  });
}

Deno.test("what a flag sets does not change with the file", () => {
  const { applied, waiting } = change(
    "debounce: 1s\nsplay: 1s",
    "debounce: 2s\nsplay: 2s",
    "--debounce=3s",
    "--splay=3s",
  );
  assert.deepEqual([applied, waiting], [[], []]);
});

Deno.test("of the settings only those that are told become other ones", () => {
  const start = asked("splay: 1s\ncheck-command: a");
  const to = asked("splay: 2s\ncheck-command: b\nhold: x\nlog-level: warn");
  const { settings } = changeTo(to, start.settings, start);
  assert.deepEqual(settings, {
    ...start.settings,
    check: { ...start.settings.check, command: ["b"] },
    hold: { reason: "x" },
    logLevel: "warn",
  });
});

Deno.test("what waits is told of each further change, and no more when it is as at the start", () => {
  const start = asked("splay: 1s");
  const first = changeTo(asked("splay: 2s"), start.settings, start);
  const second = changeTo(asked("splay: 2s\nhold: x"), first.settings, start);
  assert.deepEqual([second.applied, second.waiting], [["hold"], ["splay"]]);
  const third = changeTo(asked("splay: 1s\nhold: x"), second.settings, start);
  assert.deepEqual([third.applied, third.waiting], [[], []]);
});

Deno.test("each of the settings that a running manager takes is one, or a hold", () => {
  const names: readonly string[] = OPTION_NAMES;
  const others = RUNTIME_NAMES.filter((name) => !names.includes(name));
  assert.deepEqual(others, ["hold"]);
});
