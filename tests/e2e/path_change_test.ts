/**
 * What happens to the way to a file: absent paths, directories that are
 * replaced, links, mounts, watches that cannot be made (conformance A14 to A17,
 * A26, A27).
 */
import { equal } from "node:assert/strict";
import { type Bench, needing, type Row, row } from "./bench.ts";
import { BY_EVENT_MS, BY_POLL_MS, type Manager } from "./harness.ts";
import { asOrdinaryUser, withLimits, withMounts } from "./namespaces.ts";

/** A manager on conf/app.conf, which holds "first". */
async function inDirectory(
  bench: Bench,
  through?: readonly string[],
): Promise<{ directory: string; file: string; manager: Manager }> {
  const directory = bench.mkdir("conf");
  const file = bench.write("conf/app.conf", "first");
  const manager = bench.supervise({ config: [file], through });
  await manager.out.wait("config: first");
  await manager.ready();
  return { directory, file, manager };
}

const write = (file: string, content: string) => () =>
  Deno.writeTextFileSync(file, content);

/** After the directory was replaced, found by the poller, its events are heard again. */
async function heardAgain(manager: Manager, file: string): Promise<void> {
  await manager.waitForLog("Watching directory again");
  await manager.nothingHappens(BY_POLL_MS);
  await manager.restartByEvent(write(file, "third"), "third");
  await manager.nothingHappens(BY_POLL_MS);
}

/** Without events: says so once, and the poller finds the change. */
const degraded = (limit: string, why: string): Row => {
  const world = withLimits(`echo 0 > /proc/sys/user/${limit}`);
  return needing(world, async (bench) => {
    const { directory, file, manager } = await inDirectory(
      bench,
      world.through,
    );
    equal(
      manager.log.count(`Cannot watch directory ${directory}: ${why}`),
      1,
    );
    await manager.restartAfter(write(file, "second"), {
      content: "second",
      withinMs: BY_POLL_MS,
    });
    await manager.nothingHappens(2 * BY_POLL_MS);
    equal(manager.log.count(/ERROR: /), 1);
  });
};

const user = asOrdinaryUser();
const bound = withMounts('mount --bind "$SOURCE" "$TARGET"');

Deno.test(
  row("A14: a named file absent at start, created later: one restart", async (
    bench,
  ) => {
    const file = bench.path("app.conf");
    const manager = await bench.supervise({ config: [file] }).ready();
    await manager.waitForLog(
      `Config file ${file} does not exist yet, watching for it to appear`,
    );
    await manager.restartByEvent(write(file, "first"), "first");
    await manager.nothingHappens(BY_POLL_MS);
  }),
);

Deno.test(
  row(
    "A14: what is said of a path at the start is what it was before the child",
    async (
      bench,
    ) => {
      const file = bench.path("app.conf");
      const manager = bench.run([
        `--config=${file}`,
        "--",
        ...["sh", "-c", 'echo first > "$1"; exec sleep 60', "sh", file],
      ]);
      await manager.log.wait("Child process started with PID: ");
      await manager.log.wait(
        `Config file ${file} does not exist yet, watching for it to appear`,
      );
      equal(manager.log.count("is a regular file"), 0);
      manager.signal("SIGTERM");
      equal(await manager.exitCode(), 0);
    },
  ),
);

Deno.test(
  row(
    "A14: a named file and its directory absent at start: one restart",
    async (
      bench,
    ) => {
      const file = bench.path("conf/deep/app.conf");
      const manager = await bench.supervise({ config: [file] }).ready();
      await manager.restartAfter(() => {
        bench.mkdir("conf/deep");
        Deno.writeTextFileSync(file, "first");
      }, { content: "first", withinMs: BY_POLL_MS });
      await manager.nothingHappens(BY_POLL_MS);
      await manager.restartByEvent(write(file, "second"), "second");
    },
  ),
);

Deno.test(
  row(
    "A15: rm -rf of the directory, recreated and written; then written again",
    async (bench) => {
      const { directory, file, manager } = await inDirectory(bench);
      await manager.restartAfter(() => {
        Deno.removeSync(directory, { recursive: true });
        Deno.mkdirSync(directory);
        Deno.writeTextFileSync(file, "second");
      }, { content: "second", withinMs: BY_POLL_MS });
      await heardAgain(manager, file);
    },
  ),
);

Deno.test(
  row(
    "A15: rm -rf of the directory, recreated and written when the poller has seen it gone",
    async (bench) => {
      const { directory, file, manager } = await inDirectory(bench);
      Deno.removeSync(directory, { recursive: true });
      await manager.waitForLog("Cannot watch directory");
      await manager.restartAfter(() => {
        Deno.mkdirSync(directory);
        Deno.writeTextFileSync(file, "second");
      }, { content: "second", withinMs: BY_POLL_MS });
      await heardAgain(manager, file);
      equal(manager.log.count("Cannot watch directory"), 1);
    },
  ),
);

