/** What the child is told in its environment: why it was started, and on what. */
import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { scaled } from "../fixtures/limits.ts";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { change, linesOf, QUICK, runsOn, script, sha256 } from "./reloads.ts";

const PREFIX = "FLUSH_MANAGER_";
const NAMES = ["REASON", "RELOAD_COUNT", "CONFIG_SHA256", "PREVIOUS_SHA256"];
const CHILD = NAMES.flatMap((name) => ["--env", `${PREFIX}${name}`]);

/** What the n-th child was told; undefined where there is no such variable. */
function told(manager: Manager, nth: number): (string | undefined)[] {
  return NAMES.map((name) => {
    const line = manager.out.matches(`env: ${PREFIX}${name}`).at(nth - 1)?.text;
    return /=(.*)$/.exec(line ?? "")?.[1];
  });
}

const onFile = (
  bench: Bench,
  options: readonly string[] = [],
  child: readonly string[] = [],
) =>
  bench.onFile({ options: [QUICK, ...options], child: [...CHILD, ...child] });

Deno.test(
  row(
    "10 start and config: reason, count, and the digests of both contents",
    async (
      bench,
    ) => {
      const { file, manager } = await onFile(bench);
      const [one, two, three] = await Promise.all(
        ["first", "second", "third"].map(sha256),
      );
      deepEqual(told(manager, 1), ["start", "0", one, undefined]);
      change(file, "second");
      await runsOn(manager, "second", 2);
      deepEqual(told(manager, 2), ["config", "1", two, one]);
      change(file, "third");
      await runsOn(manager, "third", 3);
      deepEqual(told(manager, 3), ["config", "2", three, two]);
    },
  ),
);

Deno.test(row("10 crash: the count stays", async (bench) => {
  const { file, manager } = await onFile(bench, [
    "--restart=always",
    "--backoff=10ms..20ms",
  ]);
  change(file, "second");
  await runsOn(manager, "second", 2);
  const two = await sha256("second");
  await manager.killChild("SIGKILL");
  await runsOn(manager, "second", 3);
  deepEqual(told(manager, 3), ["crash", "1", two, two]);
}));

Deno.test(
  row(
    "10 rollback: the digest is the good content's, the previous one the bad's",
    async (
      bench,
    ) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        `--snapshot-dir=${bench.path("copies")}`,
        "--ready=log:^config: (first|second|third)$",
        `--ready-timeout=${Math.round(scaled(5_000))}ms`,
        QUICK,
        "--",
        bench.child,
        ...CHILD,
        "--print-config",
        "{config}",
        "--ready-line",
      ]);
      await manager.ready();
      await manager.log.wait("is ready after");
      const [one, bad, two] = await Promise.all(
        ["first", "mute", "second"].map(sha256),
      );
      change(file, "mute");
      await runsOn(manager, "mute", 2);
      deepEqual(told(manager, 2), ["config", "1", bad, one]);
      await runsOn(manager, "first", 3);
      deepEqual(told(manager, 3), ["rollback", "1", one, bad]);
      await manager.log.wait("is ready after", { nth: 2 });
      change(file, "second");
      await runsOn(manager, "second", 4);
      deepEqual(told(manager, 4), ["config", "2", two, one]);
    },
  ),
);

Deno.test(
  row("10 rejected content is in no digest and no count", async (bench) => {
    const { file, manager } = await onFile(bench, [
      "--check-command=grep -qv bad {config}",
    ]);
    change(file, "bad");
    await manager.log.wait("New configuration rejected");
    change(file, "second");
    await runsOn(manager, "second", 2);
    deepEqual(told(manager, 2), [
      "config",
      "1",
      await sha256("second"),
      await sha256("first"),
    ]);
  }),
);

Deno.test(
  row(
    "10 a reload by signal counts, and its content is the next child's previous",
    async (
      bench,
    ) => {
      const other = bench.write("other.conf", "0");
      const { file, manager } = await onFile(bench, [
        `--config=${other}=signal:USR1`,
      ], ["--trap", "USR1"]);
      const [, , before] = told(manager, 1);
      await manager.nothingHappens(1_000);
      change(other, "1");
      await manager.out.wait("got SIGUSR1");
      change(file, "second");
      await runsOn(manager, "second", 2);
      const [reason, count, now, previous] = told(manager, 2);
      deepEqual([reason, count], ["config", "2"]);
      match(`${now} ${previous}`, /^[0-9a-f]{64} [0-9a-f]{64}$/);
      notEqual(previous, before);
      notEqual(previous, now);
    },
  ),
);

Deno.test(
  row("10 an action's program is told of the change that it is for", async (
    bench,
  ) => {
    const said = bench.path("said");
    const program = script(
      bench,
      "reload",
      NAMES.map((name) => `echo "$${PREFIX}${name}" >> ${said}`).join("\n"),
    );
    const { file, manager } = await onFile(bench, [
      `--on-change=exec:${program}`,
    ]);
    change(file, "second");
    await manager.log.wait("New configuration applied");
    deepEqual(linesOf(said), [
      "config",
      "1",
      await sha256("second"),
      await sha256("first"),
    ]);
  }),
);

Deno.test(
  row(
    "10 several paths: one digest over all, the same for the same contents",
    async (
      bench,
    ) => {
      const one = bench.write("one.conf", "1");
      const two = bench.write("two.conf", "2");
      const run = async () => {
        const manager = bench.supervise({
          config: [one, two],
          options: [QUICK],
          child: CHILD,
        });
        await manager.ready();
        return manager;
      };
      const [first, again] = await Promise.all([run(), run()]);
      const [, , digest] = told(first, 1);
      match(String(digest), /^[0-9a-f]{64}$/);
      deepEqual(told(again, 1), told(first, 1));
      notEqual(digest, await sha256("1"));
      change(two, "3");
      await runsOn(first, "1", 2);
      equal(told(first, 2)[3], digest);
    },
  ),
);

Deno.test(
  row("10 without a configuration there is no digest", async (bench) => {
    const manager = bench.supervise({ child: CHILD });
    await manager.ready({ watches: false });
    deepEqual(told(manager, 1), ["start", "0", undefined, undefined]);
  }),
);

Deno.test(row("10 --compare metadata: there is no digest", async (bench) => {
  const { manager } = await onFile(bench, ["--compare=metadata"]);
  deepEqual(told(manager, 1), ["start", "0", undefined, undefined]);
}));

Deno.test(
  row("10 what an outer manager has told is not passed on", async (bench) => {
    const manager = bench.supervise({
      child: CHILD,
      env: {
        FLUSH_MANAGER_REASON: "rollback",
        FLUSH_MANAGER_RELOAD_COUNT: "7",
      },
    });
    await manager.ready({ watches: false });
    deepEqual(told(manager, 1).slice(0, 2), ["start", "0"]);
  }),
);
