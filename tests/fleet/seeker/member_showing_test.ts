/** When the others are shown what a manager does. */
import assert from "node:assert/strict";
import { MemberShowing } from "../../../src/fleet/seeker/member_showing.ts";
import { StoreCalls } from "../../../src/fleet/seeker/store_calls.ts";
import type { ShownMember } from "../../../src/fleet/slots/member_board.ts";
import {
  NO_VERDICTS,
  type SlotStore,
  StoreUnreachable,
} from "../../../src/fleet/slots/slot_store.ts";
import { Agenda } from "../../simulation/agenda.ts";
import { VirtualSystem } from "../virtual_system.ts";

const ONE: ShownMember = { runs: "one", next: undefined };
const TWO: ShownMember = { runs: "two", next: undefined };

function showing(board: boolean) {
  const agenda = new Agenda();
  const system = new VirtualSystem(agenda);
  const shown: ShownMember[] = [];
  const it = {
    shown,
    spacingMs: 0,
    /** Is called before the store takes it. */
    onShow: (): void => {},
    agenda,
  };
  const store: SlotStore = {
    identity: { name: "web-0", uid: "us" },
    holdMs: Infinity,
    renewEveryMs: undefined,
    read: () => Promise.resolve({ slots: [], verdicts: NO_VERDICTS }),
    change: () => Promise.resolve(true),
    renew: () => Promise.resolve(true),
    close: () => {},
    ...board && {
      board: {
        get spacingMs() {
          return it.spacingMs;
        },
        members: () => Promise.resolve({ members: [], isPartial: false }),
        show: (member) =>
          Promise.try(() => {
            it.onShow();
            shown.push(member);
          }),
      },
    },
  };
  const calls = new StoreCalls(store, system);
  const told: string[] = [];
  const showing = new MemberShowing(calls, system, (why) => told.push(why));
  return { ...it, it, showing, told };
}

Deno.test("member showing: once, and at once", async () => {
  const { showing: it, shown } = showing(true);
  const dueAt = () => it.due?.at;
  assert.equal(dueAt(), undefined);
  it.want(ONE);
  assert.equal(dueAt(), 0);
  await it.due?.act();
  assert.deepEqual(shown, [ONE]);
  assert.equal(dueAt(), undefined);
});

Deno.test("member showing: the latest counts, also what comes while it is shown", async () => {
  const { showing: it, shown, it: world } = showing(true);
  it.want(TWO);
  it.want(ONE);
  world.onShow = () => {
    world.onShow = () => {};
    it.want(TWO);
  };
  await it.due?.act();
  assert.equal(it.due?.at, 0);
  await it.due?.act();
  assert.deepEqual(shown, [ONE, TWO]);
  assert.equal(it.due, undefined);
});

Deno.test("member showing: a store that cannot be asked is asked again after a pause", async () => {
  const { showing: it, shown, it: world } = showing(true);
  it.want(ONE);
  world.onShow = () => {
    throw new StoreUnreachable("gone");
  };
  await it.due?.act();
  assert.deepEqual(shown, []);
  const at = it.due?.at ?? 0;
  assert.ok(at >= 1_600 && at <= 2_400, String(at));
  world.onShow = () => {};
  await it.due?.act();
  assert.deepEqual(shown, [ONE]);
});

Deno.test("member showing: states that follow each other closely are one write, where the board asks for that", async () => {
  const { showing: it, shown, it: world } = showing(true);
  world.spacingMs = 2_000;
  it.want(ONE);
  assert.equal(it.due?.at, 0);
  await it.due?.act();
  it.want(TWO);
  it.want({ runs: "three", next: undefined });
  assert.equal(it.due?.at, 2_000);
  world.onShow = () => {
    world.onShow = () => {};
    assert.ok(it.isUnderWay);
    it.want(ONE);
  };
  await it.due?.act();
  assert.equal(it.isUnderWay, false);
  assert.equal(it.due?.at, 2_000, "the clock stands at 0");
  assert.deepEqual(shown.map(({ runs }) => runs), ["one", "three"]);
});

Deno.test("member showing: a failure is told at the second one in a row, and once", async () => {
  const { showing: it, told, it: world } = showing(true);
  const fail = () => {
    throw new StoreUnreachable("forbidden");
  };
  for (const round of [1, 2]) {
    world.onShow = fail;
    it.want(ONE);
    await it.due?.act();
    assert.equal(told.length, round - 1, "one failure is no news");
    await it.due?.act();
    await it.due?.act();
    assert.deepEqual(told, Array(round).fill("forbidden"));
    assert.equal(it.fault, "forbidden");
    world.onShow = () => {};
    await it.due?.act();
    assert.equal(it.fault, undefined);
    assert.equal(it.due, undefined);
  }
});

Deno.test("member showing: a store that asks for a pause gets it, also for what is newer", async () => {
  const { showing: it, shown, it: world } = showing(true);
  it.want(ONE);
  world.onShow = () => {
    throw new StoreUnreachable("busy", 60_000);
  };
  await it.due?.act();
  it.want(TWO);
  const at = it.due?.at ?? 0;
  assert.ok(at >= 60_000 && at <= 72_000, String(at));
  world.onShow = () => {};
  await it.due?.act();
  assert.deepEqual(shown, [TWO]);
  it.want(ONE);
  assert.equal(it.due?.at, 0, "the store has not failed since");
});

Deno.test("member showing: where the store has no board, there is nothing to do", () => {
  const { showing: it } = showing(false);
  it.want(ONE);
  assert.equal(it.due, undefined);
});
