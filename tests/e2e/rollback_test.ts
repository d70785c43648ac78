/** `--snapshot-dir`: children run on saved copies, and a bad one is taken back. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { type Bench, needing, row, Stalled } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { asOrdinaryUser, withMounts } from "./namespaces.ts";
import { WIDE } from "./quiet_window.ts";
import { isAlive } from "./processes.ts";
import {
  change,
  NO_CHANGE_MS,
  notProvenAgain,
  POLLS,
  QUICK,
  records,
  refuses,
  runsOn,
  script,
  sha256,
  start,
} from "./reloads.ts";
import { until } from "./until.ts";

/** A child that prints what it has and why; on "bad" it ends, on "mute" it never becomes ready. */
const PROGRAM = `
content=$(cat "$1")
echo "config: $content"
echo "why: $FLUSH_MANAGER_REASON $FLUSH_MANAGER_RELOAD_COUNT"
echo "sha256: $FLUSH_MANAGER_CONFIG_SHA256 $FLUSH_MANAGER_PREVIOUS_SHA256"
echo "ready pid=$$"
case $content in
  bad*) sleep 0.1; exit 7 ;;
  mute*) ;;
  *) touch "$2" ;;
esac
exec sleep 1000`;

/** Said of a child without --ready that has not ended so far. */
const PROVEN = "has kept running for ";

interface Saving {
  file: string;
  directory: string;
  manager: Manager;
}

/** A manager with copies of "first", and that child, known to be good. */
async function saving(
  bench: Bench,
  ...options: readonly string[]
): Promise<Saving> {
  const file = bench.write("app.conf", "first");
  const directory = bench.path("copies");
  const sign = bench.path("sign");
  const manager = bench.run([
    `--config=${file}`,
    `--snapshot-dir=${directory}`,
    `--ready=file:${sign}`,
    "--ready-interval=20ms",
    QUICK,
    POLLS,
    ...options,
    "--",
    script(bench, "program", PROGRAM),
    "{config}",
    sign,
  ]);
  await manager.ready();
  await manager.log.wait("is ready after");
  return { file, directory, manager };
}

const digests = (directory: string) =>
  [...Deno.readDirSync(`${directory}/copies`)].map(({ name }) => name)
    .filter((name) => /^[0-9a-f]{64}$/.test(name));

const modeOf = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o7777;

/** The rollback was said, with both digests, and the n-th child is on the good content. */
async function rolledBack(
  manager: Manager,
  [bad, good]: readonly [string, string],
  nth: number,
): Promise<void> {
  await start(manager, nth);
  const text = manager.log.matches("Rolling back: ").at(-1)?.text ?? "";
  const [badSha, goodSha] = [await sha256(bad), await sha256(good)];
  match(text, /ERROR: /);
  ok(text.includes(`new configuration (sha256 ${badSha.slice(0, 12)})`), text);
  ok(text.includes(`last good one (sha256 ${goodSha.slice(0, 12)})`), text);
  await runsOn(manager, good, nth);
  await manager.log.wait("restarted on the last good configuration");
}

Deno.test(
  row(
    "2 snapshot: the child reads a private copy of the file, which DIR/current leads to",
    async (
      bench,
    ) => {
      const file = bench.write("app.conf", "first");
      const directory = bench.path("made/copies");
      const manager = bench.run([
        `--config=${file}`,
        `--snapshot-dir=${directory}`,
        "--env=WHERE={config}",
        "--",
        bench.child,
        "--env",
        "WHERE",
        "--print-config",
        "{config}",
        "--ready-line",
      ]);
      await manager.ready();
      const own = `${directory}/copies/run-1/app.conf`;
      equal(manager.out.count(`env: WHERE=${own}`), 1);
      equal(manager.out.count("config: first"), 1);
      const [digest] = digests(directory);
      const copy = `${directory}/copies/${digest}/app.conf`;
      equal(Deno.realPathSync(own), copy);
      equal(Deno.realPathSync(`${directory}/current/app.conf`), copy);
      equal(modeOf(copy), 0o400);
      equal(modeOf(`${directory}/copies/${digest}`), 0o500);
      // A parent that was missing is nobody else's either.
      for (
        const made of [`${directory}/copies`, directory, bench.path("made")]
      ) {
        equal(modeOf(made), 0o700);
      }
      equal(modeOf(file), 0o644);
    },
  ),
);

