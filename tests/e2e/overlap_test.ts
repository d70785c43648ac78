/** `--strategy overlap`: the next child is ready before the old one is stopped. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Bench, row, Stalled } from "./bench.ts";
import { type Manager, STARTED } from "./harness.ts";
import { ChildCount, isAlive } from "./processes.ts";
import {
  change,
  gone,
  linesOf,
  loggedAtMs,
  loggedBeforeMs,
  NO_CHANGE_MS,
  POLLS,
  QUICK,
  records,
  script,
  sha256,
  start,
  startTimes,
  verified,
} from "./reloads.ts";
import { until } from "./until.ts";

/**
 * A child that notes its life: "+PID" when it has its traps, "-PID" when TERM has
 * ended it, which it puts off as long as the file `linger` is there. `up` has
 * the time in milliseconds right before the youngest said that it is up. What its
 * content asks for: "mute" is never ready, "crash" ends at once, "wait" is ready
 * when the file `go` is there.
 */
const program = (bench: Bench) =>
  script(
    bench,
    "program",
    `content=$(cat "$1"); life=${bench.path("life")}
     linger() { while [ -e ${bench.path("linger")} ]; do sleep 0.02; done; }
     trap 'linger; echo "-$$" >> $life; exit 0' TERM
     trap 'echo "got HUP $$"' HUP
     up() { date +%s%3N > ${bench.path("up")}; echo "up $$"; }
     echo "+$$" >> $life; echo "config: $content"
     case $content in
       mute) ;;
       crash) exit 6 ;;
       wait) while [ ! -e ${bench.path("go")} ]; do sleep 0.02; done; up ;;
       *) up ;;
     esac
     while :; do sleep 0.02; done`,
  );

interface Both {
  file: string;
  manager: Manager;
  life: () => string[];
}

async function overlapping(
  bench: Bench,
  ...options: readonly string[]
): Promise<Both> {
  const file = bench.write("app.conf", "first");
  const manager = bench.run([
    `--config=${file}`,
    "--strategy=overlap",
    "--ready=log:^up",
    QUICK,
    POLLS,
    ...options,
    "--",
    program(bench),
    file,
  ]);
  await manager.log.wait("Started polling");
  await manager.log.wait("is ready after");
  const life = () => linesOf(bench.path("life"));
  return { file, manager, life };
}

/** The children's numbers, in the order of their starts. */
const pids = (manager: Manager) =>
  manager.log.matches(STARTED)
    .map(({ text }) => Number(/PID: (\d+)/.exec(text)?.[1]));

/** Waits until the child of that number (from 0) is there. */
async function nthPid(manager: Manager, nth: number): Promise<number> {
  await start(manager, nth + 1);
  return pids(manager)[nth];
}

/** Where the first line with this text is; there must be one. */
function at(manager: Manager, text: string): number {
  const index = manager.log.entries.findIndex((line) =>
    line.text.includes(text)
  );
  ok(index >= 0, `There is no "${text}"`);
  return index;
}

/**
 * The next child is ready. On a machine that stands still one may not be in time:
 * it has not said that it is up until then, or only just.
 */
async function notReadyIsStalled(manager: Manager, nth: number): Promise<void> {
  const { text, atMs } = await manager.log.wait(
    /is ready after|Cannot replace child process/,
    { nth: nth + 1 },
  );
  if (!text.includes("Cannot replace")) return;
  const [up] = manager.out.matches(
    new RegExp(`^up ${pids(manager)[nth]}$`),
  );
  ok(up === undefined || atMs - up.atMs < 1_000, text);
  throw new Stalled("The next child was not up in time");
}

const KEEPS =
  "; it keeps running on its last configuration; the new one is tried again in ";

Deno.test(
  row("5 overlap: the new child is ready before the old one is stopped", async (
    bench,
  ) => {
    const { file, manager, life } = await overlapping(bench);
    const [old] = pids(manager);
    change(file, "second");
    await manager.log.wait(`Child process (PID: ${old}) stopped gracefully`);
    const [, fresh] = pids(manager);
    deepEqual(life(), [`+${old}`, `+${fresh}`, `-${old}`]);
    const order = [
      `Starting the next child process beside the running one (PID: ${old})`,
      `${STARTED}${fresh}`,
      `Child process (PID: ${fresh}) is ready after`,
      "Child process restarted successfully after config change",
      `Stopping child process (PID: ${old})`,
      `Child process (PID: ${old}) stopped gracefully`,
    ].map((text) => at(manager, text));
    deepEqual(order, order.toSorted((a, b) => a - b));
    await manager.nothingHappens(NO_CHANGE_MS);
    equal(await manager.stop(), 0);
    deepEqual(await manager.survivors(), []);
  }),
);

