/** Directories by their descriptors: no link is followed, nothing is waited for, and errors say why. */
import assert from "node:assert/strict";
import {
  Directory,
  inodeAt,
  openFile,
  ownUser,
} from "../../../src/host/files/directory.ts";
import { SystemError } from "../../../src/host/files/inode.ts";
import "../loaded_libc.ts";
import { run, tempDirectory } from "../temp.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The errno that a call fails with. */
function errnoOf(call: () => unknown): number | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof SystemError);
    return error.errno;
  }
}

Deno.test("files and directories are made, read, renamed and removed by their names", async () => {
  await using temp = await tempDirectory();
  using directory = Directory.at(temp.path);
  using below = directory.make("below");
  {
    using file = below.create("file");
    file.write(new TextEncoder().encode("content"));
    file.chmod(0o400);
  }
  below.symlink("file", "link");
  assert.equal(below.readLink("link"), "file");
  assert.deepEqual(below.names().sort(), ["file", "link"]);
  const { key: _, ...entry } = below.inodeOf("file") ?? { key: "" };
  assert.deepEqual(entry, {
    kind: "file",
    mode: 0o400,
    uid: ownUser(),
    size: "content".length,
  });
  using file = below.openFile("file");
  const buffer = new Uint8Array(100);
  assert.equal(text(buffer.subarray(0, file.read(buffer))), "content");
  assert.equal(file.read(buffer), 0);
  below.rename("link", "other");
  below.remove("other");
  below.remove("file");
  directory.removeDirectory("below");
  assert.equal(directory.inodeOf("below"), undefined);
});

Deno.test("many names are all found", async () => {
  await using temp = await tempDirectory();
  const names = Array.from({ length: 2_000 }, (_, at) => `${at}`.repeat(20));
  for (const name of names) Deno.writeTextFileSync(`${temp.path}/${name}`, "");
  using directory = Directory.at(temp.path);
  assert.deepEqual(directory.names().sort(), names.sort());
});

Deno.test("a link in a directory is not followed, nor is a FIFO waited for", async () => {
  const [ENOENT, EEXIST, ENOTDIR, ELOOP] = [2, 17, 20, 40];
  await using temp = await tempDirectory();
  await Deno.mkdir(`${temp.path}/target`);
  await Deno.writeTextFile(`${temp.path}/file`, "");
  await Deno.symlink("target", `${temp.path}/directory-link`);
  await Deno.symlink("file", `${temp.path}/file-link`);
  await run("mkfifo", `${temp.path}/fifo`);
  using directory = Directory.at(temp.path);
  const opened = errnoOf(() => directory.open("directory-link"));
  // Which of the two comes first depends on the kernel.
  assert.ok(opened === ELOOP || opened === ENOTDIR);
  assert.equal(errnoOf(() => directory.openFile("file-link")), ELOOP);
  assert.equal(errnoOf(() => directory.create("file-link")), EEXIST);
  assert.equal(errnoOf(() => directory.make("directory-link")), EEXIST);
  assert.equal(errnoOf(() => directory.open("missing")), ENOENT);
  using fifo = directory.openFile("fifo");
  assert.equal(fifo.inode().kind, "other");
  using byPath = openFile(`${temp.path}/fifo`);
  assert.equal(byPath.inode().kind, "other");
  assert.equal(inodeAt(`${temp.path}/file-link`)?.kind, "link");
  assert.equal(inodeAt(`${temp.path}/missing`), undefined);
});

Deno.test("an error says what the system says", () => {
  assert.throws(() => Directory.at("/nowhere"), {
    name: "Error",
    message: "No such file or directory",
  });
});
