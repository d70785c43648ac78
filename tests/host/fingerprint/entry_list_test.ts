/** The list of what a directory holds. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Entries } from "../../../src/core/vocabulary/fingerprint.ts";
import {
  EntryList,
  NO_ENTRIES,
} from "../../../src/host/fingerprint/entry_list.ts";

function listed(before: Entries, held: Readonly<Record<string, string>>) {
  const list = new EntryList(before);
  for (const [label, identity] of Object.entries(held)) {
    list.add(label, identity);
  }
  return list.entries();
}

Deno.test("a walk that finds the same makes no new list", () => {
  const first = listed(NO_ENTRIES, { a: "1", b: "2" });
  assert.equal(listed(first, { a: "1", b: "2" }), first);
});

Deno.test("a list is what was added, whatever the list before was", () => {
  const name = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const held = fc.dictionary(name, fc.constantFrom("1", "2"));
  fc.assert(fc.property(held, held, (one, other) => {
    const sorted = Object.fromEntries(Object.entries(other).sort());
    const before = listed(NO_ENTRIES, one);
    const found = listed(before, sorted);
    assert.deepEqual(found.labels, Object.keys(sorted));
    assert.deepEqual(found.identities, Object.values(sorted));
    assert.deepEqual(before, listed(NO_ENTRIES, one));
  }));
});

Deno.test("however many entries are gone, those behind them are still shared", () => {
  const labels = Array.from({ length: 100 }, (_, at) => `entry-${100 + at}`);
  const held = (from: number) =>
    Object.fromEntries(labels.slice(from).map((label) => [label, label]));
  const first = listed(NO_ENTRIES, held(0));
  const rest = listed(first, held(40));
  assert.deepEqual(rest.labels, first.labels.slice(40));
  // A list of all entries is made from those that both have, and is the same again.
  assert.equal(listed(rest, held(40)), rest);
  assert.deepEqual(listed(rest, held(0)), first);
});
