/** `--wait-for` before every start: waiting is no crash, and a healthy child is not stopped for one that cannot work. */
import { equal, match, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { isAlive } from "./processes.ts";
import {
  change,
  NO_CHANGE_MS,
  POLLS,
  QUICK,
  runsOn,
  script,
  start,
  verified,
} from "./reloads.ts";

const WAITING = "Waiting for dependencies: ";
const AVAILABLE = "All dependencies are available";

/** A child that works as long as its database is there, and ends with 1 without it. */
const DEPENDENT = `
echo "config: $(cat "$1")"
echo "ready pid=$$"
while [ -e "$2" ]; do sleep 0.05; done
exit 1`;

/** A manager on "first", whose dependency is the file that is returned with it. */
async function dependent(bench: Bench, ...options: readonly string[]) {
  const file = bench.write("app.conf", "first");
  const database = bench.write("database", "");
  const manager = bench.run([
    `--config=${file}`,
    `--wait-for=file:${database}`,
    QUICK,
    POLLS,
    ...options,
    "--",
    script(bench, "program", DEPENDENT),
    file,
    database,
  ]);
  await manager.ready();
  return { file, database, manager };
}

const away = (path: string) => Deno.renameSync(path, `${path}.away`);
const back = (path: string) => Deno.renameSync(`${path}.away`, path);

/** A manager on "first" whose child needs nothing, and whose dependency is away by now. */
async function independent(bench: Bench, ...options: readonly string[]) {
  const file = bench.write("app.conf", "first");
  const database = bench.write("database", "");
  const manager: Manager = bench.supervise({
    config: [file],
    options: [`--wait-for=file:${database}`, QUICK, POLLS, ...options],
  });
  await manager.ready();
  away(database);
  return { file, database, manager };
}

Deno.test(
  row(
    "8 wait: an outage costs one restart, however long it is",
    async (bench) => {
      const { database, manager } = await dependent(
        bench,
        "--restart=on-failure",
        "--backoff=10ms..20ms",
        "--max-restarts=2/10m",
      );
      for (const nth of [1, 2]) {
        away(database);
        await manager.log.wait(`${WAITING}file:${database} (does not exist)`, {
          nth,
        });
        await manager.nothingHappens(NO_CHANGE_MS);
        manager.expectStarts(nth);
        back(database);
        await start(manager, nth + 1);
        await manager.log.wait(AVAILABLE, { nth: nth + 1 });
        await manager.out.wait("ready pid=", { nth: nth + 1 });
      }
      away(database);
      equal(await manager.exitCode(), 1);
      await manager.log.wait("it has used up 2 restarts in 10m0s");
    },
  ),
);

Deno.test(
  row(
    "8 wait: one that is too long before a later start ends with 1, and names what is missing",
    async (bench) => {
      const { database, manager } = await dependent(
        bench,
        "--restart=always",
        "--backoff=10ms..20ms",
        "--wait-timeout=2s",
      );
      away(database);
      equal(await manager.exitCode(), 1);
      manager.expectStarts(1);
      const { text } = await manager.log.wait("Cannot start child process: ");
      ok(
        text.endsWith(
          `dependencies are missing after 2s: file:${database} (does not exist)`,
        ),
        text,
      );
    },
  ),
);

Deno.test(
  row("8 wait: TERM during a later one ends with 0", async (bench) => {
    const { database, manager } = await dependent(
      bench,
      "--restart=always",
      "--backoff=10ms..20ms",
    );
    away(database);
    await manager.log.wait(WAITING);
    manager.signal("SIGTERM");
    equal(await manager.exitCode(), 0);
    manager.expectStarts(1);
  }),
);

Deno.test(
  row(
    "8 wait: new content waits while the old child runs, and is used when all is there",
    async (bench) => {
      const { file, database, manager } = await independent(bench);
      change(file, "second");
      await manager.log.wait(`${WAITING}file:${database} (does not exist)`);
      await manager.nothingHappens(NO_CHANGE_MS);
      equal(manager.log.count("Stopping child process"), 0);
      ok(isAlive(manager.childPid));
      back(database);
      await runsOn(manager, "second", 2);
      equal(manager.log.count(AVAILABLE), 2);
    },
  ),
);

Deno.test(
  row(
    "8 wait: new content that waits too long is rejected and tried again, and the child runs on",
    async (bench) => {
      const { file, database, manager } = await independent(
        bench,
        "--wait-timeout=1s",
        "--retry-rejected=300ms..300ms",
      );
      change(file, "second");
      const { text } = await manager.log.wait("New configuration rejected: ");
      match(
        text,
        /: dependencies are missing after 1s: file:\S+ \(does not exist\); the child keeps its last configuration; the new one is tried again in 300ms unless it changes$/,
      );
      manager.expectStarts(1);
      back(database);
      await manager.log.wait("Trying the rejected configuration again");
      await runsOn(manager, "second", 2);
    },
  ),
);

Deno.test(
  row(
    "8 wait: content that goes back meanwhile leaves nothing to do",
    async (bench) => {
      const { file, database, manager } = await independent(bench);
      await verified(manager, file);
      change(file, "second");
      await manager.log.wait(WAITING);
      change(file, "first");
      await manager.log.wait("running child's again, nothing to do");
      back(database);
      await manager.nothingHappens(NO_CHANGE_MS);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row("8 wait: the next child of an overlap waits too", async (bench) => {
    const { file, database, manager } = await independent(
      bench,
      "--strategy=overlap",
      "--ready=log:^ready pid=",
    );
    const old = manager.childPid;
    change(file, "second");
    await manager.log.wait(WAITING);
    await manager.nothingHappens(NO_CHANGE_MS);
    manager.expectStarts(1);
    back(database);
    await runsOn(manager, "second", 2);
    await manager.log.wait(`Stopping child process (PID: ${old})`);
  }),
);

Deno.test(
  row(
    "8 wait: with --wait-for-scope first a later start waits for nothing",
    async (bench) => {
      const { file, manager } = await independent(
        bench,
        "--wait-for-scope=first",
      );
      change(file, "second");
      await runsOn(manager, "second", 2);
      equal(manager.log.count(AVAILABLE), 1);
    },
  ),
);

Deno.test(
  row("8 wait: an action that starts nothing does not wait", async (bench) => {
    const { file, manager } = await independent(bench, "--on-change=none");
    change(file, "second");
    await manager.log.wait("nothing else to do as asked");
    equal(manager.log.count(WAITING), 0);
  }),
);