Deno.test(row("2 snapshot: a mode that is narrower is kept", async (bench) => {
  const file = bench.write("app.conf", "first");
  Deno.chmodSync(file, 0o440);
  const manager = bench.supervise({
    config: [file],
    options: [`--snapshot-dir=${bench.path("copies")}`],
  });
  await manager.ready();
  equal(modeOf(bench.path("copies/current/app.conf")), 0o400);
}));

Deno.test(
  row(
    "2 snapshot: fingerprint, check and child have the same bytes, whatever becomes of the source",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const source = `[ "$(cat "$1")" = second ] || exit 0
        printf third > ${file}.next; mv ${file}.next ${file}`;
      const manager = bench.run([
        `--config=${file}`,
        `--snapshot-dir=${bench.path("copies")}`,
        `--check-command=${
          script(
            bench,
            "check",
            `sha256sum < "$1" | cut -c-64 >> ${bench.path("checked")}`,
          )
        } {config}`,
        QUICK,
        POLLS,
        "--",
        script(
          bench,
          "program",
          `(${source}); echo "config: $(cat "$1")"
           echo "$FLUSH_MANAGER_CONFIG_SHA256"; echo "ready pid=$$"
           exec sleep 1000`,
        ),
        "{config}",
      ]);
      await manager.ready();
      change(file, "second");
      await runsOn(manager, "third", 3);
      deepEqual(
        manager.out.matches("config: ").map(({ text }) => text),
        ["config: first", "config: second", "config: third"],
      );
      const expected = await Promise.all(
        ["first", "second", "third"].map(sha256),
      );
      deepEqual(
        manager.out.matches(/^[0-9a-f]{64}$/).map(({ text }) => text),
        expected,
      );
      equal(
        Deno.readTextFileSync(bench.path("checked")),
        expected.map((line) => `${line}\n`).join(""),
      );
    },
  ),
);

Deno.test(
  row(
    "2 snapshot: a mounted volume is copied as a directory, and old copies go",
    async (bench) => {
      const volume = bench.mkdir("volume");
      await writeVolume(volume, { "a.conf": "1", "b.conf": "first" });
      const directory = bench.path("copies");
      const manager = bench.run([
        `--config=${volume}`,
        `--snapshot-dir=${directory}`,
        "--ready-timeout=200ms",
        QUICK,
        "--",
        bench.child,
        "--print-config",
        "{config}/b.conf",
        "--ready-line",
      ]);
      await manager.ready();
      for (const [at, content] of ["second", "third", "fourth"].entries()) {
        await manager.log.wait(PROVEN, { nth: at + 1 });
        await writeVolume(volume, { "a.conf": "1", "b.conf": content });
        await runsOn(manager, content, at + 2);
      }
      await manager.log.wait(PROVEN, { nth: 4 });
      await until(
        "the last copy alone",
        () => digests(directory).length === 1,
      );
      deepEqual(
        [...Deno.readDirSync(`${directory}/current/volume`)]
          .map(({ name }) => name).sort(),
        ["a.conf", "b.conf"],
      );
    },
  ),
);

Deno.test(
  row(
    "2 rollback: the new child ends: the last good content runs again, both hashes are said",
    async (bench) => {
      const { file, manager } = await saving(bench);
      change(file, "bad");
      await rolledBack(manager, ["bad", "first"], 3);
      await manager.log.wait("Child process exited with error: exit status 7");
      await manager.out.wait("why: rollback 1");
      equal(
        manager.out.matches("sha256: ").at(-1)?.text,
        `sha256: ${await sha256("first")} ${await sha256("bad")}`,
      );
      ok(isAlive(manager.childPid));
    },
  ),
);

Deno.test(
  row(
    "2 rollback: the new child isn't ready in time: the last good content runs again",
    async (bench) => {
      const { file, manager } = await saving(bench, "--ready-timeout=2s");
      change(file, "mute");
      await manager.log.wait(
        /ERROR: .* is not ready after 2s: was there before the start and has not changed since$/,
      );
      await rolledBack(manager, ["mute", "first"], 3);
    },
  ),
);

Deno.test(
  row(
    "2 rollback: without --ready a child that survives is good, one that ends is not",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        `--snapshot-dir=${bench.path("copies")}`,
        "--ready-timeout=3s",
        QUICK,
        "--",
        script(bench, "program", PROGRAM),
        "{config}",
        bench.path("sign"),
      ]);
      await manager.ready();
      await manager.log.wait(`${PROVEN}3s`);
      change(file, "bad");
      await notProvenAgain(manager);
      await rolledBack(manager, ["bad", "first"], 3);
    },
  ),
);

