/** Which signals our own writes account for. */
import assert from "node:assert/strict";
import {
  APART_MS,
  isOwn,
  ownWrite,
} from "../../../src/host/signal/write_signals.ts";

const failing = (error: Error) =>
  ownWrite(() => Promise.reject(error)).catch(() => {});

/** A fixed wait: only time makes an account of a signal void. */
const later = () => new Promise((resolve) => setTimeout(resolve, APART_MS));

Deno.test("a signal that somebody sent is not ours, and told at once", async () => {
  const before = performance.now();
  assert.equal(await ownWrite(() => Promise.resolve(7)), 7);
  assert.equal(await isOwn("SIGPIPE"), false);
  assert.equal(await isOwn("SIGXFSZ"), false);
  assert.ok(performance.now() - before < APART_MS);
});

Deno.test("a failed write accounts for its own signal, for a moment", async () => {
  await failing(new Deno.errors.BrokenPipe());
  assert.equal(await isOwn("SIGPIPE"), true);
  assert.equal(await isOwn("SIGXFSZ"), false);
  await later();
  assert.equal(await isOwn("SIGPIPE"), false);
  await failing(new Error("File too large (os error 27)"));
  assert.equal(await isOwn("SIGXFSZ"), true);
  assert.equal(await isOwn("SIGPIPE"), false);
  await later();
});

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
