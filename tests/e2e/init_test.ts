/**
 * Orphans and the C library, as PID 1 of a PID namespace (conformance B3, B4,
 * B19). The same in a container is in tests/container.
 */
import { equal, ok } from "node:assert/strict";
import { HANG_MS } from "../fixtures/limits.ts";
import { type Bench, needing, row } from "./bench.ts";
import { BY_EVENT_MS, type Manager, STARTED } from "./harness.ts";
import {
  INIT,
  INIT_WITH_LIBC_ELSEWHERE,
  INIT_WITHOUT_LIBC,
  libcAside,
  superviseAsInit,
} from "./init.ts";
import { catches, childCountOf, childrenOf } from "./processes.ts";
import { script } from "./reloads.ts";
import { pause, until } from "./until.ts";

const ORPHANS = 100;

/** Leaves orphans by a double fork; they end when they are killed. */
const LEAVE_ORPHANS: readonly string[] = [
  "--own-group",
  "--orphans",
  `${ORPHANS}:3600000`,
  "--exit-on",
  "USR1:7",
];

const NO_LIBC = "Cannot load libc";

/** Leaves members of the child's group that end when they are told. */
const siblings = (count: number): string[] =>
  Array.from({ length: count }, () => ["--sibling-ignoring", "HUP"]).flat();

/** All orphans are below the manager, and end: some at a time, over three seconds. */
async function endOrphans(manager: Manager): Promise<void> {
  // They hear no signal, which tells them from the managed child.
  const orphans = await until("the orphans below PID 1", () => {
    const found = childrenOf(manager.pid)
      .filter(({ pid }) => !catches(pid, "SIGUSR1"));
    return found.length === ORPHANS ? found : undefined;
  });
  for (const [index, { pid }] of orphans.entries()) {
    Deno.kill(pid, "SIGKILL");
    if (index % 5 === 0) await pause(150);
  }
}

/** All orphans were there, and then only the managed child is. */
async function allReaped(manager: Manager): Promise<void> {
  await endOrphans(manager);
  const [child] = await until("the end of all orphans", () => {
    const left = childrenOf(manager.pid);
    return left.length === 1 ? left : undefined;
  });
  ok(child.state !== "Z", `the child's state is ${child.state}`);
}

/** A signal, a restart and the exit code: all that does not need reaping. */
async function worksOtherwise(
  manager: Manager,
  file: string,
): Promise<void> {
  await manager.restartByEvent(
    () => Deno.writeTextFileSync(file, "second"),
    "second",
  );
  await manager.out.wait("ready pid=", { nth: 2 });
  manager.signal("SIGUSR1");
  await manager.out.wait("got SIGUSR1");
  equal(await manager.exitCode(), 7);
}

async function withOrphans(
  bench: Bench,
  world = INIT,
  env: Record<string, string> = {},
): Promise<{ manager: Manager; file: string }> {
  const file = bench.write("app.conf", "first");
  const child = LEAVE_ORPHANS;
  const supervision = { config: [file], child, env };
  const manager = await superviseAsInit(bench, supervision, world);
  await manager.ready();
  await manager.out.wait("orphans: 100");
  return { manager, file };
}

Deno.test(
  row(
    "B3: as PID 1, 100 orphans of double forks are all reaped [F]",
    needing(
      INIT,
      async (bench) => {
        const { manager, file } = await withOrphans(bench);
        await allReaped(manager);
        await worksOtherwise(manager, file);
      },
    ),
  ),
);

Deno.test(
  row(
    "B3, control: with reaping off, the same orphans stay as zombies",
    needing(
      INIT_WITHOUT_LIBC,
      async (bench) => {
        const { manager } = await withOrphans(
          bench,
          INIT_WITHOUT_LIBC,
          libcAside(bench),
        );
        await endOrphans(manager);
        await until("100 zombies", () => {
          const left = childrenOf(manager.pid);
          const zombies = left.filter(({ state }) => state === "Z").length;
          return zombies === ORPHANS || undefined;
        });
        await manager.nothingHappens(BY_EVENT_MS);
        equal(childCountOf(manager.pid), ORPHANS + 1);
      },
    ),
  ),
);

Deno.test(
  row("B3: with --subreaper, orphans are reaped though it is not PID 1", async (
    bench,
  ) => {
    const manager = await bench.supervise({
      options: ["--subreaper"],
      child: LEAVE_ORPHANS,
    }).ready({ watches: false });
    await allReaped(manager);
    manager.signal("SIGUSR1");
    equal(await manager.exitCode(), 7);
  }),
);

