/** Snapshots of real files: what is copied, what is refused, and what is left behind. */
import "../loaded_libc.ts";
import assert from "node:assert/strict";
import type { Fingerprint } from "../../../src/core/vocabulary/fingerprint.ts";
import { runMaybeAsync } from "../../../src/host/base/maybe_async.ts";
import { combine } from "../../../src/host/base/digest.ts";
import { fingerprintOf } from "../../../src/host/fingerprint/fingerprinter.ts";
import { LARGE_BYTES } from "../../../src/host/files/regular_file.ts";
import { Selection } from "../../../src/host/fingerprint/selection.ts";
import { Looks } from "../fingerprints.ts";
import {
  type CaptureResult,
  type SaveResult,
  Snapshots,
} from "../../../src/host/snapshot/snapshots.ts";
import "../loaded_libc.ts";
import { alone, run, tempDirectory, until } from "../temp.ts";

const { mkdir, readTextFile: read, symlink, writeTextFile: write } = Deno;

const look = async (...paths: string[]): Promise<Fingerprint> =>
  await fingerprintOf(paths, "content");

const modeOf = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o7777;

const namesIn = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name).sort();

/** A prepared DIR beside a directory for the paths. */
async function place(...names: string[]) {
  const temp = await tempDirectory();
  const directory = `${temp.path}/snapshots`;
  const conf = `${temp.path}/conf`;
  await mkdir(conf);
  const paths = names.map((name) => `${conf}/${name}`);
  const snapshots = new Snapshots({ directory, paths });
  await snapshots.prepare();
  return {
    conf,
    directory,
    paths,
    snapshots,
    copies: `${directory}/copies`,
    /** The path of that name under DIR/current. */
    current: (name: string) => `${directory}/current/${name}`,
    look: () => look(...paths),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

function assertFailed(
  saved: SaveResult | CaptureResult,
  detail: RegExp,
): void {
  assert.equal(saved.kind, "failed");
  assert.match(saved.detail, detail);
  assert.doesNotMatch(saved.detail, /\n/);
}

const prove = async (snapshots: Snapshots, content: Fingerprint) => {
  await runMaybeAsync(snapshots.prove(content));
};

/** What a child that runs as our user can do to its own configuration. */
async function damage(path: string): Promise<void> {
  await Deno.chmod(path, 0o600);
  await write(path, "damaged");
  await Deno.chmod(path, 0o400);
}

const SAVED = { kind: "saved" };
const MOVED = { kind: "moved" };

Deno.test("a file is kept as it was, whatever becomes of the path", async () => {
  await using at = await place("app.conf");
  await write(at.paths[0], "A");
  const content = await at.look();
  assert.deepEqual(await at.snapshots.save(content), SAVED);
  at.snapshots.links.activate(content);
  await write(at.paths[0], "B");
  const [print] = content;
  assert.ok(print.kind === "file");
  const digest = combine([print.identity]);
  assert.deepEqual(namesIn(at.directory), ["copies", "current"]);
  assert.deepEqual(namesIn(at.copies), [digest]);
  const kept = at.snapshots.pathOf(0, content);
  assert.equal(kept, `${at.copies}/${digest}/app.conf`);
  assert.equal(await read(kept), "A");
  assert.equal(await read(at.current("app.conf")), "A");
  assert.equal(
    Deno.readLinkSync(`${at.directory}/current`),
    `copies/${digest}`,
  );
  // What is there needs the paths no more.
  assert.deepEqual(await at.snapshots.save(content), SAVED);
});

Deno.test("a directory is kept with what is below it, a large file among it", async () => {
  await using at = await place("dir");
  const [dir] = at.paths;
  await mkdir(`${dir}/sub/empty`, { recursive: true });
  await write(`${dir}/sub/key`, "A");
  await write(`${dir}/none`, "");
  const large = crypto.getRandomValues(new Uint8Array(65_536));
  for (let size = 0; size <= LARGE_BYTES; size += large.length) {
    await Deno.writeFile(`${dir}/large`, large, { append: true });
  }
  await symlink("..", `${dir}/sub/loop`);
  const content = await at.look();
  assert.deepEqual(await at.snapshots.save(content), SAVED);
  const kept = at.snapshots.pathOf(0, content);
  assert.deepEqual(namesIn(kept), ["large", "none", "sub"]);
  assert.deepEqual(namesIn(`${kept}/sub`), ["empty", "key", "loop"]);
  assert.deepEqual(namesIn(`${kept}/sub/loop`), []);
  assert.deepEqual(
    await Deno.readFile(`${kept}/large`),
    await Deno.readFile(`${dir}/large`),
  );
});

Deno.test("of a ConfigMap the keys are kept as files, without kubelet's own entries", async () => {
  await using at = await place("map", "map/key");
  const [map] = at.paths;
  await mkdir(`${map}/..2026_1`, { recursive: true });
  await write(`${map}/..2026_1/key`, "A");
  await symlink("..2026_1", `${map}/..data`);
  await symlink("..data/key", `${map}/key`);
  const content = await at.look();
  assert.deepEqual(await at.snapshots.save(content), SAVED);
  assert.deepEqual(namesIn(at.snapshots.pathOf(0, content)), ["key"]);
  const key = `${at.snapshots.pathOf(0, content)}/key`;
  assert.ok(Deno.lstatSync(key).isFile);
  assert.equal(await read(key), "A");
  assert.equal(await read(at.snapshots.pathOf(1, content)), "A");
  await mkdir(`${map}/..2026_2`);
  await write(`${map}/..2026_2/key`, "B");
  await symlink("..2026_2", `${map}/..new`);
  await Deno.rename(`${map}/..new`, `${map}/..data`);
  const next = await at.look();
  assert.deepEqual(await at.snapshots.save(next), SAVED);
  assert.equal(await read(at.snapshots.pathOf(1, next)), "B");
  assert.equal(await read(at.snapshots.pathOf(1, content)), "A");
});

Deno.test("paths of one name are told apart by their index", async () => {
  await using at = await place("a/x", "b/x", "c/y");
  for (const path of at.paths) {
    await mkdir(path.slice(0, -2));
    await write(path, path);
  }
  const content = await at.look();
  assert.deepEqual(await at.snapshots.save(content), SAVED);
  for (const [index, name] of ["0-x", "1-x", "y"].entries()) {
    const path = at.snapshots.pathOf(index, content);
    assert.match(path, new RegExp(`/${name}$`));
    assert.equal(await read(path), at.paths[index]);
  }
  const odd = new Snapshots({
    directory: at.directory,
    paths: ["/a/x", "/b/x", "/c/0-x", "/d/y/"],
  });
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => odd.pathOfRun(index, 7)),
    ["0-x", "1-x", "2-0-x", "3-y"].map((name) =>
      `${at.directory}/copies/run-7/${name}`
    ),
  );
});