Deno.test(
  row("5 overlap: there are never more than two children", async (bench) => {
    const { file, manager } = await overlapping(bench, "--stop-timeout=1h");
    const count = new ChildCount(manager.pid);
    {
      await using _ = count;
      for (let reload = 1; reload <= 4; reload++) {
        bench.write("linger", "");
        change(file, `content ${reload}`);
        await nthPid(manager, reload);
        await manager.log.wait("Stopping child process", { nth: reload });
        await until("both", () => count.most >= 2);
        Deno.removeSync(bench.path("linger"));
        await manager.log.wait("stopped gracefully", { nth: reload });
      }
    }
    equal(count.most, 2);
  }),
);

Deno.test(
  row(
    "5 overlap: a new child that is never ready is stopped, the old one unharmed and its content not retried",
    async (bench) => {
      const { file, manager, life } = await overlapping(
        bench,
        "--ready-timeout=2s",
        "--log-format=json",
      );
      const [old] = pids(manager);
      change(file, "mute");
      const fresh = await nthPid(manager, 1);
      await manager.log.wait(
        `Child process (PID: ${fresh}) is not ready after 2s`,
      );
      const hadMs = loggedAtMs(manager, "is not ready after 2s") -
        loggedBeforeMs(manager, `${STARTED}${fresh}`);
      ok(hadMs >= 1_990, `It had ${hadMs} ms`);
      await manager.log.wait(
        `Cannot replace child process (PID: ${old}): the next one is not ready${KEEPS}`,
      );
      if (!life().includes(`+${fresh}`)) {
        throw new Stalled("The new child was not up when it was stopped");
      }
      await gone(fresh);
      await manager.log.wait(
        `Child process (PID: ${fresh}) stopped gracefully`,
      );
      await manager.nothingHappens(NO_CHANGE_MS);
      deepEqual(life(), [`+${old}`, `+${fresh}`, `-${fresh}`]);
      change(file, "second");
      await notReadyIsStalled(manager, 2);
      await manager.log.wait(`Child process (PID: ${old}) stopped gracefully`);
      equal(manager.starts, 3);
    },
  ),
);

Deno.test(
  row("5 overlap: a new child that crashes leaves the old one unharmed", async (
    bench,
  ) => {
    const { file, manager, life } = await overlapping(bench);
    await verified(manager, file);
    const [old] = pids(manager);
    change(file, "crash");
    const fresh = await nthPid(manager, 1);
    await manager.log.wait(
      `Cannot replace child process (PID: ${old}): the next one ended${KEEPS}`,
    );
    await manager.log.wait("Child process exited with error: exit status 6");
    deepEqual(life(), [`+${old}`, `+${fresh}`]);
    ok(isAlive(old));
    change(file, "first");
    await manager.log.wait("File content is the running child's again");
    change(file, "crash");
    await manager.log.wait("the next one ended", { nth: 2 });
    ok(isAlive(old));
    equal(await manager.stop(), 0);
  }),
);

