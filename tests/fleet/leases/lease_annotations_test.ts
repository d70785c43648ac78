/** What stands on a Lease: written, read back, and put there by somebody else. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  annotated,
  type Annotations,
  holderAnnotations,
  holderContent,
  verdictAnnotations,
  verdictsIn,
} from "../../../src/fleet/leases/lease_annotations.ts";
import {
  NO_VERDICTS,
  type Verdicts,
} from "../../../src/fleet/slots/slot_store.ts";
import { holder } from "../views.ts";

const hex = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef"),
  minLength: 64,
  maxLength: 64,
});
const moment = fc.date({
  min: new Date("2000-01-01"),
  max: new Date("2100-01-01"),
  noInvalidDate: true,
}).map((date) => date.toISOString());
const line = fc.string({
  unit: fc.constantFrom(..."abc -é漢"),
  maxLength: 300,
});
const verdicts: fc.Arbitrary<Verdicts> = fc.record({
  proven: fc.uniqueArray(hex, { maxLength: 16 }),
  refused: fc.uniqueArray(
    fc.record({
      content: hex,
      by: line.map((text) => text.slice(0, 253)),
      why: line,
      at: moment,
    }, { noNullPrototype: true }),
    { maxLength: 16, selector: ({ content }) => content },
  ),
  abandoned: fc.dictionary(hex, fc.integer({ min: 1, max: 1_000 }), {
    maxKeys: 16,
    noNullPrototype: true,
  }),
}, { noNullPrototype: true });

const A = "a".repeat(64);
const B = "b".repeat(64);
const AT = "2026-11-29T08:00:00.000Z";

Deno.test("lease annotations: verdicts are read as they were written, and fit on an object of the API", () => {
  fc.assert(fc.property(verdicts, (written) => {
    const annotations = annotated({}, verdictAnnotations(written));
    assert.deepEqual(verdictsIn(annotations), written);
    const bytes = new TextEncoder().encode(JSON.stringify(annotations)).length;
    assert.ok(bytes < 256 * 1024 / 4, `${bytes} bytes`);
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

Deno.test("lease annotations: whatever somebody has put there, the verdicts are of their form", () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(fc.oneof(hex, fc.anything()), { maxLength: 40 })
      .map((list) => JSON.stringify(list) ?? ""),
    fc.array(fc.record({
      content: fc.oneof(hex, fc.constant(A)),
      by: fc.string({ unit: "binary", maxLength: 600 }),
      why: fc.string({ unit: "binary", maxLength: 600 }),
      at: fc.oneof(moment, fc.string()),
    })).map((list) => JSON.stringify(list)),
    fc.dictionary(hex, fc.oneof(fc.integer(), fc.double(), fc.string()))
      .map((counts) => JSON.stringify(counts)),
  );
  const annotations = fc.record({
    "flush-manager.dev/proven": text,
    "flush-manager.dev/refused": text,
    "flush-manager.dev/abandoned": text,
  }, { requiredKeys: [] });
  fc.assert(fc.property(annotations, (there) => {
    assertSound(verdictsIn(there as Annotations));
  }));
});

Deno.test("lease annotations: of what is not of its form only the rest counts", () => {
  const read = (name: string, value: unknown) =>
    verdictsIn({ [`flush-manager.dev/${name}`]: JSON.stringify(value) });
  assert.deepEqual(read("proven", [A, "A".repeat(64), 7, A, B]).proven, [A, B]);
  const refusal = { content: A, by: "web-0", why: "rolled back", at: AT };
  assert.deepEqual(
    read("refused", [{ ...refusal, at: "soon" }, refusal, null, refusal])
      .refused,
    [refusal],
  );
  assert.deepEqual(
    read("abandoned", { [A]: 1, [B]: 1.5, x: 1, __proto__: 2 }).abandoned,
    { [A]: 1 },
  );
  const long = JSON.stringify(new Array(1_000).fill(A));
  assert.deepEqual(
    verdictsIn({ "flush-manager.dev/proven": long }),
    NO_VERDICTS,
  );
  assert.deepEqual(verdictsIn({}), NO_VERDICTS);
});

Deno.test("lease annotations: the content of a holder comes and goes with it, and others stay", () => {
  const theirs = { "example.org/owner": "team-a" };
  const content = A;
  const trial = annotated(
    theirs,
    holderAnnotations(holder("web-0", { content, isTrial: true })),
  );
  assert.deepEqual(holderContent(trial), { content, isTrial: true });
  const proven = annotated(
    trial,
    holderAnnotations(holder("web-1", { content })),
  );
  assert.deepEqual(holderContent(proven), { content, isTrial: false });
  assert.deepEqual(annotated(proven, holderAnnotations(undefined)), theirs);
  const none = { content: "", isTrial: false };
  assert.deepEqual(holderContent({}), none);
  assert.deepEqual(
    holderContent({ ...trial, "flush-manager.dev/content": "../x" }),
    none,
  );
});
