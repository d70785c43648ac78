import assert from "node:assert/strict";
import {
  type Asking,
  decideSlot,
  settlingChange,
} from "../../../src/fleet/slots/slot_decision.ts";
import type { FleetView } from "../../../src/fleet/slots/slot_store.ts";
import type { Report } from "../../../src/fleet/slots/verdicts.ts";
import { holder, type Place, refusal, viewOf } from "../views.ts";

const US = { name: "web-5", uid: "us" };
const AT = "2026-11-29T09:00:00.000Z";
const LIMIT = 3;
const PROVEN = { proven: ["good"] };

interface Wanted {
  readonly content?: string;
  readonly isForced?: boolean;
  readonly canary?: boolean;
  readonly chance?: number;
}

const asking = (
  { content = "good", isForced = false, canary = true, chance = 0 }: Wanted,
): Asking => ({
  identity: US,
  request: { content, isForced },
  rules: { canary, limit: LIMIT },
  chance,
  at: AT,
});
const decide = (view: FleetView, wanted: Wanted = {}) =>
  decideSlot(view, asking(wanted));

const take = (index: number, isTrial: boolean, content = "good") => ({
  kind: "take",
  change: {
    index,
    holder: { ...US, content, isTrial, limit: LIMIT },
    verdicts: undefined,
  },
  isTrial,
});
const wait = (why: string) => ({ kind: "wait", why });

Deno.test("slot decision: content that nobody has proven is tried in slot 0 alone", () => {
  assert.deepEqual(
    decide(viewOf([undefined, undefined])),
    take(0, true),
  );
  const trying = holder("web-0", { isTrial: true });
  assert.deepEqual(
    decide(viewOf([trying, undefined])),
    wait("web-0 tries this configuration"),
  );
  assert.deepEqual(
    decide(viewOf([trying, undefined]), { content: "newer" }),
    wait("web-0 tries another configuration"),
  );
  assert.deepEqual(
    decide(viewOf([holder("web-0"), undefined]), { content: "newer" }),
    wait("web-0 reloads in slot 0, where new configurations are tried"),
  );
});

Deno.test("slot decision: proven content takes any free slot, the first one last", () => {
  const free = viewOf([undefined, undefined, undefined], PROVEN);
  assert.deepEqual(decide(free, { chance: 0 }), take(1, false));
  assert.deepEqual(decide(free, { chance: 0.99 }), take(2, false));
  const held = viewOf([undefined, holder("web-1"), holder("web-2")], PROVEN);
  assert.deepEqual(decide(held), take(0, false));
});

Deno.test("slot decision: who waits is told who reloads", () => {
  const cases: readonly [readonly Place[], string][] = [
    [[holder("web-1")], "web-1 reloads (1 of 1)"],
    [[holder("a"), holder("b")], "a, b reload (2 of 2)"],
    [
      ["a", "b", "c", "d", "e"].map((name) => holder(name)),
      "a, b, c and 2 more reload (5 of 5)",
    ],
    [[holder("web\n1")], "web\\n1 reloads (1 of 1)"],
  ];
  for (const [places, why] of cases) {
    assert.deepEqual(decide(viewOf(places, PROVEN)), wait(why));
  }
});

Deno.test("slot decision: with one slot, content that nobody has proven waits for a reload like any other", () => {
  assert.deepEqual(
    decide(viewOf([holder("web-1")]), { content: "newer" }),
    wait("web-1 reloads (1 of 1)"),
  );
});

Deno.test("slot decision: refused content gets no slot", () => {
  const view = viewOf([undefined], { refused: [refusal("good")] });
  assert.deepEqual(decide(view), {
    kind: "refused",
    by: "web-9",
    why: "rolled back",
  });
  assert.deepEqual(decide(view, { content: "newer" }), take(0, true, "newer"));
});

Deno.test("slot decision: without a canary no verdict counts, and nothing is tried", () => {
  const verdicts = { refused: [refusal("good")] };
  const trying = holder("web-0", { isTrial: true });
  assert.deepEqual(
    decide(viewOf([trying, undefined], verdicts), { canary: false }),
    take(1, false),
  );
});

Deno.test("slot decision: an operator's force takes any free slot, whatever the verdicts", () => {
  const verdicts = { refused: [refusal("good")] };
  const isForced = true;
  assert.deepEqual(
    decide(viewOf([undefined, undefined], verdicts), { isForced }),
    take(0, true),
  );
  assert.deepEqual(
    decide(viewOf([holder("web-0"), undefined], verdicts), { isForced }),
    take(1, true),
  );
  assert.deepEqual(
    decide(viewOf([holder("web-0")], verdicts), { isForced }),
    wait("web-0 reloads (1 of 1)"),
  );
});

