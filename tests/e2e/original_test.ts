/**
 * Every fault of the program that this one replaces (design 6), each as a test
 * of ours. Most are rows of the conformance tables as well, and are shown here
 * in the setting in which the original failed.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { needing, row } from "./bench.ts";
import { unlinkAndCreate, writeAsOld } from "./files.ts";
import { HANG_MS, scaled } from "../fixtures/limits.ts";
import { BY_EVENT_MS, BY_POLL_MS, judgeLatency, STARTED } from "./harness.ts";
import { INIT, superviseAsInit } from "./init.ts";
import { childCountOf, childrenOf, isAlive } from "./processes.ts";
import { CAP_MS, EVENTS_ONLY, NO_RESTART_MS } from "./quiet_window.ts";
import { change, records, startTimes } from "./reloads.ts";
import { pause, until } from "./until.ts";

/** A process's number in its own PID namespace (proc_pid_status(5)). */
function numberInside(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]);
}

/** How many starts a log file tells of. */
const startsIn = (log: string) =>
  Deno.readTextFileSync(log).split(STARTED).length - 1;

const SLOW_DEATH_MS = String(Math.round(scaled(4_000)));

Deno.test(
  row("original: shutdown waits for the TERM handler", async (bench) => {
    for (let attempt = 1; attempt <= 10; attempt++) {
      const child = ["--slow-stop", "150"];
      const manager = await bench.supervise({ child })
        .ready({ watches: false });
      equal(await manager.stop(), 0);
      equal(manager.out.count("got SIGTERM"), 1);
      equal(manager.log.count("stopped gracefully"), 1);
    }
  }),
);

Deno.test(
  row("original: a child's death is the manager's exit code", async (bench) => {
    const ends = [
      { child: ["--exit-after", "0:7"], code: 7 },
      { child: ["--die-by", "KILL"], code: 137 },
      { child: ["--die-by", "SEGV"], code: 139 },
    ];
    for (const { child, code } of ends) {
      equal(await bench.supervise({ child }).exitCode(), code);
    }
  }),
);

Deno.test(
  row(
    "original: 200 orphans of 200 are reaped",
    needing(INIT, async (bench) => {
      const child = ["--own-group", "--orphans", "200:3600000"];
      const manager = await superviseAsInit(bench, { child });
      await manager.ready({ watches: false });
      await until(
        "the orphans below PID 1",
        () => childCountOf(manager.pid) > 200 || undefined,
      );
      for (const { pid } of childrenOf(manager.pid)) {
        if (numberInside(pid) !== manager.childPid) Deno.kill(pid, "SIGTERM");
      }
      await until(
        "the child alone",
        () => childCountOf(manager.pid) === 1 || undefined,
      );
    }),
  ),
);

Deno.test(row(
  "original: SIGHUP does not kill it as PID 1",
  needing(
    INIT,
    async (bench) => {
      const child = ["--trap", "HUP"];
      const manager = await superviseAsInit(bench, { child });
      await manager.ready({ watches: false });
      manager.signal("SIGHUP");
      await manager.out.wait("got SIGHUP");
      equal(isAlive(manager.pid), true);
      equal(await manager.stop(), 0);
    },
  ),
));

Deno.test(
  row(
    "original: a closed stdout neither kills it nor leaves the child [F]",
    async (
      bench,
    ) => {
      const child = ["--ignore", "PIPE"];
      const options = [EVENTS_ONLY];
      const { file, manager } = await bench.onFile({ child, options });
      await manager.out.close();
      await manager.restartByEvent(() =>
        Deno.writeTextFileSync(file, "second")
      );
      await manager.nothingHappens(BY_EVENT_MS);
      equal(await manager.stop(), 0);
      deepEqual(await manager.survivors(), []);
    },
  ),
);

Deno.test(
  row(
    "original: TERM during a restart starts no new child and is prompt [F]",
    async (
      bench,
    ) => {
      const hold = bench.write("hold", "");
      const child = ["--stop-after", hold];
      const { file, manager } = await bench.onFile({ child });
      Deno.writeTextFileSync(file, "second");
      await manager.out.wait("got SIGTERM");
      manager.signal("SIGTERM");
      await manager.waitForLog("Received signal: SIGTERM");
      Deno.removeSync(hold);
      const releasedAtMs = performance.now();
      equal(await manager.exitCode(), 0);
      const tookMs = performance.now() - releasedAtMs;
      judgeLatency("the end", tookMs, 1_000);
      manager.expectStarts(1);
      deepEqual(await manager.survivors(), []);
    },
  ),
);

