/** Listings tell all metadata, links and faults, and no content. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import {
  describeEntry,
  listBelow,
  listParts,
  modeText,
} from "../../src/diagnose/listing.ts";
import { tempDirectory } from "../host/temp.ts";

async function linesOf(
  list: (say: (line: string) => void) => Promise<void>,
): Promise<string[]> {
  const lines: string[] = [];
  await list((line) => lines.push(line));
  return lines;
}

Deno.test("modes are told as ls tells them", () => {
  const table: [number, string][] = [
    [0o100644, "-rw-r--r--"],
    [0o040755, "drwxr-xr-x"],
    [0o041777, "drwxrwxrwt"],
    [0o104750, "-rwsr-x---"],
    [0o102640, "-rw-r-S---"],
    [0o120777, "lrwxrwxrwx"],
    [0o140600, "srw-------"],
    [0, "?---------"],
  ];
  for (const [mode, text] of table) equal(modeText(mode), text);
});

Deno.test("an entry is one line, whatever its name is", () => {
  const info = {
    mode: 0o100600,
    ino: 7,
    nlink: 1,
    uid: 10,
    gid: 20,
    size: 3,
    mtime: new Date(0),
    ctime: null,
  };
  equal(
    describeEntry(info, "a\nb"),
    "7 -rw------- 1 10 20 3 1970-01-01T00:00:00.000Z - a\\nb",
  );
});

Deno.test("each part of a path is told, with the one that is missing", async () => {
  await using directory = await tempDirectory();
  await Deno.symlink("nowhere", `${directory.path}/link`);
  const path = `${directory.path}/link/file`;
  const lines = await linesOf((say) => listParts(path, say));
  equal(lines.length, path.split("/").length);
  match(lines[0], /^\d+ drwx.* \/$/);
  match(lines.at(-2) ?? "", / lrwxrwxrwx 1 .*\/link -> nowhere$/);
  match(lines.at(-1) ?? "", /\/link\/file: No such file or directory$/);
});

Deno.test("a directory is told level by level, without content", async () => {
  await using directory = await tempDirectory();
  const at = (name: string) => `${directory.path}/${name}`;
  await Deno.mkdir(at("..2026/deep"), { recursive: true });
  await Deno.writeTextFile(at("..2026/key"), "content");
  await Deno.symlink("..2026", at("..data"));
  const lines = await linesOf((say) => listBelow(directory.path, say));
  deepEqual(
    lines.map((line) => line.replace(/^.* (?=\S+(?: -> |$))/, "").trim()),
    [
      `${directory.path}:`,
      "..2026",
      "..data -> ..2026",
      `${directory.path}/..2026:`,
      "deep",
      "key",
      `${directory.path}/..2026/deep:`,
    ].map((line) => line.replace(/^.* (?=\S+(?: -> |$))/, "")),
  );
  doesNotMatch(lines.join("\n"), /content/);
});

Deno.test("a huge and a deep directory are cut, which is told", async () => {
  await using directory = await tempDirectory();
  await Deno.mkdir(`${directory.path}/a/b/c/d/e`, { recursive: true });
  const deep = await linesOf((say) => listBelow(directory.path, say));
  equal(deep.at(-1), "(deeper than 4 levels)");
  for (let file = 0; file < 1_001; file++) {
    await Deno.writeTextFile(`${directory.path}/${file}`, "");
  }
  const lines = await linesOf((say) => listBelow(directory.path, say));
  equal(lines.at(-1), "(more than 1000 entries)");
  ok(lines.length <= 1_002);
});