Deno.test("whatever the paths hold is captured, and found by what the copy holds", async () => {
  await using at = await place("app.conf", "more.conf", "absent.conf");
  await write(at.paths[0], "A");
  await write(at.paths[1], "1");
  const content = await at.look();
  await write(at.paths[0], "B");
  const result = await at.snapshots.capture(content);
  assert.ok(result.kind === "captured");
  const now = await at.look();
  const identities = (of: Fingerprint) =>
    of.map((print) => print.kind === "fault" ? print.fault : print.identity);
  assert.deepEqual(identities(result.content), identities(now));
  await write(at.paths[0], "C");
  assert.deepEqual(await at.snapshots.save(result.content), SAVED);
  await runMaybeAsync(at.snapshots.prove(result.content));
  const saved = (index: number) =>
    read(at.snapshots.pathOf(index, result.content));
  assert.equal(await saved(0), "B");
  assert.equal(await saved(1), "1");
});

Deno.test("what is captured twice is there once", async () => {
  await using at = await place("app.conf");
  await write(at.paths[0], "A");
  const content = await at.look();
  await at.snapshots.capture(content);
  const before = namesIn(at.directory);
  assert.equal((await at.snapshots.capture(content)).kind, "captured");
  assert.deepEqual(namesIn(at.directory), before);
});

Deno.test("a path that has gone cannot be captured", async () => {
  await using at = await place("app.conf");
  await write(at.paths[0], "A");
  const content = await at.look();
  await Deno.remove(at.paths[0]);
  assert.deepEqual(await at.snapshots.capture(content), MOVED);
});

Deno.test("a file that goes between the look at it and its opening leads to another look, however often", async () => {
  await using at = await place("app.conf");
  const [path] = at.paths;
  await write(path, "A");
  const content = await at.look();
  const { statSync } = Deno;
  // Another process removes it in the middle of a copy.
  Deno.statSync = (file) => {
    const info = statSync(file);
    if (file === path) Deno.removeSync(path);
    return info;
  };
  try {
    assert.deepEqual(await at.snapshots.capture(content), MOVED);
    assert.throws(() => statSync(path), Deno.errors.NotFound);
    await write(path, "B");
    assert.deepEqual(await at.snapshots.capture(content), MOVED);
  } finally {
    Deno.statSync = statSync;
  }
  assert.deepEqual(namesIn(at.copies), []);
});

Deno.test("a path that is another kind of file by now is captured after another look, and refused if it stays that", async () => {
  await using at = await place("file", "dir/key", "more");
  const [file, key, more] = at.paths;
  const dir = `${at.conf}/dir`;
  const replace = (path: string, how: string) =>
    run("sh", "-c", `rm -r ${path} && ${how} ${path}`);
  const swaps: [() => Promise<unknown>, RegExp][] = [
    [() => replace(file, "mkfifo"), /file is neither a file nor a directory/],
    [() => replace(dir, "touch"), /Not a directory/],
    [() => run("mkfifo", `${more}/x`), /more\/x is neither a file nor a dir/],
    [() => symlink("nowhere", `${more}/x`), /more\/x is a dangling link/],
  ];
  for (const [swap, detail] of swaps) {
    await write(file, "A");
    await mkdir(dir);
    await write(key, "A");
    await mkdir(more);
    const content = await at.look();
    await swap();
    assert.deepEqual(await at.snapshots.capture(content), MOVED);
    assertFailed(await at.snapshots.capture(content), detail);
    // One that comes later may be on its way as well.
    await Deno.remove(at.conf, { recursive: true });
    await mkdir(at.conf);
    assert.deepEqual(await at.snapshots.capture(content), MOVED);
    await write(file, "A");
    await mkdir(dir);
    await write(key, "A");
    await mkdir(more);
    await swap();
    assert.deepEqual(await at.snapshots.capture(content), MOVED);
    assert.deepEqual(namesIn(at.copies), []);
    await Deno.remove(at.conf, { recursive: true });
    await mkdir(at.conf);
  }
});

