/**
 * Content that is not whole yet when it is seen, or not for long (conformance
 * A8, A9).
 */
import { equal, ok } from "node:assert/strict";
import { type Bench, row, Stalled } from "./bench.ts";
import { BY_EVENT_MS, BY_POLL_MS, judgeLatency, STARTED } from "./harness.ts";
import {
  CAP_MS,
  EMPTY_IS_HELD,
  NO_RESTART_MS,
  WIDE,
  WIDE_MS,
} from "./quiet_window.ts";
import { loggedAtMs, loggedBeforeMs, verified } from "./reloads.ts";
import { pause } from "./until.ts";

/** The log has times in milliseconds, by the program's own clock. */
const PRECISE = "--log-format=json";
const DETECTED = "File change detected";
const CONFIRMED = "File change confirmed";

/** The pace of a writer that needs two writes for a file. */
const PIECES_APART_MS = 150;

/** A manager whose next child finds an empty file where the change was. */
async function emptiedDuringStop(bench: Bench, options: readonly string[]) {
  const hold = bench.write("hold", "");
  const { file, manager } = await bench.onFile({
    options,
    child: ["--stop-after", hold],
  });
  Deno.writeTextFileSync(file, "second");
  await manager.waitForLog("Stopping child process");
  Deno.writeTextFileSync(file, "");
  Deno.removeSync(hold);
  await manager.waitForLog("when it has come to rest");
  return { file, manager };
}

Deno.test(
  row(
    "--debounce auto: a file that is renamed away and written anew in two pieces has its quiet window [F]",
    async (bench) => {
      const { file, manager } = await bench.onFile({
        options: ["--debounce=auto", PRECISE],
      });
      // As an editor does that keeps the old file under another name.
      await manager.restartByEvent(async () => {
        Deno.renameSync(file, `${file}~`);
        await manager.waitForLog(`Fsnotify event: RENAME ${file}`);
        Deno.writeTextFileSync(file, "sec");
        const begunAtMs = performance.now();
        await pause(PIECES_APART_MS);
        Deno.writeTextFileSync(file, "ond", { append: true });
        // Both have to be in one quiet window of 500 ms.
        if (performance.now() - begunAtMs > 400) {
          throw new Stalled("The second piece was late");
        }
      }, "second");
      equal(manager.out.count("config: "), 2);
      const waitedMs = loggedAtMs(manager, CONFIRMED) -
        loggedBeforeMs(manager, DETECTED);
      ok(waitedMs >= 490, `${waitedMs} ms`);
    },
  ),
);

Deno.test(
  row(
    "A8: A -> B -> A inside the quiet window restarts nothing",
    async (bench) => {
      const { file, manager } = await bench.onFile({ options: WIDE });
      await verified(manager, file);
      Deno.writeTextFileSync(file, "second");
      await manager.waitForLog(DETECTED);
      Deno.writeTextFileSync(file, "first");
      await manager.waitForLog("File content is the running child's again");
      await manager.nothingHappens(NO_RESTART_MS + WIDE_MS);
      equal(manager.log.count(CONFIRMED), 0);
      equal(manager.log.count(/ (WARN|ERROR): /), 0);
    },
  ),
);

Deno.test(
  row(
    "A9: torn while the old child stops, it comes to rest before the next starts [F]",
    async (bench) => {
      const { file, manager } = await emptiedDuringStop(bench, [EMPTY_IS_HELD]);
      Deno.writeTextFileSync(file, "third");
      const writtenAtMs = performance.now();
      await manager.out.wait("config: third");
      const { atMs } = await manager.waitForLog(STARTED, { nth: 2 });
      judgeLatency("the next child", atMs - writtenAtMs, BY_EVENT_MS);
      manager.expectStarts(2);
      equal(manager.out.count(/^config: $/), 0);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "A9: empty for longer than the window while the old child stops, then written in two pieces: both before the next starts",
    async (bench) => {
      const { file, manager } = await emptiedDuringStop(bench, WIDE);
      // The writer's pace.
      await pause(WIDE_MS + 200);
      Deno.writeTextFileSync(file, "half");
      await pause(50);
      Deno.writeTextFileSync(file, " whole", { append: true });
      await manager.readyWith("config: half whole");
      await manager.waitForLog(STARTED, { nth: 2 });
      manager.expectStarts(2);
      equal(await manager.stop(), 0);
      equal(manager.out.count("config: "), 2);
    },
  ),
);

Deno.test(
  row(
    "A9: torn during the pause after a crash, it is a cure only when it rests",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.supervise({
        config: [file],
        options: [
          "--restart=always",
          "--backoff=1h0m0s..1h0m0s",
          EMPTY_IS_HELD,
        ],
        child: ["--print-config", file, "--exit-on", "USR2:1"],
      });
      await manager.ready();
      // A look of the start that is under way would put off the one of the pause.
      await manager.waitForLog("Started polling");
      manager.signal("SIGUSR2");
      await manager.waitForLog("(restart 1 in a row)");
      Deno.writeTextFileSync(file, "");
      await manager.waitForLog("File change detected: old");
      Deno.writeTextFileSync(file, "second");
      await manager.out.wait("config: second");
      equal(manager.out.count(/^config: $/), 0);
      await manager.waitForLog(STARTED, { nth: 2 });
      manager.expectStarts(2);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "A9: truncated, written 2 s later: one restart, never on the empty file [F]",
    async (bench) => {
      const { file, manager } = await bench.onFile({
        options: [EMPTY_IS_HELD],
      });
      await manager.restartAfter(async () => {
        Deno.writeTextFileSync(file, "");
        await manager.waitForLog(DETECTED);
        await manager.nothingHappens(2_000);
        Deno.writeTextFileSync(file, "second");
      }, { content: "second", withinMs: BY_EVENT_MS });
      await manager.nothingHappens(BY_POLL_MS);
      equal(manager.out.count(/^config: $/), 0);
    },
  ),
);

Deno.test(
  row(
    "A9: an empty file is held for the capped window, then it counts",
    async (bench) => {
      const { file, manager } = await bench.onFile({ options: [PRECISE] });
      Deno.writeTextFileSync(file, "");
      await manager.waitForLog(STARTED, { nth: 2 });
      await manager.out.wait(/^config: $/);
      const heldMs = loggedAtMs(manager, CONFIRMED) -
        loggedBeforeMs(manager, DETECTED);
      ok(heldMs >= CAP_MS - 10, `${heldMs} ms`);
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);
