/** What operators are told of the fleet, and what is noted of what they clear. */
import assert from "node:assert/strict";
import { FleetDesk } from "../../src/control/fleet_desk.ts";
import type { FleetFacts } from "../../src/control/vocabulary/fleet.ts";
import type { Message } from "../../src/core/vocabulary/message.ts";
import { fleetStatusOf } from "../../src/control/status/fleet_status.ts";
import { FakeFleet, nameOf, READING } from "./fleet_example.ts";
import { Story, TURNS } from "./journal/story.ts";

function desk() {
  const fleet = new FakeFleet();
  const told: Message[] = [];
  const { model, journal } = Story.ready(TURNS, 1);
  const clocks = { now: 0, clock: 0 };
  const shown = (facts: FleetFacts) => ({
    timestamp: "",
    ...fleetStatusOf(model, journal, clocks, facts),
  });
  const log = (message: Message) => void told.push(message);
  const it = new FleetDesk({ group: "web", fleet, log, shown });
  return { fleet, told, desk: it };
}

Deno.test("fleet desk: who looks is told what is so now", async () => {
  const { fleet, desk: it } = desk();
  fleet.fault = "an earlier fault";
  assert.equal(it.facts().reading, undefined);
  const { unreachable, proven } = await it.look();
  assert.deepEqual([unreachable, proven], [null, [nameOf(1)]]);
});

Deno.test("fleet desk: where the fleet cannot be asked, why, and what was known of it", async () => {
  const { fleet, desk: it } = desk();
  fleet.status = READING;
  fleet.looked = () => {
    throw new Error("no answer within 4s");
  };
  const { unreachable, proven } = await it.look();
  assert.deepEqual([unreachable, proven], ["no answer within 4s", [nameOf(1)]]);
});

Deno.test("fleet desk: all managers where they show each other what they do, and null where they do not", async () => {
  const { fleet, desk: it } = desk();
  const unshown = await it.look();
  assert.deepEqual([unshown.members, unshown.members_unreachable], [
    null,
    null,
  ]);
  const [runs, content] = [nameOf(1), nameOf(2)];
  fleet.looked = () => ({
    ...READING,
    members: {
      kind: "read",
      members: [
        { name: "web-0", runs: undefined, next: undefined },
        { name: "web-1", runs, next: { kind: "waits", content } },
      ],
      isPartial: false,
    },
    notShown: undefined,
  });
  const shown = await it.look();
  assert.deepEqual(shown.members, [
    { name: "web-0", content: null, does: null, next: null },
    { name: "web-1", content: runs, does: "waits", next: content },
  ]);
  assert.deepEqual([shown.members_partial, shown.members_unreachable], [
    false,
    null,
  ]);
});

Deno.test("fleet desk: that there are more managers, and that this one is not shown to them", async () => {
  const { fleet, desk: it } = desk();
  const fault = "the Role needs patch";
  const members = { kind: "read", members: [], isPartial: true } as const;
  fleet.looked = () => ({ ...READING, members, notShown: fault });
  const shown = await it.look();
  assert.deepEqual(
    [shown.members, shown.members_partial, shown.members_unreachable],
    [[], true, fault],
  );
});

Deno.test("fleet desk: why the managers cannot be listed, beside what is known of the slots", async () => {
  const { fleet, desk: it } = desk();
  const members = { kind: "unread", fault: "no answer within 4s" } as const;
  fleet.looked = () => ({ ...READING, members, notShown: "not ours" });
  const { members: listed, members_unreachable: fault, ...rest } = await it
    .look();
  assert.deepEqual([listed, fault], [null, "no answer within 4s"]);
  assert.deepEqual([rest.unreachable, rest.proven], [null, [nameOf(1)]]);
});

Deno.test("fleet desk: what is cleared is logged and counted", async () => {
  const { fleet, told, desk: it } = desk();
  const { contents } = await it.clear("0123456789ab");
  assert.deepEqual(contents, [nameOf(3)]);
  assert.deepEqual(fleet.asked, ["0123456789ab"]);
  assert.deepEqual(told.map(({ text }) => text), [
    `Refusals of the fleet cleared as requested: ${
      nameOf(3).slice(0, 12)
    }; one manager tries each of them again`,
  ]);
  assert.deepEqual(told[0].fields, { contents: [nameOf(3)] });
  assert.equal(it.facts().cleared, 1);
});

Deno.test("fleet desk: what changes nothing is neither logged nor counted", async () => {
  const { fleet, told, desk: it } = desk();
  for (
    const cleared of [
      { kind: "cleared", contents: [] },
      { kind: "ambiguous", contents: [nameOf(2), nameOf(3)] },
    ] as const
  ) {
    fleet.cleared = Promise.resolve(cleared);
    assert.equal(await it.clear(undefined), cleared);
  }
  fleet.cleared = Promise.reject(new Error("forbidden"));
  await assert.rejects(it.clear(undefined), /^Error: forbidden$/);
  assert.deepEqual([told, it.facts().cleared], [[], 0]);
});
