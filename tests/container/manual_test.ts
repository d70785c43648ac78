/** The manual page that a release ships, held against the table of options. */
import assert from "node:assert/strict";
import { ROOT } from "../../scripts/denort.ts";
import {
  environmentName,
  OPTION_NAMES,
  optionOf,
} from "../../src/cli/options.ts";
import { VERSION } from "../../src/manager/version.ts";

const manual = (await Deno.readTextFile(`${ROOT}docs/flush-manager.1`))
  .replaceAll("\\-", "-");

/** The parts of the manual that are about one item each. */
const entries = manual.split(/^\.(?:TP|SS|SH|PP).*\n/m);

for (const name of OPTION_NAMES) {
  Deno.test(`the manual tells the value, default and variable of --${name}`, () => {
    const { metavar, defaultText } = optionOf(name);
    const head = metavar === undefined
      ? `.B --${name}\n`
      : `.BI --${name} " ${metavar}"\n`;
    const entry = entries.find((text) => text.startsWith(head));
    assert.ok(entry !== undefined, `the manual has no entry for --${name}`);
    if (defaultText !== undefined) {
      const sentence = `Default: ${defaultText}.\n`;
      assert.ok(entry.includes(sentence), entry);
    }
    const variable = `Variable: ${environmentName(name)}.\n`;
    assert.ok(entry.includes(variable), entry);
  });
}

Deno.test("the manual is about this version, and about no option that is gone", () => {
  assert.ok(manual.includes(`"flush-manager ${VERSION}"`));
  const known: readonly string[] = OPTION_NAMES;
  for (const [, name] of manual.matchAll(/^\.TP\n\.BI? --([a-z-]+)/gm)) {
    assert.ok(known.includes(name), name);
  }
});
