/** `--splay` and `--min-interval`: when a change has its turn. */
import { equal, notEqual, ok } from "node:assert/strict";
import { scaled } from "../fixtures/limits.ts";
import { type Bench, needing, type Row, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { withLimits, type World } from "./namespaces.ts";
import {
  change,
  loggedAtMs,
  loggedBeforeMs,
  NO_CHANGE_MS,
  POLLS,
  QUICK,
  records,
  runsOn,
} from "./reloads.ts";

/** A world with this host name. */
const onHost = (name: string): World =>
  withLimits(
    `exec unshare --uts -- sh -ec 'hostname ${name}; exec "$@"' sh "$@"`,
  );

const WAITS = "Config file change waits ";

/** How long the n-th change waits for its turn, in milliseconds; from a JSON log. */
async function waitMs(manager: Manager, nth = 1): Promise<number> {
  await manager.log.wait(WAITS, { nth });
  return Number(records(manager, WAITS)[nth - 1].wait_ms);
}

/** What a change waits under that name. */
async function splayOf(
  bench: Bench,
  name: string,
  file: string,
): Promise<number> {
  const path = bench.write(file, "first");
  const manager = bench.supervise({
    config: [path],
    options: ["--splay=1h", QUICK, "--log-format=json"],
    through: onHost(name).through,
  });
  await manager.ready();
  change(path, "second");
  const found = await waitMs(manager);
  equal(await manager.stop(), 0);
  return found;
}

/** A --min-interval that is not over before the test has made its next changes. */
const INTERVAL_MS = Math.round(scaled(10_000));
const INTERVAL = `--min-interval=${INTERVAL_MS}ms`;

/** On "first", with a JSON log. */
const jsonOnFile = (bench: Bench, ...options: readonly string[]) =>
  bench.onFile({ options: [QUICK, POLLS, "--log-format=json", ...options] });

const deterministic: Row = needing(onHost("probe"), async (bench) => {
  const [zero, again, one, other] = await Promise.all([
    splayOf(bench, "web-0", "a.conf"),
    splayOf(bench, "web-0", "b.conf"),
    splayOf(bench, "web-1", "c.conf"),
    splayOf(bench, "db-7f9c", "d.conf"),
  ]);
  ok(Math.abs(zero - again) < 1, `${zero} ${again}`);
  for (const ms of [zero, one, other]) ok(ms > 0 && ms < 3_600_000);
  notEqual(Math.round(zero), Math.round(one));
  notEqual(Math.round(one), Math.round(other));
});

Deno.test(
  row(
    "9 splay: the same host name waits the same time, another another",
    deterministic,
  ),
);

Deno.test(
  row("9 splay: the change waits for its turn, then the child restarts", async (
    bench,
  ) => {
    const { file, manager } = await jsonOnFile(bench, "--splay=2s");
    change(file, "second");
    const expectedMs = await waitMs(manager);
    ok(expectedMs <= 2_000);
    await runsOn(manager, "second", 2);
    const tookMs = loggedAtMs(manager, "Restarting child process") -
      loggedBeforeMs(manager, "File change detected");
    // The quiet window of 100 ms comes before it.
    ok(tookMs >= 100 + expectedMs - 10, `${tookMs} of ${expectedMs}`);
  }),
);

Deno.test(
  row(
    "9 splay: another change keeps the turn; one back to the old content has none",
    async (
      bench,
    ) => {
      const { file, manager } = await jsonOnFile(bench, "--splay=1h");
      change(file, "second");
      const first = await waitMs(manager);
      change(file, "third");
      const second = await waitMs(manager, 2);
      ok(second < first, `${second} of ${first}`);
      change(file, "first");
      await manager.log.wait("Fsnotify event: RENAME", { nth: 3 });
      await manager.nothingHappens(NO_CHANGE_MS);
      equal(records(manager, WAITS).length, 2);
      // The next one begins anew.
      change(file, "fourth");
      ok(await waitMs(manager, 3) > second);
    },
  ),
);

Deno.test(row("9 splay: TERM cuts it short", async (bench) => {
  const { file, manager } = await jsonOnFile(bench, "--splay=1h");
  change(file, "second");
  await waitMs(manager);
  equal(await manager.stop(), 0);
  manager.expectStarts(1);
}));

Deno.test(
  row(
    "9 splay: a child that ends meanwhile ends us, as ever",
    async (bench) => {
      const { file, manager } = await jsonOnFile(bench, "--splay=1h");
      change(file, "second");
      await waitMs(manager);
      const [{ pid }] = records(manager, "Child process started with PID");
      Deno.kill(Number(pid), "SIGKILL");
      equal(await manager.exitCode(), 137);
    },
  ),
);

Deno.test(
  row(
    "9 splay: an action other than a restart has its turn too",
    async (bench) => {
      const { file, manager } = await jsonOnFile(
        bench,
        "--splay=1s",
        "--on-change=none",
      );
      change(file, "second");
      await waitMs(manager);
      await manager.log.wait("nothing else to do as asked");
    },
  ),
);

Deno.test(
  row(
    "9 min-interval: the first change is taken at once, the next one waits",
    async (
      bench,
    ) => {
      const { file, manager } = await jsonOnFile(bench, INTERVAL);
      change(file, "second");
      await runsOn(manager, "second", 2);
      equal(records(manager, WAITS).length, 0);
      change(file, "third");
      ok(await waitMs(manager) <= INTERVAL_MS);
      await runsOn(manager, "third", 3);
      const [, second] = records(manager, "Restarting child process")
        .map(({ time }) => Date.parse(String(time)));
      const first = loggedBeforeMs(manager, "File change confirmed");
      ok(second - first >= INTERVAL_MS, `${second - first}`);
    },
  ),
);

Deno.test(
  row(
    "9 min-interval: many changes within it are one reload, on the last content",
    async (
      bench,
    ) => {
      const { file, manager } = await jsonOnFile(bench, INTERVAL);
      change(file, "second");
      await runsOn(manager, "second", 2);
      for (const [at, content] of ["third", "fourth", "fifth"].entries()) {
        change(file, content);
        await waitMs(manager, at + 1);
      }
      await runsOn(manager, "fifth", 3);
      await manager.nothingHappens(NO_CHANGE_MS);
    },
  ),
);

Deno.test(
  row(
    "9 min-interval: rejected content takes no turn from good content",
    async (
      bench,
    ) => {
      const { file, manager } = await jsonOnFile(
        bench,
        "--min-interval=1h",
        "--check-command=grep -qv bad {config}",
      );
      change(file, "bad");
      await manager.log.wait("New configuration rejected");
      change(file, "second");
      await runsOn(manager, "second", 2);
      equal(records(manager, WAITS).length, 0);
    },
  ),
);
