/**
 * The manager does not run for a while (SIGSTOP): what the child, a check or a
 * dependency has done meanwhile is taken in before anything is judged, and the
 * time does not count. [T] measures how long a stop takes afterwards.
 */
import { equal } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { scaled } from "../fixtures/limits.ts";
import { type Bench, row } from "./bench.ts";
import { judgeLatency, type Manager } from "./harness.ts";
import {
  change,
  gone,
  linesOf,
  QUICK,
  runsOn,
  script,
  start,
} from "./reloads.ts";
import { pause, until } from "./until.ts";

/** What the child, or the check, is given. */
const LIMIT_MS = Math.round(scaled(3_000));
const LIMIT = `${LIMIT_MS}ms`;
/** For how long the manager does not run: the limit is over long before its end. */
const FROZEN_MS = LIMIT_MS + 2_000;

/** Stops the manager, lets that happen which it is to see, and lets the manager go on after the limit. */
async function frozen(
  manager: Manager,
  happens: () => unknown,
  forMs = FROZEN_MS,
): Promise<void> {
  manager.signal("SIGSTOP");
  await happens();
  await pause(forMs);
  manager.signal("SIGCONT");
}

/** Waits while the file `hold` is there. */
const held = (bench: Bench) =>
  `while [ -e ${bench.path("hold")} ]; do sleep 0.02; done`;

/** Runs a child whose second content waits for the test before it does this, and then says so in a file. */
function holding(
  bench: Bench,
  does: string,
  options: readonly string[],
): { file: string; manager: Manager; done: (nth: number) => Promise<unknown> } {
  const file = bench.write("app.conf", "first");
  const said = bench.path("said");
  const manager = bench.run([
    `--config=${file}`,
    `--snapshot-dir=${bench.path("copies")}`,
    `--ready-timeout=${LIMIT}`,
    "--ready-interval=20ms",
    QUICK,
    ...options,
    "--",
    script(
      bench,
      "program",
      `echo "config: $(cat "$1")"; echo "ready pid=$$"
       ${held(bench)}
       ${does}
       echo done >> ${said}
       exec sleep 1000`,
    ),
    "{config}",
    "{run}",
  ]);
  const done = (nth: number) => until("the sign", () => linesOf(said)[nth - 1]);
  return { file, manager, done };
}

const isReady = (manager: Manager, nth: number) =>
  manager.log.wait(/ is ready after [\d.]+m?s$/, { nth });

/** The new child gives its sign while the manager does not run, and is judged by it. */
function signed(
  sign: (bench: Bench) => string,
  does: (bench: Bench) => string,
  ...options: readonly string[]
) {
  return async (bench: Bench) => {
    const { file, manager, done } = holding(bench, does(bench), [
      `--ready=${sign(bench)}`,
      ...options,
    ]);
    await isReady(manager, 1);
    bench.write("hold", "");
    change(file, "second");
    await start(manager, 2);
    await frozen(manager, async () => {
      Deno.removeSync(bench.path("hold"));
      await done(2);
    });
    await isReady(manager, 2);
    await runsOn(manager, "second", 2);
    equal(manager.log.count("Rolling back"), 0);
    await manager.log.wait("flush-manager did not run for ");
    equal(await manager.stop(), 0);
  };
}

const sign = (bench: Bench) => bench.path("sign");

Deno.test(row(
  "frozen: READY=1 that has come meanwhile is in time",
  signed(() => "notify", (bench) => `${bench.child} --notify READY=1 &`),
));

Deno.test(row(
  "frozen: a line that was printed meanwhile is in time",
  signed(() => "log:^at work", () => "echo at work"),
));

Deno.test(row(
  "frozen: a file that was made meanwhile is in time",
  signed((bench) => `file:${sign(bench)}`, (bench) => `touch ${sign(bench)}`),
));

Deno.test(row(
  "frozen: a probe that would succeed by now is in time",
  signed(
    (bench) => `exec:grep -qx {run} ${sign(bench)}`,
    (bench) => `echo "$2" > ${sign(bench)}`,
  ),
));

Deno.test(row(
  "frozen: the next child of an overlap that is ready by now takes over",
  signed(
    (bench) => `file:${sign(bench)}`,
    (bench) => `touch ${sign(bench)}`,
    "--strategy=overlap",
  ),
));

