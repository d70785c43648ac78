/**
 * Configuration that does not come to rest for a minute (conformance A19): needs
 * a machine with nothing else to do.
 */
import { equal, ok } from "node:assert/strict";
import { row } from "../e2e/bench.ts";
import { BY_EVENT_MS, BY_POLL_MS, judgeLatency } from "../e2e/harness.ts";
import { CAP_MS } from "../e2e/quiet_window.ts";
import { startTimes } from "../e2e/reloads.ts";
import { pause } from "../e2e/until.ts";

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
