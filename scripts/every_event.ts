/** Every event that a manager can be told of, for the page docs/states.md. */
import type {
  Event,
  HookOutcome,
  Outcome,
  SpawnFailure,
  TimerName,
  Verdict,
} from "../src/core/vocabulary/event.ts";
import type { Fingerprint } from "../src/core/vocabulary/fingerprint.ts";
import { liveRuns, type Model } from "../src/core/vocabulary/model.ts";

const HOUR_MS = 3_600_000;
/** Too short to be logged. */
const STALL_MS = 500;

const TIMERS: readonly TimerName[] = [
  "look",
  "stop",
  "probeGroup",
  "held",
  "retry",
  "defer",
  "ready",
  "drain",
  "await",
  "hold",
  "retireStop",
  "retireProbeGroup",
];
const VERDICTS: readonly Verdict[] = [
  { kind: "approved" },
  { kind: "moved" },
  { kind: "rejected", ground: "check", detail: "", tail: [] },
  { kind: "rejected", ground: "circumstances", detail: "", tail: [] },
  { kind: "unsaved", detail: "" },
];
const OUTCOMES: readonly Outcome[] = [
  { kind: "done" },
  { kind: "unswitched", detail: "" },
  { kind: "failed", detail: "", tail: [] },
];
const HOOK_OUTCOMES: readonly HookOutcome[] = [
  { kind: "done" },
  { kind: "failed", detail: "", tail: [] },
  { kind: "lost", detail: "" },
  { kind: "withdrawn" },
];
const FAILURES: readonly SpawnFailure["kind"][] = [
  "not-found",
  "not-executable",
  "transient",
  "refused",
  "lost",
  "withdrawn",
];

/** One of every event, for every child that there is; and later, when every time is over. */
export function everyEvent(model: Model, now: number): Event[] {
  return [now, now + HOUR_MS].flatMap((at): Event[] => [
    { kind: "begin", at },
    { kind: "hint", cause: "event", at },
    ...contents(model).map((fingerprint): Event => ({
      kind: "observed",
      startedAt: at,
      at,
      observation: {
        at,
        fingerprint,
        depth: "content",
        cause: "event",
        unread: [],
      },
    })),
    ...liveRuns(model).flatMap((run): Event[] => [
      { kind: "spawned", run, pid: 1_000 + run, at },
      { kind: "notYet", run, why: "", at },
      ...FAILURES.map((kind): Event => ({
        kind: "spawnFailed",
        run,
        failure: { kind, detail: "" },
        at,
      })),
      { kind: "exited", run, status: { kind: "code", code: 1 }, at },
      { kind: "groupProbed", run, alive: true, at },
      { kind: "groupProbed", run, alive: false, at },
      { kind: "ready", run, at },
      { kind: "notReady", run, at },
    ]),
    ...VERDICTS.map((verdict): Event => ({
      kind: "vetted",
      ticket: model.ticket,
      verdict,
      at,
    })),
    ...contents(model).map((content): Event => ({
      kind: "captured",
      ticket: model.ticket,
      content,
      at,
    })),
    ...OUTCOMES.map((outcome): Event => ({
      kind: "acted",
      ticket: model.ticket,
      outcome,
      at,
    })),
    ...HOOK_OUTCOMES.flatMap((outcome): Event[] =>
      hookTickets(model).map((ticket) => ({
        kind: "hookEnded",
        ticket,
        outcome,
        at,
      }))
    ),
    { kind: "available", ticket: model.ticket, at },
    { kind: "missing", ticket: model.ticket, missing: [], at },
    { kind: "unavailable", ticket: model.ticket, missing: [], at },
    { kind: "stalled", forMs: STALL_MS, at },
    {
      kind: "settings",
      tuning: { debounceMs: 0, trustReplacement: false, debounceMaxMs: 0 },
      at,
    },
    { kind: "hold", reason: undefined, forMs: undefined, at },
    { kind: "hold", reason: "", forMs: HOUR_MS, at },
    { kind: "resume", at },
    { kind: "reload", force: false, at },
    { kind: "reload", force: true, at },
    { kind: "stopChild", at },
    { kind: "startChild", at },
    { kind: "signal", signal: "SIGTERM", at },
    { kind: "signal", signal: "SIGHUP", at },
    ...TIMERS.map((name): Event => ({ kind: "timer", name, at })),
    { kind: "bug", detail: "", at },
  ]);
}

/** Of the hooks that are under way; of some other one where there are none. */
function hookTickets({ state, retiring, ticket }: Model): number[] {
  const own = state.kind === "running" && state.pending.kind === "hooking"
    ? [state.pending.ticket]
    : state.kind === "beforeStart" || state.kind === "afterExit"
    ? [state.ticket]
    : [];
  const beside = retiring?.kind === "afterExit" ? [retiring.ticket] : [];
  return own.length + beside.length > 0 ? [...own, ...beside] : [ticket];
}

/** What looks may find: what the child has, and something else. */
function contents({ lastBaseline, health }: Model): Fingerprint[] {
  const other: Fingerprint = health.map((_, at) => ({
    kind: "file",
    identity: "other",
    metadata: "other",
    dev: 1,
    ino: at,
    size: 1,
    mtimeMs: 0,
  }));
  return lastBaseline === undefined ? [other] : [lastBaseline, other];
}
