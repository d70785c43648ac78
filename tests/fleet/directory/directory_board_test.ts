/** What managers on one host show each other, through real files. */
import assert from "node:assert/strict";
import { DirectoryBoard } from "../../../src/fleet/directory/directory_board.ts";
import { FleetDirectory } from "../../../src/fleet/directory/fleet_directory.ts";
import { MEMBERS_MAX } from "../../../src/fleet/slots/member_board.ts";
import { StoreUnreachable } from "../../../src/fleet/slots/slot_store.ts";
import "../../host/loaded_libc.ts";
import { tempDirectory } from "../../host/temp.ts";
import { nameOf } from "../views.ts";

const { signal } = new AbortController();
const GOOD = nameOf("a");
const IDLE = { runs: GOOD, next: undefined };
const WAITING = {
  runs: GOOD,
  next: { kind: "waits", content: nameOf("b") },
} as const;

const board = (path: string, name: string, group = "web") =>
  new DirectoryBoard(new FleetDirectory(path, group), { name, uid: name });

const listed = async (it: DirectoryBoard) => (await it.members(signal)).members;

const namesIn = (path: string) =>
  [...Deno.readDirSync(path)].map(({ name }) => name).sort();

Deno.test("directory board: each sees all of its fleet, as they were shown last", async () => {
  await using temp = await tempDirectory();
  const [web0, web1] = [board(temp.path, "web-0"), board(temp.path, "web-1")];
  const other = board(temp.path, "other", "other");
  assert.deepEqual(await listed(web0), []);
  await web1.show(WAITING, signal);
  await web0.show(WAITING, signal);
  await web0.show(IDLE, signal);
  await other.show(IDLE, signal);
  const all = [{ name: "web-0", ...IDLE }, { name: "web-1", ...WAITING }];
  assert.deepEqual(await listed(web0), all);
  assert.deepEqual(await listed(web1), all);
  web0.close();
  assert.deepEqual(await listed(web1), all.slice(1));
  web1.close();
  other.close();
  assert.deepEqual(namesIn(temp.path), ["other.lock", "web.lock"]);
});

Deno.test("directory board: what a manager has left behind that was killed is removed by whoever looks", async () => {
  await using temp = await tempDirectory();
  const web0 = board(temp.path, "web-0");
  const left = `${temp.path}/web.member-killed`;
  Deno.writeTextFileSync(left, JSON.stringify({ name: "killed" }));
  assert.deepEqual(await listed(web0), []);
  assert.deepEqual(namesIn(temp.path), ["web.lock"]);
});

Deno.test("directory board: a file of ours that was removed is made again", async () => {
  await using temp = await tempDirectory();
  const web0 = board(temp.path, "web-0");
  await web0.show(IDLE, signal);
  Deno.removeSync(`${temp.path}/web.member-web-0`);
  assert.deepEqual(await listed(web0), []);
  await web0.show(WAITING, signal);
  assert.deepEqual(await listed(web0), [{ name: "web-0", ...WAITING }]);
  web0.close();
});

Deno.test("directory board: what is no file, and what is no member, is passed over", async () => {
  await using temp = await tempDirectory();
  const [web0, web1] = [board(temp.path, "web-0"), board(temp.path, "web-1")];
  await web0.show(IDLE, signal);
  await web1.show(IDLE, signal);
  Deno.writeTextFileSync(`${temp.path}/web.member-web-1`, "half of");
  Deno.symlinkSync("/etc/passwd", `${temp.path}/web.member-link`);
  Deno.mkdirSync(`${temp.path}/web.member-directory`);
  assert.deepEqual(await listed(web0), [{ name: "web-0", ...IDLE }]);
  web0.close();
  web1.close();
});

Deno.test("directory board: what others leave behind or may not be read hides nobody, and is removed by who comes next", async () => {
  await using temp = await tempDirectory();
  for (let n = 0; n <= MEMBERS_MAX; n++) {
    Deno.writeTextFileSync(`${temp.path}/web.member-${n}`, "{}");
  }
  const [web0, web1] = [board(temp.path, "web-0"), board(temp.path, "web-1")];
  await web0.show(IDLE, signal);
  assert.equal(namesIn(temp.path).length, 2, "the lock, and its own file");
  const odd = `${temp.path}/web.member-00`;
  for (let n = 0; n <= MEMBERS_MAX; n++) {
    Deno.mkdirSync(`${odd}${n}`);
  }
  await web1.show(IDLE, signal);
  const names = (await listed(web1)).map(({ name }) => name);
  assert.deepEqual(names, ["web-0", "web-1"]);
  web0.close();
  web1.close();
});

Deno.test("directory board: of very many the first are listed", async () => {
  await using temp = await tempDirectory();
  const all = Array.from(
    { length: MEMBERS_MAX + 2 },
    (_, n) => board(temp.path, `web-${1_000 + n}`),
  );
  for (const each of all) await each.show(IDLE, signal);
  const { members, isPartial } = await all[0].members(signal);
  assert.deepEqual([members.length, isPartial], [MEMBERS_MAX, true]);
  assert.equal(members[0].name, "web-1000");
  for (const each of all.splice(MEMBERS_MAX)) each.close();
  assert.equal((await all[0].members(signal)).isPartial, false);
  for (const each of all) each.close();
});

Deno.test("directory board: a directory that is gone is told, and a close does not mind it", async () => {
  const web0 = board("/nonexistent/fleet", "web-0");
  const gone = new StoreUnreachable(
    "cannot use the fleet directory /nonexistent/fleet: it does not exist; make it first",
  );
  await assert.rejects(web0.show(IDLE, signal), gone);
  await assert.rejects(web0.members(signal), gone);
  web0.close();
  await using temp = await tempDirectory();
  const path = `${temp.path}/fleet`;
  Deno.mkdirSync(path);
  const web1 = board(path, "web-1");
  await web1.show(IDLE, signal);
  Deno.removeSync(path, { recursive: true });
  web1.close();
});
