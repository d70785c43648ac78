/** Changed settings reach the parts of a manager, and only where they are other than before. */
import assert from "node:assert/strict";
import type { Settings } from "../../src/core/vocabulary/settings.ts";
import { initialModel } from "../../src/core/vocabulary/model.ts";
import { applySettings } from "../../src/manager/apply_settings.ts";
import { QUICK } from "../simulation/stepping.ts";
import { settingsOf } from "./settings.ts";

const BEFORE = settingsOf();

/** What is given on of this change; `held`: changes are held back already. */
function given(
  next: Partial<Settings>,
  before: Partial<Settings> = {},
  held = false,
): string[] {
  const calls: string[] = [];
  const open = initialModel(QUICK);
  const gate = {
    kind: "held",
    since: 0,
    until: undefined,
    reason: undefined,
  } as const;
  applySettings({ ...BEFORE, ...next }, { ...BEFORE, ...before }, {
    log: { setLevel: (level) => void calls.push(`level ${level}`) },
    loop: {
      model: held ? { ...open, gate } : open,
      dispatch: (happening) => void calls.push(JSON.stringify(happening)),
    },
    reloads: {
      setCheck: ({ command }) => {
        if (command !== undefined) calls.push(`check ${command}`);
      },
    },
    watcher: { pollEvery: (ms) => void calls.push(`poll ${ms}`) },
  });
  return calls;
}

Deno.test("settings that are as before are not given on", () => {
  assert.deepEqual(given({}), []);
  const hold = { reason: "x" };
  assert.deepEqual(given({ hold }, { hold }), []);
});

Deno.test("the log, the poller and the check get what is other", () => {
  assert.deepEqual(given({ logLevel: "warn" }), ["level warn"]);
  assert.deepEqual(given({ pollIntervalMs: 7 }), ["poll 7"]);
  const check = { ...BEFORE.check, command: ["x"] as const };
  assert.deepEqual(given({ check }), ["check x"]);
});

Deno.test("the core gets the whole tuning", () => {
  const tuning = { debounceMs: 500, trustReplacement: false, debounceMaxMs: 7 };
  assert.deepEqual(
    given({ debounceMaxMs: 7 }).map((text) => JSON.parse(text)),
    [
      { kind: "settings", tuning },
    ],
  );
});

Deno.test("a hold of the file begins, changes its reason, and ends unless somebody has ended it", () => {
  const of = (...from: Parameters<typeof given>) =>
    given(...from).map((text) => JSON.parse(text));
  const hold = { reason: "x" };
  assert.deepEqual(of({ hold }), [{ kind: "hold", reason: "x" }]);
  assert.deepEqual(of({ hold: { reason: undefined } }, { hold }), [{
    kind: "hold",
  }]);
  assert.deepEqual(of({}, { hold }, true), [{ kind: "resume" }]);
  assert.deepEqual(of({}, { hold }, false), []);
});
