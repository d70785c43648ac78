/** The alerts and the scrape configuration of deploy/, by promtool and by a real Prometheus. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { fromRoot } from "../../scripts/denort.ts";
import { BUSY } from "../control/metrics/scrape_values.ts";
import { Prometheus, WITH_PROMETHEUS } from "../fixtures/prometheus.ts";
import { promtool, WITH_PROMTOOL } from "../fixtures/promtool.ts";
import { tempDirectory, until } from "../host/temp.ts";
import { metricNames, servedMetrics } from "./metrics.ts";

const ALERTS = fromRoot("deploy/alerts.yaml");
const TESTS = fromRoot("tests/deploy/alerts_test.yaml");

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const text = await Deno.readTextFile(ALERTS);
const [{ groups: [{ rules }] }] = parseAll(text) as [
  { groups: [{ rules: readonly Alert[] }] },
];

Deno.test(
  "each alert fires when it should, and not otherwise",
  WITH_PROMTOOL,
  async () => {
    const { code, said } = await promtool(["test", "rules", TESTS]);
    equal(code, 0, said);
  },
);

Deno.test(
  "the tests miss every alert that is not there",
  WITH_PROMTOOL,
  async () => {
    await using directory = await tempDirectory();
    const { path } = directory;
    await Deno.writeTextFile(
      `${path}/alerts.yaml`,
      text.replaceAll(/^ {6}- alert: /gm, "$&Other"),
    );
    const tests = await Deno.readTextFile(TESTS);
    await Deno.writeTextFile(
      `${path}/tests.yaml`,
      tests.replace("../../deploy/alerts.yaml", "alerts.yaml"),
    );
    const { code, said } = await promtool(["test", "rules", "tests.yaml"], {
      cwd: path,
    });
    equal(code, 1);
    for (const { alert } of rules) {
      ok(
        said.includes(`{alertname="${alert}"`),
        said,
      );
    }
  },
);

Deno.test("each alert says how bad it is, what it is, and which command to run", () => {
  for (const { alert, labels, annotations } of rules) {
    match(labels.severity, /^(warning|critical)$/, alert);
    deepEqual(
      Object.keys(annotations),
      ["summary", "description", "command"],
      alert,
    );
    match(
      annotations.command,
      /^flush-manager (status|fleet|diagnose)$/,
      alert,
    );
  }
});

Deno.test("alerts are about metrics that there are", () => {
  const names = metricNames();
  for (const { alert, expr } of rules) {
    const used = expr.match(/\b(?:flush_manager|process)_\w+/g) ?? [];
    for (const name of used) ok(names.has(name), `${alert}: ${name}`);
  }
});

Deno.test(
  "promtool accepts the scrape configuration, with its rules",
  WITH_PROMTOOL,
  async () => {
    const path = fromRoot("deploy/prometheus.yaml");
    const { code, said } = await promtool(["check", "config", path]);
    equal(code, 0, said);
    match(said, new RegExp(`SUCCESS: ${rules.length} rules found`));
  },
);

Deno.test(
  "a real Prometheus that scrapes a manager on its last good content, whose child crashes, fires both alerts",
  WITH_PROMETHEUS,
  async () => {
    let scrapes = 0;
    await using server = servedMetrics(() => {
      const { journal, ...rest } = BUSY;
      const starts = { ...journal.starts, crash: scrapes++ };
      return { ...rest, journal: { ...journal, starts } };
    });
    await using prometheus = await Prometheus.start(server.address, ALERTS);
    const firing = async () => {
      const found = await prometheus.query('ALERTS{alertstate="firing"}');
      return found.map(({ metric }) => metric.alertname).sort();
    };
    await until("they fire", async () => (await firing()).length > 1);
    deepEqual(await firing(), [
      "FlushManagerChildCrashLooping",
      "FlushManagerConfigRolledBack",
    ]);
  },
);
