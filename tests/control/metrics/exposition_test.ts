/** The whole answer to a scrape: accepted by Prometheus' own tool, complete, and bounded. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
  answerToScrape,
  exposition,
} from "../../../src/control/metrics/exposition.ts";
import { MAX_PATHS } from "../../../src/control/metrics/reload_families.ts";
import { PHASES } from "../../../src/control/vocabulary/journal.ts";
import type { Facts } from "../../../src/control/vocabulary/facts.ts";
import type { FleetFacts } from "../../../src/control/vocabulary/fleet.ts";
import { FLEET_FACTS } from "../fleet_example.ts";
import { REFUSED, Story, TURNS } from "../journal/story.ts";
import { promtool, WITH_PROMTOOL } from "../../fixtures/promtool.ts";
import {
  BUSY,
  candidateOf,
  factsWith,
  fileWith,
  journalWith,
  modelWith,
  runningWith,
  SHA_A,
  SHA_B,
} from "./scrape_values.ts";

const lines = (text: string) => text.trimEnd().split("\n");
const samples = (text: string) =>
  lines(text).filter((line) => !line.startsWith("#"));

Deno.test(
  "promtool finds no fault, in a manager that has just begun and in a busy one",
  WITH_PROMTOOL,
  async () => {
    for (
      const { journal, model, facts } of [
        BUSY,
        { journal: journalWith(), model: modelWith(), facts: factsWith() },
        {
          journal: journalWith(),
          model: modelWith({ state: { kind: "idle", held: [] } }),
          facts: factsWith({ own: undefined, child: undefined }),
        },
      ]
    ) {
      const input = exposition(journal, model, facts, "text");
      const { code, said } = await promtool(["check", "metrics"], { input });
      deepEqual({ code, said }, { code: 0, said: "" });
    }
  },
);

Deno.test(
  "promtool finds the fault of a wrong exposition",
  WITH_PROMTOOL,
  async () => {
    const { journal, model, facts } = BUSY;
    const input = exposition(journal, model, facts, "text")
      .replaceAll("reloads_total", "reloads");
    const { said } = await promtool(["check", "metrics"], { input });
    match(said, /flush_manager_reloads counter metrics should have "_total"/);
  },
);

Deno.test("each name has HELP and TYPE once, before its samples, and no sample comes twice", () => {
  const text = exposition(BUSY.journal, BUSY.model, BUSY.facts, "text");
  const seen = new Set<string>();
  let name = "";
  for (const line of lines(text)) {
    if (line.startsWith("# HELP ")) {
      name = line.split(" ")[2];
      ok(!seen.has(name), line);
      seen.add(name);
    } else if (line.startsWith("# TYPE ")) equal(line.split(" ")[2], name);
    else {
      ok(line.startsWith(name), line);
      const series = line.slice(0, line.lastIndexOf(" ") + 1);
      ok(!seen.has(series), line);
      seen.add(series);
    }
  }
});

Deno.test("both formats have the same samples", () => {
  const { journal, model, facts } = BUSY;
  deepEqual(
    samples(exposition(journal, model, facts, "openmetrics")),
    samples(exposition(journal, model, facts, "text")),
  );
});

Deno.test("a scraper is told which format it gets", () => {
  const { journal, model, facts } = BUSY;
  deepEqual(answerToScrape(BUSY, undefined), {
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    body: exposition(journal, model, facts, "text"),
  });
  deepEqual(answerToScrape(BUSY, "application/openmetrics-text"), {
    contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
    body: exposition(journal, model, facts, "openmetrics"),
  });
});

Deno.test("what is told of a busy manager", () => {
  const told = samples(
    exposition(BUSY.journal, BUSY.model, BUSY.facts, "text"),
  );
  const path = String.raw`path="/etc/a \"b\"\\c\n/d"`;
  for (
    const line of [
      'flush_manager_build_info{version="1.0.0"} 1',
      'flush_manager_state{state="running"} 1',
      'flush_manager_state{state="backingOff"} 0',
      'flush_manager_degraded{facility="watcher"} 1',
      'flush_manager_degraded{facility="reaper"} 0',
      "flush_manager_held 1",
      "flush_manager_holds_total 1",
      'flush_manager_dependency_up{name="db"} 1',
      'flush_manager_dependency_up{name="cache"} 0',
      'flush_manager_dependency_last_check_timestamp_seconds{name="db"} 1700000000',
      'flush_manager_watch_hints_total{source="event"} 1',
      "flush_manager_changes_found_by_poll_total 0",
      "flush_manager_watch_rearms_total 0",
      "flush_manager_orphans_reaped_total 0",
      'flush_manager_signals_forwarded_total{signal="SIGHUP"} 2',
      "flush_manager_log_lines_dropped_total 0",
      "flush_manager_event_loop_lag_seconds 0.002",
      "flush_manager_child_up 1",
      "flush_manager_child_ready 1",
      "flush_manager_child_start_time_seconds 1700000000.05",
      "flush_manager_child_uptime_seconds 60",
      'flush_manager_child_starts_total{reason="crash"} 3',
      'flush_manager_child_exits_total{code="1",signal=""} 1',
      'flush_manager_child_exits_total{code="",signal="SIGKILL"} 1',
      "flush_manager_child_crashes_in_a_row 2",
      "flush_manager_child_cpu_seconds_total 1.5",
      "flush_manager_child_resident_memory_bytes 1000000",
      "flush_manager_child_open_fds 8",
      "flush_manager_child_threads 2",
      "flush_manager_child_processes 2",
      "flush_manager_config_last_reload_successful 0",
      "flush_manager_config_last_reload_success_timestamp_seconds 1700000030",
      "flush_manager_config_pending 0",
      "flush_manager_config_rejected 1",
      "flush_manager_config_rolled_back 1",
      "flush_manager_config_rejections_total 1",
      `flush_manager_config_readable{${path}} 1`,
      `flush_manager_config_hash_info{${path},sha256="${SHA_A}"} 1`,
      'flush_manager_reloads_total{trigger="config",outcome="applied"} 2',
      'flush_manager_reloads_total{trigger="config",outcome="rolled_back"} 1',
      'flush_manager_reloads_total{trigger="request",outcome="failed"} 0',
      "flush_manager_reload_in_progress 1",
      "flush_manager_reload_start_time_seconds 1700000059.5",
      'flush_manager_reload_phase_duration_seconds_bucket{phase="debounce",le="0.1"} 0',
      'flush_manager_reload_phase_duration_seconds_bucket{phase="debounce",le="0.5"} 2',
      'flush_manager_reload_phase_duration_seconds_bucket{phase="debounce",le="+Inf"} 3',
      'flush_manager_reload_phase_duration_seconds_sum{phase="debounce"} 1.7',
      'flush_manager_reload_phase_duration_seconds_count{phase="debounce"} 3',
      "flush_manager_reload_downtime_seconds_count 2",
      "process_start_time_seconds 1700000000",
      "process_cpu_seconds_total 0.25",
      "process_resident_memory_bytes 50000000",
      "process_open_fds 20",
      "process_threads 3",
    ]
  ) ok(told.includes(line), line);
  equal(told.some((line) => line.includes('name="new"')), false);
});

Deno.test("what is not known is left out, with its name", () => {
  const text = exposition(
    journalWith({ childStartedAt: undefined }),
    modelWith({ state: { kind: "idle", held: [] } }),
    factsWith({ own: undefined, child: undefined }),
    "text",
  );
  for (
    const name of [
      "process_cpu_seconds_total",
      "process_open_fds",
      "flush_manager_child_cpu_seconds_total",
      "flush_manager_child_uptime_seconds",
      "flush_manager_config_hash_info",
      "flush_manager_reload_start_time_seconds",
      "flush_manager_dependency_up",
    ]
  ) equal(text.includes(name), false, name);
  ok(text.includes("flush_manager_child_up 0\n"));
  ok(text.includes("flush_manager_config_last_reload_successful 1\n"));
});

Deno.test("only the digest of content that was read is told", () => {
  const identities = [SHA_A, `provisional:${SHA_A}`, "metadata"];
  const given = identities.map(fileWith);
  const journal = journalWith({ watched: ["/a", "/b", "/c", "/d"] });
  const state = runningWith({
    given: [...given, { kind: "fault", fault: "missing", detail: "gone" }],
    pending: { kind: "deferred", candidate: candidateOf(SHA_B) },
  });
  const model = modelWith({
    state,
    health: [
      { kind: "ok" },
      { kind: "coarse" },
      { kind: "suspect", since: 0 },
      { kind: "faulty", fault: "missing" },
    ],
  });
  const text = exposition(journal, model, factsWith(), "text");
  deepEqual(samples(text).filter((line) => line.includes("path=")), [
    'flush_manager_config_readable{path="/a"} 1',
    'flush_manager_config_readable{path="/b"} 1',
    'flush_manager_config_readable{path="/c"} 1',
    'flush_manager_config_readable{path="/d"} 0',
    `flush_manager_config_hash_info{path="/a",sha256="${SHA_A}"} 1`,
  ]);
  ok(text.includes("flush_manager_config_pending 1\n"));
});

const FLEET_SERIES = /fleet/;

Deno.test("a fleet is told of by who has one, and by nobody else", () => {
  const told = (facts: Partial<Facts>, model = modelWith()) =>
    samples(exposition(BUSY.journal, model, factsWith(facts), "text"))
      .filter((line) => FLEET_SERIES.test(line));
  deepEqual(told({}), []);
  const fleet = (changes: Partial<FleetFacts>) =>
    told({ fleet: { ...FLEET_FACTS, ...changes } })
      .filter((line) => !line.includes("phase="));
  deepEqual(fleet({ cleared: 3 }), [
    "flush_manager_fleet_slot_held 0",
    "flush_manager_fleet_waiting 0",
    "flush_manager_fleet_unreachable 0",
    "flush_manager_fleet_config_rejected 0",
    "flush_manager_fleet_rejections_total 1",
    'flush_manager_fleet_reports_total{verdict="proven"} 2',
    'flush_manager_fleet_reports_total{verdict="refused"} 1',
    "flush_manager_fleet_slots_lost_total 1",
    "flush_manager_fleet_reloads_without_slot_total 1",
    "flush_manager_fleet_refusals_cleared_total 3",
  ]);
  ok(
    fleet({ fault: "no answer" }).includes(
      "flush_manager_fleet_unreachable 1",
    ),
  );
});

Deno.test("a fleet: whether there is a wait, a slot, and content that it has refused", () => {
  const story = Story.ready(TURNS, 1);
  const told = () => {
    const facts = factsWith({ fleet: FLEET_FACTS });
    return samples(exposition(story.journal, story.model, facts, "text"))
      .filter((line) => /fleet_\w+ 1$/.test(line))
      .map((line) => line.replace(/flush_manager_fleet_(\w+) 1/, "$1"));
  };
  deepEqual(told(), []);
  story.change(2);
  deepEqual(told(), ["waiting"]);
  story.slot({ kind: "slotTaken", isTrial: false });
  deepEqual(told(), ["slot_held"]);
  story.end(1);
  story.look(2);
  deepEqual(told(), []);
  story.change(3);
  story.slot(REFUSED);
  deepEqual(told(), ["config_rejected", "rejections_total"]);
});

Deno.test("there are few series, however much has happened and is watched", () => {
  const many = Array.from({ length: 1_000 }, (_, at) => `/etc/${at}`);
  const exits = Object.fromEntries([
    ...Array.from({ length: 256 }, (_, code) => [`code:${code}`, 1]),
    ...Array.from({ length: 64 }, (_, number) => [`signal:${number + 1}`, 1]),
  ]);
  const given = many.map(() => fileWith(SHA_A));
  const count = (watched: readonly string[], ends: typeof exits) =>
    samples(exposition(
      journalWith({ exits: ends, watched }),
      modelWith({ state: runningWith({ given }) }),
      factsWith(),
      "text",
    )).length;
  const least = count([], {});
  equal(count(many, {}), least + 2 * MAX_PATHS);
  equal(count([], exits), least + 320);
  ok(least < 100 + 16 * PHASES.length, `${least} series`);
});
