/** One look at a time, however many are asked for. */
import assert from "node:assert/strict";
import type { Fingerprint } from "../../src/core/fingerprint.ts";
import { Observer } from "../../src/host/observer.ts";
import { until } from "./temp.ts";

Deno.test("wishes during a look become one look of the greatest depth", async () => {
  const gates: PromiseWithResolvers<Fingerprint>[] = [];
  const seen: string[] = [];
  const depths: string[] = [];
  let now = 0;
  const observer = new Observer({
    take: (depth) => {
      depths.push(depth);
      const gate = Promise.withResolvers<Fingerprint>();
      gates.push(gate);
      return gate.promise;
    },
    now: () => ++now,
    onObserved: (startedAt, { at, depth }) =>
      seen.push(`${startedAt}-${at} ${depth}`),
    onError: (error) => {
      throw error;
    },
  });
  observer.look("metadata", "event");
  observer.look("content", "timer");
  observer.look("metadata", "poll");
  assert.deepEqual(depths, ["metadata"]);
  gates[0].resolve([]);
  await until("the second look begins", () => gates.length === 2);
  gates[1].resolve([]);
  await until("both are told", () => seen.length === 2);
  assert.deepEqual(seen, ["1-2 metadata", "3-4 content"]);
});

Deno.test("a failed look is reported and the next one is taken", async () => {
  const errors: unknown[] = [];
  let fail = true;
  let looks = 0;
  const observer = new Observer({
    take: () => fail ? Promise.reject(new Error("no")) : Promise.resolve([]),
    now: () => 0,
    onObserved: () => looks++,
    onError: (error) => errors.push(error),
  });
  observer.look("content", "timer");
  await until("the error is told", () => errors.length === 1);
  fail = false;
  observer.look("content", "timer");
  await until("the look is told", () => looks === 1);
});
