/**
 * Stops in every state, and the child's family (conformance B10 to B13, B15,
 * B17; design 2.5). Exit codes of a plain stop are in exit_code_test.ts.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { scaled } from "../fixtures/limits.ts";
import { row, Stalled } from "./bench.ts";
import { judgeLatency, type Manager, STARTED } from "./harness.ts";
import { isAlive, processOf } from "./processes.ts";
import { loggedAtMs } from "./reloads.ts";
import { pause, until } from "./until.ts";

/** So long a child's start waits for the first look. */
const FIRST_LOOK_MS = 500;

/** The pid in the child's line about its sibling. */
async function siblingOf(manager: Manager): Promise<number> {
  const { text } = await manager.out.wait("sibling pid=");
  return Number(text.slice("sibling pid=".length));
}

/** It may have ended a moment ago. */
function killIfThere(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    ok(error instanceof Deno.errors.NotFound, String(error));
  }
}

/** One orderly stop: this code, no other child, nobody left, told in order. */
async function oneStop(
  manager: Manager,
  { code = 0, starts = 1 }: { code?: number; starts?: number } = {},
): Promise<void> {
  equal(await manager.exitCode(), code);
  manager.expectStarts(starts);
  equal(manager.log.count("shutting down gracefully..."), 1);
  equal(manager.log.count("Manager shutdown complete"), 1);
  match(
    manager.log.entries.at(-1)?.text ?? "",
    /Manager shutdown complete("[^"]*.*\})?$/,
  );
  deepEqual(await manager.survivors(), []);
}

/** During a stop that would take an hour, this signal kills the child. */
async function killedAtOnce(
  manager: Manager,
  signal: Deno.Signal,
): Promise<void> {
  manager.signal(signal);
  const askedMs = performance.now();
  await oneStop(manager, { code: 137 });
  judgeLatency("the kill", performance.now() - askedMs, 5_000);
}

Deno.test(
  row(
    "B11: the leader exits on TERM, a sibling ignores it: killed, then exit",
    async (bench) => {
      const manager = await bench.supervise({
        // The leader has this time, too.
        options: ["--stop-timeout=3s"],
        child: ["--exit-on", "TERM:0", "--sibling-ignoring", "TERM"],
      }).ready({ watches: false });
      const sibling = await siblingOf(manager);
      equal(processOf(sibling)?.group, manager.childPid);
      manager.signal("SIGTERM");
      await manager.waitForLog("Timeout waiting for the child's process group");
      await oneStop(manager);
      equal(isAlive(sibling), false);
    },
  ),
);

Deno.test(
  row(
    "B11: the leader exits by itself, a sibling ignores TERM: killed, then exit",
    async (bench) => {
      const manager = bench.supervise({
        options: ["--stop-timeout=1s"],
        child: ["--sibling-ignoring", "TERM", "--exit-after", "300:9"],
      });
      const sibling = await siblingOf(manager);
      equal(await manager.exitCode(), 9);
      equal(isAlive(sibling), false);
    },
  ),
);

Deno.test(
  row(
    "B11: asked to stop after the leader's own end, a sibling still has its time",
    async (bench) => {
      const [up, go] = [bench.path("up"), bench.path("go")];
      const untilThere = (path: string) =>
        `while [ ! -e ${path} ]; do sleep 0.02; done`;
      const manager = bench.run([
        "--config=",
        "--stop-timeout=1h",
        "--",
        "bash",
        "-c",
        `bash -c 'trap "echo cleaning; ${untilThere(go)}; echo done; exit" TERM
           touch ${up}; while :; do sleep 0.02; done' &
         ${untilThere(up)}; exit 3`,
      ]);
      await manager.out.wait("cleaning");
      manager.signal("SIGTERM");
      await manager.log.wait("SIGTERM, shutting down gracefully...");
      bench.write("go", "");
      equal(await manager.exitCode(), 3);
      equal(manager.out.count("done"), 1);
      equal(manager.log.count("sending SIGKILL"), 0);
      equal(manager.log.count("SIGTERM, shutting down gracefully..."), 1);
    },
  ),
);

Deno.test(
  row("B11: before a restart a sibling that ignores TERM is killed", async (
    bench,
  ) => {
    const { file, manager } = await bench.onFile({
      options: ["--stop-timeout=1s"],
      child: ["--sibling-ignoring", "TERM"],
    });
    const sibling = await siblingOf(manager);
    Deno.writeTextFileSync(file, "second");
    await manager.waitForLog(STARTED, { nth: 2 });
    equal(isAlive(sibling), false);
    await manager.out.wait("config: second");
  }),
);

