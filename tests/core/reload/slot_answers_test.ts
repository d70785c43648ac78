/** What the fleet answers to content that waits for a slot. */
import assert from "node:assert/strict";
import type { SlotAnswer } from "../../../src/core/vocabulary/event.ts";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { FLEET, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const POLICY: Policy = { ...QUICK, fleet: FLEET };
const STOPPED = ["SIGTERM 1", "timer continue", "timer stop"];

/** Child 1 runs on content 1, and content 2 waits for a slot. */
function waiting(policy: Policy = POLICY): Stepping {
  const story = Stepping.ready(policy, 1);
  assert.deepEqual(story.change(2), ["take slot for 2"]);
  return story;
}

type Answer = SlotAnswer extends infer Each
  ? Each extends SlotAnswer ? Omit<Each, "ticket"> : never
  : never;

const answer = (
  story: Stepping,
  given: Answer,
  ticket = story.model.ticket,
): string[] => story.send({ ...given, ticket } as SlotAnswer);

const TAKEN = { kind: "slotTaken", isTrial: false } as const;
const away = (detail: string) => ({ kind: "slotUnreachable", detail }) as const;

Deno.test("slot answers: who comes first is logged, and the child keeps running", () => {
  const story = waiting();
  const why = "web-0 tries this configuration";
  assert.deepEqual(answer(story, { kind: "slotAwaited", why }), []);
  assert.equal(
    story.lines.at(-1),
    "Waiting for a slot of the fleet: web-0 tries this configuration",
  );
  assert.deepEqual(answer(story, TAKEN), STOPPED);
});

Deno.test("slot answers: one to an earlier wish changes nothing", () => {
  const story = waiting();
  const earlier = story.model.ticket;
  story.change(3);
  assert.deepEqual(answer(story, TAKEN, earlier), []);
  assert.equal(story.model.slot, undefined);
});

Deno.test("slot answers: content that the fleet has refused is rejected unseen, and asked about again later", () => {
  const story = waiting();
  const { ticket } = story.model;
  const refused = answer(story, {
    kind: "slotRefused",
    by: "web-0",
    why: "rolled back",
  });
  assert.deepEqual(refused, ["timer defer", `release slot ${ticket}`]);
  assert.equal(
    story.lines.at(-1),
    "New configuration rejected by the fleet: rolled back at web-0; the child keeps its last configuration, and the fleet is asked again in 1m0s",
  );
  story.now += 60_000;
  assert.deepEqual(story.timer("defer"), ["take slot for 2"]);
});

Deno.test("slot answers: other content is asked for after a refusal", () => {
  const story = waiting();
  answer(story, { kind: "slotRefused", by: "web-0", why: "rolled back" });
  assert.deepEqual(story.change(3), ["take slot for 3"]);
});

Deno.test("slot answers: an operator's force goes with the wish", () => {
  const story = waiting();
  answer(story, { kind: "slotRefused", by: "web-0", why: "rolled back" });
  story.send({ kind: "reload", force: true });
  assert.deepEqual(story.look(2), ["take slot for 2 by force"]);
});

Deno.test("slot answers: a fleet that cannot be asked is passed over after the timeout", () => {
  const story = waiting();
  assert.deepEqual(answer(story, away("no answer")), ["timer fleet"]);
  assert.equal(
    story.lines.at(-1),
    "Fleet cannot be asked: no answer; reloading without a slot in 5m0s",
  );
  const { ticket } = story.model;
  story.now += 299_999;
  assert.deepEqual(story.timer("fleet"), []);
  story.now += 1;
  assert.deepEqual(story.timer("fleet"), [
    ...STOPPED,
    `release slot ${ticket}`,
  ]);
});

Deno.test("slot answers: the time for that begins with the first answer in a row", () => {
  const story = waiting();
  answer(story, away("no answer"));
  story.now += 200_000;
  answer(story, away("403"));
  assert.match(story.lines.at(-1) ?? "", /: 403; .* in 1m40s$/);
  answer(story, { kind: "slotAwaited", why: "web-1 reloads" });
  story.now += 200_000;
  assert.deepEqual(story.timer("fleet"), []);
});

Deno.test("slot answers: with hold the child keeps its content for as long as that takes", () => {
  const fleet = { ...FLEET, whenUnreachable: "hold" } as const;
  const story = waiting({ ...POLICY, fleet });
  assert.deepEqual(answer(story, away("no answer")), []);
  assert.equal(
    story.lines.at(-1),
    "Fleet cannot be asked: no answer; the child keeps its last configuration until it can",
  );
  story.now += 86_400_000;
  assert.deepEqual(story.timer("fleet"), []);
});

Deno.test("slot answers: one that comes while changes are held back is given back", () => {
  const story = waiting();
  const { ticket } = story.model;
  story.hold();
  assert.deepEqual(answer(story, TAKEN), [`release slot ${ticket}`]);
  assert.deepEqual(story.send({ kind: "resume" }), ["take slot for 2"]);
});

Deno.test("slot answers: a path that is gone by then gives it back", () => {
  const story = waiting();
  story.look(undefined);
  story.now += 10_000;
  story.look(undefined);
  assert.equal(
    answer(story, TAKEN).some((word) => word.startsWith("SIG")),
    false,
  );
  assert.equal(story.model.slot, undefined);
});

Deno.test("slot answers: content that never rests keeps its wish, and is copied when that is granted", () => {
  const story = Stepping.ready({
    ...SAFE,
    fleet: FLEET,
    debounceMs: 1_000,
    debounceMaxMs: 2_000,
  }, 1);
  let content = 2;
  const write = (): string[] => story.look(content++);
  write();
  story.now += 900;
  write();
  story.now += 900;
  write();
  story.now += 900;
  assert.deepEqual(write(), ["take slot for 5"]);
  assert.deepEqual(write(), []);
  assert.deepEqual(answer(story, TAKEN), ["capture 5"]);
});

Deno.test("slot answers: a restart that is asked for takes a slot, also where the child was not to hear of the content and its check runs", () => {
  const onChange = { kind: "none" } as const;
  const story = Stepping.ready({
    ...SAFE,
    fleet: FLEET,
    onChange,
    minIntervalMs: 1_000,
  }, 1);
  assert.deepEqual(story.change(2), ["vet 2"]);
  story.verdict("approved");
  story.acted("done");
  assert.deepEqual(story.change(3), ["timer defer"]);
  story.send({ kind: "reload", force: false });
  story.now += 1_000;
  assert.deepEqual(story.timer("defer"), ["vet 3"]);
  assert.deepEqual(story.look(3), ["take slot for 3"]);
});
