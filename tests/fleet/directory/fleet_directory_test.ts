/** Which directories are refused, and what is said. */
import assert from "node:assert/strict";
import { DirectoryStore } from "../../../src/fleet/directory/directory_store.ts";
import {
  exposureOf,
  FleetDirectory,
} from "../../../src/fleet/directory/fleet_directory.ts";
import { StoreUnreachable } from "../../../src/fleet/slots/slot_store.ts";
import "../../host/loaded_libc.ts";
import { asOrdinaryUser } from "../../e2e/namespaces.ts";
import { alone, run, tempDirectory } from "../../host/temp.ts";

/** Somebody who is neither we nor root. */
const OTHER = 12_345;
const AS_ROOT = { ignore: Deno.uid() !== 0 };

/** What is said about the directory, behind its name. */
function refusalOf(path: string): string | undefined {
  try {
    new FleetDirectory(path, "web").check(2);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof StoreUnreachable, String(error));
    const start = `cannot use the fleet directory ${path}: `;
    assert.ok(error.message.startsWith(start), error.message);
    return error.message.slice(start.length);
  }
}

Deno.test("fleet directory: one of our own is accepted, and nothing is left in it but the lock", async () => {
  await using temp = await tempDirectory();
  assert.equal(refusalOf(temp.path), undefined);
  assert.equal(refusalOf(temp.path), undefined);
  const names = [...Deno.readDirSync(temp.path)].map(({ name }) => name);
  assert.deepEqual(names, ["web.lock"]);
});

Deno.test("fleet directory: one that is missing or none is refused", async () => {
  await using temp = await tempDirectory();
  assert.equal(
    refusalOf(`${temp.path}/missing`),
    "it does not exist; make it first",
  );
  Deno.writeTextFileSync(`${temp.path}/file`, "");
  assert.equal(refusalOf(`${temp.path}/file`), "it is not a directory");
});

Deno.test("fleet directory: one in which everybody may replace files is refused, unless the sticky bit protects them", async () => {
  await using temp = await tempDirectory();
  await Deno.chmod(temp.path, 0o777);
  assert.equal(
    refusalOf(temp.path),
    "everybody may replace files in it (mode 0777); use one that only this user may write to",
  );
  await Deno.chmod(temp.path, 0o1777);
  assert.equal(refusalOf(temp.path), undefined);
});

Deno.test({
  name: "fleet directory: one of another user is refused, and a link of one",
  ...AS_ROOT,
  async fn() {
    await using temp = await tempDirectory();
    const theirs = `${temp.path}/theirs`;
    const link = `${temp.path}/link`;
    await Deno.mkdir(theirs);
    await Deno.symlink(theirs, link);
    assert.equal(refusalOf(link), undefined);
    await run("chown", "-h", `${OTHER}`, link);
    assert.equal(
      refusalOf(link),
      "it is a link of user 12345; use a directory of your own",
    );
    await Deno.chown(theirs, OTHER, OTHER);
    assert.equal(
      refusalOf(theirs),
      "it belongs to user 12345; use a directory of your own",
    );
  },
});

Deno.test("fleet directory: root and its user may own it, nobody else", () => {
  const USER = 1_000;
  assert.equal(exposureOf({ uid: 0, mode: 0o1777 }, USER), undefined);
  assert.equal(exposureOf({ uid: USER, mode: 0o775 }, USER), undefined);
  assert.match(exposureOf({ uid: OTHER, mode: 0o1777 }, USER) ?? "", /belongs/);
  assert.match(exposureOf({ uid: 0, mode: 0o777 }, USER) ?? "", /replace/);
});

Deno.test({
  name:
    "fleet directory: one that can only be read is refused, although its lock is there",
  ignore: asOrdinaryUser().missing !== undefined,
  async fn() {
    await using temp = await tempDirectory();
    assert.equal(refusalOf(temp.path), undefined);
    await Deno.chmod(temp.path, 0o555);
    const said = await alone("fleet_directory_refusal.ts", {
      args: [temp.path],
      through: asOrdinaryUser().through,
    });
    await Deno.chmod(temp.path, 0o755);
    assert.equal(
      said,
      `cannot use the fleet directory ${temp.path}: Permission denied\n`,
    );
  },
});

