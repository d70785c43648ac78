/** The line for `systemctl status`; what becomes of reloads in it is in tests/manager/service_reports_test.ts. */
import assert from "node:assert/strict";
import { serviceStatus } from "../../../src/control/status/service_status.ts";
import { EPOCH, Story, VETTED } from "../journal/story.ts";
import { QUICK } from "../../simulation/stepping.ts";

const statusOf = ({ model, journal }: Story): string =>
  serviceStatus("program", model, journal, undefined);

Deno.test("service_status: a child, and since when it runs", () => {
  assert.equal(
    statusOf(Story.ready(QUICK, 1)),
    `program (PID: 1001) is ready, runs since ${new Date(EPOCH).toISOString()}`,
  );
});

Deno.test("service_status: an operator's stop is why no child serves", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "stopChild" });
  story.end(1);
  assert.equal(
    statusOf(story),
    "No child serves: somebody has stopped the child, and it is started when that is asked for",
  );
});

Deno.test("service_status: what is long or not visible makes neither a second line nor one without end", () => {
  const story = Story.ready(VETTED, 1);
  story.hold(undefined, `night\nREADY=1\u202e${"x".repeat(1_000)}`);
  const status = statusOf(story);
  assert.ok(status.length <= 400);
  assert.doesNotMatch(status, /[\n\u202e]/);
});
