/** One thing at a time, each found anew. */
import assert from "node:assert/strict";
import { type Due, Turns } from "../../../src/fleet/seeker/turns.ts";
import { Agenda } from "../../simulation/agenda.ts";
import { turn } from "../seeker_story.ts";
import { VirtualSystem } from "../virtual_system.ts";

function begun() {
  const agenda = new Agenda();
  const system = new VirtualSystem(agenda);
  const dues: Due[] = [];
  const turns = new Turns(system, () => dues[0]);
  return { agenda, system, dues, turns };
}

Deno.test("turns: what is due later is waited for, unless something else is due before", () => {
  const { agenda, system, dues, turns } = begun();
  const done: string[] = [];
  const due = (name: string, at: number): Due => ({
    at,
    act: () => {
      done.push(name);
      dues.shift();
      return Promise.resolve();
    },
  });
  dues.push(due("later", 100));
  turns.take();
  assert.deepEqual([done, system.timers], [[], 1]);
  dues.unshift(due("now", 0));
  turns.take();
  assert.deepEqual([done, system.timers], [["now"], 0]);
  assert.ok(agenda.now === 0);
});

Deno.test("turns: nothing is begun while something is under way, and then what is due by then", async () => {
  const { dues, turns } = begun();
  const { promise, resolve } = Promise.withResolvers<void>();
  const done: string[] = [];
  dues.push({ at: 0, act: () => promise });
  turns.take();
  const act = () => {
    done.push("second");
    dues.length = 0;
    return Promise.resolve();
  };
  dues[0] = { at: 0, act };
  turns.take();
  await turn();
  assert.deepEqual(done, []);
  resolve();
  await turn();
  assert.deepEqual(done, ["second"]);
});

Deno.test("turns: the end waits for what is under way, and lets nothing begin", async () => {
  const { system, dues, turns } = begun();
  const { promise, resolve } = Promise.withResolvers<void>();
  let begunTimes = 0;
  dues.push({ at: 0, act: () => (begunTimes++, promise) });
  turns.take();
  let hasEnded = false;
  const end = turns.end().then(() => hasEnded = true);
  await turn();
  assert.equal(hasEnded, false);
  resolve();
  await end;
  turns.take();
  assert.deepEqual([begunTimes, system.timers], [1, 0]);
});