Deno.test("content that is no longer there is moved, and nothing is left of it", async () => {
  await using at = await place("file", "dir");
  const [file, dir] = at.paths;
  const moves = [
    () => write(file, "B"),
    () => Deno.remove(file),
    () => write(`${dir}/more`, ""),
    () => Deno.remove(dir, { recursive: true }),
    () => run("sh", "-c", `rm ${file} && mkfifo ${file}`),
    () => run("sh", "-c", `rm ${file} && mkdir ${file}`),
    () => symlink("nowhere", `${dir}/dangling`),
    () => run("mkfifo", `${dir}/fifo`),
  ];
  for (const move of moves) {
    await write(file, "A");
    await mkdir(dir);
    await write(`${dir}/key`, "A");
    const content = await at.look();
    await move();
    assert.deepEqual(await at.snapshots.save(content), MOVED, String(move));
    assert.deepEqual(namesIn(at.copies), []);
    await Deno.remove(at.conf, { recursive: true });
    await mkdir(at.conf);
  }
});

Deno.test("a file that is rewritten all the time is never saved as anything else", async () => {
  await using at = await place("file");
  const [file] = at.paths;
  const texts = ["A", "B"].map((letter) => letter.repeat(LARGE_BYTES + 1));
  await write(file, texts[0]);
  const content = await at.look();
  for (let round = 0; round < 10; round++) {
    await write(file, texts[0]);
    const saving = at.snapshots.save(content);
    await write(file, texts[1]);
    const { kind } = await saving;
    assert.notEqual(kind, "failed");
    if (kind !== "saved") continue;
    assert.equal(await read(at.snapshots.pathOf(0, content)), texts[0]);
    await at.snapshots.prune([]);
  }
  assert.deepEqual(namesIn(at.copies), []);
});

Deno.test("a large file that was not read is no content yet", async () => {
  await using at = await place("file");
  await Deno.writeFile(at.paths[0], new Uint8Array(LARGE_BYTES + 1));
  const hint = await new Looks(at.paths, "content").look("metadata");
  assert.deepEqual(await at.snapshots.save(hint), MOVED);
});

Deno.test("a path that is missing is left out, and its coming is another content", async () => {
  await using at = await place("here", "missing");
  await write(at.paths[0], "A");
  const without = await at.look();
  assert.deepEqual(await at.snapshots.save(without), SAVED);
  const parent = at.snapshots.pathOf(0, without).slice(0, -"/here".length);
  assert.deepEqual(namesIn(parent), ["here"]);
  await write(at.paths[1], "");
  const whole = await at.look();
  assert.deepEqual(await at.snapshots.save(whole), SAVED);
  assert.notEqual(
    at.snapshots.pathOf(0, whole),
    at.snapshots.pathOf(0, without),
  );
  assert.equal(await read(at.snapshots.pathOf(1, whole)), "");
  // An empty directory has an empty file's identity.
  await at.snapshots.prune([]);
  await Deno.remove(at.paths[1]);
  await mkdir(at.paths[1]);
  assert.deepEqual(await at.snapshots.save(whole), MOVED);
});

Deno.test("copies are for our user alone and to be read only, whatever the source's mode and the umask", async () => {
  await using at = await place("dir");
  const [dir] = at.paths;
  await mkdir(`${dir}/sub`, { recursive: true });
  const modes = [0o644, 0o755, 0o440];
  // Only root can read what nobody may.
  if (Deno.uid() === 0) modes.push(0);
  for (const mode of modes) {
    await write(`${dir}/sub/${mode}`, String(mode));
    await Deno.chmod(`${dir}/sub/${mode}`, mode);
  }
  for (const umask of [0o000, 0o777]) {
    const content = await at.look();
    const args = [at.directory, dir, String(umask)];
    const saved = await alone("saved_under_umask.ts", { args });
    assert.deepEqual(JSON.parse(saved), SAVED);
    const kept = at.snapshots.pathOf(0, content);
    for (const mode of modes) {
      assert.equal(modeOf(`${kept}/sub/${mode}`), 0o400);
    }
    for (const directory of [kept, `${kept}/sub`, `${kept}/..`]) {
      assert.equal(modeOf(directory), 0o500);
    }
    assert.equal(modeOf(at.copies), 0o700);
    await at.snapshots.prune([]);
  }
  assert.equal(modeOf(at.directory), 0o700);
});

