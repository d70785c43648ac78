/** `--ignore`: what does not count in a watched directory. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { change, NO_CHANGE_MS, POLLS, QUICK, refuses } from "./reloads.ts";
import { said, telling, toldTo } from "./told_changes.ts";

/** A manager on a directory with the file a. */
async function onDirectory(
  bench: Bench,
  ...options: readonly string[]
): Promise<{ directory: string; manager: Manager }> {
  const directory = bench.mkdir("conf.d");
  bench.write("conf.d/a", "1");
  const manager = bench.run([
    `--config=${directory}`,
    QUICK,
    POLLS,
    ...options,
    "--",
    telling(bench),
    "{config}",
  ]);
  await manager.ready();
  return { directory, manager };
}

Deno.test(
  row(
    "ignore: what editors and interpreters leave restarts nothing, and is not told of",
    async (bench) => {
      const { directory, manager } = await onDirectory(bench);
      const litter = [".a.swp", ".a.swx", "4913", "a~", ".#a", "#a#", "m.pyc"];
      for (const name of litter) bench.write(`conf.d/${name}`, "x");
      bench.mkdir("conf.d/__pycache__");
      bench.write("conf.d/__pycache__/m.pyc", "x");
      bench.mkdir("conf.d/s");
      await toldTo(manager, 2);
      for (const name of litter) bench.write(`conf.d/s/${name}`, "x");
      Deno.removeSync(`${directory}/.a.swp`);
      await manager.nothingHappens(NO_CHANGE_MS);
      equal(manager.log.count(/Fsnotify event: .*(?:swp|4913|~|#|\.pyc)/), 0);
      change(`${directory}/a`, "2");
      equal(await toldTo(manager, 3), `${directory}/a`);
    },
  ),
);

Deno.test(
  row(
    "ignore: '' counts everything, and patterns behind it count alone",
    async (bench) => {
      const { directory, manager } = await onDirectory(
        bench,
        "--ignore=*.first",
        "--ignore=",
        "--ignore=*.bak",
      );
      bench.write("conf.d/x.bak", "x");
      await manager.nothingHappens(NO_CHANGE_MS);
      bench.write("conf.d/a~", "x");
      equal(await toldTo(manager, 2), `${directory}/a~`);
      bench.write("conf.d/x.first", "x");
      equal(await toldTo(manager, 3), `${directory}/x.first`);
    },
  ),
);

Deno.test(
  row("ignore: a directory that is ignored is not read", async (bench) => {
    // Deeper than a watched directory may be.
    bench.mkdir("conf.d/node_modules/1/2/3/4/5/6/7/8/9");
    const { manager } = await onDirectory(
      bench,
      "--ignore=node_modules/",
      "--ignore=/cache/*.tmp",
    );
    bench.write("conf.d/node_modules/m.js", "x");
    await manager.nothingHappens(NO_CHANGE_MS);
    equal(manager.log.count("Cannot read"), 0);
    bench.mkdir("conf.d/cache");
    await toldTo(manager, 2);
    bench.write("conf.d/cache/x.tmp", "x");
    await manager.nothingHappens(NO_CHANGE_MS);
  }),
);

Deno.test(
  row("ignore: the watched path itself always counts", async (bench) => {
    const file = bench.write("app.conf~", "first");
    const manager = bench.run([
      `--config=${file}`,
      QUICK,
      "--ignore=*",
      "--",
      telling(bench),
    ]);
    await manager.ready();
    Deno.writeTextFileSync(file, "second");
    equal(await toldTo(manager, 2), file);
  }),
);

Deno.test(
  row("ignore: a volume of Kubernetes is followed as ever", async (bench) => {
    const volume = bench.mkdir("volume");
    await writeVolume(volume, { "a.conf": "1", "b.conf": "1" });
    const manager = bench.run([
      `--config=${volume}`,
      QUICK,
      "--",
      telling(bench),
    ]);
    await manager.ready();
    await writeVolume(volume, { "a.conf": "2", "c.conf": "1" });
    equal(
      await toldTo(manager, 2),
      ["a", "b", "c"].map((name) => `${volume}/${name}.conf`).join("|"),
    );
  }),
);

Deno.test(
  row(
    "ignore: a saved copy holds what counts, and what counts and is added to it is found",
    async (bench) => {
      bench.mkdir("conf.d/__pycache__");
      bench.write("conf.d/__pycache__/m.pyc", "x");
      bench.write("conf.d/.a.swp", "x");
      const copies = bench.path("copies");
      const { directory, manager } = await onDirectory(
        bench,
        `--snapshot-dir=${copies}`,
        "--restart=always",
        "--backoff=10ms..10ms",
      );
      equal(said(manager, "holds: ", 1), "a ");
      change(`${directory}/a`, "2");
      equal(await toldTo(manager, 2), `${directory}/a`);
      equal(said(manager, "holds: ", 2), "a ");
      await manager.out.wait("ready pid=", { nth: 2 });
      const copy = Deno.realPathSync(`${copies}/copies/run-2/conf.d`);
      const addToCopy = (name: string) => {
        Deno.chmodSync(copy, 0o700);
        Deno.writeTextFileSync(`${copy}/${name}`, "x");
        Deno.chmodSync(copy, 0o500);
      };
      addToCopy(".a.swp");
      await manager.killChild("SIGKILL");
      await manager.out.wait("ready pid=", { nth: 3 });
      equal(manager.log.count("was damaged"), 0);
      addToCopy("b");
      await manager.killChild("SIGKILL");
      await manager.log.wait("was damaged: b ");
      await manager.out.wait("ready pid=", { nth: 4 });
      equal(said(manager, "holds: ", 4), "a ");
    },
  ),
);

Deno.test(
  row(
    "ignore: litter in a directory of variables is no variable",
    async (bench) => {
      const variables = bench.mkdir("variables");
      bench.write("variables/COLOUR", "red");
      bench.write("variables/.COLOUR.swp", "x");
      bench.write("variables/COLOUR~", "x");
      const start = [`--config=`, `--env-dir=${variables}`];
      const manager = bench.run([
        ...start,
        "--",
        bench.child,
        "--env",
        "COLOUR",
        "--ready-line",
      ]);
      await manager.out.wait("env: COLOUR=red");
      const strict = bench.run([...start, "--ignore=", "--", "true"]);
      await refuses(strict, 1, "its name is not a variable's");
    },
  ),
);

Deno.test(
  row(
    "ignore: a pattern that means nothing is refused in one line",
    async (bench) => {
      for (
        const [pattern, why] of [
          ["[a", "every [ is closed"],
          ["{a,b", "every { is closed"],
          ["[z-a]", "goes upwards"],
          ["../x", "without empty parts, . and .."],
          ["!keep", "none can be taken back by !"],
        ]
      ) {
        const manager = bench.run([`--ignore=${pattern}`, "--", "true"]);
        const errors = await refuses(
          manager,
          2,
          "option --ignore",
          pattern,
          why,
        );
        deepEqual([errors.length, manager.log.entries.length], [1, 1]);
      }
    },
  ),
);

Deno.test(
  row(
    "ignore: check tells the list, the variable and a settings file have it",
    async (bench) => {
      const directory = bench.mkdir("conf.d");
      const settings = bench.write(
        "settings.yaml",
        `config: ${directory}\nignore: ['', '*.a', '*.{b,c}']\n`,
      );
      const lineOf = async (
        options: readonly string[],
        env: Readonly<Record<string, string>> = {},
      ) => {
        const manager = bench.run(["check", ...options, "--", "true"], { env });
        equal(await manager.exitCode(), 0);
        return manager.out.matches("ok: ignored ").map(({ text }) => text);
      };
      const told = (list: string) => [`ok: ignored below directories: ${list}`];
      deepEqual(await lineOf([`--settings=${settings}`]), told("*.a *.{b,c}"));
      const config = `--config=${directory}`;
      deepEqual(
        await lineOf([config], { FLUSH_MANAGER_IGNORE: "" }),
        told("nothing"),
      );
      const [line] = await lineOf([config], {
        FLUSH_MANAGER_IGNORE: "*.x\n*.y\n",
      });
      ok(line.includes(" 4913 "), line);
      ok(line.endsWith(" *.x *.y"), line);
      deepEqual(await lineOf(["--config="]), []);
    },
  ),
);
