/** Work that waits only where it has to. */
import assert from "node:assert/strict";
import {
  awaiting,
  type MaybeAsync,
  runMaybeAsync,
  unlessAborted,
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

Deno.test("work is given up after the wait in which the signal comes, and cleans up", async () => {
  const done: string[] = [];
  function* steps(): MaybeAsync<void> {
    try {
      for (const name of ["a", "b", "c"]) {
        yield* awaiting(Promise.resolve());
        done.push(name);
        if (name === "b") end.abort();
      }
    } finally {
      done.push("cleaned up");
    }
  }
  const end = new AbortController();
  const work = unlessAborted(steps(), end.signal, () => new Error("given up"));
  await assert.rejects(
    async () => await runMaybeAsync(work),
    /^Error: given up$/,
  );
  assert.deepEqual(done, ["a", "b", "cleaned up"]);
});

Deno.test("work that may be given up still catches what is rejected, and returns", async () => {
  function* careful(): MaybeAsync<string> {
    try {
      yield* awaiting(Promise.reject(new Error("no")));
    } catch {
      return yield* awaiting(Promise.resolve("caught"));
    }
    return "unreachable";
  }
  const { signal } = new AbortController();
  const work = unlessAborted(careful(), signal, () => new Error("given up"));
  assert.equal(await runMaybeAsync(work), "caught");
});
