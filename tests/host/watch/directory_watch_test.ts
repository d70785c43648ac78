/** One watch of a directory: an event that has come and was not taken in yet is no lost one. */
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