Deno.test("a link round in circles is one in the copy too", async () => {
  await using at = await place("dir");
  const [dir] = at.paths;
  await mkdir(dir);
  await write(`${dir}/a`, "A");
  await symlink("loop", `${dir}/loop`);
  const content = await at.look();
  assert.deepEqual(await at.snapshots.save(content), SAVED);
  const kept = at.snapshots.pathOf(0, content);
  assert.equal(await read(`${kept}/a`), "A");
  assert.throws(() => Deno.statSync(`${kept}/loop`), /symbolic links/);
});

Deno.test("what cannot be copied is named, and nothing is left of the attempt", async () => {
  await using at = await place("dir");
  const [dir] = at.paths;
  const odd = [
    [() => run("mkfifo", `${dir}/x`), /dir\/x is neither a file nor a dir/],
    [() => symlink("nowhere", `${dir}/x`), /dir\/x is a dangling link/],
    [() => symlink(at.directory, `${dir}/x`), /leads into the snapshot dir/],
  ] as const;
  for (const [make, detail] of odd) {
    await mkdir(dir);
    await write(`${dir}/a`, "A");
    await make();
    const saved = await at.snapshots.save(await at.look());
    assertFailed(saved, detail);
    assert.match(at.snapshots.fault ?? "", detail);
    assert.deepEqual(namesIn(at.copies), []);
    await Deno.remove(dir, { recursive: true });
  }
  await mkdir(dir);
  await write(`${dir}/a`, "A");
  const content = await at.look();
  await write(`${dir}/a`, "B");
  const { kind } = await at.snapshots.save(content);
  assert.equal(kind, "moved");
  assert.match(at.snapshots.fault ?? "", /leads into/, "that says nothing");
  await at.snapshots.capture(content);
  assert.equal(at.snapshots.fault, undefined);
});

Deno.test("a directory that is gone fails the switch, and is made again to save", async () => {
  await using at = await place("file");
  await write(at.paths[0], "A");
  const content = await at.look();
  await at.snapshots.save(content);
  await Deno.remove(at.directory, { recursive: true });
  await assert.rejects(
    prove(at.snapshots, content),
    /^Error: Cannot switch .*\/current: the saved configuration is gone$/,
  );
  assert.throws(() => at.snapshots.links.activate(content), /Cannot switch/);
  assert.throws(() => at.snapshots.links.lead(1, content), /Cannot switch/);
  await at.snapshots.prune([]);
  assert.deepEqual(await at.snapshots.save(content), SAVED);
  at.snapshots.links.activate(content);
  await prove(at.snapshots, content);
});

Deno.test("a copy that was damaged is replaced while the paths still hold the content", async () => {
  await using at = await place("file");
  await write(at.paths[0], "A");
  const content = await at.look();
  const kept = at.snapshots.pathOf(0, content);
  await at.snapshots.save(content);
  await damage(kept);
  assert.deepEqual(await at.snapshots.save(content), SAVED);
  assert.equal(await read(kept), "A");
  await damage(kept);
  await write(at.paths[0], "B");
  assert.deepEqual(await at.snapshots.save(content), MOVED);
  assert.equal(namesIn(at.copies).length, 1);
});

Deno.test("a reader never sees DIR/current missing or between two contents", async () => {
  await using at = await place("file", "twin");
  const contents: Fingerprint[] = [];
  for (const text of ["A", "B"]) {
    for (const path of at.paths) await write(path, text);
    contents.push(await at.look());
    assert.deepEqual(await at.snapshots.save(contents.at(-1) ?? []), SAVED);
  }
  at.snapshots.links.activate(contents[0]);
  await using reader = new Deno.Command("sh", {
    args: [
      "-c",
      `while [ "$changes" != 100 ]; do
         cd -P "$1" || { echo missing; exit; }
         read a < file; read b < twin
         [ "$a" = "$b" ] || { echo torn; exit; }
         [ "$a" = "$last" ] || changes=$((changes + 1))
         last=$a
       done`,
      "sh",
      `${at.directory}/current`,
    ],
    stdout: "piped",
  }).spawn();
  let ended = false;
  const output = new Response(reader.stdout).text();
  void reader.status.then(() => ended = true);
  let switches = 0;
  await until("the reader has seen 100 changes", () => {
    // An odd number, so that each pause finds the other content.
    for (let burst = 0; burst < 21; burst++) {
      at.snapshots.links.activate(contents[++switches % 2]);
    }
    return ended;
  });
  assert.equal(await output, "");
  assert.equal((await reader.status).success, true);
});

Deno.test("a switch that fails leaves nothing behind", async () => {
  await using at = await place("file");
  await write(at.paths[0], "A");
  const content = await at.look();
  await at.snapshots.save(content);
  at.snapshots.links.activate(content);
  await Deno.chmod(at.copies, 0o700);
  await Deno.remove(`${at.directory}/current`);
  await mkdir(`${at.directory}/current/x`, { recursive: true });
  assert.throws(
    () => at.snapshots.links.activate(content),
    /Cannot switch .*current/,
  );
  assert.deepEqual(namesIn(at.directory), ["copies", "current"]);
});

