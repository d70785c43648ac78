/** Limits on how many processes and threads there may be: a user's, and a cgroup's. Must not test anything. */
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

/** The pids controller of cgroup version 1 or 2, where a test may make a cgroup. */
const PIDS_ROOT = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"]
  .find(canMakeLimited);

export const PIDS_CGROUP = {
  missing: PIDS_ROOT === undefined
    ? "needs root and a pids cgroup that can be written to"
    : undefined,
};

function canMakeLimited(root: string): boolean {
  const path = `${root}/flush-manager-e2e-${Deno.pid}`;
  try {
    Deno.mkdirSync(path);
    try {
      return Deno.statSync(`${path}/pids.max`).isFile;
    } finally {
      Deno.removeSync(path);
    }
  } catch {
    return false;
  }
}

/** A cgroup of its own with this limit; what is started `through` it is in it. */
export class PidsCgroup implements AsyncDisposable {
  readonly #path: string;
  readonly through: readonly string[];

  constructor(max: number) {
    this.#path = `${PIDS_ROOT}/flush-manager-e2e-${crypto.randomUUID()}`;
    Deno.mkdirSync(this.#path);
    Deno.writeTextFileSync(`${this.#path}/pids.max`, String(max));
    this.through = [
      "sh",
      "-c",
      `echo $$ >${this.#path}/cgroup.procs; exec "$@"`,
      "sh",
    ];
  }

  /** Kills what is left in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await until("the end of all in a cgroup", () => {
      const pids = Deno.readTextFileSync(`${this.#path}/cgroup.procs`)
        .split("\n").filter((line) => line !== "");
      for (const pid of pids) {
        try {
          Deno.kill(Number(pid), "SIGKILL");
        } catch {
          // It has ended.
        }
      }
      return pids.length === 0 || undefined;
    });
    Deno.removeSync(this.#path);
  }
}
