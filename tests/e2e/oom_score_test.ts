/** `--oom-score-adj`: the OOM killer prefers the child to the manager (reference, memory limits). */
import { equal, ok } from "node:assert/strict";
import { type Bench, needing, row } from "./bench.ts";
import { LIMITED_MEMORY, LimitedCgroup } from "./cgroups.ts";
import type { Manager, StartOptions } from "./harness.ts";
import { asOrdinaryUser, withMounts } from "./namespaces.ts";

const own = () => Number(Deno.readTextFileSync("/proc/self/oom_score_adj"));

/** A child that prints its own value, and that of a process that it starts. */
function printing(
  bench: Bench,
  options: readonly string[],
  start: StartOptions = {},
): Manager {
  const script =
    "read own </proc/self/oom_score_adj; echo adj: $own; sh -c 'read own </proc/self/oom_score_adj; echo adj: $own'; trap 'exit 0' TERM; while :; do sleep 0.02; done";
  return bench.run(["--config=", ...options, "--", "sh", "-c", script], start);
}

async function valuesOf(manager: Manager): Promise<number[]> {
  await manager.out.wait("adj: ", { nth: 2 });
  return manager.out.matches("adj: ")
    .map(({ text }) => Number(text.slice("adj: ".length)));
}

/** Once the child is started: it may print its own before the manager has gone back. */
async function managersOf(manager: Manager): Promise<number> {
  await manager.log.wait("Child process started");
  return Number(Deno.readTextFileSync(`/proc/${manager.pid}/oom_score_adj`));
}

async function isPreferred(manager: Manager): Promise<void> {
  const [child, grandchild] = await valuesOf(manager);
  ok(child > own(), `the child has ${child}`);
  equal(grandchild, child);
  equal(await managersOf(manager), own());
  equal(await manager.stop(), 0);
}

Deno.test(row(
  "oom score: the child's is above the manager's, which stays as it was",
  async (bench) => await isPreferred(printing(bench, [])),
));

const user = asOrdinaryUser();

Deno.test(row(
  "oom score: without privileges, too",
  needing(
    user,
    async (bench) =>
      await isPreferred(printing(bench, [], { through: user.through })),
  ),
));

Deno.test(row("oom score: inherit, and a number", async (bench) => {
  const inherited = printing(bench, ["--oom-score-adj=inherit"]);
  equal((await valuesOf(inherited))[0], own());
  equal(await inherited.stop(), 0);
  const given = printing(bench, [], {
    env: { FLUSH_MANAGER_OOM_SCORE_ADJ: "777" },
  });
  equal((await valuesOf(given))[0], 777);
  equal(await managersOf(given), own());
  equal(await given.stop(), 0);
}));

Deno.test(row("oom score: another text is refused", async (bench) => {
  const manager = bench.run(["--config=", "--oom-score-adj=1001", "true"]);
  equal(await manager.exitCode(), 2);
  ok(manager.log.count(/"1001".*from -1000 to 1000, inherit or auto/) === 1);
}));

const READ_ONLY = withMounts("mount -o remount,bind,ro /proc");

Deno.test(row(
  "oom score: where /proc is read-only, one DEBUG line, and the child inherits",
  needing(READ_ONLY, async (bench) => {
    const manager = printing(bench, [], { through: READ_ONLY.through });
    equal((await valuesOf(manager))[0], own());
    await manager.waitForLog("DEBUG: ");
    equal(manager.log.count("Cannot set oom_score_adj for the child"), 1);
    equal(await manager.stop(), 0);
  }),
));

const MIB = 1024 * 1024;
/** Room for flush-manager and two or three of the workers. */
const LIMIT_BYTES = 128 * MIB;
const WORKERS = 6;
/** Each is smaller than flush-manager. */
const WORKER_MIB = 30;

Deno.test(row(
  "oom score: in a full memory cgroup the kernel kills a worker, and the manager goes on",
  needing(LIMITED_MEMORY, async (bench) => {
    await using cgroup = new LimitedCgroup(LIMITED_MEMORY, LIMIT_BYTES);
    const script = `trap "exit 0" TERM
      for i in $(seq ${WORKERS}); do ${bench.child} --hold ${WORKER_MIB} & done
      wait -n; echo "worker ended with $?"
      while :; do sleep 0.02; done`;
    const manager = bench.run(["--config=", "--", "bash", "-c", script], {
      through: cgroup.through,
    });
    await manager.out.wait("worker ended with 137");
    equal(await manager.stop(), 0);
    equal(manager.log.count("Manager shutdown complete"), 1);
  }),
));
