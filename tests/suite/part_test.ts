/** Which cases are of which part. */
import { deepEqual } from "node:assert/strict";
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