Deno.test(
  row(
    "5 overlap: a program that is not there any more leaves the old child unharmed",
    async (bench) => {
      const { file, manager } = await overlapping(bench);
      const [old] = pids(manager);
      Deno.removeSync(bench.path("program"));
      change(file, "second");
      await manager.log.wait(
        new RegExp(
          `ERROR: .*Cannot replace child process \\(PID: ${old}\\): .*${KEEPS}30s unless it changes$`,
        ),
      );
      await manager.nothingHappens(NO_CHANGE_MS);
      ok(isAlive(old));
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "5 overlap: the old child crashes meanwhile: the new one has its place",
    async (
      bench,
    ) => {
      const { file, manager } = await overlapping(bench);
      const [old] = pids(manager);
      change(file, "wait");
      const fresh = await nthPid(manager, 1);
      Deno.kill(old, "SIGKILL");
      await manager.log.wait(
        `Child process (PID: ${old}) ended by itself before the next one was ready`,
      );
      ok(isAlive(fresh));
      bench.write("go", "");
      await manager.log.wait(`Child process (PID: ${fresh}) is ready after`);
      // It has the place: its end is ours.
      Deno.kill(fresh, "SIGKILL");
      equal(await manager.exitCode(), 137);
      manager.expectStarts(2);
    },
  ),
);

Deno.test(
  row(
    "5 overlap: the old child crashes meanwhile and the new one is never ready",
    async (
      bench,
    ) => {
      const { file, manager } = await overlapping(
        bench,
        "--ready-timeout=4s",
        "--log-format=json",
      );
      const [old] = pids(manager);
      change(file, "mute");
      const fresh = await nthPid(manager, 1);
      Deno.kill(old, "SIGKILL");
      const killedMs = Date.now();
      const { text } = await manager.log.wait(
        /ended by itself before the next one was ready|is not ready after/,
      );
      if (text.includes("is not ready after")) {
        const lateMs = killedMs - startTimes(manager)[1];
        ok(lateMs > 3_000, text);
        throw new Stalled("The old child was ended too late");
      }
      await manager.log.wait(
        `Child process (PID: ${fresh}) is not ready after 4s`,
      );
      // There is none better.
      ok(isAlive(fresh));
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(row("5 overlap: TERM during it ends both", async (bench) => {
  const { file, manager, life } = await overlapping(bench);
  const [old] = pids(manager);
  change(file, "mute");
  const fresh = await nthPid(manager, 1);
  // It has its traps by then.
  await until("its note", () => life().includes(`+${fresh}`) || undefined);
  equal(await manager.stop(), 0);
  deepEqual(await manager.survivors(), []);
  ok(life().includes(`-${old}`), life().join());
  ok(life().includes(`-${fresh}`), life().join());
  equal(manager.log.count("Manager shutdown complete"), 1);
}));

Deno.test(
  row(
    "5 overlap: TERM while the old one retires ends both, a second one at once",
    async (
      bench,
    ) => {
      const { file, manager } = await overlapping(bench, "--stop-timeout=1h");
      const [old] = pids(manager);
      bench.write("linger", "");
      change(file, "second");
      await manager.log.wait(`Stopping child process (PID: ${old})`);
      const fresh = await nthPid(manager, 1);
      manager.signal("SIGTERM");
      await manager.log.wait("Received signal: SIGTERM, shutting down");
      manager.signal("SIGTERM");
      // Both had to be killed.
      equal(await manager.exitCode(), 137);
      ok(!isAlive(old) && !isAlive(fresh));
      deepEqual(await manager.survivors(), []);
    },
  ),
);

Deno.test(
  row(
    "5 overlap: other signals reach both, the new one when it is ready",
    async (
      bench,
    ) => {
      const { file, manager } = await overlapping(bench);
      const [old] = pids(manager);
      change(file, "wait");
      const fresh = await nthPid(manager, 1);
      await manager.out.wait("config: wait");
      manager.signal("SIGHUP");
      await manager.out.wait(`got HUP ${old}`);
      equal(manager.out.count(`got HUP ${fresh}`), 0);
      bench.write("go", "");
      await manager.out.wait(`got HUP ${fresh}`);
      await manager.log.wait(`Child process (PID: ${old}) stopped gracefully`);
    },
  ),
);

Deno.test(
  row("5 overlap: a change while the old one retires waits for its end", async (
    bench,
  ) => {
    const { file, manager } = await overlapping(bench, "--stop-timeout=1h");
    const [old] = pids(manager);
    bench.write("linger", "");
    change(file, "second");
    await manager.log.wait(`Stopping child process (PID: ${old})`);
    change(file, "third");
    await manager.log.wait(
      `Config file change waits for the end of the old child process (PID: ${old})`,
    );
    Deno.removeSync(bench.path("linger"));
    const fresh = await nthPid(manager, 2);
    ok(
      at(manager, `Child process (PID: ${old}) stopped gracefully`) <
        at(manager, `${STARTED}${fresh}`),
    );
    await manager.out.wait("config: third");
  }),
);

Deno.test(
  row(
    "5 overlap: a change while the new one warms up is taken after it",
    async (
      bench,
    ) => {
      const { file, manager } = await overlapping(bench);
      change(file, "wait");
      await nthPid(manager, 1);
      // It has read its content by then, which is not the next one.
      await manager.out.wait("config: wait");
      change(file, "third");
      await manager.nothingHappens(NO_CHANGE_MS);
      bench.write("go", "");
      await nthPid(manager, 2);
      await manager.out.wait("config: third");
      await manager.log.wait("stopped gracefully", { nth: 2 });
      manager.expectStarts(3);
    },
  ),
);

Deno.test(
  row(
    "5 overlap: --drain-delay keeps the old one for that long after the new one is ready",
    async (bench) => {
      const { file, manager, life } = await overlapping(
        bench,
        "--drain-delay=700ms",
        "--log-format=json",
      );
      const [old] = pids(manager);
      change(file, "second");
      const draining =
        `Draining child process (PID: ${old}) for 700ms before it is stopped`;
      const stopping = `Stopping child process (PID: ${old})`;
      const stopped = `Child process (PID: ${old}) stopped gracefully`;
      await manager.log.wait(stopped);
      const [, fresh] = pids(manager);
      // It is there until it is stopped, and that is not before the time is over.
      deepEqual(life(), [`+${old}`, `+${fresh}`, `-${old}`]);
      const order = [
        `Child process (PID: ${fresh}) is ready after`,
        draining,
        stopping,
        stopped,
      ].map((text) => at(manager, text));
      deepEqual(order, order.toSorted((a, b) => a - b));
      // Held against the child's own clock: the manager may pause between the
      // moment from which it counts and its line.
      const upMs = Number(Deno.readTextFileSync(bench.path("up")));
      const tookMs = loggedAtMs(manager, stopping) - upMs;
      ok(tookMs >= 699, `${tookMs}`);
    },
  ),
);

Deno.test(
  row(
    "5 overlap: the old child crashes during --drain-delay: the new one has its place",
    async (bench) => {
      const { file, manager } = await overlapping(bench, "--drain-delay=1h");
      const [old] = pids(manager);
      change(file, "second");
      await manager.log.wait("Draining child process");
      const [, fresh] = pids(manager);
      Deno.kill(old, "SIGKILL");
      await gone(old);
      await manager.log.wait("Child process exited with error: signal: killed");
      await manager.nothingHappens(300);
      ok(isAlive(fresh));
      change(file, "third");
      await manager.out.wait("config: third");
    },
  ),
);

Deno.test(
  row(
    "5 overlap: with copies, the old child's content stays current unless the new one is ready",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const directory = bench.path("copies");
      const manager = bench.run([
        `--config=${file}`,
        `--snapshot-dir=${directory}`,
        "--strategy=overlap",
        "--ready=log:^up",
        "--ready-timeout=2s",
        QUICK,
        "--",
        program(bench),
        "{config}",
      ]);
      await manager.log.wait("Started polling");
      await manager.log.wait("is ready after");
      const current = () =>
        Deno.readTextFileSync(`${directory}/current/app.conf`);
      change(file, "mute");
      await manager.log.wait("Cannot replace child process");
      await until("the old content", () => current() === "first" || undefined);
      change(file, "second");
      await notReadyIsStalled(manager, 2);
      equal(current(), "second");
    },
  ),
);

Deno.test(
  row(
    "5 overlap: with copies, a crash after it failed starts on the old content",
    async (
      bench,
    ) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        `--snapshot-dir=${bench.path("copies")}`,
        "--strategy=overlap",
        "--ready=log:^up",
        "--restart=always",
        "--backoff=10ms..20ms",
        QUICK,
        POLLS,
        "--",
        program(bench),
        "{config}",
      ]);
      await manager.log.wait("Started polling");
      await manager.log.wait("is ready after");
      const [old] = pids(manager);
      change(file, "crash");
      await manager.log.wait("Cannot replace child process");
      Deno.kill(old, "SIGKILL");
      await nthPid(manager, 2);
      await manager.out.wait("config: first", { nth: 2 });
      await manager.nothingHappens(NO_CHANGE_MS);
      equal(manager.out.count("config: crash"), 1);
    },
  ),
);

Deno.test(row("5 overlap: the new child is told why it runs", async (bench) => {
  const file = bench.write("app.conf", "first");
  const manager = bench.supervise({
    config: [file],
    options: ["--strategy=overlap", "--ready=log:ready", QUICK],
    child: [
      "--env",
      "FLUSH_MANAGER_REASON",
      "--env",
      "FLUSH_MANAGER_PREVIOUS_SHA256",
    ],
  });
  await manager.ready();
  await manager.log.wait("is ready after");
  change(file, "second");
  await manager.out.wait("env: FLUSH_MANAGER_REASON=config");
  await manager.out.wait(
    `env: FLUSH_MANAGER_PREVIOUS_SHA256=${await sha256("first")}`,
  );
}));

Deno.test(row("5 overlap: its lines in a JSON log", async (bench) => {
  const { file, manager } = await overlapping(
    bench,
    "--log-format=json",
    "--ready-timeout=2s",
  );
  change(file, "mute");
  await manager.log.wait("Cannot replace child process");
  const [started] = records(manager, "Starting the next child process");
  const [failed] = records(manager, "Cannot replace child process");
  equal(failed.pid, started.pid);
  equal(failed.why, "the next one is not ready");
  equal(failed.level, "error");
}));
