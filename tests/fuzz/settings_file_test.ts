/**
 * Settings files that nobody would write: any text is read or refused, by lines
 * that each name a place in the file; what is read, the schema takes too; and no
 * secret is in a line.
 */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv";
import fc from "fast-check";
import {
  KEYS,
  readSettingsText,
} from "../../src/cli/settings_file/read_settings.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { UsageError } from "../../src/cli/values/basic.ts";
import schema from "../../docs/settings.schema.json" with { type: "json" };

const SECRET = "planted-5ecret";
const isValid = new Ajv2020({ strict: true, allowUnionTypes: true })
  .compile(schema);

/** Whether the text is read; a refusal is one that a user can find. */
function isRead(text: string): boolean {
  try {
    const file = readSettingsText("f", text);
    const invocation = parseInvocation(["--settings=f"], () => undefined);
    assert.equal(invocation.kind, "settingsFile");
    if (invocation.kind === "settingsFile") invocation.resolve(file);
    return true;
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.notEqual(error.lines.length, 0);
    for (const line of error.lines) {
      assert.doesNotMatch(line, /[\n\r]/);
      assert.ok(!line.includes(SECRET), line);
    }
    return false;
  }
}

const piece = fc.constantFrom(
  ...KEYS.map((key) => `${key}: `),
  ...[
    "\n",
    "\n  ",
    "\n- ",
    "  - ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ": ",
    "&a ",
    "*a",
  ],
  ...["? ", "|\n ", ">-\n ", "!!str ", "<<: ", "---\n", "...\n", "%YAML 1.2\n"],
  ...["'", '"', "# x", "\t", "\r\n", "\uFEFF", "\0", "\\u0000", "\\", "~"],
  ...["1s", "0", "true", "/a", "exec", "path: ", "action: ", "signal:HUP"],
);

Deno.test("no text makes the reader of settings files crash", () => {
  const text = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((parts) => parts.join("")),
    fc.array(fc.oneof(piece, fc.string({ unit: "binary" }))).map((parts) =>
      parts.join("")
    ),
  );
  fc.assert(fc.property(text, (text) => void isRead(text)), {
    numRuns: 5_000,
  });
});

/** A value of any shape, with the words that settings are made of. */
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(
      ...["1s", "auto", "0", "", "/a", "none", "signal:HUP", "never", "HUP"],
      ...["exec:true", "tcp:localhost:80", "http:http://h/", "notify", "warn"],
      ...["1s..2s", "5/10m", "overlap", "restart", "content", "group", "json"],
      ...[0, 1, -1, 1.5, true, false, null],
    ),
    fc.string(),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("path", "action", "exec", "signal", "A", "HUP", "db"),
      tie("any"),
      { maxKeys: 2 },
    ),
  ),
})).any;

Deno.test("what is read from JSON, the schema takes", () => {
  let read = 0;
  fc.assert(
    fc.property(fc.constantFrom(...KEYS), value, (key, value) => {
      const whole = { [key]: value };
      if (!isRead(JSON.stringify(whole))) return;
      read++;
      assert.ok(isValid(whole), JSON.stringify(isValid.errors));
    }),
    { numRuns: 10_000 },
  );
  assert.ok(read > 500, `only ${read} were read`);
});

Deno.test("no line about a settings file shows what may be a secret", () => {
  const wrong = fc.constantFrom<unknown>(
    SECRET,
    [SECRET],
    { A: [SECRET] },
    { "1X": SECRET },
    { A: `${SECRET}\0` },
    { A: { B: SECRET } },
    `http:POSTx:http://u:${SECRET}@h/`,
    `http:POSTx:http://h/?${SECRET}`,
  );
  const keys = fc.constantFrom("env", "on-change", "args", "ready", "wait-for");
  let refused = 0;
  fc.assert(fc.property(keys, wrong, (key, value) => {
    // A text that is no action has to be shown, so that it can be found.
    if (key !== "env" && key !== "args" && !isUrl(value)) return;
    if (!isRead(JSON.stringify({ [key]: value }))) refused++;
  }));
  assert.notEqual(refused, 0);
});

const isUrl = (value: unknown) =>
  typeof value === "string" && value.includes("//");
