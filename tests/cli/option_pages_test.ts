/** The option tables of the reference and of the manual page are what src/cli has now. */
import assert from "node:assert/strict";
import { manualPage, referencePage } from "../../scripts/option_pages.ts";
import { roff } from "../../scripts/roff.ts";

const docs = new URL("../../docs/", import.meta.url);

for (
  const [name, made] of [
    ["reference.md", referencePage],
    ["flush-manager.1", manualPage],
  ] as const
) {
  Deno.test(`docs/${name} is current: scripts/dev manual writes it`, async () => {
    const page = await Deno.readTextFile(new URL(name, docs));
    assert.equal(page, made(page));
  });

  Deno.test(`docs/${name} without its marks is refused`, () => {
    assert.throws(() => made("# no marks\n"), /it has no .*manual/);
  });
}

Deno.test("a manual page has code in bold, links as their text, and no line that is a request", () => {
  assert.equal(
    roff(
      "Watch `--config`, as [here](#glossary). See [the table](#options). `.x` is a file.",
    ),
    "Watch \\fB\\-\\-config\\fR, as here.\n\\fB.x\\fR is a file.\n",
  );
  assert.equal(roff(".hidden"), "\\&.hidden\n");
  assert.equal(roff('a "b" \\ c'), "a \\(dqb\\(dq \\e c\n");
});

Deno.test({
  name: "the manual page is one that a formatter has nothing to say about",
  ignore: !await isThere("mandoc") && Deno.env.get("REQUIRE_REAL") !== "1",
  fn: async () => {
    const { stdout } = await new Deno.Command("mandoc", {
      args: ["-T", "lint", "-W", "warning", "flush-manager.1"],
      cwd: docs,
    }).output();
    const faults = new TextDecoder().decode(stdout).split("\n")
      // The page has the version and no date, which would change with no word of it.
      .filter((line) => line !== "" && !line.includes("missing date"));
    assert.deepEqual(faults, []);
  },
});

async function isThere(program: string): Promise<boolean> {
  try {
    await new Deno.Command(program, { args: ["-T", "ascii", "/dev/null"] })
      .output();
    return true;
  } catch {
    console.log(`the manual page is not formatted: install ${program}`);
    return false;
  }
}
