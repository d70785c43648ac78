/** Many restarts: nothing leaks (conformance B20). */
import { equal, ok } from "node:assert/strict";
import { row } from "./bench.ts";
import { STARTED } from "./harness.ts";
import { childrenOf, type Holdings, holdingsOf } from "./processes.ts";
import { pause, until } from "./until.ts";

const RESTARTS = 1_000;
/**
 * The next write comes as soon as the child has started, each time at the same
 * distance: to the manager that is a child which rewrites its own configuration, for
 * which it makes the quiet window longer, but never longer than `--debounce-max`.
 */
const QUICK = ["--debounce=5ms", "--debounce-max=5ms"];

/** By then everything is loaded and compiled. */
const WARM = 200;

const encode = (text: string) => new TextEncoder().encode(text);

/** What it holds when it does nothing: a look that is under way has a file open. */
async function heldAtRest(pid: number): Promise<Holdings> {
  let before = holdingsOf(pid);
  return await until("a manager at rest", async () => {
    // Not a multiple of the poller's interval.
    await pause(130);
    const now = holdingsOf(pid);
    const isSame = now.descriptors === before.descriptors &&
      now.watches === before.watches;
    before = now;
    return isSame && now;
  });
}

Deno.test(
  row("B20: 1,000 restarts: no descriptor, zombie, watch or RSS growth", async (
    bench,
  ) => {
    const { file, manager } = await bench.onFile({ options: QUICK });
    // Never empty: nothing would be left of the longest wait for the rest.
    using content = Deno.openSync(file, { write: true });
    let warm = holdingsOf(manager.pid);
    for (let restart = 1; restart <= RESTARTS; restart++) {
      content.seekSync(0, Deno.SeekMode.Start);
      content.writeSync(encode(`${restart}`.padStart("first".length)));
      await manager.waitForLog(STARTED, { nth: restart + 1 });
      await manager.out.wait("ready pid=", { nth: restart + 1 });
      if (restart === WARM) warm = await heldAtRest(manager.pid);
    }
    // The runtime's helper threads end when they were idle for a while.
    await until(
      "no more threads than before",
      () => holdingsOf(manager.pid).threads <= warm.threads,
    );
    const after = await heldAtRest(manager.pid);
    equal(after.descriptors, warm.descriptors);
    equal(after.watches, warm.watches);
    // Pages of the executable that are used for the first time do not count.
    const growth = (after.ownKib - warm.ownKib) / warm.residentKib;
    ok(growth < 0.1, `${JSON.stringify(warm)} -> ${JSON.stringify(after)}`);
    const children = childrenOf(manager.pid);
    equal(children.length, 1);
    equal(children[0].state === "Z", false);
    equal(manager.restarts, RESTARTS);
  }),
);
