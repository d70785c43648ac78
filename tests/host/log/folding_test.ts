/** What is folded, and when its count comes. */
import assert from "node:assert/strict";
import { delay } from "@std/async/delay";
import {
  debug,
  info,
  type Message,
} from "../../../src/core/vocabulary/message.ts";
import { FOLD_MS, Folding } from "../../../src/host/log/folding.ts";

function folding() {
  const passed: string[] = [];
  const folding = new Folding(({ level, text }, time) =>
    passed.push(`${time.getTime()} ${level} ${text}`)
  );
  const push = (atMs: number, message: Message) =>
    folding.push(message, new Date(atMs));
  return { passed, push, flush: () => folding.flush() };
}

Deno.test("the first of a kind is passed on at once, and the rest as a count before the next", () => {
  const { passed, push } = folding();
  push(0, info("event", "a"));
  assert.deepEqual(passed, ["0 info a"]);
  push(1, info("event", "a"));
  push(2, info("event", "a"));
  assert.equal(passed.length, 1);
  push(3, info("event", "b"));
  assert.deepEqual(passed, [
    "0 info a",
    "2 info last message repeated 2 times",
    "3 info b",
  ]);
});

Deno.test("a single repetition is passed on as it is", () => {
  const { passed, push, flush } = folding();
  push(0, info("event", "a"));
  push(7, info("event", "a"));
  flush();
  assert.deepEqual(passed, ["0 info a", "7 info a"]);
  flush();
  assert.equal(passed.length, 2);
});

Deno.test("another level, another reload, an alternation and a later time are no repetition", () => {
  const { passed, push } = folding();
  push(0, info("event", "a"));
  push(0, debug("event", "a"));
  push(0, debug("event", "a", { reload_id: 1 }));
  push(0, info("event", "b"));
  push(0, debug("event", "a", { reload_id: 1 }));
  push(FOLD_MS, debug("event", "a", { reload_id: 1 }));
  assert.equal(passed.length, 6);
});

Deno.test("a clock that is set back does not fold for ever", () => {
  const { passed, push } = folding();
  push(10_000, info("event", "a"));
  push(5_000, info("event", "a"));
  assert.equal(passed.length, 2);
});

Deno.test("a count is bounded in time: it comes without another record, and the next one is passed on at once", async () => {
  const { passed, push } = folding();
  push(0, info("event", "a"));
  for (let i = 1; i <= 3; i++) push(i, info("event", "a"));
  await delay(FOLD_MS + 200);
  assert.deepEqual(passed, [
    "0 info a",
    "3 info last message repeated 3 times",
  ]);
  push(4, info("event", "a"));
  assert.equal(passed.length, 3);
});
