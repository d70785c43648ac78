/** A child that changes its own configuration (conformance A28). */
import { equal, ok } from "node:assert/strict";
import { row } from "./bench.ts";
import { STARTED } from "./harness.ts";
import { CAP_MS } from "./quiet_window.ts";
import { startTimes } from "./reloads.ts";

Deno.test(
  row(
    "A28: the child rewrites its own configuration at each start: bounded by backoff, and said",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.supervise({
        config: [file],
        options: ["--log-format=json"],
        child: ["--write-config", file],
      });
      await manager.waitForLog(
        "does the child rewrite its own configuration?",
        { nth: 4 },
      );
      const starts = manager.starts;
      await manager.waitForLog(STARTED, { nth: starts + 2 });
      const times = startTimes(manager);
      const gapsMs = times.slice(1).map((time, at) => time - times[at]);
      // Five restarts at the usual pace, then 1, 2, 4 and at last 5 s apart.
      ok(gapsMs[starts - 2] > 3_900, gapsMs.join(" "));
      ok(gapsMs[starts - 1] > CAP_MS - 100, gapsMs.join(" "));
      ok(gapsMs[starts] > CAP_MS - 100, gapsMs.join(" "));
      equal(await manager.stop(), 0);
    },
  ),
);
