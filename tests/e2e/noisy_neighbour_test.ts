/** Files beside the configuration that are written all the time (conformance A20). */
import { ok } from "node:assert/strict";
import { row } from "./bench.ts";
import { BY_POLL_MS } from "./harness.ts";
import { processorMsOf } from "./processes.ts";

Deno.test(
  row(
    "A20: a sibling file written at 1 kHz for 30 s: no restart, CPU bounded",
    async (bench) => {
      const { manager } = await bench.onFile();
      const sibling = bench.path("sibling");
      const linesBefore = manager.log.entries.length;
      const beforeMs = processorMsOf(manager.pid);
      const { success } = await new Deno.Command(bench.child, {
        args: ["--churn", `${sibling}:30000`, "--exit-after", "0:0"],
        stdin: "null",
      }).output();
      ok(success, "the writer failed");
      const usedMs = processorMsOf(manager.pid) - beforeMs;
      ok(usedMs < 6_000, `${usedMs} ms of CPU in 30 s`);
      await manager.nothingHappens(BY_POLL_MS);
      ok(manager.log.entries.length - linesBefore < 10, "too many lines");
    },
  ),
);
