/** The condition of a pod, from the journal to the API server. */
import assert from "node:assert/strict";
import { emptyJournal } from "../../../src/control/journal/empty_journal.ts";
import type { Journal } from "../../../src/control/vocabulary/journal.ts";
import {
  conditionOf,
  openPodCondition,
} from "../../../src/kubernetes/pod/pod_condition.ts";
import { EPOCH, Story, VETTED } from "../../control/journal/story.ts";
import { QUICK, SAFE } from "../../simulation/stepping.ts";
import { refusal } from "../../fixtures/fake_kubernetes_objects.ts";
import { until } from "../../host/temp.ts";
import "../../host/loaded_libc.ts";
import { POD, PodBench, rejection } from "./pod_bench.ts";

const TRUE = {
  status: "True",
  reason: "ConfigCurrent",
  message: "The program has the newest configuration",
};

const said = ({ journal }: Story) => {
  const condition = conditionOf(journal);
  return condition && `${condition.status} ${condition.reason}`;
};

Deno.test("pod condition: is true from the first child on, and while a reload is under way", () => {
  assert.equal(conditionOf(emptyJournal(EPOCH, ["/c"])), undefined);
  const story = Story.ready(QUICK, 1);
  assert.deepEqual(conditionOf(story.journal), TRUE);
  story.change(2);
  assert.equal(said(story), "True ConfigCurrent");
  story.end(1);
  story.look(2);
  assert.equal(said(story), "True ConfigCurrent");
});

Deno.test("pod condition: is false while the newest content is not in effect, and says why", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.refuse("exit code 1\n", "line 3: password=secret");
  assert.deepEqual(conditionOf(story.journal), {
    status: "False",
    reason: "ConfigRejected",
    message: "exit code 1\\n",
  });
  // The paths hold again what the child has.
  story.change(1);
  assert.equal(said(story), "True ConfigCurrent");
});

Deno.test("pod condition: a rollback is the end of a reload, and only then is it told", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.overdue(2);
  assert.equal(said(story), "True ConfigCurrent");
  story.end(2);
  story.send({ kind: "ready", run: 3 });
  assert.equal(said(story), "False ConfigRolledBack");
});

const conditionsIn = (bench: PodBench) =>
  bench.api.objects.get(POD).status.conditions;
const ours = (bench: PodBench) =>
  conditionsIn(bench).find(({ type }: { type: string }) =>
    type === "flush-manager.dev/ConfigCurrent"
  );

function changed(...reasons: readonly (string | undefined)[]): Journal[] {
  return reasons.map((why) => {
    const { then, now } = rejection(why ?? "");
    return why === undefined ? then : now;
  });
}

Deno.test("pod condition: is set beside those of others, once for each change, with the time of its last one", async () => {
  await using bench = new PodBench();
  let wallMs = EPOCH;
  const condition = openPodCondition({
    cluster: bench.cluster(),
    log: bench.log,
    wallNow: () => wallMs += 1_000,
  });
  const [good, bad, worse] = changed(undefined, "one", "two");
  condition.onChange(good, good);
  condition.onChange(good, good);
  assert.deepEqual(bench.asked, []);
  await until("it is set", () => ours(bench) !== undefined);
  const { lastTransitionTime, ...first } = ours(bench);
  assert.deepEqual(first, {
    type: "flush-manager.dev/ConfigCurrent",
    ...TRUE,
  });
  assert.equal(lastTransitionTime, "2026-01-01T00:00:01Z");
  assert.equal(conditionsIn(bench)[0].type, "Ready");
  const [{ path, headers, body }] = bench.api.requests;
  assert.equal(path, `${POD}/status`);
  assert.equal(
    headers.get("content-type"),
    "application/strategic-merge-patch+json",
  );
  assert.equal(JSON.parse(body).metadata.uid, "u-1");
  condition.onChange(good, bad);
  await until("it is false", () => ours(bench).status === "False");
  const since = ours(bench).lastTransitionTime;
  condition.onChange(bad, worse);
  await until("another reason", () => ours(bench).message === "two");
  assert.equal(ours(bench).lastTransitionTime, since);
  condition.onChange(worse, worse);
  await condition.close();
  assert.equal(bench.asked.length, 3);
});

Deno.test("pod condition: of what could not be told only the last is, and one line says why", async () => {
  await using bench = new PodBench();
  const condition = openPodCondition({
    cluster: bench.cluster(),
    log: bench.log,
  });
  const [good, bad, worse] = changed(undefined, "one", "two");
  bench.api.answer = () => refusal(503, "", "not yet");
  condition.onChange(good, good);
  await until("the fault", () => bench.lines.length === 1);
  condition.onChange(good, bad);
  condition.onChange(bad, worse);
  bench.api.answer = () => undefined;
  await condition.close();
  assert.equal(ours(bench).message, "two");
  assert.equal(bench.asked.length, 2);
  assert.match(
    bench.lines[0],
    /^Cannot set the condition of the pod: .* answered 503: not yet; reloads go/,
  );
});

Deno.test("pod condition: a pod that is not ours is left alone", async () => {
  await using bench = new PodBench();
  bench.api.answer = () =>
    refusal(422, "Invalid", "metadata.uid: field is immutable");
  const condition = openPodCondition({
    cluster: bench.cluster(),
    log: bench.log,
  });
  const [good] = changed(undefined);
  condition.onChange(good, good);
  await until("the fault", () => bench.lines.length === 1);
  await condition.close();
  assert.equal(bench.asked.length, 1);
});
