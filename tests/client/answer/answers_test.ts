/** What is an answer of a manager and what is not. */
import assert from "node:assert/strict";
import {
  commandAnswerFrom,
  healthFrom,
  statusFrom,
} from "../../../src/client/answer/answers.ts";
import { statusOf } from "../../../src/control/status/status.ts";
import { healthOf } from "../../../src/control/status/health.ts";
import { statusLines } from "../../../src/client/text/status_lines.ts";
import { statusScreen } from "../../../src/client/text/status_screen.ts";
import { plain } from "../../../src/client/text/style.ts";
import { QUICK } from "../../simulation/stepping.ts";
import { FLEET_FACTS } from "../../control/fleet_example.ts";
import { Story } from "../../control/journal/story.ts";
import { factsOf } from "../../control/status/facts.ts";
import { STATUS } from "../example_status.ts";

Deno.test("what a manager answers is understood and can be shown", () => {
  const reloading = Story.ready(QUICK, 1);
  reloading.change(2);
  const fleet = { fleet: FLEET_FACTS };
  const stories = [new Story(QUICK), Story.ready(QUICK, 1), reloading];
  for (const story of stories) {
    const { model, policy, journal } = story;
    const facts = factsOf(story, fleet);
    const text = JSON.stringify(statusOf(model, policy, journal, facts));
    const status = statusFrom(text);
    assert.ok(status !== undefined, text);
    assert.match(statusLines(status), /^state: /);
    assert.notEqual(
      statusScreen(status, { columns: 80, style: plain }).length,
      0,
    );
    const health = JSON.stringify(healthOf(model, journal, facts));
    assert.ok(healthFrom(health) !== undefined, health);
  }
});

Deno.test("a status in which any field is missing or of another kind is none", () => {
  const text = (value: unknown) => JSON.stringify(value);
  assert.ok(statusFrom(text(STATUS)) !== undefined);
  assert.ok(statusFrom(text({ ...STATUS, later: [1] })) !== undefined);
  const unread = new Set([
    "started_at",
    "last_reload_successful",
    "last_successful_reload_at",
  ]);
  for (const name of Object.keys(STATUS)) {
    if (unread.has(name)) continue;
    for (const other of [undefined, [[]], { a: 1 }]) {
      const changed = text({ ...STATUS, [name]: other });
      assert.equal(statusFrom(changed), undefined, `${name}: ${other}`);
    }
  }
  for (const odd of ["", "<html>", "null", "[]", "{}", "1"]) {
    assert.equal(statusFrom(odd), undefined);
    assert.equal(healthFrom(odd), undefined);
    assert.equal(commandAnswerFrom(odd), undefined);
  }
});

Deno.test("the answer of a command: its word, its line, and how long it took", () => {
  const answer = {
    status: "applied",
    message: "done",
    reload_id: 3,
    contents: ["a", "b"],
    reload: { duration_seconds: 1.5, downtime_seconds: null },
  };
  assert.deepEqual(commandAnswerFrom(JSON.stringify(answer)), {
    status: "applied",
    message: "done",
    reloadId: 3,
    contents: ["a", "b"],
    durationSeconds: 1.5,
    downtimeSeconds: undefined,
  });
});
