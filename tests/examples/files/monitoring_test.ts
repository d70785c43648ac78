/** The guide's "Monitoring and Alerting": its metrics are served, its alerts fire. */
import { equal, match, ok } from "node:assert/strict";
// @ts-types="../../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { fromRoot } from "../../../scripts/denort.ts";
import { promtool, WITH_PROMTOOL } from "../../fixtures/promtool.ts";
import { tempDirectory } from "../../host/temp.ts";
import { callfsTest } from "./callfs_bench.ts";

const ALERTS = fromRoot("examples/files/alerts.yml");
const TESTS = fromRoot("tests/examples/files/alerts_test.yaml");

Deno.test(
  "files: each alert of the guide fires when it should, and not otherwise",
  WITH_PROMTOOL,
  async () => {
    const { code, said } = await promtool(["test", "rules", TESTS]);
    equal(code, 0, said);
  },
);

Deno.test(
  "files: the guide's own rate of errors fires for one failed request in a hundred",
  WITH_PROMTOOL,
  async () => {
    await using directory = await tempDirectory();
    const { path } = directory;
    const rules = await Deno.readTextFile(ALERTS);
    const summed =
      /expr: \|\s+sum by \(instance\) (\(rate.*\))\n\s+\/ sum by \(instance\) (\(rate.*\)) > 0.1/;
    match(rules, summed);
    await Deno.writeTextFile(
      `${path}/alerts.yml`,
      rules.replace(summed, "expr: $1 / $2 > 0.1"),
    );
    const tests = await Deno.readTextFile(TESTS);
    await Deno.writeTextFile(
      `${path}/tests.yaml`,
      tests.replace(/\.\.\/\S+\/alerts/, "alerts"),
    );
    const { code, said } = await promtool(["test", "rules", "tests.yaml"], {
      cwd: path,
    });
    equal(code, 1);
    match(said, /all is well[^]*Error rate is 100%/);
  },
);

callfsTest(
  "the metrics of the guide are served, and those of its alerts",
  async (bench) => {
    await bench.start();
    equal((await bench.put("/a.txt", "content")).status, 201);
    equal((await bench.get("/a.txt")).status, 200);
    equal((await bench.get("/b.txt")).status, 404);
    const served = await bench.curlWithoutKey("/metrics");
    equal(served.status, 200);
    const checked = await promtool(["check", "metrics"], {
      input: served.body,
    });
    equal(checked.code, 0, checked.said);
    for (
      const line of [
        /^callfs_http_requests_total\{method="PUT",path="\/api\/v1\/files\/",status="201"\} 1$/m,
        /^callfs_http_requests_total\{method="GET",path="\/api\/v1\/files\/",status="404"\} 1$/m,
        /^callfs_http_request_duration_seconds_bucket\{le="5",method="GET",path="\/api\/v1\/files\/"\} 2$/m,
        /^callfs_file_operations_total\{operation="write",backend="localfs",status="success"\} 1$/m,
        /^callfs_file_operations_total\{operation="read",backend="localfs",status="error"\} 1$/m,
        /^callfs_backend_availability\{backend="localfs"\} 1$/m,
        /^callfs_database_connections_active [1-9]\d*$/m,
      ]
    ) match(served.body, line);
    const [{ groups }] = parseAll(await Deno.readTextFile(ALERTS)) as [
      { groups: { rules: { expr: string }[] }[] },
    ];
    for (const { expr } of groups.flatMap(({ rules }) => rules)) {
      for (const [name] of expr.matchAll(/\bcallfs_\w+/g)) {
        ok(
          served.body.includes(`\n${name}{`) ||
            served.body.includes(`\n${name} `),
          name,
        );
      }
    }
    await bench.postgres.kill();
    match(
      (await bench.curlWithoutKey("/metrics")).body,
      /^callfs_database_connections_active 0$/m,
    );
    await Deno.remove(`${bench.directory}/data`, { recursive: true });
    await Deno.writeTextFile(`${bench.directory}/data`, "no directory");
    match(
      (await bench.curlWithoutKey("/metrics")).body,
      /^callfs_backend_availability\{backend="localfs"\} 0$/m,
    );
  },
);
