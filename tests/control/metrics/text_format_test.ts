/** Both formats, to the letter, and which one a scraper gets. */
import { equal } from "node:assert/strict";
import {
  type Family,
  formatFamilies,
  formatFor,
} from "../../../src/control/metrics/text_format.ts";

const FAMILIES: readonly Family[] = [
  {
    name: "jobs_total",
    help: 'Done "jobs".\nAll \\ of them.',
    type: "counter",
    samples: [
      { labels: { kind: 'a "b"\n\\c' }, value: 3 },
      { labels: { kind: "d", of: "" }, value: 0.5 },
    ],
  },
  {
    name: "build_info",
    help: "Which build.",
    type: "info",
    samples: [{ labels: { version: "1" }, value: 1 }],
  },
  { name: "none", help: "Not known.", type: "gauge", samples: [] },
  {
    name: "limit_bytes",
    help: "Any.",
    type: "gauge",
    samples: [
      { labels: {}, value: Infinity },
      { labels: { of: "x" }, value: -Infinity },
      { labels: { of: "y" }, value: NaN },
      { labels: { of: "z" }, value: 1e21 },
    ],
  },
  {
    name: "wait_seconds",
    help: "Waits.",
    type: "histogram",
    bounds: [0.5, 1, 10],
    distributions: [{ labels: { at: "a" }, buckets: [1, 0, 2, 4], sum: 99.5 }],
  },
];

const SAMPLES = {
  jobs: String.raw`jobs_total{kind="a \"b\"\n\\c"} 3
jobs_total{kind="d",of=""} 0.5
`,
  build: `build_info{version="1"} 1
`,
  rest: `limit_bytes +Inf
limit_bytes{of="x"} -Inf
limit_bytes{of="y"} NaN
limit_bytes{of="z"} 1e+21
# HELP wait_seconds Waits.
# TYPE wait_seconds histogram
wait_seconds_bucket{at="a",le="0.5"} 1
wait_seconds_bucket{at="a",le="1.0"} 1
wait_seconds_bucket{at="a",le="10.0"} 3
wait_seconds_bucket{at="a",le="+Inf"} 7
wait_seconds_sum{at="a"} 99.5
wait_seconds_count{at="a"} 7
`,
};

Deno.test("Prometheus' text format", () => {
  equal(
    formatFamilies(FAMILIES, "text"),
    String.raw`# HELP jobs_total Done "jobs".\nAll \\ of them.
# TYPE jobs_total counter
${SAMPLES.jobs}# HELP build_info Which build.
# TYPE build_info gauge
${SAMPLES.build}# HELP limit_bytes Any.
# TYPE limit_bytes gauge
${SAMPLES.rest}`,
  );
});

Deno.test("OpenMetrics: families without the suffix of their samples, and an end", () => {
  equal(
    formatFamilies(FAMILIES, "openmetrics"),
    String.raw`# HELP jobs Done \"jobs\".\nAll \\ of them.
# TYPE jobs counter
${SAMPLES.jobs}# HELP build Which build.
# TYPE build info
${SAMPLES.build}# HELP limit_bytes Any.
# TYPE limit_bytes gauge
${SAMPLES.rest}# EOF
`,
  );
});

Deno.test("a scraper gets OpenMetrics if it prefers that", () => {
  const table: [accept: string | undefined, format: string][] = [
    [undefined, "text"],
    ["", "text"],
    ["*/*", "text"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "text"],
    ["application/openmetrics-text", "openmetrics"],
    ["Application/OpenMetrics-Text; version=1.0.0", "openmetrics"],
    ["application/openmetrics-text;q=0", "text"],
    ["application/openmetrics-text;q=nothing", "text"],
    ["application/openmetrics-text;q=0.2,text/plain;q=0.8", "text"],
    ["text/plain;q=0.5,application/openmetrics-text;q=0.5", "openmetrics"],
    // Prometheus 2.42, and 3 with its own format first.
    [
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      "openmetrics",
    ],
    [
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.4,application/openmetrics-text;version=1.0.0;q=0.3,*/*;q=0.2",
      "text",
    ],
  ];
  for (const [accept, format] of table) {
    equal(formatFor(accept), format, `${accept}`);
  }
});