Deno.test("prune keeps what it is told to, and whatever is not ours", async () => {
  await using at = await place("file");
  const contents: Fingerprint[] = [];
  for (const text of ["A", "B", "C"]) {
    await write(at.paths[0], text);
    contents.push(await at.look());
    await at.snapshots.save(contents.at(-1) ?? []);
  }
  await write(`${at.directory}/notes`, "");
  at.snapshots.links.activate(contents[2]);
  await at.snapshots.prune([contents[0], contents[2]]);
  assert.deepEqual(namesIn(at.directory), ["copies", "current", "notes"]);
  assert.equal(namesIn(at.copies).length, 2);
  assert.equal(await read(at.snapshots.pathOf(0, contents[0])), "A");
  assert.equal(await read(at.current("file")), "C");
  await at.snapshots.prune([]);
  assert.deepEqual(namesIn(at.copies), []);
});

Deno.test("saves and prunes that are asked for at once take turns", async () => {
  await using at = await place("file");
  await write(at.paths[0], "A");
  const content = await at.look();
  const { snapshots } = at;
  const [first, second] = await Promise.all([
    snapshots.save(content),
    snapshots.save(content),
    snapshots.prune([]),
    snapshots.save(content),
    snapshots.prune([content]),
  ]);
  assert.deepEqual([first, second], [SAVED, SAVED]);
  assert.equal(await read(snapshots.pathOf(0, content)), "A");
  assert.equal(namesIn(at.copies).length, 1);
});

Deno.test("an earlier manager's leftovers go, what DIR/current leads to stays", async () => {
  await using at = await place("file");
  const contents: Fingerprint[] = [];
  for (const text of ["A", "B"]) {
    await write(at.paths[0], text);
    contents.push(await at.look());
    await at.snapshots.save(contents.at(-1) ?? []);
  }
  at.snapshots.links.activate(contents[0]);
  // Those of earlier versions stood in DIR itself.
  for (const place of [at.directory, at.copies]) {
    await mkdir(`${place}/.flush-manager-abc/copy/x`, { recursive: true });
    await symlink("nowhere", `${place}/.flush-manager-next`);
  }
  await mkdir(`${at.directory}/${"0".repeat(64)}`);
  await symlink("nowhere", `${at.copies}/run-7`);
  await write(`${at.directory}/notes`, "");
  await new Snapshots(at).prepare();
  const [, digest] = at.snapshots.pathOf(0, contents[0]).match(
    /([^/]+)\/file$/,
  ) ?? [];
  assert.deepEqual(namesIn(at.directory), ["copies", "current", "notes"]);
  assert.deepEqual(namesIn(at.copies), [digest]);
  assert.equal(await read(at.current("file")), "A");
});

Deno.test("a directory that cannot serve is refused in one line, and not made", async () => {
  await using temp = await tempDirectory();
  const { path } = temp;
  await mkdir(`${path}/watched/sub`, { recursive: true });
  await write(`${path}/watched/file`, "A");
  await mkdir(`${path}/taken/current`, { recursive: true });
  await symlink("watched/sub", `${path}/link`);
  const refusals = [
    [`${path}/watched/file`, "/etc/hostname", "Not a directory"],
    [`${path}/watched/file/x`, "/etc/hostname", "Not a directory"],
    [`${path}/taken`, "/etc/hostname", "current is not a symbolic link"],
    [`${path}/watched`, `${path}/watched/file`, "the watched path .* is ins"],
    [`${path}/watched`, `${path}/watched`, "the watched path .* is inside it"],
    [`${path}/new`, `${path}/new/current/x`, "the watched path .* is inside"],
    [`${path}/link`, `${path}/watched`, "it is inside the watched path"],
    [`${path}/link/new`, `${path}/watched`, "it is inside the watched path"],
    [`${path}/late/new`, `${path}/late`, "it is inside the watched path"],
    ["/proc/self/new", "/etc/hostname", "kernel file systems"],
    ["/dev/shm/new", "/etc/hostname", "kernel file systems"],
  ];
  for (const [directory, watched, why] of refusals) {
    const snapshots = new Snapshots({ directory, paths: [watched] });
    await assert.rejects(snapshots.prepare(), ({ message }: Error) => {
      assert.match(message, /^Cannot use snapshot directory .*$/);
      assert.match(message, new RegExp(`: (.*${why})`));
      assert.ok(message.includes(directory));
      return true;
    });
  }
  assert.deepEqual(namesIn(path), ["link", "taken", "watched"]);
  assert.deepEqual(namesIn(`${path}/watched/sub`), []);
});

/** Whether a file system can be mounted here; says why not where it cannot. */
async function mounted(path: string, options: string): Promise<boolean> {
  await mkdir(path);
  const args = ["-t", "tmpfs", "-o", options, "tmpfs", path];
  const { success } = await new Deno.Command("mount", { args }).output()
    .catch(() => ({ success: false }));
  if (!success) console.warn("skipped: mount(8) needs CAP_SYS_ADMIN");
  return success;
}

