/** `--before-start` and `--after-exit`: when they run, what they are told, and what their failure and a stop lead to. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { isAlive } from "./processes.ts";
import {
  change,
  gone,
  linesOf,
  POLLS,
  QUICK,
  refuses,
  runsOn,
  script,
} from "./reloads.ts";
import { until } from "./until.ts";

const FAILED = "Cannot start child process: before-start hook failed: ";

/** Waits until the file has a line, and returns it as a process id. */
const pidIn = async (path: string): Promise<number> =>
  Number(await until(`a line in ${path}`, () => linesOf(path)[0]));

const before = (bench: Bench, body: string): string =>
  `--before-start=${script(bench, "before", body)} {config} {run}`;
const after = (bench: Bench, body: string): string =>
  `--after-exit=${script(bench, "after", body)} {config} {run}`;

/** What the hook `after` of `told` has been told, a child a line. */
const TELL =
  'echo "$2 $FLUSH_MANAGER_EXIT_REASON $FLUSH_MANAGER_EXIT_CODE $FLUSH_MANAGER_EXIT_SIGNAL" >> ends';

/** The texts in the order of the log. */
const inOrder = (manager: Manager, ...texts: readonly string[]): string[] =>
  manager.log.entries.flatMap(({ text }) =>
    texts.filter((one) => text.includes(one))
  );

Deno.test(
  row(
    "hook: both run in the child's directory and environment, once for each child",
    async (bench) => {
      bench.mkdir("work");
      const options = [
        QUICK,
        `--workdir=${bench.path("work")}`,
        "--env=GREETING=hello {run}",
        before(
          bench,
          'echo "$2 $FLUSH_MANAGER_REASON $GREETING $(cat "$1")" >> starts',
        ),
        after(bench, `echo "$GREETING" >> greetings; ${TELL}`),
      ];
      const { file, manager } = await bench.onFile({ options });
      change(file, "second");
      await runsOn(manager, "second", 2);
      equal(await manager.stop(), 0);
      deepEqual(linesOf(bench.path("work/starts")), [
        "1 start hello 1 first",
        "2 config hello 2 second",
      ]);
      deepEqual(linesOf(bench.path("work/ends")), [
        "1 reload 143 SIGTERM",
        "2 shutdown 143 SIGTERM",
      ]);
      deepEqual(linesOf(bench.path("work/greetings")), ["hello 1", "hello 2"]);
      const HOOK = "Running before-start hook: ";
      const AFTER = "Running after-exit hook for child process";
      const START = "Starting child process: ";
      const STOPPED = "stopped gracefully";
      deepEqual(inOrder(manager, HOOK, AFTER, START, STOPPED), [
        ...[HOOK, START, STOPPED, AFTER],
        ...[HOOK, START, STOPPED, AFTER],
      ]);
    },
  ),
);

Deno.test(
  row(
    "hook: the end of a child is told by its code, signal and reason",
    async (bench) => {
      for (
        const [child, expected, code] of [
          [["--exit-after", "0:0"], "1 exited 0 ", 0],
          [["--exit-after", "0:7"], "1 crash 7 ", 7],
          [["--die-by", "KILL"], "1 crash 137 SIGKILL", 137],
        ] as const
      ) {
        const workdir = bench.mkdir(`work${code}`);
        const manager = bench.supervise({
          options: [`--workdir=${workdir}`, after(bench, TELL)],
          child,
        });
        equal(await manager.exitCode(), code);
        deepEqual(linesOf(`${workdir}/ends`), [expected]);
      }
    },
  ),
);

Deno.test(
  row(
    "hook: a start that fails ends with 1, and says what was printed",
    async (bench) => {
      const manager = bench.supervise({
        options: [before(bench, "echo no database; exit 4")],
      });
      await refuses(manager, 1, `${FAILED}exit status 4`);
      ok(manager.log.count("Hook output: no database") === 1);
    },
  ),
);

Deno.test(
  row(
    "hook: with --restart a failed start is tried again, and counts",
    async (bench) => {
      const flag = bench.path("up");
      const manager = bench.supervise({
        options: [
          "--restart=on-failure",
          "--backoff=10ms..20ms",
          before(bench, `test -e ${flag}`),
        ],
      });
      await manager.log.wait("Starting child process again in ", { nth: 2 });
      manager.expectStarts(0);
      bench.write("up", "");
      await manager.ready({ watches: false });
      equal(await manager.stop(), 0);
      const bounded = bench.supervise({
        options: [
          "--restart=on-failure",
          "--backoff=10ms..20ms",
          "--max-restarts=2/1m",
          `--before-start=${bench.path("before")}-none`,
        ],
      });
      await refuses(bounded, 1, FAILED);
      equal(bounded.log.count("Starting child process again in "), 2);
      equal(bounded.log.count("Cannot restart child process again"), 1);
    },
  ),
);

Deno.test(
  row(
    "hook: one that takes too long is ended with all of its group",
    async (bench) => {
      const body = `sleep 300 & echo $! > ${bench.path("pid")}; wait`;
      const manager = bench.supervise({
        options: ["--before-start-timeout=3s", before(bench, body)],
      });
      await refuses(manager, 1, `${FAILED}not done within 3s`);
      ok(!isAlive(await pidIn(bench.path("pid"))));
    },
  ),
);

