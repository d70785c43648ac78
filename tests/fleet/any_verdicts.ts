/** Verdicts of every form that a store may keep, for properties that hold for all of them. */
import fc from "fast-check";
import type { Verdicts } from "../../src/fleet/slots/slot_store.ts";

export const hex = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef"),
  minLength: 64,
  maxLength: 64,
});
export const moment = fc.date({
  min: new Date("2000-01-01"),
  max: new Date("2100-01-01"),
  noInvalidDate: true,
}).map((date) => date.toISOString());
const line = fc.string({
  unit: fc.constantFrom(..."abc -é漢"),
  maxLength: 300,
});
export const anyVerdicts: fc.Arbitrary<Verdicts> = fc.record({
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
