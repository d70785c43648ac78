/** One flush-manager at a time takes the path of a socket. */
import assert from "node:assert/strict";
import { lockPath, PathHeld } from "../../../src/host/socket/path_lock.ts";
import "../loaded_libc.ts";
import { exists, tempDirectory } from "../temp.ts";

/** A process that holds the lock of a path until it is disposed of. */
async function holder(path: string): Promise<AsyncDisposable> {
  const child = new Deno.Command("flock", {
    args: [`${path}.lock`, "sh", "-c", "echo held; exec sleep 1000"],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await Promise.all([child.status, reader.cancel()]);
    },
  };
}

Deno.test("a path is locked until the end of the scope, and the file goes with it", async () => {
  await using temp = await tempDirectory();
  const path = `${temp.path}/socket`;
  {
    using _lock = lockPath(path);
    assert.ok(exists(`${path}.lock`));
    assert.throws(() => lockPath(path), PathHeld);
  }
  assert.ok(!exists(`${path}.lock`));
  using _again = lockPath(path);
});

Deno.test("a lock of another process is waited for for a second, and then named", async () => {
  await using temp = await tempDirectory();
  const path = `${temp.path}/socket`;
  await using _holder = await holder(path);
  assert.throws(() => lockPath(path), {
    name: "Error",
    message: `another process holds ${path}.lock; stop that one`,
  });
});

Deno.test("the file of a process that was killed is used again", async () => {
  await using temp = await tempDirectory();
  const path = `${temp.path}/socket`;
  await Deno.writeTextFile(`${path}.lock`, "");
  {
    using _lock = lockPath(path);
  }
  assert.ok(!exists(`${path}.lock`));
});

Deno.test("a link in the place of the file is not followed", async () => {
  await using temp = await tempDirectory();
  const path = `${temp.path}/socket`;
  await Deno.symlink("elsewhere", `${path}.lock`);
  assert.throws(() => lockPath(path), /symbolic links/);
  assert.ok(!exists(`${temp.path}/elsewhere`));
});

Deno.test("a lock on a file that its holder has removed is worth nothing", async () => {
  await using temp = await tempDirectory();
  const path = `${temp.path}/socket`;
  using _first = lockPath(path);
  // Somebody removes the file of a lock that is held: the next one has another file.
  await Deno.remove(`${path}.lock`);
  {
    using _second = lockPath(path);
    assert.ok(exists(`${path}.lock`));
  }
  // Nor does its holder remove the file of another lock.
  assert.ok(!exists(`${path}.lock`));
});
