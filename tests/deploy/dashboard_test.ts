/** Every expression of the Grafana dashboard, evaluated by a real Prometheus. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { fromRoot } from "../../scripts/denort.ts";
import { CONTENT_TYPES } from "../../src/control/metrics/text_format.ts";
import { BUSY, STARTED_AT } from "../control/metrics/scrape_values.ts";
import { Prometheus, WITH_PROMETHEUS } from "../fixtures/prometheus.ts";
import { until } from "../host/temp.ts";
import { metricNames, servedMetrics } from "./metrics.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(
  await Deno.readTextFile(fromRoot("deploy/dashboard.json")),
);
const panels: readonly Panel[] = dashboard.panels;
const expressions: readonly string[] = [
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }: { expr: string }) => expr),
];

/** As Grafana does it for all instances. */
const filledIn = (expression: string) =>
  expression.replaceAll("$job", "flush-manager")
    .replaceAll("$instance", ".*")
    .replaceAll("$__rate_interval", "5m");

Deno.test(
  "a real Prometheus evaluates every expression, and each finds something",
  WITH_PROMETHEUS,
  async () => {
    let scrapes = 0;
    await using server = servedMetrics(() => {
      const { journal, ...rest } = BUSY;
      const lastSuccessAt = STARTED_AT + 1_000 * ++scrapes;
      return { ...rest, journal: { ...journal, lastSuccessAt } };
    });
    const rules = fromRoot("deploy/alerts.yaml");
    await using prometheus = await Prometheus.start(server.address, rules);
    const reload = filledIn(dashboard.annotations.list[0].expr);
    await until(
      "it has scraped twice",
      async () => (await prometheus.query(reload)).length > 0,
    );
    for (const expression of expressions) {
      const found = await prometheus.query(filledIn(expression));
      ok(found.length > 0, expression);
    }
    deepEqual([...server.contentTypes], [CONTENT_TYPES.openmetrics]);
  },
);

Deno.test("the metrics of a manager are on it, but for a few", () => {
  const shown = new Set(expressions.join("\n").match(/\w+/g));
  const missing = [...metricNames()].filter((name) => !shown.has(name));
  // Of these, alerts and other panels tell.
  deepEqual(missing, [
    "flush_manager_dependency_last_check_timestamp_seconds",
    "flush_manager_child_up",
    "flush_manager_child_start_time_seconds",
    "flush_manager_child_liveness_probes_total",
    "flush_manager_config_readable",
    "flush_manager_reload_start_time_seconds",
    "flush_manager_reload_phase_duration_seconds_sum",
    "flush_manager_reload_phase_duration_seconds_count",
    "process_start_time_seconds",
  ]);
});

Deno.test("every panel has a description, a number of its own and a place of its own", () => {
  const ids = panels.map(({ id }) => id);
  equal(new Set(ids).size, ids.length);
  for (const { title, type, description } of panels) {
    ok(type === "row" || description !== undefined, title);
  }
  const places = panels.map(({ gridPos: { x, y, w, h } }) => ({
    left: x,
    top: y,
    right: x + w,
    bottom: y + h,
  }));
  for (const [at, one] of places.entries()) {
    ok(one.right <= 24, panels[at].title);
    for (const other of places.slice(at + 1)) {
      const isApart = one.right <= other.left || other.right <= one.left ||
        one.bottom <= other.top || other.bottom <= one.top;
      ok(isApart, panels[at].title);
    }
  }
});