Deno.test(
  row(
    "hook: a stop during a before-start ends its group, and nothing is started",
    async (bench) => {
      const ended = bench.path("ended");
      const manager = bench.supervise({
        options: [
          before(
            bench,
            `sleep 300 & echo $! > ${bench.path("pid")}
          trap 'echo TERM > ${ended}; exit 1' TERM
          wait`,
          ),
        ],
      });
      const pid = await pidIn(bench.path("pid"));
      await until("the trap", () => isTrapped(pid) || undefined);
      equal(await manager.stop(), 0);
      manager.expectStarts(0);
      deepEqual(linesOf(ended), ["TERM"]);
      await gone(pid);
    },
  ),
);

/** Whether the shell above this process catches SIGTERM by now. */
function isTrapped(pid: number): boolean {
  const parent = /^PPid:\s*(\d+)/m.exec(
    Deno.readTextFileSync(`/proc/${pid}/status`),
  )?.[1];
  const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(
    Deno.readTextFileSync(`/proc/${parent}/status`),
  )?.[1];
  return (BigInt(`0x${caught}`) & (1n << 14n)) !== 0n;
}

Deno.test(
  row(
    "hook: a reload whose before-start fails goes back to the last good content",
    async (bench) => {
      const options = [
        QUICK,
        `--snapshot-dir=${bench.path("copies")}`,
        "--ready=log:ready pid",
        before(bench, '! grep -q bad "$1"'),
      ];
      const { file, manager } = await bench.onFile({ options });
      await manager.log.wait("is ready after");
      change(file, "bad");
      await manager.log.wait("Child process restarted on the last good");
      manager.expectStarts(2);
      equal(manager.log.count(`${FAILED}exit status 1`), 1);
      equal(manager.log.count("Rolling back"), 1);
      change(file, "third");
      await manager.log.wait("restarted successfully after config change");
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "hook: in an overlap the old child runs during the before-start, and stays when that fails",
    async (bench) => {
      const gate = bench.path("gate");
      const options = [
        QUICK,
        POLLS,
        "--strategy=overlap",
        "--ready=log:ready pid",
        "--retry-rejected=never",
        before(
          bench,
          `grep -q second "$1" || exit 0
        echo "$$" > ${gate}.there
        while ! test -e ${gate}; do sleep 0.02; done
        exit "$(cat ${gate})"`,
        ),
        after(bench, TELL),
        `--workdir=${bench.directory}`,
      ];
      const { file, manager } = await bench.onFile({ options });
      const old = manager.childPid;
      change(file, "second");
      await pidIn(`${gate}.there`);
      ok(isAlive(old));
      Deno.removeSync(`${gate}.there`);
      bench.write("gate", "5");
      await manager.log.wait(
        "New configuration rejected: before-start hook failed: exit status 5",
      );
      ok(isAlive(old));
      manager.expectStarts(1);
      Deno.removeSync(gate);
      change(file, "second again");
      await pidIn(`${gate}.there`);
      Deno.writeTextFileSync(`${gate}.next`, "0\n");
      Deno.renameSync(`${gate}.next`, gate);
      await runsOn(manager, "second again", 2);
      await gone(old);
      await until(
        "the hook of the old child",
        () => linesOf(bench.path("ends"))[0],
      );
      equal(await manager.stop(), 0);
      deepEqual(linesOf(bench.path("ends")), [
        "1 reload 143 SIGTERM",
        "2 shutdown 143 SIGTERM",
      ]);
    },
  ),
);

Deno.test(
  row("hook: an after-exit never keeps a stop", async (bench) => {
    const body = `sleep 300 & echo $! > ${bench.path("pid")}; wait`;
    const manager = bench.supervise({
      options: [
        "--stop-timeout=4s",
        "--after-exit-timeout=1m",
        after(bench, body),
      ],
    });
    await manager.ready({ watches: false });
    equal(await manager.stop(), 0);
    equal(manager.log.count("After-exit hook was killed"), 1);
    await gone(await pidIn(bench.path("pid")));
  }),
);

Deno.test(
  row(
    "hook: no time of the stop is left for an after-exit behind a child that had to be killed",
    async (bench) => {
      const manager = bench.supervise({
        options: ["--stop-timeout=100ms", after(bench, "exit 0")],
        child: ["--ignore", "TERM"],
      });
      await manager.ready({ watches: false });
      equal(await manager.stop(), 137);
      equal(manager.log.count("is not run: no time of the stop is left"), 1);
    },
  ),
);

Deno.test(
  row("hook: the failure of an after-exit is a line only", async (bench) => {
    const manager = bench.supervise({
      options: [after(bench, "echo sorry; exit 9")],
      child: ["--exit-after", "0:3"],
    });
    equal(await manager.exitCode(), 3);
    equal(manager.log.count("After-exit hook failed: exit status 9"), 1);
    equal(manager.log.count("Hook output: sorry"), 1);
  }),
);