Deno.test("a full disk fails the save, and frees what the attempt took", async () => {
  await using temp = await tempDirectory();
  const directory = `${temp.path}/disk`;
  const file = `${temp.path}/file`;
  if (!await mounted(directory, "size=64k")) return;
  try {
    const snapshots = new Snapshots({ directory, paths: [file] });
    await snapshots.prepare();
    for (const bytes of [100_000, LARGE_BYTES + 1]) {
      await Deno.writeFile(file, new Uint8Array(bytes));
      const saved = await snapshots.save(await look(file));
      assertFailed(saved, /No space left on device/);
      assert.deepEqual(namesIn(`${directory}/copies`), []);
    }
    await Deno.writeFile(file, new Uint8Array(40_000));
    const content = await look(file);
    assert.deepEqual(await snapshots.save(content), SAVED);
    snapshots.links.activate(content);
    await snapshots.prune([content]);
    await Deno.writeFile(file, new Uint8Array(40_001));
    assertFailed(await snapshots.save(await look(file)), /No space left/);
    assert.equal((await read(`${directory}/current/file`)).length, 40_000);
  } finally {
    // A process that is being started on another thread may still hold it.
    await run("umount", "--lazy", directory);
  }
});

Deno.test("a full disk keeps the newest and the most needed, and gives up what is between", async () => {
  await using temp = await tempDirectory();
  const directory = `${temp.path}/disk`;
  const file = `${temp.path}/file`;
  if (!await mounted(directory, "size=64k")) return;
  try {
    const snapshots = new Snapshots({ directory, paths: [file] });
    await snapshots.prepare();
    const contents: Fingerprint[] = [];
    const save = async (letter: string) => {
      await write(file, letter.repeat(20_000));
      contents.push(await look(file));
      assert.deepEqual(await snapshots.save(contents.at(-1) ?? []), SAVED);
    };
    for (const letter of "ABC") await save(letter);
    const [good, second, third] = contents;
    snapshots.links.lead(3, third);
    await snapshots.prune([good, second, third]);
    await save("D");
    await prove(snapshots, good);
    await prove(snapshots, second);
    await prove(snapshots, contents[3]);
    await assert.rejects(prove(snapshots, third), /is gone/);
    await snapshots.prune([good, contents[3]]);
    await save("E");
    await save("F");
    await prove(snapshots, good);
    await prove(snapshots, contents[5]);
  } finally {
    // A process that is being started on another thread may still hold it.
    await run("umount", "--lazy", directory);
  }
});

Deno.test("a read-only disk is refused, and fails what comes after it", async () => {
  await using temp = await tempDirectory();
  const directory = `${temp.path}/disk`;
  const file = `${temp.path}/file`;
  await write(file, "A");
  if (!await mounted(directory, "size=64k")) return;
  try {
    const snapshots = new Snapshots({ directory, paths: [file] });
    const content = await look(file);
    assert.deepEqual(await snapshots.save(content), SAVED);
    snapshots.links.activate(content);
    await run("mount", "-o", "remount,ro", directory);
    await assert.rejects(snapshots.prepare(), /Read-only file system/);
    assert.throws(
      () => snapshots.links.activate(content),
      /Read-only file system/,
    );
    await write(file, "B");
    assertFailed(await snapshots.save(await look(file)), /Read-only file/);
    await snapshots.prune([]);
    assert.equal(await read(`${directory}/current/file`), "A");
  } finally {
    // A process that is being started on another thread may still hold it.
    await run("umount", "--lazy", directory);
  }
});

Deno.test("a child's name leads to its content until it is led elsewhere, and goes with the child", async () => {
  await using at = await place("file");
  const contents: Fingerprint[] = [];
  for (const text of ["A", "B", "C"]) {
    await write(at.paths[0], text);
    contents.push(await at.look());
    await at.snapshots.save(contents.at(-1) ?? []);
  }
  const [first, second, third] = contents;
  const { snapshots } = at;
  snapshots.links.lead(1, first);
  snapshots.links.lead(2, second);
  assert.equal(await read(snapshots.pathOfRun(0, 1)), "A");
  assert.equal(await read(snapshots.pathOfRun(0, 2)), "B");
  snapshots.links.lead(1, third);
  assert.equal(await read(snapshots.pathOfRun(0, 1)), "C");
  // What a child has under its name is never removed.
  await snapshots.prune([]);
  assert.equal(await read(snapshots.pathOfRun(0, 1)), "C");
  assert.equal(await read(snapshots.pathOfRun(0, 2)), "B");
  snapshots.links.release(1);
  assert.ok(!snapshots.links.isLed(1) && snapshots.links.isLed(2));
  await snapshots.prune([]);
  assert.equal(namesIn(at.copies).length, 2);
  await assert.rejects(prove(snapshots, third), /is gone/);
});

