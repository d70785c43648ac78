/** Unix sockets and their files: the mode, stale and live ones, and every reason why there is none. */
import assert from "node:assert/strict";
import {
  closeListeners,
  openListeners,
} from "../../../src/host/socket/listening_sockets.ts";
import { assertRefused, canConnect, hasPython, unix } from "../listeners.ts";
import { tempDirectory } from "../temp.ts";
import "../loaded_libc.ts";

Deno.test("a socket's mode is as asked, and otherwise the umask's", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/socket`;
  // Deno.umask() sets it to 0 for a moment, for all tests of this process.
  const status = Deno.readTextFileSync("/proc/self/status");
  const umask = parseInt(/^Umask:\s*(\d+)$/m.exec(status)?.[1] ?? "", 8);
  for (
    const [mode, expected] of [
      [0o660, 0o660],
      [0o777, 0o777],
      [0o600, 0o600],
      [undefined, 0o777 & ~umask],
    ] as const
  ) {
    openListeners([unix(path, mode)]);
    const info = await Deno.lstat(path);
    assert.ok(info.isSocket);
    assert.equal((info.mode ?? 0) & 0o777, expected);
    closeListeners();
    assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
  }
});

Deno.test("what is put in the place of a new socket keeps its mode", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/socket`;
  const secret = `${directory.path}/secret`;
  await Deno.writeTextFile(secret, "", { mode: 0o600 });
  const { lstatSync } = Deno;
  let swaps = 0;
  // Somebody who may write to the directory, as soon as the socket is there.
  Deno.lstatSync = (at) => {
    const info = lstatSync(at);
    if (at === path && info.isSocket) {
      swaps++;
      Deno.removeSync(path);
      Deno.symlinkSync("secret", path);
    }
    return info;
  };
  try {
    openListeners([unix(path, 0o666)]);
  } finally {
    Deno.lstatSync = lstatSync;
    closeListeners();
  }
  assert.equal(swaps, 1);
  assert.equal((lstatSync(secret).mode ?? 0) & 0o777, 0o600);
});

/** What a killed server leaves. */
async function leaveStaleSocket(path: string): Promise<void> {
  const { success } = await new Deno.Command("python3", {
    args: [
      "-c",
      "import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()",
      path,
    ],
  }).output();
  assert.ok(success);
}

Deno.test({
  name: "a stale socket is replaced",
  ignore: !hasPython,
  fn: async () => {
    await using directory = await tempDirectory();
    const path = `${directory.path}/socket`;
    await leaveStaleSocket(path);
    assert.ok((await Deno.lstat(path)).isSocket);
    openListeners([unix(path)]);
    assert.ok(await canConnect({ transport: "unix", path }));
    closeListeners();
    assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
  },
});

Deno.test("a live socket is left alone, also one whose queue is full", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/socket`;
  const why =
    "the address is in use by another process; stop that one or choose another path";
  openListeners([unix(path, undefined, 1)]);
  await assertRefused(unix(path), why);
  const connections: Deno.Conn[] = [];
  await assert.rejects(async () => {
    for (;;) connections.push(await Deno.connect({ transport: "unix", path }));
  }, Deno.errors.WouldBlock);
  await assertRefused(unix(path), why);
  assert.ok((await Deno.lstat(path)).isSocket);
  for (const connection of connections) connection.close();
  closeListeners();
});

Deno.test("what is not a socket is left alone", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  const why =
    "a file that is not a socket is there; remove it or choose another path";
  await Deno.writeTextFile(`${path}/file`, "kept");
  await Deno.symlink("nowhere", `${path}/link`);
  await Deno.mkdir(`${path}/directory`);
  for (const name of ["file", "link", "directory"]) {
    await assertRefused(unix(`${path}/${name}`), why);
  }
  assert.equal(await Deno.readTextFile(`${path}/file`), "kept");
});

Deno.test("a path that cannot be is refused", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await assertRefused(
    unix(`${path}/none/socket`),
    "its directory does not exist",
  );
  await Deno.writeTextFile(`${path}/file`, "");
  await assertRefused(
    unix(`${path}/file/socket`),
    "a part of its path is not a directory",
  );
  const fits = `${path}/`.padEnd(107, "x");
  openListeners([unix(fits)]);
  assert.ok(await canConnect({ transport: "unix", path: fits }));
  closeListeners();
  await assertRefused(unix(`${fits}x`), "the path is longer than 107 bytes");
  await assertRefused(
    unix(`${path}/a\nb/socket`),
    "its directory does not exist",
  );
});

Deno.test("of two managers that find one stale socket at once, the second is refused", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/socket`;
  await leaveStaleSocket(path);
  const { removeSync } = Deno;
  let rival: string | undefined;
  // The other one does all of it between our look at the socket and its removal.
  Deno.removeSync = (at, options) => {
    if (at === path && rival === undefined) {
      rival = "about to listen";
      try {
        openListeners([unix(path)]);
        rival = "listens";
      } catch (error) {
        rival = error instanceof Error ? error.message : "";
      }
    }
    removeSync(at, options);
  };
  try {
    openListeners([unix(path)]);
    assert.match(
      rival ?? "",
      /^Cannot listen on unix:.*: another process holds .*\.lock; stop that one$/,
    );
  } finally {
    Deno.removeSync = removeSync;
    closeListeners();
  }
});

Deno.test("a socket file that somebody else has put there meanwhile stays", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/socket`;
  openListeners([unix(path)]);
  await Deno.rename(path, `${path}.old`);
  await Deno.writeTextFile(path, "another's");
  closeListeners();
  assert.equal(await Deno.readTextFile(path), "another's");
});
