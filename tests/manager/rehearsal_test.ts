/** The rehearsal goes through what it is for, and nobody hears of it. */
import assert from "node:assert/strict";
import { EXIT_OK } from "../../src/core/vocabulary/exit_status.ts";
import { rehearse } from "../../src/manager/rehearsal.ts";
import "../host/loaded_libc.ts";
import { QUICK } from "../simulation/stepping.ts";

Deno.test("a rehearsal is a reload, a signal and a stop", () => {
  for (const foreground of [false, true]) {
    const { state, runs, reloads } = rehearse({ ...QUICK, foreground });
    assert.deepEqual(state, { kind: "done", code: EXIT_OK });
    assert.equal(runs, 2);
    assert.equal(reloads, 1);
  }
});

Deno.test("with nothing to watch it is a stop", () => {
  const { state, reloads } = rehearse({ ...QUICK, configs: [] });
  assert.deepEqual(state, { kind: "done", code: EXIT_OK });
  assert.equal(reloads, 0);
});

Deno.test("where it needs an answer that nobody gives it goes no further, and fails at nothing", () => {
  const strategies = ["stop-start", "overlap"] as const;
  for (const strategy of strategies) {
    for (const snapshots of [false, true]) {
      for (const vetting of [undefined, { atStart: "fail" } as const]) {
        for (const waitTimeoutMs of [undefined, 1_000]) {
          const policy = { ...QUICK, strategy, snapshots, vetting };
          const { state } = rehearse({ ...policy, waitTimeoutMs });
          assert.ok(state.kind !== "done" || state.code === EXIT_OK);
        }
      }
    }
  }
});
