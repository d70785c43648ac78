/** Which signals our own writes account for. */
import assert from "node:assert/strict";
import {
  APART_MS,
  isOwn,
  type OwnSignal,
  ownWrite,
} from "../../../src/host/signal/write_signals.ts";
import { until } from "../temp.ts";

const failing = (error: Error) =>
  ownWrite(() => Promise.reject(error)).catch(() => {});

/** A fixed wait: only time makes an account of a signal void. */
async function later(): Promise<void> {
  const fromMs = performance.now();
  await until(
    "the account is void",
    () => performance.now() > fromMs + APART_MS,
  );
}

Deno.test("a signal that somebody sent is not ours, and told at once", async () => {
  assert.equal(await ownWrite(() => Promise.resolve(7)), 7);
  const told: string[] = [];
  setTimeout(() => told.push("the next turn"), 0);
  for (const signal of ["SIGPIPE", "SIGXFSZ"] as const) {
    assert.equal(await isOwn(signal), false);
    told.push(signal);
  }
  await until("the next turn", () => told.includes("the next turn"));
  assert.deepEqual(told, ["SIGPIPE", "SIGXFSZ", "the next turn"]);
});

Deno.test("a failed write accounts for its own signal, for a moment", async () => {
  await failsOwning("SIGPIPE", new Deno.errors.BrokenPipe());
  assert.equal(await isOwn("SIGXFSZ"), false);
  await later();
  assert.equal(await isOwn("SIGPIPE"), false);
  const tooLarge = new Error("File too large (os error 27)");
  await failsOwning("SIGXFSZ", tooLarge);
  assert.equal(await isOwn("SIGPIPE"), false);
  await later();
});

/** A write fails, and the signal that comes right after it is its own: again where the machine stood still in between. */
async function failsOwning(signal: OwnSignal, error: Error): Promise<void> {
  for (;;) {
    const fromMs = performance.now();
    await failing(error);
    const isIts = await isOwn(signal);
    if (!isIts && performance.now() - fromMs >= APART_MS) continue;
    return assert.ok(isIts);
  }
}

Deno.test("a write that fails is still a failure", async () => {
  const write = () => ownWrite(() => Promise.reject(new Error("no")));
  await assert.rejects(write, /^Error: no$/);
  await later();
});

Deno.test("a full pipe raises no signal", async () => {
  await failing(new Deno.errors.WouldBlock());
  assert.equal(await isOwn("SIGPIPE"), false);
  assert.equal(await isOwn("SIGXFSZ"), false);
});

Deno.test("the signal may come before its write has failed", async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  const writing = ownWrite(() => promise).catch(() => {});
  const own = isOwn("SIGPIPE");
  reject(new Deno.errors.BrokenPipe());
  assert.equal(await own, true);
  await writing;
  await later();
});

Deno.test("a write that nobody takes holds up no signal", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const writing = ownWrite(() => promise);
  assert.equal(await isOwn("SIGPIPE"), false);
  resolve(1);
  await writing;
});
