/** Waiting with a limit, on a machine that stands still meanwhile. */
import assert from "node:assert/strict";
import { HANG_MS } from "../../fixtures/limits.ts";
import { limit, within } from "../../../src/host/base/time_limit.ts";

const never = new Promise<never>(() => {});

Deno.test("it is over with the promise, or with the limit", async () => {
  await within(HANG_MS, Promise.resolve());
  await within(30, never);
  await assert.rejects(within(HANG_MS, Promise.reject(new Error("no"))), /no/);
});

Deno.test("what has come while the machine stood still is in time", async () => {
  await using child = new Deno.Command("echo", {
    args: ["text"],
    stdout: "piped",
  }).spawn();
  let text: string | undefined;
  const reading = new Response(child.stdout).text().then((all) => text = all);
  const waiting = within(100, reading);
  // Nothing of ours runs until the text is in the pipe and the limit is over.
  const isOverAt = performance.now() + 200;
  while (performance.now() < isOverAt || !hasEnded(child.pid));
  await waiting;
  assert.equal(text, "text\n");
});

/** Whether it is a zombie: the runtime has not reaped it yet. */
function hasEnded(pid: number): boolean {
  return / Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
}

Deno.test("a limit that is taken back is never over", async () => {
  let over = false;
  limit(5, () => over = true)();
  await within(50, never);
  assert.equal(over, false);
});
