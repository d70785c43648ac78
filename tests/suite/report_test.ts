/** What a run of tests says: cases from a JUnit report, the text of a failure, the closing line, the table of repeated runs. */
import { deepEqual, equal } from "node:assert/strict";
import {
  type Case,
  casesOf,
  closingLine,
  failureText,
} from "../../scripts/suite/report.ts";
import { flickerText } from "../../scripts/suite/flicker_table.ts";

const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="2" errors="0" time="0.616">
    <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="2">
        <testcase name="one &amp; two" classname="./a_test.ts" time="0.302" line="2" col="6">
        </testcase>
        <testcase name="skipped" classname="./a_test.ts" time="0.000" line="4" col="6">
            <skipped/>
        </testcase>
        <testcase name="steps" classname="./a_test.ts" time="0.301" line="5" col="6">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="steps &gt; bad" classname="./a_test.ts" time="1.203" line="6" col="38">
            <failure message="Uncaught Error: x">Error: &quot;x&quot; &lt; y
    at fn</failure>
        </testcase>
    </testsuite>
</testsuites>
`;

const failed: Case = {
  file: "a_test.ts",
  line: 6,
  name: "steps > bad",
  ms: 1_203,
  result: "failed",
  failure: 'Error: "x" < y\n    at fn',
};

Deno.test("report: cases have their file, line, duration and result; of a test whose step failed only the step counts", () => {
  deepEqual(casesOf(JUNIT), [
    {
      file: "a_test.ts",
      line: 2,
      name: "one & two",
      ms: 302,
      result: "passed",
      failure: "",
    },
    {
      file: "a_test.ts",
      line: 4,
      name: "skipped",
      ms: 0,
      result: "skipped",
      failure: "",
    },
    failed,
  ]);
});

Deno.test("report: a run without a case has none", () => {
  deepEqual(casesOf('<?xml version="1.0"?><testsuites/>'), []);
  deepEqual(casesOf(""), []);
});

Deno.test("report: a failure is located at its case and says the command that repeats it", () => {
  equal(
    failureText({ ...failed, name: "it's > bad" }),
    [
      "FAILED a_test.ts:6 it's > bad (1.2 s)",
      '  Error: "x" < y',
      "      at fn",
      "  again: scripts/dev test a_test.ts --filter 'it'\\''s'",
    ].join("\n"),
  );
});

Deno.test("report: the closing line counts as that of deno test", () => {
  const cases = casesOf(JUNIT);
  equal(
    closingLine(cases, false, 2_040),
    "FAILED | 1 passed | 1 failed | 1 ignored (2.0 s)",
  );
  equal(closingLine([cases[0]], true, 99), "ok | 1 passed | 0 failed (0.1 s)");
});

Deno.test("report: repeated runs become a table, what failed or was played again most often first", () => {
  const other: Case = {
    ...failed,
    line: 9,
    name: "a|b",
    failure: "Error: late",
  };
  const run = (
    cases: Case[],
    ms: number,
    slowness: number,
    ...replays: string[]
  ) => ({
    cases,
    replays,
    ms,
    slowness: [slowness],
    isOk: cases.length === 0,
  });
  const text = flickerText([
    run([other, failed], 1_000, 1),
    run([failed], 2_000, 4.5, "c: late", "d|e: late", "d|e: late"),
    run([], 1_500, 1, "d|e: late"),
  ], 8);
  deepEqual(text.split("\n").map((line) => line.replaceAll(/ +/g, " ")), [
    "| runs | busy loops | passed | cases | replayed | one run | slowness |",
    "| ---- | ---------- | ------ | ------ | -------- | -------------- | ---------- |",
    "| 3 | 8 | 1 of 3 | 0 to 2 | 0 to 3 | 1.0 s to 2.0 s | 1.0 to 4.5 |",
    "",
    "| failed | times | first message |",
    "| ----------------------- | ----- | -------------- |",
    '| a_test.ts:6 steps > bad | 2 | Error: "x" < y |',
    "| a_test.ts:9 a\\|b | 1 | Error: late |",
    "",
    "| replayed | times |",
    "| ---------- | ----- |",
    "| d\\|e: late | 3 |",
    "| c: late | 1 |",
  ]);
});
