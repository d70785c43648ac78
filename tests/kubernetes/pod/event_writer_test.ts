/** What is asked of the API server for one Event, whatever it answers. */
import assert from "node:assert/strict";
import type { ApiCall } from "../../../src/kubernetes/api/api_call.ts";
import {
  ApiFault,
  type FaultKind,
} from "../../../src/kubernetes/api/api_fault.ts";
import type { SeriesEntry } from "../../../src/kubernetes/pod/event_series.ts";
import { EventWriter } from "../../../src/kubernetes/pod/event_writer.ts";

const forever = () => new AbortController().signal;

/** A writer whose calls are answered one after the other; undefined is a success. */
function writer(name: string, ...answers: readonly (FaultKind | undefined)[]) {
  const calls: ApiCall[] = [];
  const client = {
    call: (call: ApiCall) => {
      calls.push(call);
      const kind = answers[calls.length - 1];
      return kind === undefined
        ? Promise.resolve({})
        : Promise.reject(new ApiFault(kind, "no"));
    },
  };
  const pod = { namespace: "web", name, uid: "u-1" };
  return { writer: new EventWriter(client, pod, () => 7), calls };
}

const entryOf = (count: number, written = 0): SeriesEntry => ({
  event: { type: "Normal", reason: "ConfigReloaded", note: "a" },
  id: "1",
  at: 0,
  count,
  lastAt: 1_500,
  written,
  writtenAt: 0,
});

const series = { count: 3, lastObservedTime: "1970-01-01T00:00:01.500000Z" };

Deno.test("event writer: an Event that was made by an attempt without an answer is brought up to date", async () => {
  const { writer: events, calls } = writer("web-0", "exists", undefined);
  const entry = entryOf(3);
  await events.write(entry, forever());
  assert.deepEqual(calls.map(({ verb }) => verb), ["create", "patch"]);
  assert.deepEqual(calls[1].body, { series });
  assert.deepEqual([entry.written, entry.writtenAt], [3, 7]);
  const single = writer("web-0", "exists");
  await single.writer.write(entryOf(1), forever());
  assert.equal(single.calls.length, 1);
});

Deno.test("event writer: what has failed is not taken for written", async () => {
  const { writer: events } = writer("web-0", "unreachable");
  const entry = entryOf(3, 2);
  await assert.rejects(events.write(entry, forever()), ApiFault);
  assert.equal(entry.written, 2);
});

Deno.test("event writer: the longest name of a pod gives names that the API server takes", async () => {
  for (
    const name of ["x".repeat(253), `${"x".repeat(199)}.${"y".repeat(50)}`]
  ) {
    const { writer: events, calls } = writer(name);
    await events.write(entryOf(1), forever());
    // deno-lint-ignore no-explicit-any -- the body that was sent
    const { metadata, reportingInstance } = calls[0].body as any;
    assert.ok(metadata.name.length <= 253);
    assert.match(metadata.name, /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/);
    assert.ok(reportingInstance.length <= 128);
  }
});
