/**
 * A large file that is written for longer than the cap (conformance A24): needs a
 * machine with nothing else to do.
 */
import { ok } from "node:assert/strict";
import { row } from "../e2e/bench.ts";
import { BY_POLL_MS, judgeLatency, STARTED } from "../e2e/harness.ts";
import { holdingsOf } from "../e2e/processes.ts";
import { scaled } from "../fixtures/limits.ts";

/** 200 MiB in 6 s or more, longer than the cap, in pieces closer than the quiet window. */
const WRITE_SLOWLY = `
  : >"$1"
  for piece in $(seq 40); do
    head -c 5242880 /dev/zero >>"$1"
    sleep "$2"
  done`;
const PIECE_PAUSE_MS = 150;

Deno.test(
  row(
    "A24: a file of 200 MiB written slowly: one restart when it is stable, RSS bounded [T]",
    async (bench) => {
      // A busy disk may make the writer pause for longer than the default.
      const options = [`--debounce=${Math.round(scaled(2_000))}ms`];
      const { file, manager } = await bench.onFile({ options });
      const before = holdingsOf(manager.pid);
      // By a program: this thread must be free to read what the managers say.
      const pieceSeconds = String(scaled(PIECE_PAUSE_MS) / 1_000);
      const { success } = await new Deno.Command("sh", {
        args: ["-c", WRITE_SLOWLY, "sh", file, pieceSeconds],
        stdin: "null",
      }).output();
      ok(success, "the writer failed");
      const end = performance.now();
      manager.expectStarts(1);
      const line = await manager.waitForLog(STARTED, { nth: 2 });
      // Reading 200 MiB takes its time too, on a slow disk.
      judgeLatency("the restart", line.atMs - end, BY_POLL_MS);
      await manager.out.wait("ready pid=", { nth: 2 });
      await manager.nothingHappens(BY_POLL_MS + scaled(2_000));
      manager.expectStarts(2);
      const { peakKib } = holdingsOf(manager.pid);
      const grownKib = peakKib - before.residentKib;
      ok(grownKib < 40 * 1024, `RSS grew by ${grownKib} KiB`);
    },
  ),
);
