/** Work that waits only where it has to. */
import assert from "node:assert/strict";
import {
  awaiting,
  type MaybeAsync,
  runAtOnce,
  runMaybeAsync,
} from "../../../src/host/base/maybe_async.ts";

function* sum(...parts: (number | Promise<number>)[]): MaybeAsync<number> {
  let total = 0;
  for (const part of parts) {
    total += typeof part === "number" ? part : yield* awaiting(part);
  }
  return total;
}

Deno.test("work without a wait is done before the call returns", () => {
  assert.equal(runMaybeAsync(sum(1, 2)), 3);
});

Deno.test("work with waits goes on with what each promise has resolved to", async () => {
  const result = runMaybeAsync(
    sum(1, Promise.resolve(2), 3, Promise.resolve(4)),
  );
  assert.ok(result instanceof Promise);
  assert.equal(await result, 10);
});

Deno.test("a rejection is thrown where it was waited for, and can be caught there", async () => {
  function* careful(): MaybeAsync<string> {
    try {
      yield* awaiting(Promise.reject(new Error("no")));
      return "unreachable";
    } catch (error) {
      return `caught ${(error as Error).message}`;
    }
  }
  assert.equal(await runMaybeAsync(careful()), "caught no");
  const failing = runMaybeAsync(sum(Promise.reject(new Error("no"))));
  await assert.rejects(async () => await failing, /^Error: no$/);
});

Deno.test("work that waits only for a turn can be done without one", () => {
  function* polite(): MaybeAsync<string> {
    yield* awaiting(Promise.resolve());
    yield* awaiting(Promise.resolve());
    return "done";
  }
  assert.equal(runAtOnce(polite()), "done");
});