Deno.test(
  row("frozen: a port that is open by now is in time", async (bench) => {
    using port = holdPort();
    const listen = bench.write(
      "listen.js",
      `Deno.listen({ hostname: "127.0.0.1", port: ${port.port} });
     Deno.writeTextFileSync("${
        bench.path("said")
      }", "done\\n", { append: true });
     setTimeout(() => {}, 1e9);`,
    );
    await signed(
      () => `tcp:127.0.0.1:${port.port}`,
      () => `exec ${Deno.execPath()} run -A ${listen}`,
    )(bench);
  }),
);

Deno.test(row(
  "frozen: a child that has ended meanwhile did not survive its trial",
  async (bench) => {
    const { file, manager, done } = holding(
      bench,
      `[ "$(cat "$1")" = first ] || { echo done >> ${
        bench.path("said")
      }; exit 7; }`,
      [],
    );
    await manager.log.wait("has kept running for ");
    bench.write("hold", "");
    change(file, "second");
    await start(manager, 2);
    await frozen(manager, async () => {
      Deno.removeSync(bench.path("hold"));
      await done(2);
    });
    await manager.log.wait("Rolling back");
    await runsOn(manager, "first", 3);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "frozen: a check that has ended with 0 meanwhile has accepted",
  async (bench) => {
    const said = bench.path("said");
    const check = script(
      bench,
      "check",
      `echo begun >> ${said}; ${held(bench)}; echo done >> ${said}`,
    );
    const { file, manager } = await bench.onFile({
      options: [
        `--check-command=${check}`,
        `--check-timeout=${LIMIT}`,
        QUICK,
      ],
    });
    bench.write("hold", "");
    change(file, "second");
    await until("the check", () => linesOf(said)[2]);
    await frozen(manager, async () => {
      Deno.removeSync(bench.path("hold"));
      await until("the end of the check", () => linesOf(said)[3]);
    });
    await runsOn(manager, "second", 2);
    equal(manager.log.count("New configuration rejected"), 0);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "frozen: a dependency that has come meanwhile is there",
  async (bench) => {
    const path = bench.path("dependency");
    const manager = bench.supervise({
      options: [`--wait-for=file:${path}`, `--wait-timeout=${LIMIT}`],
    });
    await manager.log.wait("Waiting for dependencies");
    await frozen(manager, () => bench.write("dependency", ""));
    await manager.ready({ watches: false });
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "frozen: a dependency that has come meanwhile is there for new content",
  async (bench) => {
    const file = bench.write("app.conf", "first");
    const path = bench.write("dependency", "");
    const manager = bench.supervise({
      config: [file],
      options: [`--wait-for=file:${path}`, `--wait-timeout=${LIMIT}`, QUICK],
    });
    await manager.ready();
    Deno.removeSync(path);
    change(file, "second");
    await manager.log.wait("Waiting for dependencies");
    await frozen(manager, () => bench.write("dependency", ""));
    await runsOn(manager, "second", 2);
    equal(manager.log.count("New configuration rejected"), 0);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "frozen: a child that has ended during its stop stopped gracefully",
  async (bench) => {
    const path = bench.write("busy", "");
    const manager = await bench.supervise({
      options: [`--stop-timeout=${LIMIT}`],
      child: ["--stop-after", path],
    }).ready({ watches: false });
    const pid = manager.childPid;
    manager.signal("SIGTERM");
    await manager.log.wait("waiting for graceful shutdown");
    await frozen(manager, async () => {
      Deno.removeSync(path);
      await gone(pid);
    });
    equal(await manager.exitCode(), 0);
    equal(manager.log.count("Timeout waiting"), 0);
    equal(manager.log.count("stopped gracefully"), 1);
  },
));

Deno.test(row(
  "frozen: a stop takes no longer for it than a second [T]",
  async (bench) => {
    const limitMs = 3 * LIMIT_MS;
    const manager = await bench.supervise({
      options: [`--stop-timeout=${limitMs}ms`],
      child: ["--ignore", "TERM"],
    }).ready({ watches: false });
    manager.signal("SIGTERM");
    await manager.log.wait("waiting for graceful shutdown");
    await frozen(manager, () => {}, limitMs);
    const before = performance.now();
    equal(await manager.exitCode(), 137);
    judgeLatency("the end of the stop", performance.now() - before, 3_000);
  },
));

Deno.test(row(
  "frozen: an event that has come meanwhile is no lost one",
  async (bench) => {
    const { file, manager } = await bench.onFile({
      options: [QUICK, "--poll-interval=100ms"],
    });
    await frozen(manager, () => change(file, "second"));
    await runsOn(manager, "second", 2);
    await manager.log.wait("Fsnotify event: ");
    await manager.nothingHappens(1_500);
    equal(manager.log.count("Cannot use file system events"), 0);
    equal(await manager.stop(), 0);
  },
));
