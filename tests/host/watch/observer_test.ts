/** One look at a time, however many are asked for. */
import assert from "node:assert/strict";
import type { Depth } from "../../../src/core/vocabulary/observation.ts";
import type {
  FingerprinterOptions,
  Look,
} from "../../../src/host/fingerprint/fingerprinter.ts";
import { RACY_MS } from "../../../src/host/fingerprint/read_memory.ts";
import {
  Observer,
  type ObserverOptions,
} from "../../../src/host/watch/observer.ts";
import { until } from "../temp.ts";

/** A fingerprinter that has seen so many entries. */
const looking = (
  look: (depth: Depth) => Look | Promise<Look>,
  entriesSeen = 0,
): ObserverOptions["fingerprinter"] =>
() => ({ ...CERTAIN, look, entriesSeen });

/** There is nothing to read again. */
const CERTAIN = { isDoubtful: false, verify: () => Promise.resolve([]) };

const found = (depth: Depth, startedAt = 0): Look => ({
  startedAt,
  depth,
  fingerprint: [],
  unread: [],
});

Deno.test("wishes during a look become one look of the greatest depth", async () => {
  const gates: PromiseWithResolvers<Look>[] = [];
  const seen: string[] = [];
  const depths: string[] = [];
  let now = 0;
  const observer = new Observer({
    fingerprinter: looking((depth) => {
      depths.push(depth);
      const gate = Promise.withResolvers<Look>();
      gates.push(gate);
      return gate.promise;
    }),
    now: () => ++now,
    onObserved: (startedAt, { at, depth }) =>
      seen.push(`${startedAt}-${at} ${depth}`),
    onError: (error) => {
      throw error;
    },
  });
  observer.look("metadata", "event");
  observer.look("content", "timer");
  observer.look("metadata", "event");
  assert.deepEqual(depths, ["metadata"]);
  gates[0].resolve(found("metadata", 1));
  await until("the second look begins", () => gates.length === 2);
  gates[1].resolve(found("content", 3));
  await until("both are told", () => seen.length === 2);
  assert.deepEqual(seen, ["1-1 metadata", "3-2 content"]);
});

Deno.test("a failed look is reported and the next one is taken", async () => {
  const errors: unknown[] = [];
  let fail = true;
  let looks = 0;
  const observer = new Observer({
    fingerprinter: looking((depth) =>
      fail ? Promise.reject(new Error("no")) : Promise.resolve(found(depth))
    ),
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

Deno.test("a poll rests after a look at very many files, an event does not", async () => {
  let now = 0;
  const seen: string[] = [];
  const observer = new Observer({
    fingerprinter: looking((depth) => Promise.resolve(found(depth)), 10_000),
    now: () => now,
    onObserved: (_startedAt, { cause }) => seen.push(cause),
    onError: (error) => {
      throw error;
    },
  });
  for (
    const [at, cause] of [
      [0, "poll"],
      [5_000, "poll"],
      [6_000, "event"],
      [21_000, "poll"],
      [26_000, "poll"],
    ] as const
  ) {
    now = at;
    const before = seen.length;
    observer.look("metadata", cause);
    const granted = at !== 5_000 && at !== 21_000;
    if (granted) await until(`the look of ${at}`, () => seen.length > before);
  }
  assert.deepEqual(seen, ["poll", "event", "poll"]);
});

Deno.test("a look that needs no wait is told at once, and one that it leads to follows it", () => {
  const told: string[] = [];
  const observer = new Observer({
    fingerprinter: looking(found),
    now: () => 0,
    onObserved: (_startedAt, { depth }) => {
      told.push(`begin ${depth}`);
      if (depth === "metadata") observer.look("content", "timer");
      told.push(`end ${depth}`);
    },
    onError: (error) => {
      throw error;
    },
  });
  observer.look("metadata", "event");
  assert.deepEqual(told, [
    "begin metadata",
    "end metadata",
    "begin content",
    "end content",
  ]);
});

Deno.test("a look that throws is reported, and the next one is taken", () => {
  const errors: unknown[] = [];
  let looks = 0;
  const observer = new Observer({
    fingerprinter: looking((depth) => {
      if (errors.length === 0) throw new Error("no");
      return found(depth);
    }),
    now: () => 0,
    onObserved: () => looks++,
    onError: (error) => errors.push(error),
  });
  observer.look("content", "timer");
  assert.equal(errors.length, 1);
  observer.look("content", "timer");
  assert.equal(looks, 1);
});

Deno.test("what is read beside the looks is told at once, and is followed by a look if one was asked for", () => {
  const told: string[] = [];
  let beside: FingerprinterOptions | undefined;
  const observer = new Observer({
    fingerprinter: (options) => {
      beside = options;
      return { ...CERTAIN, look: found, entriesSeen: 0 };
    },
    now: () => 0,
    onObserved: (startedAt, { depth, cause }) =>
      told.push(`${startedAt} ${depth} ${cause}`),
    onError: (error) => {
      throw error;
    },
  });
  observer.look("metadata", "event");
  beside?.onRead(found("content", 7));
  beside?.onAgain("content");
  assert.deepEqual(told, [
    "0 metadata event",
    "7 content timer",
    "0 content timer",
  ]);
});

Deno.test("what a look doubts is looked at once more, although nothing hints at it", async () => {
  const depths: string[] = [];
  const observer = new Observer({
    fingerprinter: () => ({
      ...CERTAIN,
      get isDoubtful() {
        return depths.length < 2;
      },
      look: (depth) => {
        depths.push(depth);
        return found(depth);
      },
      entriesSeen: 1,
    }),
    now: () => 0,
    onObserved: () => {},
    onError: (error) => {
      throw error;
    },
  });
  observer.look("metadata", "event");
  await until("the second look", () => depths.length === 2);
  assert.deepEqual(depths, ["metadata", "content"]);
  observer.stop();
});

Deno.test("what is doubted rests for a while, also where the clocks of the look and of its answer differ", async () => {
  const began: number[] = [];
  const observer = new Observer({
    fingerprinter: () => ({
      ...CERTAIN,
      isDoubtful: true,
      entriesSeen: 0,
      look: (depth) => {
        began.push(performance.now());
        return found(depth, 10_000);
      },
    }),
    now: () => 0,
    onObserved: () => {},
    onError: (error) => {
      throw error;
    },
  });
  observer.look("content", "timer");
  await until("the second look", () => began.length > 1);
  observer.stop();
  const restMs = began[1] - began[0];
  assert.ok(restMs >= RACY_MS - 1, `${restMs} ms`);
});
