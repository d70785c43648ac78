/** When the probes of Kubernetes are answered with ok. */
import assert from "node:assert/strict";
import {
  livenessOf,
  readinessOf,
  textOfProbe,
} from "../../../src/control/status/probes.ts";
import type { Action } from "../../../src/core/vocabulary/settings.ts";
import { OVERLAP, QUICK, SAFE } from "../../simulation/stepping.ts";
import { CRASHING, Story } from "../journal/story.ts";

/** The body of the answer. */
const readyAt = ({ model }: Story): string =>
  textOfProbe("readyz", readinessOf(model), false);

Deno.test("readiness: a child that runs and has no sign to give is ready", () => {
  assert.equal(readyAt(Story.ready(QUICK, 1)), "ok");
});

Deno.test("readiness: there is none before the first child, nor before its sign", () => {
  const story = new Story({ ...QUICK, ready: SAFE.ready });
  assert.equal(readyAt(story), "child: the child is being started");
  story.send({ kind: "begin" });
  story.look(1);
  assert.equal(readyAt(story), "child-ready: the child is not ready yet");
  story.send({ kind: "ready", run: 1 });
  assert.equal(readyAt(story), "ok");
});

Deno.test("readiness: it ends with the drain delay and comes with the next child", () => {
  const story = Story.ready({ ...QUICK, drainDelayMs: 2_000 }, 1);
  story.change(2);
  assert.equal(
    readyAt(story),
    "drain: the child is to be stopped and its clients are to leave it",
  );
  story.wait(2_000).timer("drain");
  assert.equal(readyAt(story), "child: the child is being stopped");
  story.end(1);
  story.look(2);
  assert.equal(readyAt(story), "ok");
});

Deno.test("readiness: an overlap keeps it", () => {
  const story = Story.ready({ ...OVERLAP, drainDelayMs: 1_000 }, 1);
  story.change(2);
  story.verdict("approved");
  assert.equal(readyAt(story), "ok");
  story.send({ kind: "ready", run: 2 });
  assert.equal(readyAt(story), "ok");
  story.wait(1_000).timer("drain");
  assert.equal(readyAt(story), "ok");
});

Deno.test("readiness: a check, a hold and a signal that tells of content keep it", () => {
  const onChange: Action = { kind: "signal", signal: "SIGHUP" };
  const story = Story.ready({ ...SAFE, onChange }, 1);
  story.change(2);
  assert.equal(readyAt(story), "ok");
  story.verdict("approved");
  story.acted("done");
  assert.equal(readyAt(story), "ok");
});

Deno.test("readiness: a manager that is asked to stop says so first", () => {
  const story = Story.ready(QUICK, 1);
  story.signal("SIGTERM");
  assert.match(readyAt(story), /^shutdown: the manager is ending; child: /);
});

Deno.test("readiness: a child that ended by itself is not", () => {
  const story = Story.ready(CRASHING, 1);
  story.end(1, 3);
  assert.equal(
    readyAt(story),
    "child: the child ended by itself and is started again later",
  );
});

Deno.test("readiness: all checks are listed on request, as the API server does", () => {
  const story = new Story(QUICK);
  assert.equal(
    textOfProbe("readyz", readinessOf(story.model), true),
    [
      "[+]ping ok",
      "[+]shutdown ok",
      "[-]child failed: the child is being started",
      "[+]drain ok",
      "readyz check failed",
      "",
    ].join("\n"),
  );
});

Deno.test("liveness: trouble of the child is none of the manager's", () => {
  const story = Story.ready(CRASHING, 1);
  story.end(1, 3);
  const alive = livenessOf(story.model);
  assert.equal(textOfProbe("livez", alive, false), "ok");
  assert.match(textOfProbe("livez", alive, true), /\nlivez check passed\n$/);
});

Deno.test("liveness: a child that outlives SIGKILL can only be ended with the manager", () => {
  const story = Story.ready(QUICK, 1);
  story.change(2);
  story.wait(1_000).timer("stop");
  assert.equal(livenessOf(story.model).ok, true);
  story.wait(1_000).timer("stop");
  assert.equal(livenessOf(story.model).ok, false);
});

Deno.test("readiness: a child that somebody has stopped is not ready, and the manager is alive", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "stopChild" });
  story.end(1);
  assert.equal(
    readyAt(story),
    "child: somebody has stopped the child, and it is started when that is asked for",
  );
  assert.equal(livenessOf(story.model).ok, true);
});
