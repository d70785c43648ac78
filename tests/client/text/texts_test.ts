/** The smaller texts of the client, by example: moments, tables, health, events, progress, results. */
import assert from "node:assert/strict";
import { doneText } from "../../../src/client/text/command_text.ts";
import { eventJson, eventLine } from "../../../src/client/text/event_text.ts";
import {
  healthLines,
  healthScreen,
} from "../../../src/client/text/health_text.ts";
import { coarse, relative } from "../../../src/client/text/moments.ts";
import {
  begun,
  progressed,
  progressLine,
} from "../../../src/client/text/progress_text.ts";
import { coloured, plain } from "../../../src/client/text/style.ts";
import { cut, table } from "../../../src/client/text/table.ts";
import { topScreen, usageFrom } from "../../../src/client/text/top_screen.ts";
import type {
  Health,
  ReloadStatus,
} from "../../../src/control/vocabulary/status.ts";
import { QUIET, reload, STATUS } from "../example_status.ts";

Deno.test("a length of time in its largest unit", () => {
  const table: [number, string][] = [
    [0, "0s"],
    [59.9, "59s"],
    [60, "1m"],
    [3_599, "59m"],
    [3_600, "1h"],
    [86_399, "23h"],
    [86_400, "1d"],
    [-5, "0s"],
  ];
  for (const [seconds, text] of table) assert.equal(coarse(seconds), text);
});

Deno.test("a moment as people say it", () => {
  const now = "2026-01-02T10:00:00.000Z";
  assert.equal(relative("2026-01-02T09:57:00.000Z", now), "3m ago");
  assert.equal(relative("2026-01-02T10:05:00.000Z", now), "in 5m");
  assert.equal(relative("2026-01-02T09:59:59.500Z", now), "now");
  assert.equal(relative("out-of-range", now), "out-of-range");
});

Deno.test("a table is as wide as it has to be, and its last column is cut", () => {
  const rows = [["A", "BB", "C"], ["aaa", "b", "c".repeat(40)]];
  assert.deepEqual(table(rows, 30, plain), [
    "A    BB  C",
    `aaa  b   ${"c".repeat(20)}…`,
  ]);
  assert.equal(cut("äöü😀", 3), "äö…");
  assert.equal(cut("äöü", 3), "äöü");
});

const HEALTH: Health = {
  status: "degraded",
  timestamp: "2026-01-02T10:00:00.000Z",
  checks: {
    child: { status: "ok", detail: "the child runs and is ready" },
    config: { status: "degraded", detail: "the last reload did not succeed" },
  },
};

Deno.test("health in lines and on a terminal", () => {
  assert.equal(
    healthLines(HEALTH),
    `status: degraded
child: ok: the child runs and is ready
config: degraded: the last reload did not succeed
`,
  );
  assert.deepEqual(healthScreen(HEALTH, { columns: 80, style: plain }), [
    "● degraded",
    "  child   ok        the child runs and is ready",
    "  config  degraded  the last reload did not succeed",
  ]);
});

const event = (event: string, data: unknown, id = "7") => ({
  event,
  id,
  data: JSON.stringify({ time: "T", ...data as object }),
});

Deno.test("each kind of event is one line", () => {
  const table: [ReturnType<typeof event>, string][] = [
    [
      event("state", { from: "running", to: "stopping", event: "observed" }),
      "T state: running -> stopping on observed",
    ],
    [
      event("reload", { what: "begun", reload: reload(3, {}) }),
      "T reload: 3 begun for config",
    ],
    [
      event("reload", { what: "phase", reload: reload(3, { phase: "check" }) }),
      "T reload: 3 check",
    ],
    [
      event("reload", { what: "ended", reload: reload(3, {}) }),
      "T reload: 3 applied in 1.2s",
    ],
    [
      event("reload", {
        what: "ended",
        reload: reload(3, { outcome: "rolled_back", detail: "exit status 3" }),
      }),
      "T reload: 3 rolled back in 1.2s: exit status 3",
    ],
    [event("reload", { what: "later" }), "T reload: later"],
    [
      event("hold", { hold: { reason: "incident", since: "S", until: null } }),
      "T hold: changes are held back: incident",
    ],
    [
      event("hold", { hold: { reason: null, since: "S", until: "U" } }),
      "T hold: changes are held back until U",
    ],
    [
      event("hold", { hold: null }),
      "T hold: changes are put into effect again",
    ],
    [
      event("log", { level: "warn", message: "a\x1b[31mb" }),
      "T log: WARN a\\x1b[31mb",
    ],
    [
      event("gap", { last_event_id: 4, oldest_id: 9 }),
      "T gap: events after 4 and before 9 are lost",
    ],
    [
      event("dropped", { unsent_bytes: 9 }),
      "T dropped: this reader was too slow; it is connected again",
    ],
  ];
  for (const [told, line] of table) assert.equal(eventLine(told, plain), line);
  const odd = { event: "later", id: "", data: "no JSON\n" };
  assert.equal(eventLine(odd, plain), "- later: no JSON\\n");
});

Deno.test("an event as JSON is one line with its id and kind", () => {
  assert.equal(
    eventJson(event("log", { message: "a\u0085b" })),
    '{"id":"7","event":"log","data":{"time":"T","message":"a\\u0085b"}}',
  );
  assert.equal(
    eventJson({ event: "gap", id: "", data: "?" }),
    '{"id":null,"event":"gap","data":"?"}',
  );
});

