/** What stands in braces in the child's arguments. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  expand,
  expandVariables,
  firstWithoutValue,
  variablesIn,
} from "../../../src/core/notation/placeholders.ts";

const VALUES = {
  config: ["/etc/a.conf", "/etc/b.conf"],
  listen: [7, 11],
  run: 3,
  env: (name: string) => VARIABLES[name],
};

const VARIABLES: Record<string, string | undefined> = {
  PORT: "8080",
  EMPTY: "",
};

Deno.test("placeholders: our placeholders are replaced, and nothing else", () => {
  const table: [text: string, expanded: string][] = [
    ["{config}", "/etc/a.conf"],
    ["{config0}", "/etc/a.conf"],
    ["--c={config1}", "--c=/etc/b.conf"],
    ["fd://{listen0},{listen1}", "fd://7,11"],
    ["run-{run}", "run-3"],
    ["{config}{config}", "/etc/a.conf/etc/a.conf"],
    // In doubled braces they stand for themselves.
    ["{{config}} {{env:PORT}}", "{config} {env:PORT}"],
    ["{{{config}}} {{{{run}}}}", "{/etc/a.conf} {{run}}"],
    ["{{config} {config}}", "{/etc/a.conf /etc/a.conf}"],
    // Braces around anything else are left alone, so JSON and templates are.
    ['{"a":{"b":{run}}}', '{"a":{"b":3}}'],
    ["{{.Names}} {{ .Values.x }} {{", "{{.Names}} {{ .Values.x }} {{"],
    // A variable, and none without its value.
    ["http://localhost:{env:PORT}/", "http://localhost:8080/"],
    ["{env:EMPTY}|{env:UNSET}|{{{env:UNSET}}}", "|{env:UNSET}|{{{env:UNSET}}}"],
    [
      "{env:} {env:1} {env:A B} {ENV:PORT}",
      "{env:} {env:1} {env:A B} {ENV:PORT}",
    ],
    ["${run}", "$3"],
    ["", ""],
    // Out of range.
    ["{config2} {listen2}", "{config2} {listen2}"],
    ["{config99999999999999999999}", "{config99999999999999999999}"],
    // Not ours.
    [
      "{listen} {run0} {config01} {config-1}",
      "{listen} {run0} {config01} {config-1}",
    ],
    [
      "{ config } {Config} {} {other} {config",
      "{ config } {Config} {} {other} {config",
    ],
  ];
  for (const [text, expanded] of table) {
    assert.equal(expand(text, VALUES), expanded, text);
  }
});

Deno.test("placeholders: a value is not looked at again, whatever is in it", () => {
  const values = { config: ["{run} {config1} $& $1", "x"], listen: [], run: 1 };
  assert.equal(expand("<{config}>", values), "<{run} {config1} $& $1>");
});

Deno.test("placeholders: the variables that a text needs are found", () => {
  const table: [text: string, names: readonly string[]][] = [
    ["{env:A}{config}{env:a.b-c} {env:A}", ["A", "a.b-c", "A"]],
    ["{{env:A}} {env:} {run} env:B", []],
    ["{{{env:A}}}", ["A"]],
  ];
  for (const [text, names] of table) {
    assert.deepEqual(variablesIn(text), names, text);
  }
});

Deno.test("placeholders: for variables alone, others are none", () => {
  assert.equal(
    expandVariables("{config} {run} {env:A}", (name) => `<${name}>`),
    "{config} {run} <A>",
  );
});

Deno.test("placeholders: the first placeholder without a value is found", () => {
  const table: [text: string, found: string | undefined][] = [
    ["{config} {config1} {listen0} {run} {other} {listen}", undefined],
    ["{listen1} {listen2} {config9}", "{listen2}"],
    ["{config2}", "{config2}"],
    ["{{config2}} {env:UNSET}", undefined],
    ["{{{config2}}}", "{config2}"],
  ];
  for (const [text, found] of table) {
    assert.equal(firstWithoutValue(text, VALUES), found, text);
  }
});

Deno.test("placeholders: where there is no value at all, a number is too high, and {config} is not ours", () => {
  const none = { config: [], listen: [] };
  const table: [text: string, found: string | undefined][] = [
    ["{run} {config}", undefined],
    ["{config0}", "{config0}"],
    ["{config} {config1}", "{config1}"],
    ["{config} {listen} {listen0}", "{listen0}"],
  ];
  for (const [text, found] of table) {
    assert.equal(firstWithoutValue(text, none), found, text);
  }
});

Deno.test("placeholders: a text without a missing value keeps none of our placeholders", () => {
  const piece = fc.oneof(
    fc.constantFrom("{config}", "{config0}", "{config5}", "{listen0}", "{run}"),
    fc.string(),
  );
  const values = { config: ["/c"], listen: [5], run: 2 };
  fc.assert(fc.property(fc.array(piece), (pieces) => {
    const text = pieces.join("");
    const expanded = expand(text, values);
    const missing = firstWithoutValue(text, values);
    if (missing === undefined) {
      assert.doesNotMatch(expanded, /\{(config\d?|listen0|run)\}/);
    } else {
      assert.ok(expanded.includes(missing));
    }
  }));
});
