/** What changed is told: in the log, in its JSON records, and in FLUSH_MANAGER_CHANGED. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { row } from "./bench.ts";
import { WIDE } from "./quiet_window.ts";
import { change, linesOf, QUICK, records, script } from "./reloads.ts";
import { telling, toldTo } from "./told_changes.ts";

Deno.test(
  row(
    "changed paths: all paths of one batch, and the entries of a directory",
    async (bench) => {
      const one = bench.write("one.conf", "first");
      const two = bench.write("two.conf", "first");
      const directory = bench.mkdir("conf.d");
      for (const name of ["a", "b", "c"]) bench.write(`conf.d/${name}`, "1");
      const manager = bench.run([
        ...[one, two, directory].map((path) => `--config=${path}`),
        ...WIDE,
        "--",
        telling(bench),
        directory,
      ]);
      equal(await toldTo(manager, 1), "");
      await manager.ready();
      change(one, "second");
      Deno.writeTextFileSync(`${directory}/a`, "2");
      Deno.removeSync(`${directory}/b`);
      bench.mkdir("conf.d/s");
      bench.write("conf.d/s/d", "new");
      equal(
        await toldTo(manager, 2),
        [one, ...["a", "b", "s/d"].map((name) => `${directory}/${name}`)]
          .join("|"),
      );
      // What was not there yet when the first of it was detected stands in the other line.
      const told = manager.log.matches(/File change .*path=/).at(-1)?.text;
      ok(
        told?.endsWith(
          `path=${one}, path=${directory}, changed=[a], added=[s/d], removed=[b]`,
        ),
        told ?? "no such line",
      );
      const [{ text }] = manager.log.matches("File change detected: ");
      // A look that began before the first write has only found the directory's,
      // whose own time is the same until an entry has come or gone.
      match(
        text,
        text.includes(`path=${one}`)
          ? /: old_mtime=\S+, new_mtime=\S+, old_inode=\d+, new_inode=\d+, path=/
          : /: (old_mtime=\S+, new_mtime=\S+, )?path=/,
      );
    },
  ),
);

Deno.test(
  row(
    "changed paths: of a directory whose own times are the same, no numbers are told",
    async (bench) => {
      const directory = bench.mkdir("conf.d");
      bench.write("conf.d/a", "1");
      const manager = bench.run([
        `--config=${directory}`,
        QUICK,
        "--log-format=json",
        "--",
        telling(bench),
        directory,
      ]);
      await manager.ready();
      Deno.writeTextFileSync(`${directory}/a`, "22");
      equal(await toldTo(manager, 2), `${directory}/a`);
      const [{ msg, path, paths }] = records(manager, "File change detected: ");
      equal(msg, `File change detected: path=${directory}, changed=[a]`);
      deepEqual([path, paths], [directory, [`${directory}/a`]]);
      const [confirmed] = records(manager, "File change confirmed");
      equal(confirmed.msg, "File change confirmed after debounce period");
      deepEqual(confirmed.paths, [`${directory}/a`]);
    },
  ),
);

Deno.test(
  row(
    "changed paths: the check, an exec action and the hook before a start are told too",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const other = bench.write("other.conf", "first");
      const said = bench.path("said");
      const says = script(
        bench,
        "says",
        `echo "$1 $FLUSH_MANAGER_CHANGED" >> ${said}`,
      );
      const manager = bench.run([
        `--config=${file}=exec:${says} action`,
        `--config=${other}`,
        `--check-command=${says} check`,
        `--before-start=${says} before`,
        QUICK,
        "--",
        telling(bench),
      ]);
      await manager.ready();
      deepEqual(linesOf(said), ["check ", "before "]);
      change(file, "second");
      await manager.log.wait("New configuration applied");
      deepEqual(linesOf(said).slice(2), [`check ${file}`, `action ${file}`]);
      // The child has the first change by then.
      change(other, "second");
      equal(await toldTo(manager, 2), other);
      const [checked, before] = linesOf(said).slice(-2);
      deepEqual([checked, before], [`check ${other}`, `before ${other}`]);
    },
  ),
);

Deno.test(
  row(
    "changed paths: a rollback tells of what goes back, by the paths that are watched",
    async (bench) => {
      const directory = bench.mkdir("conf.d");
      bench.write("conf.d/a", "good");
      const ready = script(
        bench,
        "ready",
        `echo "changed: $FLUSH_MANAGER_CHANGED"
         echo "ready pid=$$"
         grep -q good "$1/a" || exit 3
         echo good
         while :; do sleep 0.05; done`,
      );
      const manager = bench.run([
        `--config=${directory}`,
        `--snapshot-dir=${bench.path("copies")}`,
        "--ready=log:^good",
        QUICK,
        "--",
        ready,
        "{config}",
      ]);
      await manager.ready();
      await manager.log.wait("is ready after");
      change(`${directory}/a`, "bad");
      await manager.log.wait("Rolling back");
      await manager.out.wait("ready pid=", { nth: 3 });
      const told = manager.out.matches("changed: ").map(({ text }) => text);
      const file = `changed: ${directory}/a`;
      deepEqual(told.slice(0, 3), ["changed: ", file, file]);
    },
  ),
);

Deno.test(
  row(
    "changed paths: a crash tells of nothing, and what the manager was told is not passed on",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.run([
        `--config=${file}`,
        QUICK,
        "--restart=always",
        "--backoff=10ms..20ms",
        "--",
        telling(bench),
      ], { env: { FLUSH_MANAGER_CHANGED: "/of/an/outer/manager" } });
      equal(await toldTo(manager, 1), "");
      await manager.ready();
      change(file, "second");
      equal(await toldTo(manager, 2), file);
      await manager.out.wait("ready pid=", { nth: 2 });
      await manager.killChild("SIGKILL");
      equal(await toldTo(manager, 3), "");
    },
  ),
);

Deno.test(
  row(
    "changed paths: a name with a line feed is no line of the list, and none of the log",
    async (bench) => {
      const directory = bench.mkdir("conf.d");
      bench.write("conf.d/a", "1");
      const manager = bench.run([
        `--config=${directory}`,
        QUICK,
        "--",
        telling(bench),
      ]);
      await manager.ready();
      Deno.writeTextFileSync(`${directory}/x\n\u202ey`, "");
      equal(await toldTo(manager, 2), directory);
      const [{ text }] = manager.log.matches("File change detected: ");
      ok(text.endsWith(`path=${directory}, added=[x\\n\\u202ey]`), text);
    },
  ),
);

Deno.test(
  row(
    "changed paths: of very many entries a few are named, and the list has their directory",
    async (bench) => {
      const directory = bench.mkdir("conf.d");
      for (let at = 0; at < 2_000; at++) bench.write(`conf.d/${at}`, "1");
      const manager = bench.run([
        `--config=${directory}`,
        ...WIDE,
        // With a check, the first start waits until all of them were read.
        "--check-command=true",
        "--log-format=json",
        "--",
        telling(bench),
      ]);
      await manager.ready();
      for (let at = 0; at < 2_000; at++) {
        Deno.writeTextFileSync(`${directory}/${at}`, "22");
      }
      equal(await toldTo(manager, 2), directory);
      const last = records(manager, "File change ")
        .filter(({ msg }) => String(msg).includes("path=")).at(-1);
      match(String(last?.msg), /changed=\[0 1 10 .*\] and 1990 more$/);
      deepEqual(last?.paths, [directory]);
    },
  ),
);

Deno.test(
  row(
    "changed paths: entries that come and go while they are looked at are no fault",
    async (bench) => {
      const directory = bench.mkdir("conf.d");
      bench.write("conf.d/a", "1");
      const manager = bench.run([
        `--config=${directory}`,
        ...WIDE,
        "--poll-interval=100ms",
        "--",
        telling(bench),
      ]);
      await manager.ready();
      for (let at = 0; at < 300; at++) {
        bench.write("conf.d/passing", "x");
        Deno.removeSync(bench.path("conf.d/passing"));
        await Promise.resolve();
      }
      Deno.writeTextFileSync(`${directory}/a`, "22");
      equal(await toldTo(manager, 2), `${directory}/a`);
      equal(manager.log.count("ERROR"), 0);
      equal(await manager.stop(), 0);
    },
  ),
);
