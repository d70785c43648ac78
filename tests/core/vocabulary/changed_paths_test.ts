/** Which paths and entries differ, and how they are listed. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  changedEntries,
  listOf,
  pathsThatDiffer,
  pathsWithNews,
} from "../../../src/core/vocabulary/changed_paths.ts";
import type {
  Entries,
  PathPrint,
} from "../../../src/core/vocabulary/fingerprint.ts";

const FACTS = { metadata: "", dev: 1, ino: 1, size: 1, mtimeMs: 0 };
const file = (identity: string): PathPrint => ({
  kind: "file",
  identity,
  ...FACTS,
});
/** In the order of a walk. */
function entriesOf(held: Readonly<Record<string, string>>): Entries {
  const inOrder = (label: string) => label.replaceAll("/", "\0");
  const labels = Object.keys(held)
    .toSorted((one, other) => inOrder(one) < inOrder(other) ? -1 : 1);
  return { labels, identities: labels.map((label) => held[label]) };
}
const directory = (held: Readonly<Record<string, string>>): PathPrint => ({
  kind: "directory",
  identity: JSON.stringify(held),
  ...FACTS,
  entries: entriesOf(held),
});
const GONE: PathPrint = { kind: "fault", fault: "missing", detail: "" };
const LIMITS = { entries: 3, chars: 100 };

Deno.test("entries are changed, added or removed", () => {
  const before = entriesOf({ a: "1", b: "1", c: "1", e: "1" });
  const after = entriesOf({ a: "1", b: "2", d: "1", e: "1" });
  assert.deepEqual(changedEntries(before, after), [
    { how: "changed", label: "b" },
    { how: "removed", label: "c" },
    { how: "added", label: "d" },
  ]);
});

Deno.test("of a directory that comes or goes with its files, only these are told", () => {
  const without = entriesOf({ "s.x": "1" });
  const withIt = entriesOf({ "s": "directory", "s/a": "1", "s.x": "1" });
  const empty = entriesOf({ "s": "directory", "s.x": "1" });
  const labels = (before: Entries, after: Entries) =>
    changedEntries(before, after).map(({ how, label }) => `${how} ${label}`);
  assert.deepEqual(labels(without, withIt), ["added s/a"]);
  assert.deepEqual(labels(withIt, without), ["removed s/a"]);
  assert.deepEqual(labels(without, empty), ["added s"]);
});

Deno.test("the changed entries are those that a comparison of two maps finds", () => {
  const name = fc.constantFrom("a", "a/b", "a.b", "c", "c/d", "e");
  const held = fc.dictionary(name, fc.constantFrom("1", "2"));
  fc.assert(fc.property(held, held, (one, other) => {
    const all = new Set([...Object.keys(one), ...Object.keys(other)]);
    const expected = [...all].filter((label) => one[label] !== other[label]);
    const found = changedEntries(entriesOf(one), entriesOf(other));
    for (const { how, label } of found) {
      assert.equal(expected.includes(label), true);
      assert.equal(how === "added", !(label in one));
      assert.equal(how === "removed", !(label in other));
    }
    const left = expected.filter((label) =>
      !found.some((entry) => entry.label === label)
    );
    // Only directories whose content is told are left out.
    for (const label of left) {
      assert.ok(found.some((entry) => entry.label.startsWith(`${label}/`)));
    }
  }));
});

Deno.test("a path that cannot be read does not differ, and is news for a child", () => {
  const paths = ["/a", "/b", "/c"];
  const before = [file("1"), file("1"), GONE];
  const after = [file("2"), GONE, GONE];
  const told = (changed: readonly { readonly path: string }[]) =>
    changed.map(({ path }) => path);
  assert.deepEqual(told(pathsThatDiffer(paths, before, after)), ["/a"]);
  assert.deepEqual(told(pathsWithNews(paths, before, after)), ["/a", "/b"]);
});

Deno.test("a list has the entries of a directory, or the directory itself if they are too many", () => {
  const before = directory({ a: "1", b: "1" });
  const list = (after: PathPrint) =>
    listOf(pathsThatDiffer(["/d/"], [before], [after]), LIMITS);
  assert.deepEqual(list(directory({ a: "2" })), ["/d/a", "/d/b"]);
  assert.deepEqual(list(directory({ c: "1", d: "1", e: "1" })), ["/d/"]);
  assert.deepEqual(list(directory({ [`c${"x".repeat(100)}`]: "1" })), ["/d/"]);
  const unknown = { ...before, identity: "other", entries: undefined };
  assert.deepEqual(list(unknown), ["/d/"]);
});

Deno.test("a file that two watched paths lead to is listed once", () => {
  const changed = [
    { path: "d", entries: [{ how: "changed", label: "a" } as const] },
    { path: "d/a", entries: [] },
  ];
  assert.deepEqual(listOf(changed, LIMITS), ["d/a"]);
});

Deno.test("a list ends where there is no room left", () => {
  const paths = Array.from({ length: 20 }, (_, at) => `/path-${at}`);
  const changed = paths.map((path) => ({ path, entries: [] }));
  const list = listOf(changed, LIMITS);
  assert.deepEqual(list, paths.slice(0, list.length));
  assert.ok(list.join("\n").length <= LIMITS.chars);
});