Deno.test("slot decision: a slot that has us as its holder already is taken again", () => {
  const ours = holder(US.name, { uid: US.uid });
  assert.deepEqual(
    decide(viewOf([undefined, undefined, ours], PROVEN)),
    take(2, false),
  );
  const trying = { ...ours, isTrial: true };
  assert.deepEqual(decide(viewOf([trying])), take(0, true));
  // We have not renewed it for so long that it looks as if we had vanished.
  assert.deepEqual(decide(viewOf([{ vanished: trying }])), take(0, true));
});

Deno.test("slot decision: a slot of ours that does not suit is given back first", () => {
  const ours = holder(US.name, { uid: US.uid });
  const back = {
    kind: "tidy",
    change: { index: 1, holder: undefined, verdicts: undefined },
  };
  assert.deepEqual(decide(viewOf([undefined, ours])), back);
  const refused = { refused: [refusal("good")] };
  assert.deepEqual(decide(viewOf([undefined, ours], refused)), back);
});

Deno.test("slot decision: a slot whose holder has vanished is free", () => {
  const vanished = holder("web-1");
  assert.deepEqual(
    decide(viewOf([holder("web-0"), { vanished }], PROVEN)),
    take(1, false),
  );
  assert.deepEqual(decide(viewOf([{ vanished }], PROVEN)), take(0, false));
});

Deno.test("slot decision: who takes slot 0 over counts the trial that its holder has not ended", () => {
  const vanished = holder("web-0", { isTrial: true });
  const decision = decide(viewOf([{ vanished }], { proven: ["old"] }));
  assert.ok(decision.kind === "take");
  assert.deepEqual(decision.change.verdicts, {
    proven: ["old"],
    refused: [],
    abandoned: { good: 1 },
  });
});

Deno.test("slot decision: content with which two managers have vanished is refused before anybody uses it", () => {
  const vanished = holder("web-1", { isTrial: true });
  const view = viewOf([{ vanished }], { abandoned: { good: 1 } });
  const decision = decide(view);
  assert.ok(decision.kind === "tidy");
  const { index, holder: next, verdicts } = decision.change;
  assert.deepEqual([index, next], [0, undefined]);
  assert.deepEqual(verdicts?.refused, [{
    content: "good",
    by: "web-1",
    why: "2 managers vanished while they tried it",
    at: AT,
  }]);
  // Another content takes the slot over, and the refusal is written with that.
  const other = decide(view, { content: "newer" });
  assert.ok(other.kind === "take");
  assert.deepEqual(other.change.verdicts, verdicts);
});

const report = (content: string): Report => ({
  content,
  verdict: { kind: "proven" },
  isForced: false,
  by: US.name,
  at: AT,
});

Deno.test("slot decision: a verdict and the giving back of slot 0 are one write", () => {
  const ours = holder(US.name, { uid: US.uid, isTrial: true });
  const verdicts = { proven: ["good"], refused: [], abandoned: {} };
  assert.deepEqual(
    settlingChange(viewOf([ours]), US.uid, [report("good")], false),
    { index: 0, holder: undefined, verdicts },
  );
  const view = viewOf([ours]);
  assert.deepEqual(
    settlingChange(view, US.uid, [report("good")], true),
    { index: 0, holder: view.slots[0].holder, verdicts },
  );
});

Deno.test("slot decision: a verdict from another slot leaves the holder of slot 0 as it is", () => {
  const ours = holder(US.name, { uid: US.uid });
  const view = viewOf([holder("web-0"), ours]);
  const change = settlingChange(view, US.uid, [report("good")], false);
  assert.equal(change?.index, 0);
  assert.equal(change?.holder, view.slots[0].holder);
});

Deno.test("slot decision: what is known already is not written, and a slot is given back once", () => {
  const ours = holder(US.name, { uid: US.uid });
  const view = viewOf([undefined, ours], PROVEN);
  assert.deepEqual(
    settlingChange(view, US.uid, [report("good")], false),
    { index: 1, holder: undefined, verdicts: undefined },
  );
  assert.equal(settlingChange(view, US.uid, [report("good")], true), undefined);
  const free = viewOf([undefined, undefined], PROVEN);
  assert.equal(
    settlingChange(free, US.uid, [report("good")], false),
    undefined,
  );
});
