/** `--kill-mode`: who gets the stop signal and SIGKILL, and what becomes of the rest of the group (reference, kill modes). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { type Manager, STARTED } from "./harness.ts";
import { isAlive, processOf } from "./processes.ts";
import { until } from "./until.ts";

const LEFT = "Leaving the rest of the child's process group";
const KILLED = "Sending SIGKILL to the rest of the child's process group";

/** A main process that ends on TERM with 0, and a worker of its group that says which signals it gets. */
function withWorker(
  bench: Bench,
  mode: string,
  { main = "echo main got TERM; exit 0", options = [] }: {
    main?: string;
    options?: readonly string[];
  } = {},
): { file: string; manager: Manager } {
  const file = bench.write("app.conf", "first");
  const worker = `trap "echo worker got TERM" TERM
    trap "echo worker got HUP" HUP
    echo worker pid=$BASHPID
    while :; do sleep 0.02; done`;
  const script = `bash -c '${worker}' &
    trap "${main}" TERM
    trap : HUP
    echo "ready pid=$$"
    while :; do sleep 0.02; done`;
  const manager = bench.run([
    `--config=${file}`,
    `--kill-mode=${mode}`,
    "--stop-timeout=1h",
    ...options,
    "--",
    "bash",
    "-c",
    script,
  ]);
  return { file, manager };
}

/** The n-th worker, once it can handle signals. */
async function workerOf(manager: Manager, nth = 1): Promise<number> {
  const { text } = await manager.out.wait("worker pid=", { nth });
  return Number(text.slice("worker pid=".length));
}

Deno.test(row(
  "kill mode main: a stop reaches the main process alone; a worker of its group is left, and said to be",
  async (bench) => {
    const { manager } = withWorker(bench, "main");
    const worker = await workerOf(manager);
    await manager.ready();
    manager.signal("SIGTERM");
    equal(await manager.exitCode(), 0);
    equal(isAlive(worker), true);
    equal(manager.out.count("main got TERM"), 1);
    equal(manager.out.count("worker got TERM"), 0);
    equal(manager.log.count(LEFT), 1);
  },
));

Deno.test(row(
  "kill mode main: a restart starts the next child beside the worker that is left, and forwards only to the new group",
  async (bench) => {
    const { file, manager } = withWorker(bench, "main");
    const worker = await workerOf(manager);
    await manager.ready();
    Deno.writeTextFileSync(file, "second");
    const next = await workerOf(manager, 2);
    equal(isAlive(worker), true);
    await manager.out.wait("ready pid=", { nth: 2 });
    manager.signal("SIGHUP");
    await manager.out.wait("worker got HUP");
    equal(manager.out.count("worker got HUP"), 1);
    equal(processOf(next)?.group, await manager.started(2));
    equal(await manager.stop(), 0);
    equal(manager.log.count(LEFT), 2);
    equal(manager.out.count("worker got TERM"), 0);
  },
));

Deno.test(row(
  "kill mode main: SIGKILL after the timeout ends the main process alone: 137",
  async (bench) => {
    const { manager } = withWorker(bench, "main", {
      main: "echo main got TERM",
      options: ["--stop-timeout=1s"],
    });
    const worker = await workerOf(manager);
    await manager.ready();
    equal(await manager.stop(), 137);
    equal(isAlive(worker), true);
  },
));

Deno.test(row(
  "kill mode main: the main process ends by itself: its code, the worker is left",
  async (bench) => {
    const manager = bench.supervise({
      options: ["--kill-mode=main", "--stop-timeout=1h"],
      child: ["--sibling-ignoring", "TERM", "--exit-after", "200:7"],
    });
    const { text } = await manager.out.wait("sibling pid=");
    equal(await manager.exitCode(), 7);
    equal(isAlive(Number(text.slice("sibling pid=".length))), true);
  },
));

Deno.test(row(
  "kill mode mixed: the stop signal to the main process alone, then SIGKILL at once to what is left",
  async (bench) => {
    const { manager } = withWorker(bench, "mixed");
    const worker = await workerOf(manager);
    await manager.ready();
    equal(await manager.stop(), 0);
    equal(isAlive(worker), false);
    equal(manager.out.count("worker got TERM"), 0);
    equal(manager.log.count(KILLED), 1);
    deepEqual(await manager.survivors(), []);
  },
));

Deno.test(row(
  "kill mode mixed: nothing is started before a restart has ended the worker",
  async (bench) => {
    const { file, manager } = withWorker(bench, "mixed");
    const worker = await workerOf(manager);
    await manager.ready();
    Deno.writeTextFileSync(file, "second");
    await manager.waitForLog(STARTED, { nth: 2 });
    equal(isAlive(worker), false);
    equal(manager.out.count("worker got TERM"), 0);
  },
));

Deno.test(row(
  "kill mode mixed: SIGKILL after the timeout ends main process and worker: 137",
  async (bench) => {
    const { manager } = withWorker(bench, "mixed", {
      main: "echo main got TERM",
      options: ["--stop-timeout=1s"],
    });
    const worker = await workerOf(manager);
    await manager.ready();
    equal(await manager.stop(), 137);
    equal(isAlive(worker), false);
  },
));

Deno.test(row(
  "kill mode group, the default: the stop signal reaches the worker too",
  async (bench) => {
    const { manager } = withWorker(bench, "group", {
      options: ["--stop-timeout=1s"],
    });
    const worker = await workerOf(manager);
    await manager.ready();
    equal(await manager.stop(), 0);
    equal(manager.out.count("worker got TERM"), 1);
    equal(isAlive(worker), false);
  },
));

Deno.test(row(
  "kill mode: a stopped main process hears its stop signal in each",
  async (bench) => {
    for (const mode of ["main", "mixed"]) {
      const manager = await bench.supervise({
        options: [`--kill-mode=${mode}`, "--stop-timeout=1h"],
        child: ["--exit-on", "TERM:4"],
      }).ready({ watches: false });
      const { childPid } = manager;
      Deno.kill(childPid, "SIGSTOP");
      await until(
        "the stopped child",
        () => processOf(childPid)?.state === "T" || undefined,
      );
      equal(await manager.stop(), 4, mode);
    }
  },
));

Deno.test(
  row("kill mode: by its variable; another word is refused", async (bench) => {
    const { manager } = withWorker(bench, "mixed");
    await manager.stopWhenReady();
    const refused = bench.run(["--config=", "--kill-mode=all", "true"]);
    equal(await refused.exitCode(), 2);
    ok(refused.log.count(/--kill-mode.*"all".*group, main, mixed/) === 1);
    const byVariable = bench.run(["check", "--config=", "--", "true"], {
      env: { FLUSH_MANAGER_KILL_MODE: "main" },
    });
    equal(await byVariable.exitCode(), 0);
    equal(
      byVariable.out.count("on stop: SIGTERM to the main process alone"),
      1,
    );
  }),
);