const DAMAGES: readonly [
  what: string,
  says: RegExp,
  damage: (kept: string) => Promise<void>,
][] = [
  [
    "bytes",
    /dir\/a|does not hold what was saved/,
    (kept) => damage(`${kept}/dir/a`),
  ],
  ["a longer file", /does not hold/, async (kept) => {
    await Deno.chmod(`${kept}/file`, 0o600);
    await write(`${kept}/file`, "more", { append: true });
    await Deno.chmod(`${kept}/file`, 0o400);
  }],
  [
    "a file's mode",
    /file has mode 0644/,
    (kept) => Deno.chmod(`${kept}/file`, 0o644),
  ],
  [
    "a directory's mode",
    /sub has mode 0700/,
    (kept) => Deno.chmod(`${kept}/dir/sub`, 0o700),
  ],
  [
    "the copy's mode",
    /the copy has mode 0777/,
    (kept) => Deno.chmod(kept, 0o777),
  ],
  ["a link for a file", /file is no file any more/, async (kept) => {
    await inside(kept, async () => {
      await Deno.rename(`${kept}/file`, `${kept}/../../file`);
      await symlink("../../file", `${kept}/file`);
    });
  }],
  ["a link for a directory", /dir is no directory any more/, async (kept) => {
    await inside(kept, async () => {
      await Deno.chmod(`${kept}/dir`, 0o700);
      await Deno.rename(`${kept}/dir`, `${kept}/../../dir`);
      await symlink("../../dir", `${kept}/dir`);
    });
  }],
  ["a FIFO for a file", /a is neither a file nor a directory/, async (kept) => {
    await inside(`${kept}/dir`, async () => {
      await Deno.remove(`${kept}/dir/a`);
      await run("mkfifo", `${kept}/dir/a`);
    });
  }],
  [
    "a file more",
    /more was added/,
    (kept) => inside(kept, () => write(`${kept}/more`, "")),
  ],
  [
    "a file more below",
    /dir does not hold/,
    (kept) =>
      inside(`${kept}/dir`, async () => {
        await write(`${kept}/dir/..more`, "");
        await Deno.chmod(`${kept}/dir/..more`, 0o400);
      }),
  ],
  [
    "a file less",
    /file is missing/,
    (kept) => inside(kept, () => Deno.remove(`${kept}/file`)),
  ],
  ["all of it", /the saved configuration is gone/, async (kept) => {
    await run("rm", "-rf", kept);
  }],
];

/** Changes what is in a directory of a copy, and gives it its mode back. */
async function inside(
  directory: string,
  change: () => Promise<void>,
): Promise<void> {
  await Deno.chmod(directory, 0o700);
  await change();
  await Deno.chmod(directory, 0o500);
}

for (const [what, says, change] of DAMAGES) {
  Deno.test(`a copy is not used after damage: ${what}`, async () => {
    await using at = await place("file", "dir");
    await write(at.paths[0], "A");
    await mkdir(`${at.paths[1]}/sub`, { recursive: true });
    await write(`${at.paths[1]}/a`, "A");
    const content = await at.look();
    await at.snapshots.save(content);
    await prove(at.snapshots, content);
    const kept = at.snapshots.pathOf(0, content).slice(0, -"/file".length);
    await change(kept);
    await assert.rejects(prove(at.snapshots, content), says);
    // It is taken again from the paths.
    assert.deepEqual(await at.snapshots.save(content), SAVED);
    await prove(at.snapshots, content);
  });
}

