/** Files are read again from time to time. */
import assert from "node:assert/strict";
import { Verifier, VERIFY_BYTES } from "../../../src/host/watch/verifier.ts";
import { until } from "../temp.ts";

Deno.test("every interval some bytes are read again, and what is found is counted", async () => {
  const asked: number[] = [];
  const found: string[] = [];
  const verifier = new Verifier({
    intervalMs: 5,
    verify: (bytes) => {
      asked.push(bytes);
      return Promise.resolve(asked.length < 3 ? ["/a", "/b"] : []);
    },
    onFound: (path, count) => found.push(`${path} ${count}`),
    onError: (error) => {
      throw error;
    },
  });
  await until("four rounds", () => asked.length >= 4);
  verifier.stop();
  assert.deepEqual(new Set(asked), new Set([VERIFY_BYTES]));
  assert.deepEqual(found, ["/a 1", "/b 2", "/a 3", "/b 4"]);
});

Deno.test("a round that takes longer than the interval is the only one, and one that fails is told", async () => {
  const gate = Promise.withResolvers<readonly string[]>();
  let begun = 0;
  const errors: unknown[] = [];
  const verifier = new Verifier({
    intervalMs: 1,
    verify: () => {
      begun++;
      return begun === 1 ? gate.promise : Promise.resolve([]);
    },
    onFound: () => {},
    onError: (error) => errors.push(error),
  });
  await until("the first round", () => begun === 1);
  let ticks = 0;
  const ticker = setInterval(() => ticks++, 1);
  await until("further intervals", () => ticks > 10);
  clearInterval(ticker);
  assert.equal(begun, 1);
  gate.reject(new Error("no"));
  await until("the next round", () => begun > 1);
  verifier.stop();
  assert.equal(errors.length, 1);
});