Deno.test(
  row(
    "2 rollback: rejected content isn't tried again, touched or rewritten; then a good one is taken",
    async (bench) => {
      const { file, manager } = await saving(bench);
      change(file, "bad");
      await rolledBack(manager, ["bad", "first"], 3);
      await manager.nothingHappens(NO_CHANGE_MS);
      Deno.utimeSync(file, new Date(), new Date());
      await manager.nothingHappens(NO_CHANGE_MS);
      change(file, "bad");
      await manager.nothingHappens(NO_CHANGE_MS);
      change(file, "second");
      await runsOn(manager, "second", 4);
      equal(manager.out.matches("why: ").at(-1)?.text, "why: config 2");
      equal(manager.log.count("Rolling back"), 1);
    },
  ),
);

Deno.test(
  row(
    "2 rollback: bad, back to the good content, bad again: each is what it was",
    async (
      bench,
    ) => {
      const { file, manager } = await saving(bench);
      change(file, "bad");
      await rolledBack(manager, ["bad", "first"], 3);
      await manager.log.wait("is ready after", { nth: 2 });
      change(file, "first");
      await manager.log.wait("File content is the running child's again");
      await manager.nothingHappens(NO_CHANGE_MS);
      change(file, "bad");
      await rolledBack(manager, ["bad", "first"], 5);
    },
  ),
);

Deno.test(
  row(
    "2 rollback: a crash after it starts on the good content, not on the rejected",
    async (
      bench,
    ) => {
      const { file, manager } = await saving(
        bench,
        "--restart=always",
        "--backoff=10ms..20ms",
      );
      change(file, "bad");
      await rolledBack(manager, ["bad", "first"], 3);
      await manager.killChild("SIGKILL");
      await runsOn(manager, "first", 4);
      await manager.nothingHappens(NO_CHANGE_MS);
    },
  ),
);

Deno.test(
  row(
    "2 rollback: content that comes while the child stops for it is not lost",
    async (
      bench,
    ) => {
      const { file, manager } = await saving(bench);
      change(file, "bad");
      await manager.log.wait("Rolling back");
      change(file, "second");
      await manager.out.wait("config: second");
      await manager.log.wait("is ready after", { nth: 2 });
      equal(manager.out.matches("config: ").at(-1)?.text, "config: second");
    },
  ),
);

