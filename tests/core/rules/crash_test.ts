/** The crash policy, by tables. */
import assert from "node:assert/strict";
import {
  type CrashDecision,
  judgeCrash,
} from "../../../src/core/rules/crash.ts";
import type { CrashHistory } from "../../../src/core/vocabulary/model.ts";
import type { ExitStatus } from "../../../src/core/vocabulary/exit_status.ts";
import type { CrashPolicy } from "../../../src/core/vocabulary/settings.ts";

const NO_CRASHES: CrashHistory = { streak: 0, restartsAt: [] };

const POLICY: CrashPolicy = {
  restart: "on-failure",
  backoffFirstMs: 1_000,
  backoffMaxMs: 30_000,
  max: undefined,
};
const FAILED: ExitStatus = { kind: "code", code: 1 };
const CLEAN: ExitStatus = { kind: "code", code: 0 };
const KILLED: ExitStatus = { kind: "signal", number: 9 };

function judge(
  status: ExitStatus,
  policy: Partial<CrashPolicy> = {},
  history: CrashHistory = NO_CRASHES,
  ranMs = 10,
): CrashDecision {
  const at = 1_000 + ranMs;
  const crash = { run: 1, status, startedAt: 1_000, wellUntil: at, at };
  return judgeCrash(crash, history, { ...POLICY, ...policy }, 7);
}

Deno.test("crash: when a child is started again", () => {
  const table: [CrashPolicy["restart"], ExitStatus, CrashDecision["kind"]][] = [
    ["never", FAILED, "end"],
    ["never", CLEAN, "end"],
    ["on-failure", FAILED, "restart"],
    ["on-failure", KILLED, "restart"],
    ["on-failure", CLEAN, "end"],
    ["always", FAILED, "restart"],
    ["always", CLEAN, "restart"],
  ];
  for (const [restart, status, kind] of table) {
    assert.equal(judge(status, { restart }).kind, kind, `${restart} ${kind}`);
  }
});

Deno.test("crash: the pause doubles up to its maximum, with a tenth of jitter", () => {
  for (
    const [streak, ms] of [[0, 1_000], [1, 2_000], [4, 16_000], [9, 30_000]]
  ) {
    const verdict = judge(FAILED, {}, { streak, restartsAt: [] });
    assert.ok(verdict.kind === "restart");
    assert.ok(
      Math.abs(verdict.waitMs - ms) <= ms * 0.1,
      String(verdict.waitMs),
    );
    assert.equal(verdict.history.streak, streak + 1);
  }
});

Deno.test("crash: the jitter differs between managers and runs, and not between two reckonings", () => {
  const wait = (run: number, seed: number) => {
    const crash = { run, status: FAILED, startedAt: 0, wellUntil: 1, at: 1 };
    const verdict = judgeCrash(crash, NO_CRASHES, POLICY, seed);
    return verdict.kind === "restart" ? verdict.waitMs : 0;
  };
  assert.equal(wait(1, 1), wait(1, 1));
  const waits = Array.from({ length: 100 }, (_, seed) => wait(1, seed));
  assert.ok(new Set(waits).size > 50);
  assert.ok(Math.min(...waits) >= 900 && Math.max(...waits) <= 1_100);
  assert.ok(new Set([1, 2, 3, 4, 5].map((run) => wait(run, 1))).size > 2);
});

Deno.test("crash: a minute of health makes the next crash a first one", () => {
  const verdict = judge(FAILED, {}, { streak: 5, restartsAt: [] }, 60_000);
  assert.ok(verdict.kind === "restart");
  assert.ok(verdict.waitMs <= 1_100);
});

Deno.test("crash: more restarts than allowed within the window end the manager", () => {
  const max = { count: 2, windowMs: 10_000 };
  const used = judge(FAILED, { max }, { streak: 2, restartsAt: [10, 500] });
  assert.deepEqual(used, { kind: "end", exhausted: true });
  const aged = judge(
    FAILED,
    { max },
    { streak: 2, restartsAt: [10, 500] },
    9_100,
  );
  assert.equal(aged.kind, "restart", "one of the two has left the window");
  const inAll = { count: 2, windowMs: Infinity };
  const old = { streak: 0, restartsAt: [10, 500] };
  assert.deepEqual(
    judge(FAILED, { max: inAll }, old, 1e12),
    { kind: "end", exhausted: true },
    "without an end of the window, all of them count",
  );
  assert.deepEqual(judge(FAILED, { max: { count: 0, windowMs: 1 } }), {
    kind: "end",
    exhausted: true,
  });
});
