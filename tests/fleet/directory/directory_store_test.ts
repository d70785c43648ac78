import assert from "node:assert/strict";
import { DirectoryStore } from "../../../src/fleet/directory/directory_store.ts";
import {
  type FleetView,
  type Holder,
  NO_VERDICTS,
  type SlotChange,
  StoreUnreachable,
} from "../../../src/fleet/slots/slot_store.ts";
import "../../host/loaded_libc.ts";
import { tempDirectory } from "../../host/temp.ts";
import { nameOf, refusal } from "../views.ts";

const { signal } = new AbortController();
const GOOD = nameOf("a");
const OTHER = nameOf("b");
const VERDICTS = {
  proven: [GOOD],
  refused: [refusal(nameOf("c"))],
  abandoned: { [nameOf("d")]: 1 },
};

interface Opened {
  readonly store: DirectoryStore;
  readonly damaged: string[];
}

function open(directory: string, name = "web-0", limit = 2): Opened {
  const damaged: string[] = [];
  const store = new DirectoryStore({
    directory,
    group: "web",
    limit,
    name,
    onDamaged: (path) => damaged.push(path),
  });
  return { store, damaged };
}

const holderFor = ({ store }: Opened, other: Partial<Holder> = {}): Holder => ({
  ...store.identity,
  content: GOOD,
  isTrial: false,
  ...other,
});

/** Reads and writes at once; what is not named stays as it is. */
async function change(
  { store }: Opened,
  index: number,
  next: Partial<SlotChange>,
): Promise<boolean> {
  const view = await store.read(signal);
  const { holder } = view.slots[index];
  const whole = { index, holder, verdicts: undefined, ...next };
  return await store.change(view, whole, signal);
}
const take = (opened: Opened, index = 0, other: Partial<Holder> = {}) =>
  change(opened, index, { holder: holderFor(opened, other) });
const giveBack = (opened: Opened, index = 0) =>
  change(opened, index, { holder: undefined });

const slotsOf = async ({ store }: Opened) =>
  (await store.read(signal)).slots.map(({ holder, isAbandoned }) =>
    holder === undefined ? "free" : [holder.name, isAbandoned]
  );

const messageOf = async (act: () => unknown): Promise<string> => {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof StoreUnreachable, String(error));
    return error.message;
  }
  throw new Error("it does not fail");
};

Deno.test("directory store: a slot that one has taken is seen by the other, until it is given back", async () => {
  await using temp = await tempDirectory();
  const [web0, web1] = [open(temp.path), open(temp.path, "web-1")];
  assert.deepEqual(await slotsOf(web1), ["free", "free"]);
  assert.equal(await take(web0, 1, { isTrial: true }), true);
  const { slots } = await web1.store.read(signal);
  assert.deepEqual(slots[1].holder, holderFor(web0, { isTrial: true }));
  assert.deepEqual(await slotsOf(web0), ["free", ["web-0", false]]);
  assert.equal(await web0.store.renew(1, signal), true);
  assert.equal(await web1.store.renew(1, signal), false);
  assert.equal(await giveBack(web0, 1), true);
  assert.deepEqual(await slotsOf(web1), ["free", "free"]);
  assert.equal(await take(web1, 1), true);
  web0.store.close();
  web1.store.close();
});

Deno.test("directory store: of two that have read the same, one takes the slot", async () => {
  await using temp = await tempDirectory();
  const [web0, web1] = [open(temp.path), open(temp.path, "web-1")];
  const views = await Promise.all([
    web0.store.read(signal),
    web1.store.read(signal),
  ]);
  const results = await Promise.all(
    [web0, web1].map((manager, n) => {
      const holder = holderFor(manager);
      const change = { index: 0, holder, verdicts: undefined };
      return manager.store.change(views[n], change, signal);
    }),
  );
  assert.deepEqual(results.sort(), [false, true]);
  web0.store.close();
  web1.store.close();
});

Deno.test("directory store: a slot is taken again by its holder, for other content too", async () => {
  await using temp = await tempDirectory();
  const [web0, web1] = [open(temp.path), open(temp.path, "web-1")];
  await take(web0);
  assert.equal(await take(web0, 0, { content: OTHER }), true);
  assert.equal(await take(web0, 0, { content: GOOD }), true);
  const { slots } = await web1.store.read(signal);
  assert.equal(slots[0].holder?.content, GOOD);
  web0.store.close();
});

