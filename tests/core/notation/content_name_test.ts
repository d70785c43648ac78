/** Names of contents as operators see and write them. */
import assert from "node:assert/strict";
import {
  parseContentName,
  shortName,
} from "../../../src/core/notation/content_name.ts";

const WHOLE = "0123456789abcdef".repeat(4);

Deno.test("content name: what is shown is enough to name it", () => {
  assert.equal(shortName(WHOLE), "0123456789ab");
  assert.equal(parseContentName(shortName(WHOLE)), "0123456789ab");
  assert.equal(parseContentName(WHOLE), WHOLE);
  assert.equal(parseContentName("0123456789AB"), "0123456789ab");
});

Deno.test("content name: what is too short, too long or no digest is none", () => {
  const none = [
    "",
    "0123456789a",
    `${WHOLE}0`,
    "0123456789ag",
    "-0123456789ab",
  ];
  for (const text of none) {
    assert.equal(parseContentName(text), undefined, text);
  }
});
