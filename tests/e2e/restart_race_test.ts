/** Changes that meet a restart (conformance A21, A22). */
import { equal, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { BY_POLL_MS, STARTED } from "./harness.ts";
import { ChildCount } from "./processes.ts";
import { pause } from "./until.ts";

/** On app.conf; the children exclude each other by a lock. */
const onFile = (bench: Bench, ...child: string[]) =>
  bench.onFile({ child: ["--lock", bench.path("lock"), ...child] });

Deno.test(
  row(
    "A21: an update during the graceful stop of a restart: the newest content, never two children",
    async (bench) => {
      const hold = bench.write("hold", "");
      const { file, manager } = await onFile(bench, "--stop-after", hold);
      await using children = new ChildCount(manager.pid);
      Deno.writeTextFileSync(file, "second");
      await manager.waitForLog("Stopping child process");
      const from = manager.log.entries.length;
      Deno.writeTextFileSync(file, "third");
      await manager.waitForLog("Fsnotify event: ", { from });
      Deno.removeSync(hold);
      await manager.waitForLog(STARTED, { nth: 2 });
      await manager.out.wait("config: third");
      await manager.nothingHappens(BY_POLL_MS);
      equal(manager.out.count("config: second"), 0);
      equal(manager.out.count("lock: busy"), 0);
      equal(children.most, 1);
    },
  ),
);

Deno.test(
  row(
    "A22: an update between the spawn and the child's own read: at most one more restart",
    async (bench) => {
      const hold = bench.path("hold");
      const { file, manager } = await onFile(bench, "--wait-while", hold);
      Deno.writeTextFileSync(hold, "");
      Deno.writeTextFileSync(file, "second");
      await manager.waitForLog(STARTED, { nth: 2 });
      Deno.writeTextFileSync(file, "third");
      Deno.removeSync(hold);
      await manager.out.wait("config: third");
      await manager.out.wait("ready pid=", { nth: 2 });
      await pause(BY_POLL_MS);
      ok(manager.starts <= 3, `${manager.starts} starts`);
      equal(manager.out.matches("config: ").at(-1)?.text, "config: third");
      equal(manager.out.count("config: second"), 0);
      equal(manager.out.count("lock: busy"), 0);
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);
