/** What the metrics say of every kind of state. */
import { deepEqual } from "node:assert/strict";
import {
  isChildReady,
  isChildUp,
  isHeld,
  isPending,
  isRejected,
  isRolledBack,
  stateFlags,
} from "../../../src/control/metrics/model_values.ts";
import type { Running, State } from "../../../src/core/vocabulary/state.ts";
import {
  candidateOf,
  modelWith,
  rejectedContent,
  runningWith,
  SHA_B,
} from "./scrape_values.ts";

const running = runningWith();
const candidate = candidateOf(SHA_B);
const goal = { kind: "shutdown" } as const;
const signal = "SIGTERM";

const awaited = (proof: "sign" | "survival") =>
  ({ kind: "awaited", proof, trial: true, by: 0, why: undefined }) as const;

/** The names of those that hold. */
function told(state: State): string[] {
  const model = modelWith({ state });
  const questions = {
    up: isChildUp,
    ready: isChildReady,
    pending: isPending,
    rejected: isRejected,
    rolledBack: isRolledBack,
  };
  return Object.entries(questions)
    .filter(([, holds]) => holds(model))
    .map(([name]) => name);
}

Deno.test("a child that runs, by what is being done about its content", () => {
  const table: [Partial<Running>, string[]][] = [
    [{}, ["up", "ready"]],
    [{ readiness: { kind: "late" } }, ["up"]],
    [{ readiness: awaited("sign") }, ["up"]],
    [{ readiness: awaited("survival") }, ["up", "ready"]],
    [{ pending: rejectedContent }, ["up", "ready", "rejected"]],
    [{ pending: rejectedContent, reason: "rollback" }, [
      "up",
      "ready",
      "rejected",
      "rolledBack",
    ]],
    // After a crash, started again on the last good content.
    [
      { pending: rejectedContent, startedAt: 1, reason: "crash" },
      [
        "up",
        "ready",
        "rejected",
        "rolledBack",
      ],
    ],
    // It has got newer content since, without a restart.
    [{ reason: "rollback" }, ["up", "ready"]],
    [{ pending: { kind: "deferred", candidate } }, ["up", "ready", "pending"]],
    [{ pending: { kind: "vetting", candidate, ticket: 1, asked: "verdict" } }, [
      "up",
      "ready",
      "pending",
    ]],
    [
      {
        change: {
          kind: "settling",
          since: 0,
          changedAt: 0,
          candidate: candidate.content,
          growing: false,
          replaced: false,
          told: "",
          revertible: true,
        },
      },
      ["up", "ready", "pending"],
    ],
  ];
  for (const [change, expected] of table) {
    deepEqual(told(runningWith(change)), expected);
  }
});

Deno.test("the other states", () => {
  const end = {
    run: 1,
    pid: 100,
    goal,
    signal,
    held: [],
  } as const;
  const table: [State, string[]][] = [
    [{ kind: "idle", held: [] }, []],
    [{ kind: "draining", child: running, goal, signal }, ["up", "ready"]],
    [
      {
        kind: "overlapping",
        old: running,
        candidate,
        next: { kind: "spawning", run: 2, stop: undefined, held: [] },
      },
      ["up", "ready", "pending"],
    ],
    [{ kind: "stopping", ...end, phase: { kind: "stuck" } }, ["up"]],
    [
      {
        kind: "sweeping",
        ...end,
        phase: { kind: "unasked" },
        leader: { kind: "code", code: 0 },
        reason: "exited",
        endedAt: 0,
        left: undefined,
        probeMs: 0,
      },
      [],
    ],
    [{ kind: "done", code: 0 }, []],
  ];
  for (const [state, expected] of table) deepEqual(told(state), expected);
});

Deno.test("one state is the present one", () => {
  const flags = stateFlags(modelWith());
  const present = Object.entries(flags).filter(([, is]) => is);
  deepEqual(present, [["running", true]]);
});

Deno.test("changes are held back or not", () => {
  const held = {
    kind: "held",
    since: 0,
    until: undefined,
    reason: undefined,
  } as const;
  deepEqual(isHeld(modelWith({ gate: { kind: "open" } })), false);
  deepEqual(isHeld(modelWith({ gate: held })), true);
});
