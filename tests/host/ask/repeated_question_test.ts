/** A question that is asked again and again, and once more at once. */
import assert from "node:assert/strict";
// @ts-types="../../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import type { Answer } from "../../../src/host/ask/probe.ts";
import { RepeatedQuestion } from "../../../src/host/ask/repeated_question.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import { until } from "../temp.ts";

const HOUR_MS = 3_600_000;

function asking(
  ask: (signal: AbortSignal) => Answer | Promise<Answer>,
  intervalMs: number,
  enough = 1,
) {
  const seen = { answers: 0, yes: 0, isOver: false };
  const question = new RepeatedQuestion({
    ask,
    intervalMs,
    isEnough: (why) => {
      seen.answers++;
      seen.yes = why === undefined ? seen.yes + 1 : 0;
      seen.isOver = seen.yes >= enough;
      return seen.isOver;
    },
  });
  return { question, seen };
}

Deno.test("it is asked until the answer is enough, and no more", async () => {
  let left = 3;
  const { seen } = asking(() => left-- > 0 ? "no" : undefined, 1);
  await until("it is over", () => seen.isOver);
  await delay(20);
  assert.equal(seen.answers, 4);
});

Deno.test("asked at once, it does not wait for the interval, and goes on as before", async () => {
  let answer: Answer = "no";
  const { question, seen } = asking(() => answer, HOUR_MS);
  await until("the first answer", () => seen.answers === 1);
  let denied = 0;
  question.askNow(HANG_MS, () => denied++);
  await until("it is denied", () => denied > 0);
  assert.deepEqual([seen.answers, denied], [2, 1]);
  answer = undefined;
  question.askNow(HANG_MS, () => denied++);
  await until("it is over", () => seen.isOver);
  await delay(20);
  assert.deepEqual([seen.answers, denied], [3, 1]);
});

Deno.test("an attempt that is under way says nothing about now: another one is begun", async () => {
  let attempts = 0;
  const { question, seen } = asking((signal) => {
    if (++attempts > 1) return undefined;
    return new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve("was cancelled"))
    );
  }, HOUR_MS);
  await until("the first attempt", () => attempts === 1);
  question.askNow(HANG_MS, () => assert.fail("it says yes"));
  await until("it is over", () => seen.isOver);
  assert.deepEqual([attempts, seen.answers], [2, 1]);
});

Deno.test("an answer that does not come is no, and the attempt goes on", async () => {
  const late = Promise.withResolvers<Answer>();
  let attempts = 0;
  const { question, seen } = asking(
    () => ++attempts === 1 ? "no" : late.promise,
    HOUR_MS,
  );
  await until("the first answer", () => seen.answers === 1);
  let denied = 0;
  question.askNow(10, () => denied++);
  await until("it is denied", () => denied > 0);
  late.resolve(undefined);
  await until("it is over", () => seen.isOver);
  assert.deepEqual([attempts, denied], [2, 1]);
});

Deno.test("one yes of several is not enough", async () => {
  const { question, seen } = asking(() => undefined, HOUR_MS, 3);
  await until("the first answer", () => seen.answers === 1);
  let denied = 0;
  question.askNow(HANG_MS, () => denied++);
  await until("it is denied", () => denied > 0);
  assert.deepEqual([seen.yes, seen.isOver], [2, false]);
  question.end();
});

Deno.test("after its end nothing is passed on", async () => {
  const { question, seen } = asking(() => "no", 1);
  let denied = 0;
  await until("the first answer", () => seen.answers > 0);
  question.askNow(10, () => denied++);
  question.end();
  const { answers } = seen;
  await delay(50);
  assert.deepEqual([seen.answers, denied], [answers, 0]);
});
