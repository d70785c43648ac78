/** A limit on how many processes and threads a user may have. Must not test anything. */
import { ok } from "node:assert/strict";
import { copyExecutable } from "../fixtures/executable.ts";
import type { Bench } from "./bench.ts";
import { EXECUTABLE, type Manager } from "./harness.ts";
import { holdingsOf } from "./processes.ts";
import { until } from "./until.ts";

/** A user that owns nothing here, so that its limit counts our manager alone. */
const UID = 54_321;

export const LIMITS = {
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
export async function limitProcesses(
  pid: number,
  limit: string,
): Promise<void> {
  const { success, stderr } = await new Deno.Command("setpriv", {
    args: [...USER, "prlimit", `--pid=${pid}`, `--nproc=${limit}:`],
  }).output();
  ok(success, new TextDecoder().decode(stderr));
}

/** With copies of the programs: their own directory may be closed to the user. */
export async function asOwnUser(bench: Bench) {
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

/** The runtime ends threads that had nothing to do for ten seconds. */
const IDLE_MS = 12_000;

/** Waits until the runtime has ended every thread that it does not need: their number has not changed for longer than an idle one lives. */
export async function idleThreadsGone({ pid }: Manager): Promise<void> {
  let { threads } = holdingsOf(pid);
  let sinceMs = performance.now();
  await until("the end of idle threads", () => {
    const now = holdingsOf(pid).threads;
    if (now !== threads) sinceMs = performance.now();
    threads = now;
    return performance.now() - sinceMs > IDLE_MS;
  });
}