Deno.test(
  row(
    "2 rollback: the first content has nothing to go back to: the manager ends with the child",
    async (bench) => {
      const file = bench.write("app.conf", "bad");
      const manager = bench.run([
        `--config=${file}`,
        `--snapshot-dir=${bench.path("copies")}`,
        "--",
        script(bench, "program", PROGRAM),
        "{config}",
        bench.path("sign"),
      ]);
      equal(await manager.exitCode(), 7);
      equal(manager.log.count("Rolling back"), 0);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row("2 rollback: good content that is proven late is not taken back", async (
    bench,
  ) => {
    const { file, manager } = await saving(bench);
    change(file, "second");
    await runsOn(manager, "second", 2);
    await manager.log.wait("is ready after", { nth: 2 });
    // From here on it is a crash like any other.
    await manager.killChild("SIGKILL");
    equal(await manager.exitCode(), 137);
    equal(manager.log.count("Rolling back"), 0);
  }),
);

Deno.test(
  row(
    "2 rollback: from content on content that was never proven to the last that was",
    async (
      bench,
    ) => {
      const { file, manager } = await saving(bench);
      change(file, "mute");
      await runsOn(manager, "mute", 2);
      change(file, "bad");
      await start(manager, 3);
      await rolledBack(manager, ["bad", "first"], 4);
    },
  ),
);

Deno.test(
  row(
    "2 rollback: content that cures a child that isn't ready is taken at once",
    async (
      bench,
    ) => {
      const { file, manager } = await saving(bench);
      change(file, "mute");
      await runsOn(manager, "mute", 2);
      change(file, "second");
      await runsOn(manager, "second", 3);
      await manager.log.wait("is ready after", { nth: 2 });
      equal(manager.log.count("Rolling back"), 0);
    },
  ),
);

Deno.test(
  row(
    "2 rollback: the good content's child fails too: that is a crash, not another rollback",
    async (bench) => {
      const { file, manager } = await saving(bench);
      change(file, "bad");
      await rolledBack(manager, ["bad", "first"], 3);
      await manager.killChild("SIGKILL");
      equal(await manager.exitCode(), 137);
      equal(manager.log.count("Rolling back"), 1);
    },
  ),
);

Deno.test(
  row(
    "2 snapshot: a DIR that is removed is made again for the next content",
    async (
      bench,
    ) => {
      const { file, directory, manager } = await saving(bench);
      Deno.removeSync(directory, { recursive: true });
      change(file, "second");
      await runsOn(manager, "second", 2);
      equal(modeOf(directory), 0o700);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "2 snapshot: after a crash without DIR the content is saved again",
    async (
      bench,
    ) => {
      const { directory, manager } = await saving(
        bench,
        "--restart=always",
        "--backoff=10ms..10ms",
      );
      Deno.removeSync(directory, { recursive: true });
      await manager.killChild("SIGKILL");
      await manager.log.wait(
        /WARN: .*\/current: the saved configuration is gone; saving the configuration again$/,
      );
      await runsOn(manager, "first", 2);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "2 snapshot: a reload by signal whose copy cannot be put in place is not told, and tried again",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const directory = bench.path("copies");
      const go = bench.path("go");
      // It comes between the copy and the switch, which must not begin before
      // something else is in the way.
      const check = script(
        bench,
        "check",
        `grep -q first "$1" || while [ ! -e ${go} ]; do sleep 0.02; done`,
      );
      const manager = bench.supervise({
        config: [file],
        options: [
          `--snapshot-dir=${directory}`,
          "--on-change=signal:USR1",
          "--ready=log:ready",
          `--check-command=${check} {config}`,
          "--check-timeout=1h",
          QUICK,
        ],
        child: ["--trap", "USR1"],
      });
      await manager.ready();
      await manager.log.wait("is ready after");
      change(file, "second");
      await manager.log.wait("Checking the new configuration", { nth: 2 });
      await until("the copy", () => digests(directory).length > 1);
      Deno.removeSync(`${directory}/copies/run-1`);
      Deno.mkdirSync(`${directory}/copies/run-1`);
      bench.write("go", "");
      await manager.log.wait(
        /WARN: .*Cannot switch .*\/copies\/run-1: .*; trying again in 30s$/,
      );
      await manager.nothingHappens(NO_CHANGE_MS);
      equal(manager.out.count("got SIGUSR1"), 0);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "2 snapshot: TERM while the directory is made ready: one orderly stop, no child",
    async (bench) => {
      const directory = bench.mkdir("copies");
      // What is left of an earlier manager goes first, which takes its time.
      const leftovers = 6_000;
      for (let at = 0; at < leftovers; at++) {
        bench.mkdir(`copies/.flush-manager-${at}`);
      }
      const left = () =>
        [...Deno.readDirSync(directory)]
          .filter(({ name }) => name.startsWith(".flush-manager-")).length;
      const manager = bench.supervise({
        config: [bench.write("app.conf", "first")],
        options: [`--snapshot-dir=${directory}`],
      });
      await until("the first is gone", () => left() < leftovers);
      manager.signal("SIGTERM");
      const remained = left();
      equal(await manager.exitCode(), 0);
      equal(manager.log.count("shutting down gracefully"), 1);
      const inOrder = manager.log.matches(
        /shutting down gracefully|Child process started/,
      );
      if (
        inOrder[0].text.includes("Child process started") &&
        remained <= leftovers / 3
      ) throw new Stalled("Most leftovers were gone when TERM came");
      manager.expectStarts(0);
    },
  ),
);

Deno.test(
  row(
    "2 rollback: content that no child can be started on is taken back",
    async (
      bench,
    ) => {
      const files = ["a", "b", "c"].map((name) =>
        bench.write(name, `${name}=1`)
      );
      const manager = bench.run([
        "--config=",
        ...files.map((file) => `--env-file=${file}`),
        `--snapshot-dir=${bench.path("copies")}`,
        "--ready-timeout=100ms",
        ...WIDE,
        "--",
        bench.child,
        "--env",
        "a",
        "--ready-line",
      ]);
      await manager.ready();
      await manager.log.wait(PROVEN);
      // Each variable is one that execve(2) takes; all together are too much.
      const piece = "x".repeat(100_000);
      for (const file of files) {
        const name = file.slice(-1);
        const lines = Array.from(
          { length: 10 },
          (_, at) => `${name}${at === 0 ? "" : at}=${piece}`,
        );
        change(file, lines.join("\n"));
      }
      await manager.log.wait("Argument list too long");
      await manager.log.wait("Rolling back");
      await manager.out.wait("env: a=1", { nth: 2 });
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row("2 rollback: TERM during it ends with the child", async (bench) => {
    const { file, manager } = await saving(bench);
    change(file, "bad");
    await start(manager, 3);
    equal(await manager.stop(), 0);
    deepEqual(await manager.survivors(), []);
  }),
);

Deno.test(
  row(
    "2 rollback: a signal that the child dies of takes its content back",
    async (
      bench,
    ) => {
      const { file, manager } = await saving(bench, "--on-change=signal:HUP");
      change(file, "second");
      await manager.log.wait("sending SIGHUP to child process");
      await manager.log.wait("Rolling back: ");
      await runsOn(manager, "first", 2);
      await manager.nothingHappens(NO_CHANGE_MS);
    },
  ),
);

Deno.test(row("2 rollback: both hashes in a JSON log, whole", async (bench) => {
  const { file, manager } = await saving(bench, "--log-format=json");
  change(file, "bad");
  await runsOn(manager, "first", 3);
  const [record] = records(manager, "Rolling back");
  equal(record.level, "error");
  equal(record.rejected_sha256, await sha256("bad"));
  equal(record.good_sha256, await sha256("first"));
}));

Deno.test(
  row(
    "2 snapshot: after a crash, content that the check rejects is passed over for the last",
    async (bench) => {
      const { file, manager } = await saving(
        bench,
        "--check-command=grep -qv rejected {config}",
        "--restart=always",
        "--backoff=10ms..20ms",
      );
      change(file, "rejected");
      await manager.log.wait("New configuration rejected: ");
      await manager.killChild("SIGKILL");
      await runsOn(manager, "first", 2);
      await manager.nothingHappens(NO_CHANGE_MS);
      equal(manager.log.count("New configuration rejected: "), 1);
      change(file, "second");
      await runsOn(manager, "second", 3);
    },
  ),
);

Deno.test(
  row(
    "2 snapshot: content that comes after a crash, and that the check rejects, is passed over for the last",
    async (bench) => {
      const { file, manager } = await saving(
        bench,
        "--check-command=grep -qv rejected {config}",
        "--restart=always",
        "--backoff=1h0m0s..1h0m0s",
      );
      await manager.killChild("SIGKILL");
      await manager.log.wait("restarting it in");
      change(file, "rejected");
      await runsOn(manager, "first", 2);
      await manager.log.wait(
        /WARN: .*New configuration rejected: .*; starting on the last configuration until it changes again$/,
      );
      await manager.nothingHappens(NO_CHANGE_MS);
      change(file, "second");
      await runsOn(manager, "second", 3);
    },
  ),
);

Deno.test(
  row(
    "2 snapshot: a manager that follows another in the same DIR cleans up and goes on",
    async (bench) => {
      const { file, directory, manager } = await saving(bench);
      equal(await manager.stop(), 0);
      const [left] = digests(directory);
      bench.mkdir(`copies/${"0".repeat(64)}`);
      bench.mkdir("copies/.flush-manager-left");
      bench.write("copies/mine", "kept");
      change(file, "second");
      const next = bench.supervise({
        config: [file],
        options: [`--snapshot-dir=${directory}`],
      });
      await next.ready();
      ok(!digests(directory).includes("0".repeat(64)));
      notEqual(Deno.readLinkSync(`${directory}/current`), left);
      equal(Deno.readTextFileSync(`${directory}/mine`), "kept");
      deepEqual(
        [...Deno.readDirSync(directory)]
          .filter(({ name }) => name.startsWith(".")),
        [],
      );
    },
  ),
);

Deno.test(
  row(
    "2 snapshot: a full disk leaves the child running; smaller content is taken",
    (() => {
      const world = withMounts(
        `mount -t tmpfs -o size=64k tmpfs "$E2E_COPIES"`,
      );
      return needing(world, async (bench) => {
        const file = bench.write("app.conf", "first");
        const directory = bench.mkdir("copies");
        const manager = bench.run([
          `--config=${file}`,
          `--snapshot-dir=${directory}`,
          QUICK,
          POLLS,
          "--",
          bench.child,
          "--print-config",
          "{config}",
          "--ready-line",
        ], { through: world.through, env: { E2E_COPIES: directory } });
        await manager.ready();
        change(file, "x".repeat(100_000));
        await manager.log.wait(
          /WARN: .*Cannot save the new configuration: No space left on device.*; trying again in 30s$/,
        );
        await manager.nothingHappens(NO_CHANGE_MS);
        equal(manager.log.count("Cannot save"), 1);
        change(file, "second");
        await manager.out.wait("config: second");
        await runsOn(manager, "second", 2);
      });
    })(),
  ),
);

Deno.test(
  row("2 snapshot: a DIR that cannot be made is exit 1, one line", async (
    bench,
  ) => {
    const file = bench.write("app.conf", "first");
    const errors = await refuses(
      bench.supervise({
        config: [file],
        options: [`--snapshot-dir=${bench.write("file", "")}/copies`],
      }),
      1,
      `Cannot use snapshot directory ${bench.path("file")}/copies: `,
    );
    equal(errors.length, 1);
  }),
);

Deno.test(
  row(
    "2 snapshot: a DIR that may not be written to is exit 1, one line",
    (() => {
      const user = asOrdinaryUser();
      return needing(user, async (bench) => {
        const file = bench.write("app.conf", "first");
        const directory = bench.mkdir("copies");
        Deno.chmodSync(directory, 0o555);
        const errors = await refuses(
          bench.supervise({
            config: [file],
            options: [`--snapshot-dir=${directory}`],
            through: user.through,
          }),
          1,
          `Cannot use snapshot directory ${directory}: Permission denied`,
        );
        equal(errors.length, 1);
      });
    })(),
  ),
);

Deno.test(
  row(
    "2 snapshot: a DIR in a watched directory, or around a watched path, is refused",
    async (bench) => {
      const watched = bench.mkdir("conf");
      bench.write("conf/app.conf", "first");
      bench.mkdir("elsewhere");
      Deno.symlinkSync(watched, bench.path("link"));
      const inside = bench.supervise({
        config: [watched],
        options: [`--snapshot-dir=${bench.path("link")}/copies`],
      });
      await refuses(inside, 1, `it is inside the watched path ${watched}`);
      const around = bench.supervise({
        config: [`${watched}/app.conf`],
        options: [`--snapshot-dir=${watched}`],
      });
      await refuses(
        around,
        1,
        `the watched path ${watched}/app.conf is inside`,
      );
      deepEqual([...Deno.readDirSync(watched)].length, 1);
    },
  ),
);

/** So large that it changes while it is read. */
const LARGE = "x".repeat(8 << 20);

/** Appends to the file all the time. */
function appending(file: string): AsyncDisposable {
  const writer = new Deno.Command("sh", {
    args: [
      "-c",
      `while :; do echo more >> ${file}; i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); done; done`,
    ],
  }).spawn();
  return {
    [Symbol.asyncDispose]: async () => {
      writer.kill("SIGKILL");
      await writer.status;
    },
  };
}

/** A manager of a program that prints the first line of what it has. */
const onFirstLine = (
  bench: Bench,
  file: string,
  debounceMax: string,
): Manager =>
  bench.run([
    `--config=${file}`,
    `--snapshot-dir=${bench.path("copies")}`,
    "--debounce=100ms",
    `--debounce-max=${debounceMax}`,
    "--poll-interval=1h",
    "--",
    script(
      bench,
      "program",
      `echo "config: $(head -n 1 "$1")"; echo "ready pid=$$"
       exec sleep 1000`,
    ),
    "{config}",
  ]);

function assertCopied({ log }: Manager): void {
  if (log.count("Config changes all the time") > 0) return;
  throw new Stalled("The writer stood still while a copy was made");
}

Deno.test(
  row(
    "2 snapshot: a file that is appended to all the time does not keep the first child waiting for ever",
    async (bench) => {
      const file = bench.write("app.conf", `first\n${LARGE}`);
      await using _writer = appending(file);
      const manager = onFirstLine(bench, file, "2s");
      await runsOn(manager, "first", 1);
      assertCopied(manager);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "2 snapshot: a file that is appended to all the time is taken over by a child that runs, as a copy",
    async (bench) => {
      const file = bench.path("app.conf");
      Deno.symlinkSync(bench.write("first.conf", "first"), file);
      // A file that grows is waited for 12 times as long.
      const manager = onFirstLine(bench, file, "500ms");
      await runsOn(manager, "first", 1);
      const next = bench.write("second.conf", `second\n${LARGE}`);
      await using _writer = appending(next);
      const size = Deno.statSync(next).size;
      await until("it is appended to", () => Deno.statSync(next).size > size);
      Deno.symlinkSync(next, `${file}.new`);
      Deno.renameSync(`${file}.new`, file);
      await runsOn(manager, "second", 2);
      assertCopied(manager);
      equal(await manager.stop(), 0);
    },
  ),
);
