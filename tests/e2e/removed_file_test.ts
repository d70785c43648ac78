/** A file that is removed, and comes back (conformance A13). */
import { equal } from "node:assert/strict";
import { row } from "./bench.ts";
import { BY_POLL_MS } from "./harness.ts";
import { NO_RESTART_MS } from "./quiet_window.ts";

Deno.test(
  row(
    "A13: deleted, recreated after 10 s with new content: one restart [F]",
    async (bench) => {
      const { file, manager } = await bench.onFile();
      Deno.removeSync(file);
      await manager.waitForLog("Cannot read config");
      await manager.nothingHappens(10_000);
      await manager.restartByEvent(
        () => Deno.writeTextFileSync(file, "second"),
        "second",
      );
      await manager.nothingHappens(BY_POLL_MS);
      equal(manager.log.count("Cannot read config"), 1);
    },
  ),
);

Deno.test(
  row(
    "A13: deleted, recreated after 10 s with the same content: no restart",
    async (bench) => {
      const { file, manager } = await bench.onFile();
      // A look has found by then what the child was started on. If the first one
      // finds no file, the child may have read another one, and is restarted.
      await manager.nothingHappens(BY_POLL_MS);
      Deno.removeSync(file);
      await manager.waitForLog("Cannot read config");
      await manager.nothingHappens(10_000);
      Deno.writeTextFileSync(file, "first");
      await manager.waitForLog("can be read again");
      await manager.nothingHappens(NO_RESTART_MS);
    },
  ),
);