Deno.test("directory store: verdicts are replaced, with a slot or beside the holder of another one", async () => {
  await using temp = await tempDirectory();
  const [web0, web1] = [open(temp.path), open(temp.path, "web-1")];
  await take(web0);
  assert.equal(await change(web1, 0, { verdicts: VERDICTS }), true);
  const view = await web0.store.read(signal);
  assert.deepEqual(view.verdicts, VERDICTS);
  assert.deepEqual(await slotsOf(web1), [["web-0", false], "free"]);
  assert.equal(await web0.store.renew(0, signal), true);
  const back = { holder: undefined, verdicts: NO_VERDICTS };
  assert.equal(await change(web0, 0, back), true);
  assert.deepEqual((await web1.store.read(signal)).verdicts, NO_VERDICTS);
  assert.deepEqual(await slotsOf(web1), ["free", "free"]);
  // What they had read is not there any more.
  const late = { index: 0, holder: undefined, verdicts: VERDICTS };
  assert.equal(await web1.store.change(view, late, signal), false);
  assert.deepEqual((await web1.store.read(signal)).verdicts, NO_VERDICTS);
});

Deno.test("directory store: what is left behind by a manager that has died in a write is in nobody's way", async () => {
  await using temp = await tempDirectory();
  const web0 = open(temp.path);
  Deno.writeTextFileSync(`${temp.path}/web.verdicts.new`, "half");
  assert.equal(await change(web0, 0, { verdicts: VERDICTS }), true);
  assert.deepEqual((await web0.store.read(signal)).verdicts, VERDICTS);
  assert.deepEqual(
    [...Deno.readDirSync(temp.path)].map(({ name }) => name).sort(),
    ["web.lock", "web.verdicts"],
  );
});

