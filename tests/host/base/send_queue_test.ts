/** What waits for a server: bounded, without a storm of attempts, and never for long. */
import assert from "node:assert/strict";
import { delay } from "@std/async/delay";
import { until } from "../temp.ts";
import {
  QUEUE_MAX,
  SendQueue,
  type Sent,
} from "../../../src/host/base/send_queue.ts";

const TAKEN: Sent = { kind: "taken" };
const FAILED: Sent = { kind: "failed", why: "down" };

/** A queue of numbers, whose requests are answered one after the other. */
function queueOf(
  answer: (nth: number, signal: AbortSignal) => Sent | Promise<Sent>,
  pause = { firstMs: 20, maxMs: 40 },
) {
  const sent: (readonly number[])[] = [];
  const faults: string[] = [];
  const queue = new SendQueue<number>({
    send: async (items, signal) => {
      sent.push(items);
      return await answer(sent.length, signal);
    },
    onFault: (why) => faults.push(why),
    pause,
  });
  return { queue, sent, faults };
}

Deno.test("send queue: what comes while a request is under way goes with the next one", async () => {
  const { queue, sent, faults } = queueOf(() => TAKEN);
  queue.add(1);
  queue.add(2);
  queue.add(3);
  await queue.close(1_000);
  assert.deepEqual(sent, [[1], [2, 3]]);
  assert.deepEqual(faults, []);
});

Deno.test("send queue: a failure is told once, and what failed is sent again after a pause, with what has come since", async () => {
  const { queue, sent, faults } = queueOf((nth) => nth <= 2 ? FAILED : TAKEN);
  queue.add(1);
  await until("the first failure", () => faults.length > 0);
  queue.add(2);
  assert.deepEqual(sent, [[1]]);
  await until("the third request", () => sent.length > 2);
  assert.deepEqual(sent, [[1], [1, 2], [1, 2]]);
  assert.deepEqual(faults, ["down"]);
  await queue.close(0);
});

Deno.test("send queue: the next outage is told again", async () => {
  const { queue, sent, faults } = queueOf((nth) => nth === 2 ? TAKEN : FAILED);
  queue.add(1);
  await until("the second request", () => sent.length > 1);
  queue.add(2);
  await until("the second outage", () => faults.length > 1);
  await queue.close(0);
  assert.deepEqual(faults, ["down", "down"]);
});

Deno.test("send queue: a server that asks for a longer pause gets it", async () => {
  const askedAt: number[] = [];
  const { queue, sent } = queueOf((nth) => {
    askedAt.push(performance.now());
    return nth === 1 ? { ...FAILED, retryAfterMs: 300 } : TAKEN;
  });
  queue.add(1);
  await until("the second request", () => sent.length > 1);
  assert.ok(askedAt[1] - askedAt[0] >= 290, askedAt.join());
  await queue.close(1_000);
});

Deno.test("send queue: what a server refuses is not sent again", async () => {
  const { queue, sent, faults } = queueOf(() => ({
    kind: "refused",
    why: "answered 400",
  }));
  queue.add(1);
  await delay(100);
  queue.add(2);
  await queue.close(1_000);
  assert.deepEqual(sent, [[1], [2]]);
  assert.deepEqual(faults, ["answered 400"]);
});

Deno.test("send queue: the oldest are dropped when there are too many", async () => {
  const { queue, sent } = queueOf(
    (nth) => nth === 1 ? FAILED : TAKEN,
    { firstMs: 60_000, maxMs: 60_000 },
  );
  for (let i = 0; i < QUEUE_MAX + 10; i++) {
    queue.add(i);
    await delay(0);
  }
  await queue.close(1_000);
  assert.equal(sent.length, 2);
  assert.equal(sent[1].length, QUEUE_MAX);
  assert.equal(sent[1].at(-1), QUEUE_MAX + 9);
});

Deno.test("send queue: the end waits for no longer than it may, and nothing is sent after it", async () => {
  const { queue, sent } = queueOf((_, signal) =>
    new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve(FAILED))
    )
  );
  queue.add(1);
  queue.add(2);
  const began = performance.now();
  await queue.close(100);
  assert.ok(performance.now() - began < 1_000);
  queue.add(3);
  await delay(100);
  assert.deepEqual(sent, [[1]]);
});
