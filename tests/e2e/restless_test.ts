/**
 * Configuration that does not come to rest, and changes that meet a restart
 * (conformance A19 to A22, A24, A28).
 */
import { equal, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { BY_EVENT_MS, BY_POLL_MS, type Manager, STARTED } from "./harness.ts";
import { ChildCount, holdingsOf, processorMsOf } from "./processes.ts";
import { pause } from "./until.ts";

/** The default of --debounce-max. */
const CAP_MS = 5_000;

/** On app.conf; the children exclude each other by a lock. */
const onFile = (bench: Bench, ...child: string[]) =>
  bench.onFile({ child: ["--lock", bench.path("lock"), ...child] });

/** Runs a program to its end. */
async function runs(command: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, {
    args,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot run ${command}`);
}

const EXIT = ["--exit-after", "0:0"];

/** 200 MiB in 6 s or more, longer than the cap, in pieces closer than the quiet window. */
const WRITE_SLOWLY = `
  : >"$1"
  for piece in $(seq 40); do
    head -c 5242880 /dev/zero >>"$1"
    sleep 0.15
  done`;

/** The log has times in milliseconds. */
const PRECISE = "--log-format=json";

/** When the children were started, by a precise log: reading it may lag behind. */
const startTimes = (manager: Manager) =>
  manager.log.matches(STARTED)
    .map(({ text }) => Date.parse(JSON.parse(text).time));

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
    "A19: a distinct update every 100 ms for 60 s: one restart per cap, the last content in the end",
    async (bench) => {
      // Stalls of the machine below 2 s do not count as rest.
      const { file, manager } = await bench.onFile({
        options: ["--debounce=2s", PRECISE],
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
        ok(gapMs < CAP_MS + BY_EVENT_MS, `${gapMs} ms between restarts`);
      }
      equal(manager.out.count("lock: busy"), 0);
    },
  ),
);

Deno.test(
  row(
    "A20: a sibling file written at 1 kHz for 30 s: no restart, CPU bounded",
    async (bench) => {
      const { manager } = await onFile(bench);
      const sibling = bench.path("sibling");
      const linesBefore = manager.log.entries.length;
      const beforeMs = processorMsOf(manager.pid);
      await runs(bench.child, "--churn", `${sibling}:30000`, ...EXIT);
      const usedMs = processorMsOf(manager.pid) - beforeMs;
      ok(usedMs < 6_000, `${usedMs} ms of CPU in 30 s`);
      await manager.nothingHappens(BY_POLL_MS);
      ok(manager.log.entries.length - linesBefore < 10, "too many lines");
    },
  ),
);

Deno.test(
  row(
    "A21: an update during the graceful stop of a restart: the newest content, never two children",
    async (bench) => {
      const { file, manager } = await onFile(bench, "--slow-stop", "4000");
      await using children = new ChildCount(manager.pid);
      Deno.writeTextFileSync(file, "second");
      await manager.waitForLog("Stopping child process");
      await pause(2_000);
      Deno.writeTextFileSync(file, "third");
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
      const { file, manager } = await onFile(bench, "--sleep", "400");
      Deno.writeTextFileSync(file, "second");
      await manager.waitForLog(STARTED, { nth: 2 });
      Deno.writeTextFileSync(file, "third");
      await manager.out.wait("config: third");
      await manager.out.wait("ready pid=", { nth: 2 });
      await pause(BY_POLL_MS);
      ok(manager.starts <= 3, `${manager.starts} starts`);
      equal(manager.out.matches("config: ").at(-1)?.text, "config: third");
      equal(manager.out.count("lock: busy"), 0);
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);

Deno.test(
  row(
    "A24: a file of 200 MiB written slowly: one restart when it is stable, RSS bounded",
    async (bench) => {
      // A busy disk may make the writer pause for longer than the default.
      const options = ["--debounce=2s"];
      const { file, manager } = await bench.onFile({ options });
      const before = holdingsOf(manager.pid);
      // By a program: this thread must be free to read what the managers say.
      await runs("sh", "-c", WRITE_SLOWLY, "sh", file);
      const end = performance.now();
      manager.expectStarts(1);
      const line = await manager.waitForLog(STARTED, { nth: 2 });
      // Reading 200 MiB takes its time too, on a slow disk.
      ok(line.atMs - end < BY_POLL_MS, `${line.atMs - end} ms`);
      await manager.nothingHappens(BY_POLL_MS);
      const { peakKib } = holdingsOf(manager.pid);
      const grownKib = peakKib - before.residentKib;
      ok(grownKib < 40 * 1024, `RSS grew by ${grownKib} KiB`);
    },
  ),
);

Deno.test(
  row(
    "A28: the child rewrites its own configuration at each start: bounded by backoff, and said",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.supervise({
        config: [file],
        options: [PRECISE],
        child: ["--write-config", file],
      });
      await manager.waitForLog(
        "does the child rewrite its own configuration?",
        { nth: 4, deadlineMs: 30_000 },
      );
      const times = startTimes(manager);
      const gapsMs = times.slice(1).map((time, at) => time - times[at]);
      // Five restarts at the usual pace, then 1, 2, 4 and at last 5 s apart.
      ok(gapsMs[gapsMs.length - 1] > 3_900, gapsMs.join(" "));
      await manager.waitForLog(STARTED, { from: manager.log.entries.length });
      await manager.nothingHappens(CAP_MS - 500);
      equal(await manager.stop(), 0);
    },
  ),
);