Deno.test("fleet directory: links and what is no file are not used in the place of a file", async () => {
  for (const name of ["web-1.slot", "web.lock", "web.verdicts"]) {
    await using temp = await tempDirectory();
    const path = `${temp.path}/${name}`;
    await Deno.symlink("elsewhere", path);
    assert.equal(refusalOf(temp.path), `${path} is a link; remove it`);
    await Deno.remove(path);
    await run("mkfifo", path);
    assert.equal(
      refusalOf(temp.path),
      `${path} is not a regular file; remove it`,
    );
  }
});

Deno.test({
  name: "fleet directory: a file of another user is not used",
  ...AS_ROOT,
  async fn() {
    await using temp = await tempDirectory();
    const path = `${temp.path}/web-0.slot`;
    Deno.writeTextFileSync(path, "");
    await Deno.chown(path, OTHER, OTHER);
    assert.equal(
      refusalOf(temp.path),
      `${path} belongs to user 12345; run all managers of the group as one user`,
    );
  },
});

Deno.test("fleet directory: without libc none is used", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      new URL("../../fixtures/fleet_directory_refusal.ts", import.meta.url)
        .href,
      "/tmp",
    ],
    stderr: "inherit",
  }).output();
  assert.equal(
    new TextDecoder().decode(stdout),
    "cannot use the fleet directory /tmp: it needs glibc, which cannot be loaded here\n",
  );
});

Deno.test("fleet directory: what becomes unusable later is a store that cannot be reached", async () => {
  await using temp = await tempDirectory();
  const store = new DirectoryStore({
    directory: temp.path,
    group: "web",
    limit: 1,
    name: "web-0",
    onDamaged: () => {},
  });
  const { signal } = new AbortController();
  const rejects = (why: string) =>
    assert.rejects(
      store.read(signal),
      new StoreUnreachable(
        `cannot use the fleet directory ${temp.path}: ${why}`,
      ),
    );
  const slot = `${temp.path}/web-0.slot`;
  await Deno.symlink("elsewhere", slot);
  await rejects("a file in it is a link; remove it");
  await Deno.remove(slot);
  await Deno.chmod(temp.path, 0o777);
  await rejects(
    "everybody may replace files in it (mode 0777); use one that only this user may write to",
  );
  await Deno.chmod(temp.path, 0o700);
  assert.equal((await store.read(signal)).slots.length, 1);
});

/** Whether a file system can be mounted here; says why not where it cannot. */
async function mounted(path: string, options: string): Promise<boolean> {
  const args = ["-t", "tmpfs", "-o", options, "tmpfs", path];
  const { success } = await new Deno.Command("mount", { args }).output()
    .catch(() => ({ success: false }));
  if (!success) console.warn("skipped: mount(8) needs CAP_SYS_ADMIN");
  return success;
}

Deno.test("fleet directory: a full or read-only file system is one that cannot be used, and the slot is kept until it can", async () => {
  await using temp = await tempDirectory();
  if (!await mounted(temp.path, "size=64k")) return;
  try {
    const store = new DirectoryStore({
      directory: temp.path,
      group: "web",
      limit: 1,
      name: "web-0",
      onDamaged: () => {},
    });
    const { signal } = new AbortController();
    const { identity } = store;
    const holder = { ...identity, content: "good", isTrial: true };
    const take = { index: 0, holder, verdicts: undefined };
    const giveBack = { index: 0, holder: undefined, verdicts: undefined };
    const rejects = (call: Promise<unknown>, why: string) =>
      assert.rejects(
        call,
        new StoreUnreachable(
          `cannot use the fleet directory ${temp.path}: ${why}`,
        ),
      );
    const room = `${temp.path}/room`;
    Deno.writeFileSync(room, new Uint8Array(64 * 1024));
    const view = await store.read(signal);
    await rejects(
      store.change(view, take, signal),
      "No space left on device",
    );
    // Nobody is left as its holder.
    assert.equal((await store.read(signal)).slots[0].holder, undefined);
    await Deno.remove(room);
    assert.equal(await store.change(view, take, signal), true);
    const taken = await store.read(signal);
    // Over it: what has a file open for writing cannot be made read-only itself.
    await run("mount", "--bind", temp.path, temp.path);
    await run("mount", "-o", "remount,bind,ro", temp.path);
    await rejects(
      store.change(taken, giveBack, signal),
      "Read-only file system",
    );
    assert.equal(refusalOf(temp.path), "Read-only file system");
    await run("umount", temp.path);
    assert.equal(await store.renew(0, signal), true);
    assert.equal(await store.change(taken, giveBack, signal), true);
  } finally {
    await run("umount", "--lazy", temp.path);
  }
});
