/** `--drain-delay` for a stop-start restart and for the end: a time between the decision and the stop signal. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { scaled } from "../fixtures/limits.ts";
import { row } from "./bench.ts";
import { isAlive } from "./processes.ts";
import {
  change,
  loggedAtMs,
  loggedBeforeMs,
  NO_CHANGE_MS,
  POLLS,
  QUICK,
  runsOn,
  start,
} from "./reloads.ts";

const DRAINING = "Draining child process (PID: ";
/** A delay that is not over before the test has done what it does meanwhile. */
const LONG_DRAIN = `--drain-delay=${Math.round(scaled(5_000))}ms`;
const STOPPING = "Stopping child process (PID: ";

Deno.test(
  row("5 drain: a restart waits that long before the stop signal", async (
    bench,
  ) => {
    const { file, manager } = await bench.onFile({
      options: [QUICK, "--drain-delay=700ms", "--log-format=json"],
    });
    const old = manager.log.matches("started with PID")[0].text;
    change(file, "second");
    await manager.log.wait(`${DRAINING}`);
    ok(/PID: \d+\) for 700ms before it is stopped/.test(
      manager.log.matches(DRAINING)[0].text,
    ));
    await manager.log.wait(STOPPING);
    // The quiet window of 100 ms comes before it.
    const tookMs = loggedAtMs(manager, STOPPING) -
      loggedBeforeMs(manager, "File change detected");
    ok(tookMs >= 100 + 690, `${tookMs}`);
    ok(old.length > 0);
    await runsOn(manager, "second", 2);
  }),
);

Deno.test(row("5 drain: the child works until then", async (bench) => {
  const { file, manager } = await bench.onFile({
    options: [QUICK, LONG_DRAIN],
    child: ["--trap", "USR1"],
  });
  const pid = manager.childPid;
  change(file, "second");
  await manager.log.wait(DRAINING);
  manager.signal("SIGUSR1");
  await manager.out.wait("got SIGUSR1");
  ok(isAlive(pid));
  await runsOn(manager, "second", 2);
  ok(!isAlive(pid));
}));

Deno.test(
  row("5 drain: TERM waits too; a second one doesn't", async (bench) => {
    const { manager } = await bench.onFile({
      options: ["--drain-delay=1h"],
      child: ["--exit-on", "TERM:0"],
    });
    manager.signal("SIGTERM");
    await manager.log.wait(DRAINING);
    await manager.nothingHappens(500);
    manager.signal("SIGTERM");
    equal(await manager.exitCode(), 0);
    equal(manager.out.count("got SIGTERM"), 1);
  }),
);

Deno.test(
  row("5 drain: TERM alone is enough when the time is over", async (bench) => {
    const { manager } = await bench.onFile({
      options: ["--drain-delay=300ms"],
      child: ["--exit-on", "TERM:0"],
    });
    equal(await manager.stop(), 0);
    equal(manager.log.count(`${DRAINING}`), 1);
    equal(manager.log.count("Manager shutdown complete"), 1);
  }),
);

Deno.test(
  row("5 drain: TERM while a restart drains turns it into the end", async (
    bench,
  ) => {
    const { file, manager } = await bench.onFile({
      options: [QUICK, LONG_DRAIN],
    });
    change(file, "second");
    await manager.log.wait(DRAINING);
    equal(await manager.stop(), 0);
    manager.expectStarts(1);
    deepEqual(await manager.survivors(), []);
  }),
);

Deno.test(
  row(
    "5 drain: a child that ends by itself meanwhile is replaced at once",
    async (
      bench,
    ) => {
      const { file, manager } = await bench.onFile({
        options: [QUICK, "--drain-delay=1h"],
      });
      change(file, "second");
      await manager.log.wait(DRAINING);
      await manager.killChild("SIGKILL");
      await runsOn(manager, "second", 2);
    },
  ),
);

Deno.test(
  row(
    "5 drain: what changes meanwhile is what the next child starts on",
    async (
      bench,
    ) => {
      const { file, manager } = await bench.onFile({
        options: [QUICK, POLLS, LONG_DRAIN],
      });
      change(file, "second");
      await manager.log.wait(DRAINING);
      change(file, "third");
      await runsOn(manager, "third", 2);
      await manager.nothingHappens(NO_CHANGE_MS);
    },
  ),
);

Deno.test(row("5 drain: a rollback drains too", async (bench) => {
  const file = bench.write("app.conf", "first");
  const manager = bench.run([
    `--config=${file}`,
    `--snapshot-dir=${bench.path("copies")}`,
    "--drain-delay=300ms",
    "--ready=log:^config: (first|second)",
    `--ready-timeout=${Math.round(scaled(5_000))}ms`,
    QUICK,
    "--",
    bench.child,
    "--print-config",
    "{config}",
    "--ready-line",
  ]);
  await manager.ready();
  await manager.log.wait("is ready after");
  change(file, "mute");
  await manager.log.wait("Rolling back");
  await manager.log.wait(DRAINING, { nth: 2 });
  await runsOn(manager, "first", 3);
}));

Deno.test(
  row("5 drain: the end of a crash waits for nothing", async (bench) => {
    const { manager } = await bench.onFile({
      options: ["--drain-delay=1h"],
    });
    await manager.killChild("SIGKILL");
    equal(await manager.exitCode(), 137);
    equal(manager.log.count(DRAINING), 0);
  }),
);

Deno.test(row("5 drain: the next reload drains again", async (bench) => {
  const { file, manager } = await bench.onFile({
    options: [QUICK, "--drain-delay=200ms"],
  });
  for (const [at, content] of ["second", "third"].entries()) {
    change(file, content);
    await start(manager, at + 2);
    await runsOn(manager, content, at + 2);
  }
  equal(manager.log.count(DRAINING), 2);
}));
