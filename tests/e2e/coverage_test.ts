/**
 * Holds docs/conformance.md to the tests: every row is in it, and every file
 * that it names for a row has a test whose name begins with the row's number.
 * Runs nothing.
 */
import { deepEqual, ok } from "node:assert/strict";

const HERE = new URL("./", import.meta.url);
const DOCUMENT = Deno.readTextFileSync(
  new URL("../../docs/conformance.md", HERE),
);

const numbers = (letter: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${letter}${at + 1}`);
const ROWS = [...numbers("A", 30), ...numbers("B", 20)];

/** The cells of the document's table rows. */
const table = DOCUMENT.split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()).slice(1));

Deno.test("docs/conformance.md has each row of the tables once, in order", () => {
  const found = table.map(([row]) => row).filter((row) => /^[AB]\d/.test(row));
  deepEqual(found, ROWS);
});

Deno.test("docs/conformance.md names files that test their rows", () => {
  for (const [row, , , place] of table) {
    if (!ROWS.includes(row)) continue;
    const files = [...place.matchAll(/[\w/]+\.ts/g)].map(([file]) => file);
    ok(files.length > 0, row);
    for (const file of files) {
      const url = file.startsWith("tests/")
        ? new URL(`../../${file}`, HERE)
        : place.startsWith("not here")
        ? new URL(`../container/${file}`, HERE)
        : new URL(file, HERE);
      const named = new RegExp(`["\`][^"\`]*\\b${row}[:,]`);
      ok(named.test(Deno.readTextFileSync(url)), `${file} has no ${row}`);
    }
  }
});

Deno.test("docs/conformance.md names the tests of the original's faults", () => {
  const source = Deno.readTextFileSync(new URL("original_test.ts", HERE));
  const tests = [...source.matchAll(/"original: ([^"]+)"/g)]
    .map(([, name]) => name.replace(/ \[[FP]\]$/, ""));
  const listed = table.filter((cells) => tests.includes(cells[1] ?? ""));
  deepEqual(listed.map(([, name]) => name), tests);
});
