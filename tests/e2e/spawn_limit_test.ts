/** A kernel that gives no process for a while: the limit of a user's processes, for real. */
import { equal, ok } from "node:assert/strict";
import { copyExecutable } from "../fixtures/executable.ts";
import { type Bench, needing, row, Stalled } from "./bench.ts";
import { EXECUTABLE } from "./harness.ts";
import { loggedAtMs } from "./reloads.ts";

/** A user that owns nothing here, so that its limit counts our manager alone. */
const UID = 54_321;

const LIMITS = {
  missing: Deno.uid() === 0 && await works("setpriv", "prlimit")
    ? undefined
    : "needs root, setpriv and prlimit (util-linux)",
};

async function works(...commands: string[]): Promise<boolean> {
  const versions = commands.map((command) =>
    new Deno.Command(command, { args: ["--version"] }).output()
      .then(({ success }) => success, () => false)
  );
  return (await Promise.all(versions)).every(Boolean);
}

const USER = [`--reuid=${UID}`, "--clear-groups"];

/** The soft limit, by the user itself: for another one root would need CAP_SYS_RESOURCE. */
async function limitProcesses(pid: number, limit: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("setpriv", {
    args: [...USER, "prlimit", `--pid=${pid}`, `--nproc=${limit}:`],
  }).output();
  ok(success, new TextDecoder().decode(stderr));
}

/** With copies of the programs: their own directory may be closed to the user. */
async function asOwnUser(bench: Bench) {
  const [executable, child] = [bench.path("manager"), bench.path("child")];
  copyExecutable(EXECUTABLE, executable);
  copyExecutable(bench.child, child);
  const file = bench.write("app.conf", "first");
  const manager = bench.run([
    `--config=${file}`,
    "--debounce=0ms",
    "--poll-interval=100ms",
    "--log-format=json",
    "--",
    child,
    "--print-config",
    file,
    "--ready-line",
  ], { through: ["setpriv", ...USER], program: [executable] });
  await manager.ready();
  return { file, manager };
}

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
