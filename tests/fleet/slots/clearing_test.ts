/** What an operator's wish to clear refusals comes to. */
import assert from "node:assert/strict";
import { clearingOf } from "../../../src/fleet/slots/clearing.ts";
import { holder, refusal, viewOf } from "../views.ts";

const A1 = "aaaaaaaaaaaa1";
const A2 = "aaaaaaaaaaaa2";
const B = "bbbbbbbbbbbb";
const refused = [refusal(A1), refusal(A2), refusal(B)];
const VIEW = viewOf([holder("web-0")], { refused, proven: ["good"] });

Deno.test("clearing: the refusal of one content goes, and nothing else", () => {
  const { answer, change } = clearingOf(VIEW, "bbbb");
  assert.deepEqual(answer, { kind: "cleared", contents: [B] });
  assert.equal(change?.index, 0);
  assert.equal(change?.holder, VIEW.slots[0].holder);
  assert.deepEqual(change?.verdicts, {
    ...VIEW.verdicts,
    refused: [refusal(A1), refusal(A2)],
  });
});

Deno.test("clearing: without a name all refusals go, and the counts of trials that nobody has ended", () => {
  const view = viewOf([undefined], { refused, abandoned: { c: 1 } });
  const { answer, change } = clearingOf(view, undefined);
  assert.deepEqual(answer, { kind: "cleared", contents: [A1, A2, B] });
  assert.deepEqual(change?.verdicts?.refused, []);
  assert.deepEqual(change?.verdicts?.abandoned, {});
});

Deno.test("clearing: a beginning that is none's or several contents' changes nothing", () => {
  assert.deepEqual(clearingOf(VIEW, "aaaaaaaaaaaa"), {
    answer: { kind: "ambiguous", contents: [A1, A2] },
    change: undefined,
  });
  assert.deepEqual(clearingOf(VIEW, "cccccccccccc"), {
    answer: { kind: "unknown", contents: [] },
    change: undefined,
  });
});

Deno.test("clearing: where nothing is refused there is nothing to write", () => {
  assert.deepEqual(clearingOf(viewOf([undefined]), undefined), {
    answer: { kind: "cleared", contents: [] },
    change: undefined,
  });
});
