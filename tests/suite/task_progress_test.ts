/** The progress of a long task where no terminal is: plain lines, and not too many. */
import { deepEqual } from "node:assert/strict";
import { Progress } from "../../scripts/progress.ts";

/** A progress on a clock that stands still until it is set. */
function plain(total: number) {
  const lines: string[] = [];
  const clock = { ms: 0 };
  const progress = new Progress("task", {
    total,
    isTerminal: false,
    print: (line) => lines.push(line),
    now: () => clock.ms,
  });
  return { progress, lines, clock };
}

Deno.test("progress: each step is a plain line", () => {
  const { progress, lines } = plain(2);
  progress.step(0, "bundling");
  progress.step(1, "compiling");
  deepEqual(lines, ["task: 1 of 2, bundling", "task: 2 of 2, compiling"]);
});

Deno.test("progress: what is told all the time is a plain line every ten seconds", () => {
  const { progress, lines, clock } = plain(100_000);
  for (clock.ms = 0; clock.ms <= 25_000; clock.ms += 10) {
    progress.at(clock.ms, "schedules");
  }
  deepEqual(lines, [
    "task: 10000 of 100000, schedules",
    "task: 20000 of 100000, schedules",
  ]);
});
