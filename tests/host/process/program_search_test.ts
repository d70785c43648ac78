/** Where a program is found: PATH, relative paths, and what may not be executed. */
import { equal } from "node:assert/strict";
import { findProgram } from "../../../src/host/process/program_search.ts";
import { tempDirectory } from "../temp.ts";

const executable = (path: string, mode = 0o755) => {
  Deno.writeTextFileSync(path, "#!/bin/sh\n");
  Deno.chmodSync(path, mode);
};

Deno.test("a name is looked for in PATH, relative parts of it in the program's directory", async () => {
  await using directory = await tempDirectory();
  const home = directory.path;
  for (const name of ["bin", "other", "work", "work/sub"]) {
    Deno.mkdirSync(`${home}/${name}`);
  }
  executable(`${home}/bin/a`, 0o644);
  executable(`${home}/other/a`);
  executable(`${home}/work/sub/b`);
  executable(`${home}/work/c`);
  Deno.mkdirSync(`${home}/bin/c`);
  const work = `${home}/work`;
  const bins = `${home}/bin:${home}/other`;
  const table: [name: string, path: string | undefined, found?: string][] = [
    // What may not be executed is the answer only where there is no other.
    ["a", bins, `${home}/other/a`],
    ["a", `${home}/bin`, `${home}/bin/a`],
    ["b", "sub", `${work}/sub/b`],
    ["b", bins],
    ["c", `${home}/bin:`, `${work}/./c`],
    ["c", "", `${work}/./c`],
    ["./c", bins, `${work}/./c`],
    ["sub/b", bins, `${work}/sub/b`],
    [`${home}/other/a`, "", `${home}/other/a`],
    ["sub/none", bins],
    ["", bins],
    ["sh", undefined, "/bin/sh"],
    ["sh", bins],
  ];
  for (const [name, path, found] of table) {
    equal(findProgram(name, work, path), found, `${name} in ${path}`);
  }
});

Deno.test("without a directory of its own a program runs in ours", async () => {
  await using directory = await tempDirectory();
  executable(`${directory.path}/a`);
  equal(findProgram("./no such", undefined, "/bin"), undefined);
  equal(
    findProgram("deno.json", undefined, "."),
    `${Deno.cwd()}/./deno.json`,
  );
});
