/** FLUSH_MANAGER_CHANGED. */
import assert from "node:assert/strict";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import { changedVariable } from "../../../src/host/environment/changed_variable.ts";
import { VARIABLE_MAX_BYTES } from "../../../src/host/environment/env_files.ts";

const directory = (labels: readonly string[]): PathPrint => ({
  kind: "directory",
  identity: labels.join("\n"),
  metadata: "",
  dev: 1,
  ino: 1,
  size: 1,
  mtimeMs: 0,
  entries: { labels, identities: labels.map(() => "1") },
});
const changed = (
  watched: readonly string[],
  ...added: readonly (readonly string[])[]
) =>
  changedVariable(
    watched,
    watched.map(() => directory([])),
    added.map(directory),
  )
    .FLUSH_MANAGER_CHANGED;

Deno.test("it is empty before the first child, and where nothing differs", () => {
  const content = [directory(["a"])];
  const empty = { FLUSH_MANAGER_CHANGED: "" };
  assert.deepEqual(changedVariable(["/d"], undefined, content), empty);
  assert.deepEqual(changedVariable(["/d"], content, content), empty);
});

Deno.test("a file is a line, and a directory stands for names that are none", () => {
  assert.equal(changed(["/d"], ["a", "b"]), "/d/a\n/d/b");
  assert.equal(changed(["/d"], ["a", "b\nc"]), "/d");
  assert.equal(changed(["/d\ne"], ["b"]), "/d\\ne/b");
});

Deno.test("a program can be started with whatever has changed", () => {
  const many = Array.from(
    { length: 100 },
    (_, at) => `${at}${"\u4e00".repeat(84)}`,
  );
  const watched = Array.from({ length: 1_000 }, (_, at) => `/${at}`);
  const text = `FLUSH_MANAGER_CHANGED=${
    changed(watched, ...watched.map(() => many))
  }`;
  assert.ok(new TextEncoder().encode(text).length <= VARIABLE_MAX_BYTES);
  assert.match(text, /\/0\/99/);
  assert.match(text, /\n\/999$/);
});
