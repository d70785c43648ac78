/** What an operator asks for: done once, tried again where others write, and told of in any case. */
import assert from "node:assert/strict";
import { Errands } from "../../../src/fleet/seeker/errands.ts";
import { StoreUnreachable } from "../../../src/fleet/slots/slot_store.ts";
import { Agenda } from "../../simulation/agenda.ts";
import { VirtualSystem } from "../virtual_system.ts";

function begun() {
  const agenda = new Agenda();
  return { agenda, errands: new Errands(new VirtualSystem(agenda)) };
}

/** Resolves to what `of` rejects with. */
const failure = (of: Promise<unknown>) =>
  of.then(() => assert.fail("it was done"), (error) => error);

Deno.test("errands: each is done once, in the order in which they were asked for", async () => {
  const { errands } = begun();
  const one = errands.add(() => Promise.resolve("one"));
  const other = errands.add(() => Promise.resolve("other"));
  assert.equal(errands.at, 0);
  await errands.run();
  assert.equal(await one, "one");
  await errands.run();
  assert.equal(await other, "other");
  assert.equal(errands.at, undefined);
  await errands.run();
});

Deno.test("errands: where another manager has written meanwhile it is tried again in half a second", async () => {
  const { errands } = begun();
  const results = [undefined, "done"];
  const done = errands.add(() => Promise.resolve(results.shift()));
  await errands.run();
  assert.equal(errands.at, 500);
  await errands.run();
  assert.equal(await done, "done");
});

Deno.test("errands: after five attempts the operator is told so", async () => {
  const { errands } = begun();
  let attempts = 0;
  const fault = failure(errands.add(() => {
    attempts++;
    return Promise.resolve(undefined);
  }));
  while (errands.at !== undefined) await errands.run();
  assert.equal(attempts, 5);
  const error = await fault;
  assert.ok(error instanceof StoreUnreachable);
  assert.match(error.message, /at the same time 5 times; try again$/);
});

Deno.test("errands: what fails is told to whom has asked, and not tried again", async () => {
  const { errands } = begun();
  const error = new StoreUnreachable("connection refused");
  const fault = failure(errands.add(() => Promise.reject(error)));
  await errands.run();
  assert.equal(await fault, error);
  assert.equal(errands.at, undefined);
});

Deno.test("errands: at the end all are told", async () => {
  const { errands } = begun();
  const reason = new StoreUnreachable("this manager ends");
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = failure(errands.add(() => Promise.resolve("done")));
  const underWay = failure(errands.add(() => promise));
  const running = [errands.run(), errands.run()];
  errands.end(reason);
  resolve("too late");
  await Promise.all(running);
  assert.deepEqual(
    [await waiting, await underWay].map((error) => error === reason),
    [true, true],
  );
  assert.equal(errands.at, undefined);
});
