/** When an operator is told that a path cannot be read. */
import assert from "node:assert/strict";
import { directory, file, MISSING, play } from "./observations.ts";

Deno.test("readability: A5: a path that is gone is an error once, after the window, and no change", () => {
  const { stages, texts } = play(file("A"), [
    [0, MISSING],
    [500, MISSING],
    [5_000, MISSING],
    [6_000, file("A")],
  ]);
  assert.deepEqual(new Set(stages), new Set(["unchanged"]));
  assert.deepEqual(texts, [
    "Cannot read config /c: does not exist; the child keeps its last configuration",
    "Config /c can be read again",
  ]);
});

Deno.test("readability: A29: a path that is gone for a moment is not worth a word", () => {
  assert.deepEqual(play(file("A"), [[0, MISSING], [20, file("A")]]).texts, []);
});

Deno.test("readability: A25: a file that becomes a directory is an error, not a change", () => {
  const { stages, texts } = play(file("A"), [
    [0, directory("D")],
    [500, directory("D")],
  ]);
  assert.deepEqual(stages, ["unchanged", "unchanged"]);
  assert.match(texts[0], /was a file, is a directory now/);
});

Deno.test("readability: a path that is judged by its metadata is an error once", () => {
  const coarse = { ...file("metadata:1"), coarse: "is larger than 1 GiB" };
  const { stages, texts } = play(file("A"), [
    [0, coarse],
    [500, coarse],
    [600, { ...coarse, identity: "metadata:2" }],
  ]);
  assert.deepEqual(stages, ["detected", "confirmed", "detected"]);
  assert.deepEqual(
    texts.filter((text) => text.startsWith("Cannot")),
    [
      "Cannot read all of config /c: it is larger than 1 GiB; its metadata are compared in place of its content",
    ],
  );
});