Deno.test("the progress of a reload: phases that are over, and the one that lasts", () => {
  const screen = { columns: 80, style: plain };
  const told = (...phases: [string, number | null][]) =>
    event("reload", {
      what: "phase",
      reload: reload(3, {
        outcome: null,
        phase: (phases.at(-1)?.[0] ?? null) as ReloadStatus["phase"],
        phases: phases.map(([phase, duration_seconds]) => ({
          phase: phase as "check",
          started_at: "S",
          duration_seconds,
        })),
      }),
    });
  let progress = begun(1_000);
  assert.equal(progressLine(progress, 1_250, screen), "Reload: asked 0.2s");
  const log = event("log", { message: "x" });
  assert.equal(progressed(progress, log, 1_300), progress);
  progress = progressed(progress, told(), 1_300);
  assert.equal(progressLine(progress, 1_300, screen), "Reload 3: begun 0.0s");
  progress = progressed(progress, told(["check", null]), 1_300);
  assert.equal(progressLine(progress, 1_300, screen), "Reload 3: check 0.0s");
  const stops = told(["check", 0.12], ["stop", null]);
  progress = progressed(progress, stops, 1_420);
  assert.equal(
    progressLine(progress, 2_420, screen),
    "Reload 3: check 120ms > stop 1.0s",
  );
  assert.equal(
    progressLine(progress, 2_420, { ...screen, columns: 20 }),
    "Reload 3: check 12…",
  );
});

Deno.test("a command that was taken is said in words", () => {
  const answer = {
    status: "applied",
    message: "The child runs on the content of now",
    reloadId: 4,
    contents: [],
    durationSeconds: 1.25,
    downtimeSeconds: 0.03,
  };
  const wait = { kind: "reload", wait: true, force: false } as const;
  assert.equal(
    doneText(wait, answer),
    "Reload 4 applied in 1.25s (no child for 30ms)",
  );
  const back = { ...answer, status: "rolled_back", message: "exit status 3" };
  assert.equal(
    doneText(wait, back),
    "Reload 4 rolled back in 1.25s (no child for 30ms): exit status 3",
  );
  assert.match(doneText({ ...wait, wait: false }, answer), /^Reload 4 has beg/);
  const hold = { kind: "hold", reason: undefined, forMs: 1_800_000 } as const;
  assert.equal(doneText(hold, answer), "Changes are held back for 30m0s");
  const clear = { kind: "fleet-clear", content: undefined } as const;
  const contents = ["a".repeat(64), "b".repeat(64)];
  assert.equal(
    doneText(clear, { ...answer, contents }),
    "Cleared aaaaaaaaaaaa, bbbbbbbbbbbb; one manager tries it again when those that wait ask next",
  );
  assert.equal(doneText(clear, answer), "The fleet has refused nothing");
});

const METRICS = `# HELP flush_manager_child_cpu_seconds_total CPU time.
flush_manager_child_cpu_seconds_total 12.5
flush_manager_child_resident_memory_bytes 1048576
flush_manager_child_threads 4
`;

Deno.test("top: what the child uses, between two samples", () => {
  const screen = { columns: 80, rows: 24, style: plain };
  const before = { status: QUIET, usage: usageFrom(METRICS), at: 1_000 };
  const usage = { ...before.usage, cpuSeconds: 13 };
  const now = { status: QUIET, usage, at: 2_000 };
  const lines = topScreen(now, before, undefined, screen);
  assert.equal(lines[1], "  use         50% CPU, 1 MiB RSS, 4 threads");
  assert.equal(lines.at(-1), "q: quit");
  const first = topScreen(before, undefined, undefined, screen);
  assert.equal(first[1], "  use         1 MiB RSS, 4 threads");
  // A new child counts from 0.
  const anew = { ...now, usage: { ...usage, cpuSeconds: 0.1 } };
  const again = topScreen(anew, before, undefined, screen);
  assert.equal(again[1], "  use         1 MiB RSS, 4 threads");
  const one = { ...now, usage: { ...usage, threads: 1, openDescriptors: 1 } };
  assert.equal(
    topScreen(one, before, undefined, screen)[1],
    "  use         50% CPU, 1 MiB RSS, 1 thread, 1 open file",
  );
  const blind = { ...now, usage: usageFrom("") };
  assert.equal(
    topScreen(blind, before, undefined, screen)[1],
    "  use         -",
  );
});

Deno.test("top: as many lines as there are rows, with why there is nothing newer", () => {
  const sample = { status: QUIET, usage: usageFrom(""), at: 0 };
  const screen = { columns: 80, rows: 5, style: plain };
  const lines = topScreen(sample, undefined, "Cannot ask", screen);
  assert.equal(lines.length, 5);
  assert.equal(lines[2], "Cannot ask");
  assert.equal(lines[4], "q: quit");
});

Deno.test("top: no line is wider than the terminal, and each style ends", () => {
  const sample = { status: STATUS, usage: usageFrom(METRICS), at: 0 };
  const wide = topScreen(sample, undefined, "Cannot ask flush-manager", {
    columns: 200,
    rows: 30,
    style: plain,
  });
  assert.ok(wide.some((line) => line.length > 80));
  for (const columns of [1, 3, 20, 79]) {
    for (const style of [plain, coloured]) {
      const screen = { columns, rows: 30, style };
      const lines = topScreen(sample, undefined, "Cannot ask", screen);
      for (const line of lines) {
        // deno-lint-ignore no-control-regex -- escapes of styles
        const shown = line.replace(/\x1b\[[0-9;]*m/g, "");
        assert.ok([...shown].length <= columns, `${columns}: ${shown}`);
        // deno-lint-ignore no-control-regex -- escapes of styles
        assert.match(line, /^(?:[^\x1b]*\x1b\[\d+m[^\x1b]*\x1b\[0m)*[^\x1b]*$/);
      }
    }
  }
});
