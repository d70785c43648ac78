/** The longest delay of the event loop, and when it is forgotten. */
import { equal, ok } from "node:assert/strict";
import {
  LagWindow,
  measureLag,
  TICK_MS,
  WINDOW_MS,
} from "../../../src/control/facts/event_loop_lag.ts";

Deno.test("a tick in time is no delay", () => {
  const lag = new LagWindow(0);
  equal(lag.longestMs(TICK_MS / 2), 0);
  lag.tick(TICK_MS);
  lag.tick(2 * TICK_MS);
  equal(lag.longestMs(3 * TICK_MS), 0);
});

Deno.test("the longest delay is told, also before its tick has come", () => {
  const lag = new LagWindow(0);
  lag.tick(TICK_MS + 30);
  lag.tick(2 * TICK_MS + 40);
  equal(lag.longestMs(2 * TICK_MS + 50), 30);
  equal(lag.longestMs(3 * TICK_MS + 540), 500);
  lag.tick(3 * TICK_MS + 550);
  equal(lag.longestMs(3 * TICK_MS + 550), 510);
});

Deno.test("a delay is remembered for one window at least, and two at most", () => {
  const lag = new LagWindow(0);
  lag.tick(TICK_MS + 30);
  let now = TICK_MS + 30;
  const tickUntil = (end: number) => {
    for (; now + TICK_MS <= end; now += TICK_MS) lag.tick(now + TICK_MS);
  };
  tickUntil(2 * WINDOW_MS - TICK_MS);
  equal(lag.longestMs(now), 30);
  tickUntil(2 * WINDOW_MS + 2 * TICK_MS);
  equal(lag.longestMs(now), 0);
});

Deno.test("a loop that is blocked is late", async () => {
  const lag = measureLag();
  const blockedMs = 2 * TICK_MS;
  const end = performance.now() + blockedMs;
  while (performance.now() < end);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const longestS = lag.longestS();
  lag.stop();
  ok(longestS >= (blockedMs - TICK_MS) / 1_000 - 0.01, `${longestS} s`);
});
