/** What every store reads of verdicts: written by us, and put there by somebody else. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  NO_VERDICTS,
  type Verdicts,
} from "../../../src/fleet/slots/slot_store.ts";
import {
  readVerdicts,
  writtenVerdicts,
} from "../../../src/fleet/slots/verdict_notation.ts";
import { nameOf, refusal } from "../views.ts";
import { anyVerdicts, hex, moment } from "../any_verdicts.ts";

const A = nameOf("a");
const B = nameOf("b");

Deno.test("verdict notation: what is written is read", () => {
  fc.assert(fc.property(anyVerdicts, (verdicts) => {
    const text = JSON.stringify(writtenVerdicts(verdicts));
    assert.deepEqual(readVerdicts(JSON.parse(text)), verdicts);
  }));
});

/** What must hold whatever was put there. */
function assertSound({ proven, refused, abandoned }: Verdicts): void {
  const contents = refused.map(({ content }) => content);
  for (const list of [proven, contents, Object.keys(abandoned)]) {
    assert.ok(list.length <= 16);
    assert.equal(new Set(list).size, list.length);
    for (const content of list) assert.match(content, /^[0-9a-f]{64}$/);
  }
  for (const { by, why, at } of refused) {
    assert.ok(by.length <= 253 && why.length <= 300);
    // deno-lint-ignore no-control-regex -- none of them may get into a log
    assert.doesNotMatch(by + why, /[\x00-\x1f\x7f-\x9f\u202e\u2028]/);
    assert.ok(!Number.isNaN(Date.parse(at)));
  }
  for (const count of Object.values(abandoned)) {
    assert.ok(Number.isInteger(count) && count >= 1);
  }
}

Deno.test("verdict notation: whatever somebody has put there, the verdicts are of their form", () => {
  const field = fc.oneof(
    fc.anything(),
    fc.array(fc.oneof(hex, fc.anything()), { maxLength: 40 }),
    fc.array(fc.record({
      content: fc.oneof(hex, fc.constant(A)),
      by: fc.string({ unit: "binary", maxLength: 600 }),
      why: fc.string({ unit: "binary", maxLength: 600 }),
      at: fc.oneof(moment, fc.string()),
    })),
    fc.dictionary(hex, fc.oneof(fc.integer(), fc.double(), fc.string())),
  );
  const fields = fc.record({
    proven: field,
    refused: field,
    abandoned: field,
  });
  fc.assert(fc.property(fields, (there) => assertSound(readVerdicts(there))));
});

Deno.test("verdict notation: of what is not of its form only the rest counts", () => {
  const read = (fields: Partial<Record<keyof Verdicts, unknown>>) =>
    readVerdicts({
      proven: undefined,
      refused: undefined,
      abandoned: undefined,
      ...fields,
    });
  assert.deepEqual(
    read({ proven: [A, "A".repeat(64), 7, A, B] }).proven,
    [A, B],
  );
  const known = refusal(A);
  assert.deepEqual(
    read({ refused: [{ ...known, at: "soon" }, known, null, known] }).refused,
    [known],
  );
  assert.deepEqual(
    read({ abandoned: { [A]: 1, [B]: 1.5, x: 1 } }).abandoned,
    { [A]: 1 },
  );
  assert.deepEqual(read({}), NO_VERDICTS);
});

Deno.test("verdict notation: texts from outside are short lines, also when they are written", () => {
  const long = { ...refusal(A), by: "b".repeat(1_000), why: "w\n".repeat(500) };
  const verdicts = { ...NO_VERDICTS, refused: [long] };
  for (
    const { refused } of [readVerdicts(verdicts), writtenVerdicts(verdicts)]
  ) {
    assert.equal(refused[0].by.length, 253);
    assert.equal(refused[0].why.length, 300);
    assert.match(refused[0].why, /^(?:w\\n)+\.\.\.$/);
  }
});
