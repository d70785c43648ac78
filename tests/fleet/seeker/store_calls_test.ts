import assert from "node:assert/strict";
import {
  NO_VERDICTS,
  type SlotStore,
  StoreUnreachable,
} from "../../../src/fleet/slots/slot_store.ts";
import type { MemberBoard } from "../../../src/fleet/slots/member_board.ts";
import { StoreCalls } from "../../../src/fleet/seeker/store_calls.ts";
import { Agenda } from "../../simulation/agenda.ts";
import { VirtualSystem } from "../virtual_system.ts";

const STORE: SlotStore = {
  identity: { name: "web-0", uid: "us" },
  holdMs: 15_000,
  renewEveryMs: 5_000,
  read: () => Promise.resolve({ slots: [], verdicts: NO_VERDICTS }),
  change: () => Promise.resolve(true),
  renew: () => Promise.resolve(true),
  close: () => {},
};

Deno.test("store calls: a call that hangs is ended for us, and its signal for the store", async () => {
  const agenda = new Agenda();
  const signals: AbortSignal[] = [];
  const calls = new StoreCalls({
    ...STORE,
    // It does not listen to its signal.
    read: (signal) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  }, new VirtualSystem(agenda));
  const reading = calls.read();
  while (agenda.step(3_999));
  assert.equal(signals[0].aborted, false);
  assert.ok(agenda.step(4_000));
  await assert.rejects(reading, new StoreUnreachable("no answer within 4s"));
  assert.ok(signals[0].aborted);
});

Deno.test("store calls: an error that the store did not expect is one of a store that cannot be reached", async () => {
  const system = new VirtualSystem(new Agenda());
  const calls = new StoreCalls({
    ...STORE,
    read: () => Promise.reject(new TypeError("of two\nlines")),
    renew: () => Promise.reject(new StoreUnreachable("busy", 7)),
  }, system);
  await assert.rejects(calls.read(), new StoreUnreachable("of two\\nlines"));
  await assert.rejects(calls.renew(0), new StoreUnreachable("busy", 7));
  assert.equal(system.timers, 0);
});

Deno.test("store calls: none begins after the end", async () => {
  const calls = new StoreCalls(STORE, new VirtualSystem(new Agenda()));
  calls.end();
  await assert.rejects(calls.read(), new StoreUnreachable("this manager ends"));
});

Deno.test("store calls: what is shown reaches the board, and nothing where there is none", async () => {
  const member = { runs: "a", next: undefined };
  const shown: unknown[] = [];
  const list = {
    members: [{ name: "web-1", ...member }],
    isPartial: false,
  };
  const board: MemberBoard = {
    spacingMs: 0,
    show: (what) => Promise.resolve(void shown.push(what)),
    members: () => Promise.resolve(list),
  };
  const system = new VirtualSystem(new Agenda());
  const calls = new StoreCalls({ ...STORE, board }, system);
  await calls.show(member);
  assert.deepEqual(shown, [member]);
  assert.deepEqual(await calls.members(), { kind: "read", ...list });
  board.members = () => Promise.reject(new StoreUnreachable("forbidden"));
  assert.deepEqual(await calls.members(), {
    kind: "unread",
    fault: "forbidden",
  });
  const without = new StoreCalls(STORE, system);
  await without.show(member);
  assert.deepEqual(await without.members(), { kind: "off" });
});
