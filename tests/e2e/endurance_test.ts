/**
 * Many restarts: never two children, nothing leaks (conformance B14, B20).
 */
import { equal, ok } from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { row } from "./bench.ts";
import { STARTED } from "./harness.ts";
import { ChildCount, childrenOf, holdingsOf } from "./processes.ts";
import { pause, until } from "./until.ts";

const SWAPS = 50;
const RESTARTS = 1_000;
/** By then everything is loaded and compiled. */
const WARM = 200;

Deno.test(row("B14: 50 swaps in 10 s: never two children", async (bench) => {
  const volume = bench.mkdir("volume");
  await writeVolume(volume, { "app.conf": "swap 0" });
  const manager = await bench.supervise({
    config: [`${volume}/app.conf`],
    options: ["--debounce=50ms", "--debounce-max=100ms"],
    child: ["--lock", bench.path("lock"), "--slow-stop", "20"],
  }).ready();
  await using children = new ChildCount(manager.pid);
  for (let swap = 1; swap <= SWAPS; swap++) {
    await writeVolume(volume, { "app.conf": `swap ${swap}` });
    await pause(200);
  }
  await manager.readyWith(`config: swap ${SWAPS}`);
  await manager.nothingHappens(6_500);
  equal(children.most, 1);
  equal(manager.out.count("lock: busy"), 0);
  ok(manager.restarts > SWAPS / 2, `${manager.restarts} restarts`);
}));

Deno.test(
  row("B20: 1,000 restarts: no descriptor, zombie, watch or RSS growth", async (
    bench,
  ) => {
    const { file, manager } = await bench.onFile({
      options: ["--debounce=5ms", "--debounce-max=20ms"],
    });
    let warm = holdingsOf(manager.pid);
    for (let restart = 1; restart <= RESTARTS; restart++) {
      Deno.writeTextFileSync(file, `${restart}`);
      await manager.waitForLog(STARTED, { nth: restart + 1 });
      await manager.out.wait("ready pid=", { nth: restart + 1 });
      if (restart === WARM) warm = holdingsOf(manager.pid);
    }
    // The runtime's helper threads end when they were idle for a while.
    const after = await until("no more threads than before", () => {
      const now = holdingsOf(manager.pid);
      return now.threads <= warm.threads ? now : undefined;
    });
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