/** What does not count is no damage, where it belongs to us; `ignore` says what. */
async function withLitter(ignore: readonly string[]) {
  const at = await place("file", "dir");
  await write(at.paths[0], "A");
  await mkdir(`${at.paths[1]}/sub`, { recursive: true });
  const content = await at.look();
  const selections = at.paths.map(() => new Selection(ignore));
  const snapshots = new Snapshots({ ...at, selections });
  await snapshots.save(content);
  const kept = snapshots.pathOf(0, content).slice(0, -"/file".length);
  for (const directory of [kept, `${kept}/dir/sub`]) {
    await inside(directory, async () => {
      await mkdir(`${directory}/__pycache__`);
      await write(`${directory}/__pycache__/a`, "code");
      await write(`${directory}/a.pyc`, "code");
    });
  }
  return {
    kept,
    prove: () => prove(snapshots, content),
    save: () => snapshots.save(content),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

Deno.test("what --ignore leaves out is no damage of a copy", async () => {
  await using at = await withLitter(["__pycache__/", "*.pyc"]);
  await at.prove();
  assert.deepEqual(await at.save(), SAVED);
  assert.deepEqual(namesIn(at.kept), ["__pycache__", "a.pyc", "dir", "file"]);
});

Deno.test("what it does not leave out is damage", async () => {
  for (const ignore of [[], ["*.pyc"], ["__pycache__/"], ["/sub/*"]]) {
    await using at = await withLitter(ignore);
    await assert.rejects(at.prove(), /was damaged: .*(__pycache__|a\.pyc)/);
  }
});

Deno.test("a watched path that was missing is damage when it is added, whatever its name", async () => {
  await using at = await place("file", "local.bak");
  await write(at.paths[0], "A");
  const content = await at.look();
  const selections = at.paths.map(() => new Selection(["*.bak", "/other"]));
  const snapshots = new Snapshots({ ...at, selections });
  await snapshots.save(content);
  const kept = snapshots.pathOf(0, content).slice(0, -"/file".length);
  for (const name of ["local.bak", "other"]) {
    await inside(kept, () => write(`${kept}/${name}`, "B"));
    await assert.rejects(prove(snapshots, content), /was added/);
    await inside(kept, () => Deno.remove(`${kept}/${name}`));
  }
  await prove(snapshots, content);
});

const AS_ROOT = { ignore: Deno.uid() !== 0 };
/** Somebody else. */
const OTHER = 12_345;

Deno.test(
  "a copy of another user is not used, and taken again",
  AS_ROOT,
  async () => {
    await using at = await place("file");
    await write(at.paths[0], "A");
    const content = await at.look();
    await at.snapshots.save(content);
    await Deno.chown(at.snapshots.pathOf(0, content), OTHER, OTHER);
    await assert.rejects(prove(at.snapshots, content), /belongs to user 12345/);
    assert.deepEqual(await new Snapshots(at).save(content), SAVED);
    await prove(at.snapshots, content);
  },
);

Deno.test(
  "a private directory that somebody has planted is not used",
  AS_ROOT,
  async () => {
    await using at = await place("file");
    await write(at.paths[0], "A");
    const content = await at.look();
    await at.snapshots.save(content);
    const planted = `${at.directory}/planted`;
    await run("cp", "-a", at.copies, planted);
    await run("chown", "-R", `${OTHER}`, planted);
    await Deno.rename(at.copies, `${at.directory}/away`);
    await Deno.rename(planted, at.copies);
    const refused = /copies belongs to user 12345$/;
    await assert.rejects(prove(at.snapshots, content), refused);
    assert.throws(() => at.snapshots.links.lead(1, content), refused);
    // It is put aside, and the content is taken again from the paths.
    assert.deepEqual(await at.snapshots.save(content), SAVED);
    await prove(at.snapshots, content);
    assert.equal(Deno.lstatSync(at.copies).uid, Deno.uid());
    await Deno.remove(at.copies, { recursive: true });
    await symlink("away", at.copies);
    await run("chown", "-h", `${OTHER}`, at.copies);
    const link = /copies is not a directory; remove it$/;
    await assert.rejects(prove(at.snapshots, content), link);
    assert.deepEqual(await at.snapshots.save(content), SAVED);
    await prove(at.snapshots, content);
    // Only a link of our own is somebody's wish.
    await Deno.rename(at.copies, `${at.directory}/own`);
    await symlink("own", at.copies);
    await assert.rejects(new Snapshots(at).prepare(), link);
  },
);

Deno.test(
  "a DIR that is somebody else's directory or link is refused",
  AS_ROOT,
  async () => {
    await using temp = await tempDirectory();
    const paths = ["/etc/hostname"];
    await mkdir(`${temp.path}/theirs`);
    await mkdir(`${temp.path}/ours`);
    await Deno.chown(`${temp.path}/theirs`, OTHER, OTHER);
    await symlink("ours", `${temp.path}/link`);
    await run("chown", "-h", `${OTHER}`, `${temp.path}/link`);
    const refusals = [
      [`${temp.path}/theirs`, /theirs: it belongs to user 12345; use a dir/],
      [`${temp.path}/link`, /link: it is a link of user 12345; use a dir/],
    ] as const;
    for (const [directory, says] of refusals) {
      const snapshots = new Snapshots({ directory, paths });
      await assert.rejects(snapshots.prepare(), says);
    }
    assert.deepEqual(namesIn(`${temp.path}/ours`), []);
    assert.deepEqual(namesIn(`${temp.path}/theirs`), []);
    await symlink("ours", `${temp.path}/own`);
    await new Snapshots({ directory: `${temp.path}/own`, paths }).prepare();
    assert.deepEqual(namesIn(`${temp.path}/ours`), ["copies"]);
  },
);

Deno.test("a DIR that others may write to is used, and its mode is told", async () => {
  await using temp = await tempDirectory();
  for (
    const [mode, told] of [[0o755, undefined], [0o1777, 0o1777], [0o770, 0o770]]
  ) {
    const directory = `${temp.path}/${mode}`;
    await mkdir(directory);
    await Deno.chmod(directory, mode ?? 0);
    const snapshots = new Snapshots({ directory, paths: ["/etc/hostname"] });
    assert.equal(await snapshots.prepare(), told);
    assert.equal(modeOf(`${directory}/copies`), 0o700);
  }
});

Deno.test("a private directory that was opened to others is closed again", async () => {
  await using at = await place("file");
  await write(at.paths[0], "A");
  const content = await at.look();
  await at.snapshots.save(content);
  await Deno.chmod(at.copies, 0o2770);
  await prove(at.snapshots, content);
  assert.equal(modeOf(at.copies), 0o700);
});

Deno.test("missing parents are made for our user alone, whatever the umask", async () => {
  await using temp = await tempDirectory();
  const file = `${temp.path}/file`;
  await write(file, "A");
  for (const umask of [0o000, 0o022, 0o777]) {
    const parent = `${temp.path}/${umask}`;
    const args = [`${parent}/a/b`, file, String(umask)];
    const saved = await alone("saved_under_umask.ts", { args });
    assert.deepEqual(JSON.parse(saved), SAVED);
    for (const made of [parent, `${parent}/a`, `${parent}/a/b`]) {
      assert.equal(modeOf(made), 0o700, made);
    }
  }
});
