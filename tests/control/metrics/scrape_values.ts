/** A manager in the middle of its life, as the metrics are given it: made by hand. */
import type { Scrape } from "../../../src/control/metrics/scrape.ts";
import type { Facts } from "../../../src/control/vocabulary/facts.ts";
import { emptyJournal } from "../../../src/control/journal/empty_journal.ts";
import {
  BUCKETS_S,
  type Histogram,
  type Journal,
} from "../../../src/control/vocabulary/journal.ts";
import {
  initialModel,
  type Model,
} from "../../../src/core/vocabulary/model.ts";
import type { Candidate, Running } from "../../../src/core/vocabulary/state.ts";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import { FLEET_FACTS } from "../fleet_example.ts";
import { QUICK } from "../../simulation/stepping.ts";

export const STARTED_AT = 1_700_000_000_000;
export const SHA_A = "a".repeat(64);
export const SHA_B = "b".repeat(64);

export const fileWith = (identity: string): PathPrint => ({
  kind: "file",
  identity,
  metadata: `of ${identity}`,
  dev: 1,
  ino: 1,
  size: 1,
  mtimeMs: 0,
});

export const histogramOf = (
  counts: Readonly<Record<number, number>>,
  sumS: number,
): Histogram => ({
  buckets: Array.from(
    { length: BUCKETS_S.length + 1 },
    (_, at) => counts[at] ?? 0,
  ),
  sumS,
  count: Object.values(counts).reduce((sum, count) => sum + count, 0),
});

export const journalWith = (change: Partial<Journal> = {}): Journal => ({
  ...emptyJournal(STARTED_AT, ["/etc/greeter/greeter.conf"]),
  childStartedAt: STARTED_AT + 50,
  starts: {
    start: 1,
    config: 0,
    crash: 0,
    liveness: 0,
    rollback: 0,
    request: 0,
  },
  hints: { poll: 0, event: 1, replacement: 0 },
  ...change,
});

export const factsWith = (change: Partial<Facts> = {}): Facts => ({
  now: STARTED_AT + 60_050,
  clock: 60_000,
  version: "1.0.0",
  pid: 1,
  command: ["/usr/local/bin/greeter"],
  logLevel: "info",
  degradations: [],
  dependencies: [],
  fleet: undefined,
  own: {
    cpuSeconds: 0.25,
    residentBytes: 50_000_000,
    openDescriptors: 20,
    threads: 3,
    processes: 1,
  },
  child: {
    cpuSeconds: 1.5,
    residentBytes: 1_000_000,
    openDescriptors: 8,
    threads: 2,
    processes: 2,
  },
  orphansReaped: 0,
  watchRearms: 0,
  eventLoopLagS: 0.002,
  logLinesDropped: 0,
  ...change,
});

export const runningWith = (change: Partial<Running> = {}): Running => ({
  kind: "running",
  run: 1,
  pid: 100,
  reason: "start",
  startedAt: 0,
  toldAt: 0,
  baseline: [fileWith(SHA_A)],
  given: [fileWith(SHA_A)],
  doubtful: [],
  halfTold: undefined,
  change: { kind: "settled" },
  pending: { kind: "none" },
  liveness: undefined,
  request: undefined,
  readiness: { kind: "ready" },
  held: [],
  ...change,
});

export const candidateOf = (identity: string): Candidate => ({
  content: [fileWith(identity)],
  revertible: true,
  distanceMs: undefined,
  requested: false,
  isForced: false,
  isRestless: false,
  refused: undefined,
});

export const rejectedContent: Running["pending"] = {
  kind: "rejected",
  candidate: candidateOf(SHA_B),
  at: 1,
  retryAt: undefined,
  isLookedAt: true,
};

const INITIAL = initialModel(QUICK);

export const modelWith = (change: Partial<Model> = {}): Model => ({
  ...INITIAL,
  health: [{ kind: "ok" }],
  state: runningWith(),
  ...change,
});

/** Much has happened to this one. */
export const BUSY: Scrape = {
  journal: journalWith({
    watched: [`/etc/a "b"\\c\n/d`],
    lastSuccessAt: STARTED_AT + 30_000,
    lastReloadSucceeded: false,
    current: {
      id: 5,
      trigger: "config",
      action: "restart",
      paths: [],
      startedAt: STARTED_AT + 59_500,
      startedClock: 59_500,
      endedAt: undefined,
      durationMs: undefined,
      outcome: undefined,
      decided: undefined,
      detail: undefined,
      phases: [],
      downtimeMs: undefined,
    },
    starts: {
      start: 1,
      config: 2,
      crash: 3,
      liveness: 2,
      rollback: 1,
      request: 1,
    },
    lived: { success: 40, failure: 7 },
    exits: { "code:0": 2, "code:1": 1, "signal:SIGKILL": 1 },
    outcomes: { "config:applied": 2, "config:rolled_back": 1 },
    phases: {
      ...journalWith().phases,
      debounce: histogramOf({ 5: 2, 6: 1 }, 1.7),
      downtime: histogramOf({ 3: 1, 12: 1 }, 400.02),
    },
    signalsForwarded: { SIGHUP: 2 },
    holds: 1,
    fleet: {
      rejections: 1,
      reports: { proven: 2, refused: 1 },
      slotsLost: 1,
      passedOver: 1,
    },
  }),
  model: modelWith({
    gate: { kind: "held", since: 0, until: undefined, reason: undefined },
    crashes: { streak: 2, restartsAt: [] },
    rejections: 1,
    state: runningWith({
      reason: "rollback",
      pending: rejectedContent,
      liveness: {
        since: 0,
        everyMs: 10_000,
        question: 9,
        askedAt: undefined,
        answeredAt: 1,
        failures: 2,
        why: "connection refused",
        reloadedAt: -Infinity,
      },
    }),
  }),
  facts: factsWith({
    degradations: [{ facility: "watcher", detail: "a FIFO" }],
    fleet: { ...FLEET_FACTS, fault: "no answer", cleared: 3 },
    dependencies: [
      { name: "db", status: "ok", detail: "", checkedAt: STARTED_AT },
      { name: "cache", status: "error", detail: "", checkedAt: STARTED_AT },
      { name: "new", status: "unknown", detail: "", checkedAt: undefined },
    ],
  }),
};
