/** Signals that were passed on. */
import assert from "node:assert/strict";
import { QUICK } from "../../../simulation/stepping.ts";
import { Story } from "../story.ts";

Deno.test("signals: forwarded signals are counted, those that end a child are not", () => {
  const story = Story.ready(QUICK, 1);
  story.signal("SIGHUP");
  story.signal("SIGHUP");
  story.signal("SIGUSR1");
  story.signal("SIGTERM");
  story.signal("SIGUSR1");
  story.timer("continue");
  story.signal("SIGTERM");
  assert.deepEqual(story.journal.signalsForwarded, { SIGHUP: 2, SIGUSR1: 2 });
});

Deno.test("signals: a signal that waited for the child is counted when it is passed on", () => {
  const story = new Story(QUICK);
  story.send({ kind: "begin" });
  story.signal("SIGHUP");
  story.look(1);
  assert.deepEqual(story.journal.signalsForwarded, {});
  story.wait(1_000).timer("held");
  assert.deepEqual(story.journal.signalsForwarded, { SIGHUP: 1 });
});
