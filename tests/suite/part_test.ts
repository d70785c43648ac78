/** Which cases are of which part, and which files. */
import { deepEqual, equal } from "node:assert/strict";
import { PARTS } from "../../scripts/suite/part.ts";

const JUDGED = ["in time [F]", "by the poller [P]", "by the clock [T]"];
const OTHERS = [
  "plain",
  "x]",
  "]",
  "F]",
  "[F]",
  "y F]",
  "z[F]",
  "z [G]",
  "[F] first",
];

/** The names that `deno test` runs of these with this filter. */
async function chosen(filter: string): Promise<string[]> {
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-suite-" });
  try {
    const file = `${directory}/some_test.ts`;
    const names = JSON.stringify([...JUDGED, ...OTHERS]);
    await Deno.writeTextFile(
      file,
      `for (const name of ${names}) Deno.test(name, () => {});`,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", `--filter=${filter}`, file],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    return [...new TextDecoder().decode(stdout).matchAll(/^(.*) \.\.\. ok/gm)]
      .map(([, name]) => name);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("parts: each case is of one part, by the end of its name", async () => {
  const found = await Promise.all(
    PARTS.map(({ filter = "" }) => chosen(filter)),
  );
  deepEqual(found, [OTHERS, JUDGED]);
});

const [PARALLEL, TIMED] = PARTS;
const TESTS = new URL("../", import.meta.url);

Deno.test("parts: each folder of tests is of a part or has a task of its own", () => {
  const found = [...Deno.readDirSync(TESTS)];
  const folders = found.filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `tests/${name}`);
  // A test file beside the folders would be of no part.
  equal(folders.length, found.length);
  const others = ["cluster", "container", "examples", "real"]
    .map((name) => `tests/${name}`);
  const run = [...PARALLEL.folders, ...TIMED.folders, ...others];
  deepEqual([...new Set(run)].toSorted(), folders.toSorted());
  const twice = run.filter((folder, at) => run.indexOf(folder) !== at);
  deepEqual(twice, ["tests/e2e"]);
});

Deno.test("parts: the files that begin are there, each once, in the part's folders", () => {
  for (const { first, folders } of PARTS) {
    equal(new Set(first).size, first.length);
    for (const file of first) {
      equal(Deno.statSync(new URL(`../${file}`, TESTS)).isFile, true, file);
      equal(folders.some((each) => file.startsWith(`${each}/`)), true, file);
    }
  }
});
