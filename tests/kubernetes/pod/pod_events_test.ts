/** Events of a pod, from the journal to the API server. */
import assert from "node:assert/strict";
import {
  openPodEvents,
  type PodEventsOptions,
} from "../../../src/kubernetes/pod/pod_events.ts";
import { refusal } from "../../fixtures/fake_kubernetes_objects.ts";
import { until } from "../../host/temp.ts";
import "../../host/loaded_libc.ts";
import { EVENTS, PodBench, rejection } from "./pod_bench.ts";

const open = (bench: PodBench, options: Partial<PodEventsOptions> = {}) =>
  openPodEvents({ cluster: bench.cluster(), log: bench.log, ...options });

Deno.test("pod events: a rejection is an Event of the pod, and the second one makes it a series", async () => {
  await using bench = new PodBench();
  const events = open(bench);
  const { then, now } = rejection("exit code 1");
  events.onChange(then, now);
  await until("the Event", () => bench.events.length === 1);
  const [{ metadata, eventTime, ...event }] = bench.events;
  assert.deepEqual(event, {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    reportingController: "flush-manager",
    reportingInstance: "flush-manager-web-0",
    action: "Reload",
    reason: "ConfigRejected",
    regarding: {
      apiVersion: "v1",
      kind: "Pod",
      name: "web-0",
      namespace: "web",
      uid: "u-1",
    },
    note: "New configuration of /c rejected: exit code 1",
    type: "Warning",
  });
  assert.match(metadata.name, /^web-0\.[0-9a-f]{12}1$/);
  assert.ok(Math.abs(Date.parse(eventTime) - Date.now()) < 60_000);
  events.onChange(then, now);
  await until("the series", () => bench.events[0].series !== undefined);
  assert.equal(bench.events[0].series.count, 2);
  for (let count = 0; count < 5; count++) events.onChange(then, now);
  await events.close();
  assert.equal(bench.events[0].series.count, 7);
  assert.deepEqual(bench.asked, ["POST", "PATCH", "PATCH"]);
  assert.deepEqual(bench.lines, []);
});

Deno.test("pod events: a series that the server has forgotten is made again, with its count", async () => {
  await using bench = new PodBench();
  const events = open(bench);
  const { then, now } = rejection("exit code 1");
  events.onChange(then, now);
  await until("the Event", () => bench.events.length === 1);
  const path = `${EVENTS}/${bench.events[0].metadata.name}`;
  bench.api.objects.delete(path);
  events.onChange(then, now);
  await until("the Event again", () => bench.events.length === 1);
  assert.equal(bench.events[0].series.count, 2);
  await events.close();
  assert.deepEqual(bench.asked, ["POST", "PATCH", "POST"]);
});

Deno.test("pod events: a series ends with its final count when nothing is added", async () => {
  await using bench = new PodBench();
  let minute = 0;
  const events = open(bench, { now: () => minute * 60_000, tickMs: 5 });
  const { then, now } = rejection("exit code 1");
  for (let count = 0; count < 3; count++) events.onChange(then, now);
  await until("the series", () => bench.events[0]?.series !== undefined);
  events.onChange(then, now);
  minute = 6;
  await until("its end", () => bench.events[0].series.count === 4);
  events.onChange(then, now);
  await until("the next Event", () => bench.events.length === 2);
  await events.close();
});

Deno.test("pod events: without the right to send them one line says so, and the rest goes on", async () => {
  await using bench = new PodBench();
  const events = open(bench);
  bench.api.answer = () => new Response(null, { status: 403 });
  for (const why of ["one", "two", "three"]) {
    const { then, now } = rejection(why);
    events.onChange(then, now);
  }
  await until("three attempts", () => bench.asked.length === 3);
  await events.close();
  assert.equal(bench.asked.length, 3);
  const { host, port } = bench.api.address;
  assert.deepEqual(bench.lines, [
    `Cannot send Events of the pod: Kubernetes API at ${host}:${port} answered 403: the Role needs create on events.events.k8s.io in namespace web; reloads go on without`,
  ]);
});

Deno.test("pod events: what could not be sent is sent at the end, and a server that hangs does not delay that", async () => {
  await using bench = new PodBench();
  const events = open(bench);
  const { then, now } = rejection("exit code 1");
  bench.api.answer = () => refusal(503, "", "not yet");
  events.onChange(then, now);
  await until("the fault", () => bench.lines.length === 1);
  bench.api.answer = () => undefined;
  await events.close();
  assert.equal(bench.events.length, 1);
  const other = open(bench);
  const never = Promise.withResolvers<undefined>();
  bench.api.answer = () => never.promise;
  other.onChange(then, now);
  const began = performance.now();
  await other.close();
  assert.ok(performance.now() - began < 1_500);
  never.resolve(undefined);
});

Deno.test("pod events: nothing that a check has printed is sent", async () => {
  await using bench = new PodBench();
  const events = open(bench);
  const { then, now } = rejection("exit code 1");
  events.onChange(then, now);
  await events.close();
  assert.equal(bench.asked.length, 1);
  assert.doesNotMatch(bench.api.requests[0].body, /secret/);
});

Deno.test("pod events: a step of the manager does not wait for the beginning of a call", async () => {
  await using bench = new PodBench();
  const cluster = bench.cluster();
  let calls = 0;
  const call = cluster.client.call.bind(cluster.client);
  cluster.client.call = (...given) => {
    calls++;
    return call(...given);
  };
  const events = open(bench, { cluster });
  const { then, now } = rejection("exit code 1");
  events.onChange(then, now);
  await Promise.resolve();
  assert.equal(calls, 0);
  await events.close();
  assert.equal(calls, 1);
});

Deno.test("pod events: a manager that does not know its pod cannot send any", async () => {
  await using bench = new PodBench();
  assert.throws(
    () => openPodEvents({ cluster: bench.cluster({}), log: bench.log }),
    /^Error: nobody tells which pod this is: .*POD_NAME and POD_UID are not set$/,
  );
});