Deno.test(
  row(
    "A15: rm -rf of the directory, recreated and written; what is written soon after is found by its event",
    async (bench) => {
      const directory = bench.mkdir("conf");
      const file = bench.write("conf/app.conf", "first");
      const manager = bench.supervise({
        config: [file],
        options: ["--poll-interval=1h"],
      });
      await manager.ready();
      await manager.restartByEvent(() => {
        Deno.removeSync(directory, { recursive: true });
        Deno.mkdirSync(directory);
        Deno.writeTextFileSync(file, "second");
      }, "second");
      await manager.waitForLog("Watching directory again");
      await manager.restartByEvent(write(file, "third"), "third");
      await manager.nothingHappens(BY_EVENT_MS);
    },
  ),
);

Deno.test(
  row(
    "A16: the directory renamed away, another put in its place; then written again",
    async (bench) => {
      const { directory, file, manager } = await inDirectory(bench);
      bench.mkdir("other");
      bench.write("other/app.conf", "second");
      await manager.restartAfter(() => {
        Deno.renameSync(directory, `${directory}.old`);
        Deno.renameSync(bench.path("other"), directory);
      }, { content: "second", withinMs: BY_POLL_MS });
      await heardAgain(manager, file);
    },
  ),
);

Deno.test(
  row(
    "A17: a link's target outside the directory, written in place: one restart",
    async (bench) => {
      bench.mkdir("conf");
      bench.mkdir("outside");
      const target = bench.write("outside/app.conf", "first");
      const link = bench.path("conf/app.conf");
      Deno.symlinkSync(target, link);
      const manager = await bench.supervise({ config: [link] }).ready();
      await manager.waitForLog(`is a symlink pointing to ${target}`);
      await manager.restartAfter(write(target, "second"), {
        content: "second",
        withinMs: BY_POLL_MS,
      });
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);

Deno.test(row("A17: a link made later: one restart", async (bench) => {
  bench.mkdir("conf");
  bench.mkdir("outside");
  const target = bench.write("outside/app.conf", "first");
  const link = bench.path("conf/app.conf");
  const manager = await bench.supervise({ config: [link] }).ready();
  await manager.restartAfter(() => Deno.symlinkSync(target, link), {
    content: "first",
    withinMs: BY_POLL_MS,
  });
  await manager.nothingHappens(BY_POLL_MS);
}));

Deno.test(row("A17: a dangling link heals: one restart", async (bench) => {
  bench.mkdir("conf");
  const target = bench.path("outside/app.conf");
  const link = bench.path("conf/app.conf");
  Deno.symlinkSync(target, link);
  const manager = await bench.supervise({ config: [link] }).ready();
  await manager.restartAfter(() => {
    bench.mkdir("outside");
    Deno.writeTextFileSync(target, "first");
  }, { content: "first", withinMs: BY_POLL_MS });
  await manager.nothingHappens(BY_POLL_MS);
}));

Deno.test(
  row(
    "a directory with a subdirectory that may not be read: all else in it reloads, copies are made, and a file is named",
    needing(user, async (bench) => {
      const directory = bench.mkdir("conf");
      const file = bench.write("conf/app.conf", "first");
      // What every ext4 volume has, of root's.
      const lost = bench.mkdir("conf/lost+found");
      Deno.chmodSync(lost, 0o000);
      const manager = await bench.run([
        `--config=${directory}`,
        `--snapshot-dir=${bench.path("copies")}`,
        ...["--", bench.child, "--ready-line"],
      ], user).ready();
      await manager.restartByEvent(write(file, "second"));
      await manager.restartAfter(
        () => Deno.chmodSync(lost, 0o755),
        { withinMs: BY_POLL_MS },
      );
      equal(manager.log.count(/ERROR: /), 0);
      Deno.chmodSync(file, 0o000);
      await manager.log.wait(
        new RegExp(`ERROR: .*${directory}: app\\.conf: permission denied`),
      );
      equal(await manager.stop(), 0);
    }),
  ),
);

Deno.test(
  row(
    "A26: no inotify watch to be had: starts, says so once, polls",
    degraded(
      "max_inotify_watches",
      "OS file watch limit reached",
    ),
  ),
);

Deno.test(
  row(
    "A26: no inotify instance to be had: starts, says so once, polls",
    degraded(
      "max_inotify_instances",
      "Too many open files",
    ),
  ),
);

Deno.test(
  row(
    "A27: a subPath-like bind mount of a file: INFO that it never updates",
    needing(bound, async (bench) => {
      const source = bench.write("source", "first");
      const target = bench.write("app.conf", "");
      const manager = await bench.supervise({
        config: [target],
        through: bound.through,
        env: { SOURCE: source, TARGET: target },
      }).ready();
      await manager.out.wait("config: first");
      await manager.waitForLog(
        new RegExp(`INFO: .*${target} is a mount of its own .* never updates`),
      );
      // What the kubelet does: the mount still shows the old file.
      Deno.writeTextFileSync(`${source}.new`, "second");
      Deno.renameSync(`${source}.new`, source);
      await manager.nothingHappens(BY_POLL_MS);
    }),
  ),
);

Deno.test(
  row("A27: a plain file is not reported as such a mount", async (bench) => {
    const { manager } = await inDirectory(bench);
    await manager.nothingHappens(BY_EVENT_MS);
    equal(manager.log.count("is a mount of its own"), 0);
  }),
);
