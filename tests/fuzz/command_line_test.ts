/**
 * Command lines that nobody would write, from a corpus and by chance: `check`
 * neither crashes nor hangs, ends with 0, 1 or 2, and a refusal is one line.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { check } from "../../src/check/report.ts";
import { environmentName, OPTION_NAMES } from "../../src/cli/options.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { exitCodeOfCheck } from "../../src/core/vocabulary/finding.ts";
import { UsageError } from "../../src/cli/values/basic.ts";
import corpus from "./corpus.json" with { type: "json" };
import { HANG_MS } from "../fixtures/limits.ts";
import "../host/loaded_libc.ts";

const BINARY = new URL("../../dist/flush-manager", import.meta.url).pathname;

/** The exit code that `check` of this command line would give. */
async function codeOf(
  argv: readonly string[],
  environment: ReadonlyMap<string, string>,
): Promise<number> {
  try {
    const invocation = parseInvocation(
      ["check", ...argv],
      (name) => environment.get(name),
    );
    if (invocation.kind !== "check") return 0;
    return exitCodeOfCheck(await check(invocation.settings));
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.doesNotMatch(error.message, /[\n\r]/);
    return 2;
  }
}

Deno.test("no command line and no environment makes check crash", async () => {
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("1s", "0", "HUP:0", "TERM:QUIT", "true", "/etc/hostname"),
  );
  const word = fc.oneof(
    value,
    fc.constantFrom(...OPTION_NAMES).map((name) => `--${name}`),
    fc.tuple(fc.constantFrom(...OPTION_NAMES), value)
      .map(([name, text]) => `-${name}=${text}`),
  );
  const environment = fc.dictionary(
    fc.constantFrom(...OPTION_NAMES.map(environmentName)),
    value,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word), environment, async (argv, variables) => {
      const map = new Map(Object.entries(variables));
      assert.ok([0, 1, 2].includes(await codeOf(argv, map)));
    }),
    { numRuns: 3_000 },
  );
});

for (const argv of corpus) {
  Deno.test(`check ${JSON.stringify(argv)}`, async () => {
    assert.ok([0, 1, 2].includes(await codeOf(argv, new Map())));
    // No program can be given these.
    if (argv.some((word) => /\0/.test(word))) return;
    const { code, stdout, stderr } = await new Deno.Command(BINARY, {
      args: ["check", ...argv],
      stdin: "null",
      signal: AbortSignal.timeout(HANG_MS),
    }).output();
    assert.ok([0, 1, 2].includes(code), `code ${code}`);
    const said = new TextDecoder().decode(stderr);
    assert.equal(said.split("\n").length, code === 2 ? 2 : 1, said);
    assert.equal(stdout.length > 0, code !== 2);
  });
}