Deno.test("directory store: the kernel frees the slot of a manager that was killed, and its name stays", async () => {
  await using temp = await tempDirectory();
  const web1 = open(temp.path, "web-1", 1);
  const program = new URL("../../fixtures/slot_holder.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program.pathname, temp.path, "web-0"],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assert.equal(new TextDecoder().decode(value), "true\n");
  assert.deepEqual(await slotsOf(web1), [["web-0", false]]);
  assert.equal(await take(web1), false);
  child.kill("SIGKILL");
  await Promise.all([child.status, reader.cancel()]);
  assert.deepEqual(await slotsOf(web1), [["web-0", true]]);
  assert.equal(await take(web1), true);
  assert.deepEqual(await slotsOf(web1), [["web-1", false]]);
  web1.store.close();
});

Deno.test("directory store: what a manager has left behind can be put in order without taking the slot", async () => {
  await using temp = await tempDirectory();
  const [web0, web1] = [open(temp.path), open(temp.path, "web-1")];
  await take(web0);
  web0.store.close();
  assert.deepEqual(await slotsOf(web1), [["web-0", true], "free"]);
  assert.equal(await giveBack(web1), true);
  assert.deepEqual(await slotsOf(web1), ["free", "free"]);
});

Deno.test("directory store: nothing is changed by a manager that has read what is not so any more", async () => {
  await using temp = await tempDirectory();
  const [web0, web1, web2] = ["web-0", "web-1", "web-2"]
    .map((name) => open(temp.path, name));
  const leave = async (manager: Opened) => {
    await take(manager);
    manager.store.close();
  };
  const isTidied = (view: FleetView) => {
    const change = { index: 0, holder: undefined, verdicts: undefined };
    return web2.store.change(view, change, signal);
  };
  await leave(web0);
  const view = await web2.store.read(signal);
  // Another one has vanished since.
  await leave(web1);
  assert.equal(await isTidied(view), false);
  // The same one is back, with the same content.
  const next = await web2.store.read(signal);
  await take(web1);
  assert.equal(await isTidied(next), false);
  assert.deepEqual(await slotsOf(web2), [["web-1", false], "free"]);
  const verdicts = { ...NO_VERDICTS, proven: [OTHER] };
  await change(web0, 0, { verdicts });
  const { holder } = next.slots[0];
  const late = { index: 0, holder, verdicts: VERDICTS };
  assert.equal(await web2.store.change(next, late, signal), false);
  assert.deepEqual((await web2.store.read(signal)).verdicts, verdicts);
  web1.store.close();
});

Deno.test("directory store: a slot whose file was removed or replaced is ours no longer", async () => {
  await using temp = await tempDirectory();
  const [web0, web1] = [open(temp.path), open(temp.path, "web-1")];
  await take(web0, 0);
  await take(web0, 1);
  await Deno.remove(`${temp.path}/web-0.slot`);
  assert.equal(await web0.store.renew(0, signal), false);
  assert.equal(await web0.store.renew(1, signal), true);
  assert.equal(await take(web1, 0), true);
  assert.equal(await web0.store.renew(0, signal), false);
  // Nor does its old holder touch the file of the next one.
  assert.deepEqual(await slotsOf(web0), [["web-1", false], ["web-0", false]]);
  web0.store.close();
  web1.store.close();
});

Deno.test("directory store: damaged files are told of once, stop nobody, and are replaced by the next write", async () => {
  await using temp = await tempDirectory();
  const web0 = open(temp.path);
  const slot = `${temp.path}/web-0.slot`;
  const verdicts = `${temp.path}/web.verdicts`;
  for (const text of ["{", '{"name":1}', "x".repeat(100_000)]) {
    Deno.writeTextFileSync(slot, text);
    Deno.writeTextFileSync(verdicts, text);
    assert.deepEqual(await slotsOf(web0), ["free", "free"]);
    assert.deepEqual(await slotsOf(web0), ["free", "free"]);
    assert.deepEqual(web0.damaged.splice(0), [slot, verdicts]);
  }
  const holder = holderFor(web0);
  assert.equal(await change(web0, 0, { holder, verdicts: VERDICTS }), true);
  web0.damaged.splice(0);
  assert.deepEqual((await web0.store.read(signal)).verdicts, VERDICTS);
  assert.deepEqual(await slotsOf(web0), [["web-0", false], "free"]);
  assert.deepEqual(web0.damaged, []);
  web0.store.close();
});

Deno.test("directory store: a slot that somebody has is held, also if its text is damaged", async () => {
  await using temp = await tempDirectory();
  const [web0, web1] = [open(temp.path), open(temp.path, "web-1")];
  await take(web0);
  for (const text of ["", "{"]) {
    Deno.writeTextFileSync(`${temp.path}/web-0.slot`, text);
    assert.deepEqual(await slotsOf(web1), [
      ["an unknown manager", false],
      "free",
    ]);
    assert.equal(await take(web1), false);
  }
  // Who has it knows that.
  assert.deepEqual(await slotsOf(web0), [["web-0", false], "free"]);
  assert.equal(await giveBack(web0), true);
  assert.deepEqual(await slotsOf(web1), ["free", "free"]);
});

Deno.test("directory store: groups in one directory do not meet", async () => {
  await using temp = await tempDirectory();
  const web = open(temp.path);
  const options = { directory: temp.path, group: "db", limit: 1, name: "db-0" };
  const db = { store: new DirectoryStore({ ...options, onDamaged: () => {} }) };
  await take(web);
  assert.deepEqual(
    (await db.store.read(signal)).slots.map(({ holder }) => holder),
    [undefined],
  );
  web.store.close();
});

Deno.test("directory store: who finds the directory in use waits, and says by whom after two seconds", async () => {
  await using temp = await tempDirectory();
  const web0 = open(temp.path);
  const child = new Deno.Command("flock", {
    args: [
      "--no-fork",
      `${temp.path}/web.lock`,
      "sh",
      "-c",
      "echo held; exec sleep 1000",
    ],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const message = `cannot use the fleet directory ${temp.path}: ` +
    `another process holds ${temp.path}/web.lock`;
  assert.equal(await messageOf(() => web0.store.read(signal)), message);
  const controller = new AbortController();
  const reading = web0.store.read(controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(reading, new Error("enough"));
  const waiting = web0.store.read(signal);
  child.kill("SIGKILL");
  await Promise.all([child.status, reader.cancel()]);
  assert.equal((await waiting).slots.length, 2);
  // Who asks for nothing any more is not answered.
  const { store } = web0;
  const enough = new Error("enough");
  await assert.rejects(store.read(controller.signal), enough);
  await assert.rejects(store.renew(0, controller.signal), enough);
});
