/** `deno task test` as a person sees it: on a test file that fails, that cannot be loaded, and on options that it does not know. */
import { equal, match, ok } from "node:assert/strict";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** Runs a script of ours to its end. */
async function task(
  script: string,
  ...args: string[]
): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "-A", `scripts/${script}.ts`, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, text: decode(stdout) + decode(stderr) };
}

/** Runs the tests of a file with this content. */
async function testing(content: string, script = "test", ...args: string[]) {
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-suite-" });
  try {
    const file = `${directory}/some_test.ts`;
    await Deno.writeTextFile(file, content);
    return await task(script, file, ...args);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const TWO = `
Deno.test("it works", () => {});
Deno.test("it fails", () => {
  throw new Error("this is why");
});
`;

Deno.test("test: a failure is located at its case, says why and how to repeat it, and ends with 1", async () => {
  const { code, text } = await testing(TWO);
  equal(code, 1, text);
  match(
    text,
    /^FAILED \S+some_test\.ts:3 it fails \(0\.\d s\)\n {2}Error: this is why$/m,
  );
  match(
    text,
    /^ {2}again: scripts\/dev test \S+some_test\.ts --filter 'it fails'$/m,
  );
  match(text, /^FAILED \| 1 passed \| 1 failed \(/m);
  match(text, /^parallel: machine: a start takes \d+ ms, limits are [\d.]+ x/m);
});

Deno.test("test: --filter chooses cases; a choice without a case is no success", async () => {
  const some = await testing(TWO, "test", "--filter", "works");
  equal(some.code, 0, some.text);
  match(some.text, /^ok \| 1 passed \| 0 failed \(/m);
  const none = await testing(TWO, "test", "--filter", "nothing");
  equal(none.code, 1, none.text);
  match(none.text, /^Cannot find a test that is chosen$/m);
});

Deno.test("test: a file that cannot be loaded is a failure that says why", async () => {
  const { code, text } = await testing('throw new Error("no such day");');
  equal(code, 1, text);
  match(text, /no such day/);
});

Deno.test("test: an unknown option or part is refused", async () => {
  for (const args of [["--runs", "2"], ["--part", "late"]]) {
    const { code, text } = await task("test", ...args);
    equal(code, 1, text);
    match(text, /^test: Cannot /m);
  }
});

Deno.test("flicker: repeats the runs, counts what failed and ends with 1", async () => {
  const { code, text } = await testing(
    TWO,
    "flicker",
    "--runs",
    "2",
    "--load",
    "1",
  );
  equal(code, 1, text);
  match(text, /^\| 2 +\| 1 +\| 0 of 2 +\| 2 +\| 0 +\|/m);
  match(text, /some_test\.ts:3 it fails +\| 2 +\| Error: this is why +\|$/m);
});

const STALLS = `
import { row, Stalled } from "${ROOT}tests/e2e/bench.ts";
let plays = 0;
Deno.test(row("it stalls", () => {
  if (plays++ === 0) throw new Stalled("it was late");
  return Promise.resolve();
}));
`;

Deno.test("flicker: says which case was played again, and why", async () => {
  const { code, text } = await testing(STALLS, "flicker", "--runs", "2");
  equal(code, 0, text);
  match(text, /^REPLAYED it stalls: it was late$/m);
  match(text, /^\| 2 +\| 0 +\| 2 of 2 +\| 1 +\| 1 +\|/m);
  match(text, /^\| it stalls: it was late +\| 2 +\|$/m);
});

Deno.test("flicker: a number of runs or loops that cannot be is refused", async () => {
  for (const args of [["--runs", "0"], ["--load", "65"], ["--runs", "x"]]) {
    const { code, text } = await task("flicker", ...args);
    equal(code, 1, text);
    ok(
      text.includes(`Cannot use ${args[0]} ${args[1]}: it is a whole number`),
      text,
    );
  }
});
