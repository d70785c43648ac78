/** This manager's part in its fleet, and what it has read of the others. */
import assert from "node:assert/strict";
import { fleetStatusOf } from "../../../src/control/status/fleet_status.ts";
import type { FleetFacts } from "../../../src/control/vocabulary/fleet.ts";
import { FLEET_FACTS, nameOf } from "../fleet_example.ts";
import { EPOCH, REFUSED, Story, TURNS } from "../journal/story.ts";

const statusAt = (story: Story, facts: Partial<FleetFacts> = {}) =>
  fleetStatusOf(
    story.model,
    story.journal,
    { now: EPOCH + story.now, clock: story.now },
    { ...FLEET_FACTS, ...facts },
  );

const AWAITED = {
  kind: "slotAwaited",
  why: "web-0 tries this configuration",
} as const;

Deno.test("fleet status: what it has read of the others", () => {
  const { read_at, slots, proven, refused } = statusAt(Story.ready(TURNS, 1));
  assert.equal(read_at, "2026-01-01T00:00:00.000Z");
  assert.deepEqual(slots, [
    {
      index: 0,
      holder: "web-0",
      content: nameOf(2),
      trial: true,
      abandoned: false,
    },
    { index: 1, holder: null, content: null, trial: false, abandoned: false },
  ]);
  assert.deepEqual(proven, [nameOf(1)]);
  assert.deepEqual(refused.map(({ by }) => by), ["web-0"]);
});

Deno.test("fleet status: before anything was read nothing is known of them", () => {
  const status = statusAt(Story.ready(TURNS, 1), { reading: undefined });
  const { read_at, slots, proven, refused } = status;
  assert.deepEqual([read_at, slots, proven, refused], [null, [], [], []]);
});

Deno.test("fleet status: who this manager is, and what its child runs on", () => {
  const story = Story.ready(TURNS, 1);
  const status = statusAt(story, { fault: "no answer" });
  assert.deepEqual(
    [status.group, status.name, status.content, status.unreachable],
    ["web", "web-1", nameOf(1), "no answer"],
  );
  assert.deepEqual(
    [status.waiting, status.slot, status.rejected],
    [null, null, null],
  );
  story.end(1);
  assert.equal(statusAt(story).content, null);
});

Deno.test("fleet status: what it waits for, with what, and since when", () => {
  const story = Story.ready({ ...TURNS, splayMs: 1_000 }, 1);
  story.change(2);
  story.wait(1_000).timer("defer");
  assert.deepEqual(statusAt(story).waiting, {
    content: nameOf(2),
    why: "a slot of the fleet is asked for",
    since: "2026-01-01T00:01:01.000Z",
  });
  story.wait(5_000).slot(AWAITED);
  const { waiting } = statusAt(story);
  assert.equal(waiting?.why, "web-0 tries this configuration");
  assert.equal(waiting?.since, "2026-01-01T00:01:01.000Z");
});

Deno.test("fleet status: the slot that it has, and until when it tries the content", () => {
  const story = Story.ready(TURNS, 1);
  story.change(2);
  story.slot({ kind: "slotTaken", isTrial: true });
  assert.deepEqual(statusAt(story).slot, {
    content: nameOf(2),
    trial: true,
    trial_until: null,
  });
  story.end(1);
  story.look(2);
  assert.deepEqual(statusAt(story).slot, {
    content: nameOf(2),
    trial: true,
    trial_until: "2026-01-01T00:01:30.000Z",
  });
  story.wait(30_000).timer("ready");
  assert.equal(statusAt(story).slot, null);
});

Deno.test("fleet status: content that was rejected is the fleet's refusal only if the fleet has it", () => {
  const story = Story.ready(TURNS, 1);
  story.change(3);
  story.slot(REFUSED);
  assert.equal(statusAt(story).rejected, nameOf(3));
  assert.equal(statusAt(story, { reading: undefined }).rejected, null);
  story.change(2);
  assert.equal(statusAt(story).rejected, null);
  story.slot(REFUSED);
  assert.equal(statusAt(story).rejected, null);
});
