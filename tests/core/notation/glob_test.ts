/** Which texts are patterns. */
import assert from "node:assert/strict";
import { isGlob } from "../../../src/core/notation/glob.ts";

Deno.test("a star, a question mark, a range or braces make a pattern", () => {
  const patterns = ["*.yaml", "a?", "[ab]", "{a,b}", "a*"];
  assert.deepEqual(patterns.filter((text) => !isGlob(text)), []);
  const names = ["a.yaml", "a\\*", "[a", "a]", "{a", "[]", "\\[a\\]", ""];
  assert.deepEqual(names.filter(isGlob), []);
});
