/** The leaders of the groups that may be alive, in every kind of state. */
import { deepEqual } from "node:assert/strict";
import { livePids } from "../../../src/control/facts/live_pids.ts";
import type { State, Stopping } from "../../../src/core/vocabulary/state.ts";
import {
  candidateOf,
  modelWith,
  runningWith,
  SHA_B,
} from "../metrics/scrape_values.ts";

const signal = "SIGTERM";
const old = runningWith({ pid: 7 });
const candidate = candidateOf(SHA_B);
const stopping: Stopping = {
  kind: "stopping",
  run: 1,
  pid: 7,
  goal: { kind: "retire", reason: "reload" },
  signal,
  phase: { kind: "stuck" },
  held: [],
};

Deno.test("one for each child", () => {
  const table: [State, number[]][] = [
    [{ kind: "idle", held: [] }, []],
    [old, [7]],
    [{ kind: "draining", child: old, goal: stopping.goal, signal }, [7]],
    [stopping, [7]],
    [
      {
        ...stopping,
        kind: "sweeping",
        phase: { kind: "unasked" },
        leader: { kind: "code", code: 0 },
        reason: "exited",
        endedAt: 0,
        left: undefined,
        probeMs: 0,
      },
      [7],
    ],
    [
      {
        kind: "overlapping",
        old,
        candidate,
        next: { kind: "spawning", run: 2, stop: undefined, held: [] },
      },
      [7],
    ],
    [
      {
        kind: "overlapping",
        old,
        candidate,
        next: { kind: "warming", child: runningWith({ pid: 8 }) },
      },
      [7, 8],
    ],
    [{ kind: "done", code: 0 }, []],
  ];
  for (const [state, pids] of table) {
    deepEqual(livePids(modelWith({ state })), pids, state.kind);
  }
});

Deno.test("and the one that retires", () => {
  const state = runningWith({ pid: 8 });
  deepEqual(livePids(modelWith({ state, retiring: stopping })), [7, 8]);
});