Deno.test(
  row(
    "B3: children that its process had before it became the manager are reaped",
    async (
      bench,
    ) => {
      const go = bench.path("go");
      const helper = `while [ ! -e ${go} ]; do sleep 0.05; done`;
      const manager = await bench.supervise({
        options: ["--poll-interval=1h"],
        through: [
          "sh",
          "-c",
          `for i in 1 2 3 4 5 6 7 8 9; do (${helper}) & done; exec "$@"`,
          "sh",
        ],
      }).ready({ watches: false });
      equal(childCountOf(manager.pid), 10);
      bench.write("go", "");
      await until(
        "the end of all that were there before",
        () => childCountOf(manager.pid) === 1 || undefined,
      );
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "B3: a child of before that had ended already is reaped",
    async (bench) => {
      const manager = await bench.supervise({
        options: ["--poll-interval=1h"],
        through: ["sh", "-c", 'true & exec "$@"', "sh"],
      }).ready({ watches: false });
      await until(
        "nobody but the child",
        () => childCountOf(manager.pid) === 1 || undefined,
      );
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "B3: a subreaper that became the manager: orphans are reaped, and a stop is prompt",
    async (bench) => {
      const manager = await bench.supervise({
        options: ["--stop-timeout=1h"],
        through: [bench.child, "--subreaper", "--exec"],
        child: [
          // In the child's own group, where a zombie would hold a stop up.
          "--orphans",
          `${ORPHANS}:100-1000`,
          "--exit-on",
          "TERM:0",
        ],
      }).ready({ watches: false });
      await manager.out.wait(`orphans: ${ORPHANS}`);
      await until(
        "the end of all orphans",
        () => childCountOf(manager.pid) === 1 || undefined,
      );
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "B3: as PID 1, a probe that ends with the child hides none of its group",
    needing(INIT, async (bench) => {
      const manager = await superviseAsInit(bench, {
        options: [
          // Asked before the start it says no; with the child it hangs.
          `--ready=exec:${
            script(
              bench,
              "probe",
              `test -e ${bench.path("asked")}.$1 && exec sleep 1000
               touch ${bench.path("asked")}.$1; exit 1`,
            )
          } {run}`,
          "--restart=always",
          "--backoff=1ms..1ms",
          "--poll-interval=1h",
          // A member that was overlooked would be waited for.
          "--stop-timeout=1h",
        ],
        child: [...siblings(8), "--exit-after", "50:1"],
      });
      await manager.waitForLog(STARTED, { nth: 60 });
      equal(manager.log.count("sending SIGKILL"), 0);
    }),
  ),
);

Deno.test(
  row(
    "B19: libc not loadable: says once what is degraded, all else works [F]",
    needing(
      INIT_WITHOUT_LIBC,
      async (bench) => {
        const { manager, file } = await withOrphans(
          bench,
          INIT_WITHOUT_LIBC,
          libcAside(bench),
        );
        await worksOtherwise(manager, file);
        equal(manager.log.count(NO_LIBC), 1);
        equal(manager.log.count("orphans are not reaped"), 1);
      },
    ),
  ),
);

Deno.test(
  row(
    "B19: libc at another distribution's path: nothing is degraded [F]",
    needing(
      INIT_WITH_LIBC_ELSEWHERE,
      async (bench) => {
        const { manager, file } = await withOrphans(
          bench,
          INIT_WITH_LIBC_ELSEWHERE,
          libcAside(bench),
        );
        equal(manager.log.count(NO_LIBC), 0);
        await allReaped(manager);
        await worksOtherwise(manager, file);
      },
    ),
  ),
);

const CROWD = 10_000;
/** Ten thousand processes take a slow machine a while. */
const CROWD_DEADLINE_MS = 5 * HANG_MS;

Deno.test(row(
  "B4: as PID 1, 10,000 orphans end: no zombie, and the child's code is kept",
  needing(INIT, async (bench) => {
    const manager = await superviseAsInit(bench, {
      child: [
        "--own-group",
        "--orphans",
        `${CROWD}:2000-3000`,
        "--exit-on",
        "USR1:7",
      ],
    });
    await manager.out.wait(`orphans: ${CROWD}`, {
      deadlineMs: CROWD_DEADLINE_MS,
    });
    await until(
      "the end of all orphans",
      () => childCountOf(manager.pid) === 1 || undefined,
      CROWD_DEADLINE_MS,
    );
    manager.signal("SIGUSR1");
    equal(await manager.exitCode(), 7);
  }),
));

Deno.test(row(
  "B4: as PID 1, the child exits 7 while 10,000 orphans end: exit 7",
  needing(INIT, async (bench) => {
    const manager = await superviseAsInit(bench, {
      child: [
        "--own-group",
        "--orphans",
        `${CROWD}:1500-3000`,
        "--exit-after",
        "1500:7",
      ],
    });
    equal(await manager.exitCode(CROWD_DEADLINE_MS), 7);
    equal(manager.log.count(/ERROR: .*exit status 7/), 1);
  }),
));