Deno.test(row("B12: TERM while starting: one stop, prompt", async (bench) => {
  const manager = bench.supervise({ child: [] });
  await manager.waitForLog("=== Flush Manager");
  manager.signal("SIGTERM");
  equal(await manager.exitCode(), 0);
  ok(manager.starts <= 1);
  equal(manager.log.count("Manager shutdown complete"), 1);
}));

Deno.test(row("B12: TERM while waiting: one stop, prompt", async (bench) => {
  const { manager } = await bench.onFile();
  manager.signal("SIGTERM");
  await oneStop(manager);
}));

Deno.test(
  row("B12: TERM while debouncing: one stop, no respawn", async (bench) => {
    const { file, manager } = await bench.onFile({
      options: ["--debounce=1h", "--debounce-max=1h"],
    });
    Deno.writeTextFileSync(file, "second");
    await manager.waitForLog("File change detected");
    manager.signal("SIGTERM");
    await oneStop(manager);
    equal(manager.log.count("confirmed after debounce"), 0);
  }),
);

Deno.test(
  row("B12: TERM while stopping for a restart: one stop, no respawn", async (
    bench,
  ) => {
    const file = bench.write("app.conf", "first");
    const go = bench.path("go");
    const manager = await bench.run([
      `--config=${file}`,
      "--stop-timeout=1h",
      "--",
      "sh",
      "-c",
      `trap 'echo got SIGTERM; while [ ! -e ${go} ]; do sleep 0.02; done; exit 0' TERM
       echo "ready pid=$$"; while :; do sleep 0.02; done`,
    ]).ready();
    Deno.writeTextFileSync(file, "second");
    await manager.out.wait("got SIGTERM");
    manager.signal("SIGTERM");
    await manager.waitForLog("SIGTERM, shutting down gracefully...");
    bench.write("go", "");
    await oneStop(manager);
    equal(manager.out.count("got SIGTERM"), 1);
  }),
);

Deno.test(
  row(
    "B12: TERM while restarting, the old group not yet gone: one stop, no respawn",
    async (bench) => {
      const groupMs = Math.round(scaled(5_000));
      const { file, manager } = await bench.onFile({
        options: [`--stop-timeout=${groupMs}ms`, "--log-format=json"],
        child: ["--sibling-ignoring", "TERM"],
      });
      const sibling = await siblingOf(manager);
      Deno.writeTextFileSync(file, "second");
      await manager.waitForLog("stopped gracefully");
      manager.signal("SIGTERM");
      const lateMs = Date.now() - loggedAtMs(manager, "Stopping child process");
      if (lateMs > groupMs * 0.8) throw new Stalled("TERM came late");
      await oneStop(manager);
      // The manager has killed it.
      equal(isAlive(sibling), false);
      await manager.waitForLog("Timeout waiting for the child's process group");
    },
  ),
);

Deno.test(
  row(
    "B12: TERM while waiting to try a start again: one stop, no child",
    async (
      bench,
    ) => {
      // A program that someone writes cannot be run: ETXTBSY, a passing fault.
      const program = bench.path("busy");
      Deno.copyFileSync(bench.child, program);
      using _writer = Deno.openSync(program, { append: true });
      const options = ["--config=", "--log-format=json"];
      const manager = bench.run([...options, "--", program]);
      await manager.waitForLog("trying again in 400ms");
      manager.signal("SIGTERM");
      const askedMs = Date.now();
      const { code } = await manager.ended();
      // It gives up three seconds after the first attempt.
      const lateMs = askedMs - loggedAtMs(manager, "trying again in 400ms");
      if (code === 126 && lateMs > 1_000) {
        throw new Stalled("It was asked to stop too late");
      }
      await oneStop(manager, { starts: 0 });
    },
  ),
);

Deno.test(
  row(
    "B12: TERM that our parent blocked, during a long first look: a line before, no child after",
    async (bench) => {
      const config = ["one", "two"].map((name) => bench.write(name, ""));
      // They take no room, but longer to read than the child waits for it.
      for (const file of config) Deno.truncateSync(file, 2 ** 30);
      const beganMs = performance.now();
      const manager = bench.supervise({
        config,
        through: [bench.child, "--block", "TERM", "--exec"],
      });
      await manager.log.wait("Initializing manager with command: ");
      manager.signal("SIGTERM");
      const tookMs = performance.now() - beganMs;
      equal(await manager.exitCode(), 0);
      if (manager.starts > 0 && tookMs > FIRST_LOOK_MS) {
        throw new Stalled("The signal came after the first look's time");
      }
      manager.expectStarts(0);
    },
  ),
);

