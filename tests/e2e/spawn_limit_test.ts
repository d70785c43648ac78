/** A kernel that gives no process or thread: the limit of a user's processes, and that of a cgroup, for real. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { needing, row, Stalled } from "./bench.ts";
import { LIMITED_PIDS, LimitedCgroup } from "./cgroups.ts";
import {
  asOwnUser,
  idleThreadsGone,
  limitProcesses,
  LIMITS,
} from "./process_limit.ts";
import { loggedAtMs } from "./reloads.ts";

Deno.test(
  row(
    "EAGAIN at a restart: tried again, and the child starts when there is room",
    needing(LIMITS, async (bench) => {
      const { file, manager } = await asOwnUser(bench);
      await limitProcesses(manager.pid, "1");
      Deno.writeTextFileSync(file, "second");
      await manager.waitForLog(
        /Cannot start child process .*: Resource temporarily unavailable \(os error 11\); trying again in 100ms/,
      );
      // It gives up three seconds after the first attempt.
      const isRaised = await limitProcesses(manager.pid, "1000")
        .then(() => true, () => false);
      const raisedMs = Date.now();
      const { text } = await manager.waitForLog(
        /Child process restarted successfully|Cannot start child process [^;]*$/,
      );
      const lateMs = raisedMs - loggedAtMs(manager, "trying again in 100ms");
      if (text.includes("Cannot start") && lateMs > 1_500) {
        throw new Stalled("There was room too late");
      }
      ok(isRaised, text);
      await manager.out.wait("config: second");
      equal(manager.restarts, 1);
      equal(await manager.stop(), 0);
    }),
  ),
);

Deno.test(
  row(
    "EAGAIN for good: after the last attempt exit 126, and one line for each",
    needing(LIMITS, async (bench) => {
      const { file, manager } = await asOwnUser(bench);
      await limitProcesses(manager.pid, "1");
      Deno.writeTextFileSync(file, "second");
      equal(await manager.exitCode(), 126);
      equal(manager.log.count("trying again in"), 5);
      equal(manager.log.count("Cannot start child process"), 6);
    }),
  ),
);

Deno.test(
  row(
    "no thread is to be had, and the idle ones are gone: TERM ends the child and the manager, and every line is written",
    needing(LIMITS, async (bench) => {
      const { manager } = await asOwnUser(bench);
      await limitProcesses(manager.pid, "1");
      await idleThreadsGone(manager);
      equal(await manager.stop(), 0);
      equal(manager.log.count("Manager shutdown complete"), 1);
      deepEqual(await manager.survivors(), []);
    }),
  ),
);

Deno.test(
  row(
    "no thread is to be had, and the idle ones are gone: a change is noticed, and the child starts when there is room",
    needing(LIMITS, async (bench) => {
      const { file, manager } = await asOwnUser(bench);
      await limitProcesses(manager.pid, "1");
      await idleThreadsGone(manager);
      Deno.writeTextFileSync(file, "second");
      await manager.waitForLog("trying again in 100ms");
      await limitProcesses(manager.pid, "1000");
      await manager.out.wait("config: second");
      equal(await manager.stop(), 0);
    }),
  ),
);

Deno.test(
  row(
    "no thread is to be had: a large file is read all the same, if slowly",
    needing(LIMITS, async (bench) => {
      const { file, manager } = await asOwnUser(bench);
      await limitProcesses(manager.pid, "1");
      await idleThreadsGone(manager);
      Deno.writeTextFileSync(file, "x".repeat(3 * 1024 * 1024));
      await manager.waitForLog("trying again in 100ms");
      await limitProcesses(manager.pid, "1000");
      await manager.waitForLog("restarted successfully");
      equal(await manager.stop(), 0);
    }),
  ),
);

Deno.test(
  row(
    "the child fills pids.max of the container: a restart and a stop work as ever",
    needing(LIMITED_PIDS, async (bench) => {
      await using cgroup = new LimitedCgroup(LIMITED_PIDS, 60);
      const { file, manager } = await bench.onFile({
        through: cgroup.through,
        child: ["--fill"],
      });
      await idleThreadsGone(manager);
      Deno.writeTextFileSync(file, "second");
      await manager.out.wait("config: second");
      await manager.waitForLog("restarted successfully");
      await idleThreadsGone(manager);
      equal(await manager.stop(), 0);
      equal(manager.log.count("Manager shutdown complete"), 1);
      deepEqual(await manager.survivors(), []);
    }),
  ),
);

Deno.test(
  row(
    "the thread that hears of changes is there before the child, which may leave no room for it",
    async (bench) => {
      const manager = bench.run([
        `--config=${bench.write("app.conf", "first")}`,
        "--",
        "sh",
        "-c",
        // A thread that has begun late has its name late.
        `cd /proc/$PPID/task && first=$(echo *) &&
         until for id in $first; do cat $id/comm; done | grep notify-rs
         do :; done; echo all; exec sleep 1000`,
      ]);
      await manager.out.wait("all");
      equal(manager.out.count("notify-rs"), 1);
      equal(await manager.stop(), 0);
    },
  ),
);
