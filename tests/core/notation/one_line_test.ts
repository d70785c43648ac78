/** What may reach a line as it is, and what is written as an escape. */
import { deepEqual, equal } from "node:assert/strict";
import {
  oneLine,
  oneLineJson,
  shortLine,
} from "../../../src/core/notation/one_line.ts";

const ESCAPES: [text: string, line: string][] = [
  ["a\nb\tc\rd\x1b[0m\x7f", "a\\nb\\tc\\x0dd\\x1b[0m\\x7f"],
  // C1: CSI in one character, and NEL.
  ["\x80\x85\x9b31m\x9f", "\\x80\\x85\\x9b31m\\x9f"],
  ["a\u2028b\u2029c", "a\\u2028b\\u2029c"],
  ["\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e"],
  ["\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069"],
  ["\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"],
  [
    "\u200b\u200c\u200d\u2060\ufeff\xad",
    "\\u200b\\u200c\\u200d\\u2060\\ufeff\\xad",
  ],
  ["\ufff9\u{e0041}", "\\ufff9\\u{e0041}"],
  ["\ud800a\udc00", "\\ud800a\\udc00"],
];

Deno.test("what cannot be seen is written as an escape", () => {
  for (const [text, line] of ESCAPES) equal(oneLine(text), line);
});

Deno.test("everything else stays as it is", () => {
  for (
    const text of [
      "",
      "a \\ b",
      "\u00e4\u20ac \u{1f600}",
      "\u05d0\u0628",
      "\u00a0x",
    ]
  ) {
    equal(oneLine(text), text);
    equal(oneLineJson(text), text);
  }
});

Deno.test("in JSON the escapes are JSON's, and the value is the same", () => {
  for (const [text] of ESCAPES) {
    const json = oneLineJson(JSON.stringify({ text }));
    equal(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(json), false);
    deepEqual(JSON.parse(json), { text });
  }
});

Deno.test("a line that is too long is cut where a character ends, and shows that", () => {
  equal(shortLine("short", 5), "short");
  equal(shortLine("longer", 5), "lo...");
  equal(shortLine("a\nb", 4), "a\\nb");
  equal(shortLine("a\n".repeat(9), 8), "a\\na\\...");
  // The character of two units does not fit as a whole.
  equal(shortLine("a\u{1f600}bcd", 5), "a...");
});