Deno.test(
  row("original: a slow death after KILL does not kill the replacement", async (
    bench,
  ) => {
    const { file, manager } = await bench.onFile({
      // Long after the second that the manager gives it after SIGKILL.
      child: ["--ignore", "TERM", "--slow-death", SLOW_DEATH_MS],
      options: ["--stop-timeout=500ms"],
    });
    const old = manager.childPid;
    Deno.writeTextFileSync(file, "second");
    await manager.waitForLog("sending SIGKILL to process");
    const failed = `Cannot end process (PID: ${old})`;
    await manager.waitForLog(failed);
    const from = manager.log.entries
      .findIndex(({ text }) => text.includes(failed));
    await manager.waitForLog(STARTED, { from });
    manager.expectStarts(2);
    await manager.out.wait("config: second");
    await manager.out.wait("ready pid=", { nth: 2 });
    const replacement = manager.childPid;
    await manager.nothingHappens(3_000);
    equal(isAlive(replacement), true);
    equal(isAlive(old), false);
  }),
);

Deno.test(row("original: an older mtime is a change [F]", async (bench) => {
  const { file, manager } = await bench.onFile({ options: [EVENTS_ONLY] });
  for (const content of ["second", "third", "fourth", "fifth"]) {
    await manager.restartByEvent(() => writeAsOld(file, content), content);
  }
}));

Deno.test(
  row(
    "original: an update every 0.4 s delays the restart by the cap at most [F]",
    async (bench) => {
      // Updates that are late do not count as rest.
      const options = ["--debounce=4s"];
      const { file, manager } = await bench.onFile({ options });
      const begin = performance.now();
      for (let update = 1; manager.starts < 2; update++) {
        Deno.writeTextFileSync(file, `update ${update}`);
        await pause(400);
        ok(performance.now() - begin < HANG_MS, "no restart");
      }
      const { atMs } = await manager.waitForLog(STARTED, { nth: 2 });
      judgeLatency("the restart", atMs - begin, CAP_MS + 1_000);
    },
  ),
);

Deno.test(
  row("original: a file absent at start is noticed [F]", async (bench) => {
    const file = bench.path("app.conf");
    const manager = await bench.supervise({
      config: [file],
      options: [EVENTS_ONLY],
    }).ready();
    await manager.restartByEvent(
      () => Deno.writeTextFileSync(file, "first"),
      "first",
    );
  }),
);

Deno.test(
  row("original: a dangling link at start is not fatal [P]", async (bench) => {
    const link = bench.path("app.conf");
    Deno.symlinkSync("target", link);
    const manager = await bench.supervise({ config: [link] }).ready();
    await manager.restartAfter(() => bench.write("target", "first"), {
      content: "first",
      withinMs: BY_POLL_MS,
    });
  }),
);

Deno.test(
  row("original: a same-content rewrite restarts nothing", async (bench) => {
    const { file, manager } = await bench.onFile();
    Deno.writeTextFileSync(file, "first");
    await manager.nothingHappens(1_000);
    unlinkAndCreate(file, "first");
    await manager.nothingHappens(NO_RESTART_MS);
  }),
);

Deno.test(
  row("original: a log in the watched directory does not feed back", async (
    bench,
  ) => {
    const file = bench.write("app.conf", "first");
    const log = bench.path("manager.log");
    const manager = bench.supervise({
      config: [file],
      through: ["sh", "-ec", 'exec "$@" 2>>"$LOG"', "sh"],
      env: { LOG: log },
    });
    await manager.out.wait("ready pid=");
    await pause(5_000);
    ok(Deno.statSync(log).size < 10_000, `${Deno.statSync(log).size} bytes`);
    Deno.writeTextFileSync(file, "second");
    await manager.out.wait("config: second");
    await until("both starts in the log", () => startsIn(log) >= 2);
    await pause(5_000);
    ok(Deno.statSync(log).size < 10_000, `${Deno.statSync(log).size} bytes`);
    equal(startsIn(log), 2);
  }),
);

Deno.test(
  row("original: no 100 ms sleep between stop and start", async (bench) => {
    const child = ["--exit-on", "TERM:0"];
    const options = [
      "--debounce=50ms",
      "--debounce-max=50ms",
      "--log-format=json",
    ];
    const { file, manager } = await bench.onFile({ child, options });
    const begin = performance.now();
    const gapsMs: number[] = [];
    // The original slept each time, so its shortest gap was longer than this;
    // without a sleep it is shorter sooner or later, however busy the machine is.
    const isShort = () => Math.min(...gapsMs) < 100;
    for (let restart = 1; restart <= 20 || !isShort(); restart++) {
      ok(performance.now() - begin < HANG_MS, gapsMs.join(" "));
      change(file, `restart ${restart}`);
      await manager.waitForLog(STARTED, { nth: restart + 1 });
      await manager.out.wait("ready pid=", { nth: restart + 1 });
      const { time } = records(manager, "Stopping child process")[restart - 1];
      gapsMs.push(startTimes(manager)[restart] - Date.parse(String(time)));
    }
  }),
);
