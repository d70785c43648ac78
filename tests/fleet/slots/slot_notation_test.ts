import assert from "node:assert/strict";
import {
  holderOf,
  textOfHolder,
  textOfVerdicts,
  verdictsOf,
} from "../../../src/fleet/slots/slot_notation.ts";
import { NO_VERDICTS } from "../../../src/fleet/slots/slot_store.ts";
import { holder, refusal } from "../views.ts";

const VERDICTS = {
  proven: ["a", "b"],
  refused: [refusal("c")],
  abandoned: { d: 1 },
};

Deno.test("slot notation: what is written is read", () => {
  const web0 = holder("web-0", { isTrial: true });
  assert.deepEqual(holderOf(textOfHolder(web0)), web0);
  for (const verdicts of [VERDICTS, NO_VERDICTS]) {
    assert.deepEqual(verdictsOf(textOfVerdicts(verdicts)), verdicts);
  }
});

Deno.test("slot notation: what another version has added is left out", () => {
  const web0 = holder("web-0");
  assert.deepEqual(holderOf(JSON.stringify({ ...web0, more: 1 })), web0);
  const refused = [{ ...refusal("c"), more: 1 }];
  const text = JSON.stringify({ ...VERDICTS, refused, more: 1 });
  assert.deepEqual(verdictsOf(text), VERDICTS);
});

Deno.test("slot notation: text that was cut off or is something else is unknown", () => {
  const ofHolder = textOfHolder(holder("web-0"));
  for (let length = 0; length < ofHolder.length; length++) {
    assert.equal(holderOf(ofHolder.slice(0, length)), undefined);
  }
  const ofVerdicts = textOfVerdicts(VERDICTS);
  for (let length = 0; length < ofVerdicts.length; length++) {
    assert.equal(verdictsOf(ofVerdicts.slice(0, length)), undefined);
  }
  for (const value of [null, 1, "a", [], {}, [[]]]) {
    assert.equal(holderOf(JSON.stringify(value)), undefined);
    assert.equal(verdictsOf(JSON.stringify(value)), undefined);
  }
});

Deno.test("slot notation: a field of another kind makes the whole unknown", () => {
  const web0 = holder("web-0");
  for (const field of ["name", "uid", "content", "isTrial"]) {
    const text = JSON.stringify({ ...web0, [field]: 1 });
    assert.equal(holderOf(text), undefined, field);
  }
  const others = [
    { proven: "a" },
    { proven: [1] },
    { refused: [{ ...refusal("c"), at: 1 }] },
    { refused: [null] },
    { abandoned: { d: "1" } },
    { abandoned: { d: 0.5 } },
    { abandoned: [1] },
  ];
  for (const other of others) {
    const text = JSON.stringify({ ...VERDICTS, ...other });
    assert.equal(verdictsOf(text), undefined, text);
  }
});
