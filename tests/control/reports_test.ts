/** Answers of one manager, made of its journal as it grows. */
import assert from "node:assert/strict";
import { createReports } from "../../src/control/reports.ts";
import { step } from "../../src/core/step.ts";
import type { Happening } from "../../src/core/vocabulary/event.ts";
import "../host/loaded_libc.ts";
import { QUICK, Stepping } from "../simulation/stepping.ts";
import { newRecorder, SOURCES } from "./report_sources.ts";

function reporting() {
  const story = Stepping.ready(QUICK, 1);
  const recorder = newRecorder();
  const reports = createReports({
    ...SOURCES,
    recorder,
    model: () => story.model,
    facts: { ...SOURCES.facts, controlFaults: () => ["no certificate"] },
  });
  const send = (happening: Happening) => {
    const { model: before } = story;
    const event = { ...happening, at: story.now };
    const { model: after, effects } = step(before, event, QUICK);
    story.model = after;
    recorder.enter({ event, before, after, effects });
    reports.onEntered();
  };
  return { reports, send };
}

Deno.test("a scrape right after something has happened tells of it", () => {
  const { reports, send } = reporting();
  const held = () =>
    /^flush_manager_held (\d)$/m.exec(reports.metrics(undefined).body)?.[1];
  assert.equal(held(), "0");
  send({ kind: "hold", reason: "x", forMs: undefined });
  assert.equal(held(), "1");
  send({ kind: "resume" });
  assert.equal(held(), "0");
  reports.stop();
});

Deno.test("a scrape is answered in the format that is asked for, also right after one in the other", () => {
  const { reports } = reporting();
  const { body, contentType } = reports.metrics(undefined);
  assert.match(contentType, /^text\/plain/);
  assert.doesNotMatch(body, /# EOF/);
  const other = reports.metrics("application/openmetrics-text");
  assert.match(other.contentType, /^application\/openmetrics-text/);
  assert.match(other.body, /# EOF\n$/);
  assert.equal(reports.metrics(undefined).contentType, contentType);
  reports.stop();
});

Deno.test("what of the endpoint does not work is a degradation, a hold is shown while there is one", () => {
  const { reports, send } = reporting();
  assert.equal(reports.health().status, "degraded");
  assert.equal(reports.shownHold(), null);
  send({ kind: "hold", reason: "backup", forMs: undefined });
  const hold = { ...Object(reports.shownHold()) };
  assert.deepEqual([hold.reason, hold.until], ["backup", null]);
  reports.stop();
});