Deno.test(
  row("a stopped child hears its stop signal: its own code", async (bench) => {
    const { manager } = await bench.onFile({
      options: ["--stop-timeout=1h"],
      child: ["--exit-on", "TERM:4"],
    });
    await manager.killChild("SIGSTOP");
    await until(
      "the stopped child",
      () => processOf(manager.childPid)?.state === "T" || undefined,
    );
    manager.signal("SIGTERM");
    await oneStop(manager, { code: 4 });
    equal(manager.out.count("got SIGTERM"), 1);
  }),
);

Deno.test(
  row("a stopped child hears --stop-signal before a restart", async (bench) => {
    const { file, manager } = await bench.onFile({
      options: ["--stop-timeout=1h", "--stop-signal=USR1"],
      child: ["--exit-on", "USR1:0"],
    });
    await manager.killChild("SIGSTOP");
    Deno.writeTextFileSync(file, "second");
    await manager.out.wait("config: second");
    equal(manager.out.count("got SIGUSR1"), 1);
    equal(manager.log.count("sending SIGKILL"), 0);
  }),
);

Deno.test(
  row(
    "a stopped member of the group hears the stop signal after its leader's end",
    async (bench) => {
      const manager = bench.supervise({
        options: ["--stop-timeout=1h"],
        child: ["--sibling-ignoring", "HUP", "--exit-on", "USR1:7"],
      });
      const sibling = await siblingOf(manager);
      await manager.ready({ watches: false });
      Deno.kill(sibling, "SIGSTOP");
      manager.signal("SIGUSR1");
      equal(await manager.exitCode(), 7);
      equal(isAlive(sibling), false);
    },
  ),
);

Deno.test(
  row("B13: a second TERM during the stop kills at once [F]", async (bench) => {
    const { manager } = await bench.onFile({
      options: ["--stop-timeout=1h"],
      child: ["--trap", "TERM"],
    });
    manager.signal("SIGTERM");
    await manager.out.wait("got SIGTERM");
    await killedAtOnce(manager, "SIGTERM");
    await manager.waitForLog("Received signal: SIGTERM again, sending SIGKILL");
  }),
);

Deno.test(
  row(
    "B13: INT after TERM during the stop kills at once [F]",
    async (bench) => {
      const { manager } = await bench.onFile({
        options: ["--stop-timeout=1h"],
        child: ["--trap", "TERM,INT"],
      });
      manager.signal("SIGTERM");
      await manager.out.wait("got SIGTERM");
      await killedAtOnce(manager, "SIGINT");
      equal(manager.out.count("got SIGINT"), 0);
    },
  ),
);

Deno.test(
  row(
    "B15: the child crashes and the configuration changes at the same instant: one outcome",
    async (bench) => {
      // Around the end of the quiet window of 50 ms, before and after it.
      for (const delayMs of [0, 20, 40, 45, 50, 55, 60, 80]) {
        const { file, manager } = await bench.onFile({
          options: ["--debounce=50ms"],
          child: ["--lock", bench.path("lock"), "--exit-on", "USR1:9"],
        });
        const child = manager.childPid;
        Deno.writeTextFileSync(file, "second");
        await pause(delayMs);
        killIfThere(child, "SIGUSR1");
        const restarted = await until(
          "a new child or the end",
          () =>
            manager.starts === 2 ? "yes" : isAlive(manager.pid) ? false : "no",
        );
        if (restarted === "yes") {
          await manager.nothingHappens(500);
          equal(await manager.stop(), 0);
        } else {
          equal(await manager.exitCode(), 9);
        }
        equal(manager.starts, restarted === "yes" ? 2 : 1);
        equal(manager.out.count("lock: busy"), 0);
        deepEqual(await manager.survivors(), []);
      }
    },
  ),
);

Deno.test(
  row(
    "B17: the manager killed by SIGKILL: the child keeps its own group, which can be ended",
    async (bench) => {
      const { manager } = await bench.onFile({
        child: ["--sibling-ignoring", "TERM"],
      });
      const sibling = await siblingOf(manager);
      const child = manager.childPid;
      manager.signal("SIGKILL");
      await until(
        "the manager's end",
        () => !isAlive(manager.pid) || undefined,
      );
      equal(isAlive(child), true);
      equal(processOf(child)?.group, child);
      equal(processOf(sibling)?.group, child);
      Deno.kill(-child, "SIGKILL");
      await until(
        "the end of the group",
        async () => (await manager.survivors()).length === 0 || undefined,
      );
    },
  ),
);
