/** Many swaps of a volume in a short time (conformance B14): needs a machine with nothing else to do. */
import { equal, ok } from "node:assert/strict";
import { row } from "../e2e/bench.ts";
import { BY_POLL_MS } from "../e2e/harness.ts";
import { ChildCount } from "../e2e/processes.ts";
import { pause } from "../e2e/until.ts";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { scaled } from "../fixtures/limits.ts";

const SWAPS = 50;

Deno.test(
  row("B14: 50 swaps in 10 s: never two children [T]", async (bench) => {
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
      await pause(scaled(200));
    }
    await manager.readyWith(`config: swap ${SWAPS}`);
    await manager.nothingHappens(BY_POLL_MS);
    equal(children.most, 1);
    equal(manager.out.count("lock: busy"), 0);
    ok(manager.restarts > SWAPS / 2, `${manager.restarts} restarts`);
  }),
);
