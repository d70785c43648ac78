/** One watch of a directory: what its events tell, and what a missing one must not. */
import assert from "node:assert/strict";
import { DirectoryWatch } from "../../../src/host/watch/directory_watch.ts";
import "../loaded_libc.ts";
import { tempDirectory, until } from "../temp.ts";

/** After so long an event for a change counts as lost. */
const EVENT_DELAY_MS = 1_000;

/** Nothing of ours runs for so long. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

Deno.test("a watch is not deaf because we did not run when its event came", async () => {
  await using directory = await tempDirectory();
  let events = 0;
  const watch = new DirectoryWatch(directory.path, () => {
    events++;
    return Promise.resolve();
  }, () => {});
  assert.equal((await watch.check(true)).kind, "armed");
  // The mtime of the directory is another one then.
  standStill(20);
  Deno.writeTextFileSync(`${directory.path}/entry`, "");
  standStill(EVENT_DELAY_MS + 100);
  assert.equal(watch.deafness(), undefined);
  await until("the event", () => events > 0);
  assert.equal(watch.deafness(), undefined);
  assert.equal(watch.deafness(), undefined);
  await watch.close();
});

/** Watches a new directory; tells how often it heard that the directory was gone. */
async function watchOf(path: string) {
  await Deno.mkdir(path);
  const heard = { events: 0, removals: 0 };
  const watch = new DirectoryWatch(path, () => {
    heard.events++;
    return Promise.resolve();
  }, () => void heard.removals++);
  assert.equal((await watch.check(true)).kind, "armed");
  return { watch, heard };
}

/** The same path, another directory: with another time of birth, even if it gets the same inode. */
async function replace(path: string, remove: () => void) {
  const born = Deno.statSync(path).birthtime?.getTime() ?? 0;
  const clock = `${path}.clock`;
  await until("the clock of the file system goes on", () => {
    Deno.writeTextFileSync(clock, "");
    return (Deno.statSync(clock).mtime?.getTime() ?? 0) > born;
  });
  remove();
  Deno.mkdirSync(path);
}

Deno.test("a directory that is moved away and replaced at once was removed", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/watched`;
  const { watch, heard } = await watchOf(path);
  await replace(path, () => Deno.renameSync(path, `${directory.path}/away`));
  await until("the removal", () => heard.removals > 0);
  assert.equal((await watch.check(true)).kind, "rearmed");
  assert.equal(heard.removals, 1);
  await watch.close();
});

Deno.test("a directory whose own removal the runtime does not tell was removed when an entry of it is told to be", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/watched`;
  const gone = Promise.withResolvers<void>();
  using _ = watchFsOf(async function* () {
    await gone.promise;
    yield { kind: "remove", paths: [`${path}/entry`] };
    yield { kind: "remove", paths: [`${path}/other`] };
  });
  const { watch, heard } = await watchOf(path);
  await replace(path, () => Deno.removeSync(path));
  gone.resolve();
  await until("both events", () => heard.events === 2);
  assert.equal(heard.removals, 1);
  await watch.close();
});

Deno.test("an entry that is removed says nothing of its directory", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/watched`;
  const { watch, heard } = await watchOf(path);
  Deno.writeTextFileSync(`${path}/entry`, "");
  Deno.renameSync(`${path}/entry`, `${path}/other`);
  Deno.removeSync(`${path}/other`);
  const before = heard.events;
  await until("its events", () => heard.events > before + 2);
  assert.equal(heard.removals, 0);
  assert.equal(watch.place(), "watched");
  await watch.close();
});

/** In place of the runtime's watcher until the end of the scope: one that tells these events. */
function watchFsOf(events: () => AsyncGenerator<Deno.FsEvent>): Disposable {
  const original = Deno.watchFs;
  Deno.watchFs = () => {
    const told = events();
    const watcher = {
      close: () => {},
      return: () => told.return(undefined),
      [Symbol.dispose]: () => {},
      [Symbol.asyncIterator]: () => told,
    };
    return watcher as unknown as Deno.FsWatcher;
  };
  return { [Symbol.dispose]: () => void (Deno.watchFs = original) };
}
