import assert from "node:assert/strict";
import {
  holderOf,
  memberOf,
  textOfHolder,
  textOfMember,
  textOfVerdicts,
  verdictsOf,
} from "../../../src/fleet/directory/slot_notation.ts";
import { NO_VERDICTS } from "../../../src/fleet/slots/slot_store.ts";
import { holder, nameOf, refusal } from "../views.ts";

const VERDICTS = {
  proven: [nameOf("a"), nameOf("b")],
  refused: [refusal(nameOf("c"))],
  abandoned: { [nameOf("d")]: 1 },
};
const WEB_0 = holder("web-0", { content: nameOf("a") });

Deno.test("slot notation: what is written is read", () => {
  const trying = { ...WEB_0, isTrial: true };
  assert.deepEqual(holderOf(textOfHolder(trying)), trying);
  const limited = { ...WEB_0, limit: 2 };
  assert.deepEqual(holderOf(textOfHolder(limited)), limited);
  const boundless = JSON.stringify({ ...WEB_0, limit: -1 });
  assert.deepEqual(holderOf(boundless), WEB_0);
  for (const verdicts of [VERDICTS, NO_VERDICTS]) {
    assert.deepEqual(verdictsOf(textOfVerdicts(verdicts)), verdicts);
  }
});

Deno.test("slot notation: a member, with and without a child or other content", () => {
  const [runs, content] = [nameOf("a"), nameOf("b")];
  for (
    const member of [
      { name: "web-0", runs: undefined, next: undefined },
      { name: "web-0", runs, next: undefined },
      { name: "web-0", runs, next: { kind: "waits", content } },
      { name: "web-0", runs: undefined, next: { kind: "tries", content } },
    ] as const
  ) {
    assert.deepEqual(memberOf(textOfMember(member)), member);
  }
});

Deno.test("slot notation: what a member does that is not known here is left out, and text of something else is none", () => {
  const [runs, next] = [nameOf("a"), nameOf("b")];
  const read = (fields: object) => memberOf(JSON.stringify(fields));
  const quiet = { name: "web-0", runs, next: undefined };
  assert.deepEqual(read({ name: "web-0", runs, does: "dances", next }), quiet);
  assert.deepEqual(read({ name: "web-0", runs, does: "waits" }), quiet);
  assert.deepEqual(
    read({ name: "web-0", runs, does: "waits", next: 1 }),
    quiet,
  );
  assert.equal(read({ name: "web-0", runs: "../etc" }), undefined);
  assert.equal(read({ runs }), undefined);
  assert.equal(memberOf(""), undefined);
  assert.equal(read({ name: "a\nb" })?.name, "a\\nb");
});

Deno.test("slot notation: what another version has added is left out", () => {
  assert.deepEqual(holderOf(JSON.stringify({ ...WEB_0, more: 1 })), WEB_0);
  const refused = [{ ...VERDICTS.refused[0], more: 1 }];
  const text = JSON.stringify({ ...VERDICTS, refused, more: 1 });
  assert.deepEqual(verdictsOf(text), VERDICTS);
});

Deno.test("slot notation: text that was cut off or is something else is unknown", () => {
  const ofHolder = textOfHolder(WEB_0);
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
  for (const field of ["name", "uid", "content", "isTrial"]) {
    const text = JSON.stringify({ ...WEB_0, [field]: 1 });
    assert.equal(holderOf(text), undefined, field);
  }
  for (const other of [{ proven: "a" }, { refused: {} }, { abandoned: [1] }]) {
    const text = JSON.stringify({ ...VERDICTS, ...other });
    assert.equal(verdictsOf(text), undefined, text);
  }
});

Deno.test("slot notation: a name from outside is one short line", () => {
  const text = JSON.stringify({ ...WEB_0, name: `a\n${"b".repeat(1_000)}` });
  assert.match(holderOf(text)?.name ?? "", /^a\\nb{247}\.\.\.$/);
});
