/** Which patterns are taken, and how the others are refused. */
import assert from "node:assert/strict";
import { configPath } from "../../../src/cli/values/action.ts";
import { BadValue } from "../../../src/cli/values/basic.ts";
import {
  globFault,
  ignorePattern,
  LITTER,
} from "../../../src/cli/values/glob.ts";

const refusal = (parse: (text: string) => unknown, text: string) => {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof BadValue);
    return error.message;
  }
};

Deno.test("patterns that mean what they say are taken as they are", () => {
  for (
    const text of [
      ...LITTER,
      "",
      "*.bak",
      "node_modules/",
      "/build/*.tmp",
      "a/**/b",
      "[!a-c]x",
      "{a,b}.yaml",
      "\\[a",
      "[[]x",
      "[[:digit:]]",
      "\\!a",
    ]
  ) assert.equal(ignorePattern(text), text);
});

for (
  const [text, why] of [
    ["!keep", /none can be taken back by !/],
    ["/", /without empty parts/],
    ["a//b", /without empty parts/],
    ["../a", /without empty parts, \. and \.\./],
    ["./a", /without empty parts/],
    ["[a", /every \[ is closed/],
    ["{a,b", /every \{ is closed/],
    ["{a/b}", /every \{ is closed in the same part/],
    ["a\\", /a \\ at the end/],
    ["[z-a]", /goes upwards/],
    ["a\0", /NUL/],
  ] as const
) {
  Deno.test(`refused: --ignore ${JSON.stringify(text)}`, () => {
    assert.match(refusal(ignorePattern, text) ?? "", why);
  });
}

Deno.test("the last part of a watched path may be a pattern", () => {
  assert.deepEqual(configPath("/c/*.yaml=signal:HUP"), {
    path: "/c/*.yaml",
    action: { kind: "signal", signal: "SIGHUP" },
  });
  assert.match(refusal(configPath, "/c/*[z-a]") ?? "", /'conf.d\/\*.yaml'/);
  // Without anything of a pattern, it is the name itself.
  assert.equal(refusal(configPath, "/c/[a"), undefined);
  assert.equal(globFault("a"), undefined);
});
