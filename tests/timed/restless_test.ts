/**
 * Configuration that does not come to rest (conformance A19, A24): needs a
 * machine with nothing else to do.
 */
import { equal, ok } from "node:assert/strict";
import { row } from "../e2e/bench.ts";
import {
  BY_EVENT_MS,
  BY_POLL_MS,
  judgeLatency,
  STARTED,
} from "../e2e/harness.ts";
import { holdingsOf } from "../e2e/processes.ts";
import { CAP_MS } from "../e2e/quiet_window.ts";
import { startTimes } from "../e2e/reloads.ts";
import { pause } from "../e2e/until.ts";
import { scaled } from "../fixtures/limits.ts";

/** Repeats an action at an even pace, catching up when it was late. */
async function repeat(
  everyMs: number,
  forMs: number,
  act: (count: number) => void,
): Promise<void> {
  const begin = performance.now();
  for (let count = 1; count * everyMs <= forMs; count++) {
    const waitMs = begin + count * everyMs - performance.now();
    if (waitMs > 0) await pause(waitMs);
    act(count);
  }
}

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
    "A19: a distinct update every 100 ms for 60 s: one restart per cap, the last content in the end [T]",
    async (bench) => {
      // A machine that stands still for less than 4 s does not make it rest.
      const { file, manager } = await bench.onFile({
        options: ["--debounce=4s", "--log-format=json"],
        child: ["--lock", bench.path("lock")],
      });
      await repeat(
        100,
        60_000,
        (count) => Deno.writeTextFileSync(file, `update ${count}`),
      );
      await manager.readyWith("config: update 600");
      await manager.nothingHappens(BY_POLL_MS);
      equal(manager.out.matches("config: ").at(-1)?.text, "config: update 600");
      const times = startTimes(manager);
      // The last restart may come sooner: the updates came to rest.
      for (let at = 1; at < times.length - 1; at++) {
        const gapMs = times[at] - times[at - 1];
        ok(gapMs > CAP_MS - 100, `${gapMs} ms between restarts`);
        judgeLatency("the next restart", gapMs, CAP_MS + BY_EVENT_MS);
      }
      equal(manager.out.count("lock: busy"), 0);
    },
  ),
);

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
