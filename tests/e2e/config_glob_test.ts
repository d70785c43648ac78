/** `--config 'DIR/*.yaml'`: the files that match are followed as they come and go. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import {
  change,
  NO_CHANGE_MS,
  POLLS,
  QUICK,
  refuses,
  runsOn,
} from "./reloads.ts";
import { said, telling, toldTo } from "./told_changes.ts";

/** A manager on conf.d/*.yaml. */
async function onPattern(
  bench: Bench,
  ...options: readonly string[]
): Promise<{ directory: string; manager: Manager }> {
  const directory = bench.mkdir("conf.d");
  const manager = bench.run([
    `--config=${directory}/*.yaml`,
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
    "config glob: matching files are followed as they change, come and go",
    async (bench) => {
      bench.mkdir("conf.d");
      bench.write("conf.d/a.yaml", "1");
      bench.write("conf.d/other.json", "1");
      const { directory, manager } = await onPattern(bench);
      equal(
        manager.log.count(`Config pattern ${directory}/*.yaml matches 1 file`),
        1,
      );
      change(`${directory}/a.yaml`, "2");
      equal(await toldTo(manager, 2), `${directory}/a.yaml`);
      bench.write("conf.d/b.yaml", "1");
      equal(await toldTo(manager, 3), `${directory}/b.yaml`);
      bench.write("conf.d/other.json", "2");
      bench.write("conf.d/.hidden.yaml", "2");
      bench.write("conf.d/b.yaml~", "2");
      await manager.nothingHappens(NO_CHANGE_MS);
      equal(manager.log.count(/Fsnotify event: .*(?:json|hidden|~)/), 0);
      Deno.removeSync(`${directory}/a.yaml`);
      equal(await toldTo(manager, 4), `${directory}/a.yaml`);
    },
  ),
);

Deno.test(
  row(
    "config glob: without a match it waits as for a path, at the start and later",
    async (bench) => {
      const { directory, manager } = await onPattern(bench);
      equal(
        manager.log.count("*.yaml matches no file yet, watching for one"),
        1,
      );
      bench.write("conf.d/a.yaml", "1");
      equal(await toldTo(manager, 2), directory);
      Deno.removeSync(`${directory}/a.yaml`);
      await manager.log.wait(
        `Cannot read config ${directory}/*.yaml: no file matches; the child keeps`,
      );
      await manager.nothingHappens(NO_CHANGE_MS);
      bench.write("conf.d/b.yaml", "1");
      await manager.log.wait(`Config ${directory}/*.yaml can be read again`);
      equal(
        await toldTo(manager, 3),
        `${directory}/a.yaml|${directory}/b.yaml`,
      );
    },
  ),
);

Deno.test(
  row(
    "config glob: it may have an action, and links are followed",
    async (bench) => {
      const directory = bench.mkdir("conf.d");
      bench.mkdir("elsewhere");
      const target = bench.write("elsewhere/a", "1");
      Deno.symlinkSync(target, `${directory}/a.yaml`);
      const manager = bench.run([
        `--config=${directory}/*.yaml=signal:USR1`,
        QUICK,
        POLLS,
        "--",
        bench.child,
        "--trap",
        "USR1",
        "--ready-line",
      ]);
      await manager.ready();
      change(target, "2");
      await manager.out.wait("got SIGUSR1");
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row(
    "config glob: a path that exists is taken as it is written",
    async (bench) => {
      const file = bench.write("[x].conf", "first");
      bench.write("x.conf", "first");
      const manager = bench.supervise({
        config: [file],
        options: [QUICK, POLLS],
      });
      await manager.ready();
      equal(manager.log.count(`Config file ${file} is a regular file`), 1);
      bench.write("x.conf", "second");
      await manager.nothingHappens(NO_CHANGE_MS);
      change(file, "second");
      await runsOn(manager, "second", 2);
    },
  ),
);

Deno.test(
  row(
    "config glob: {config} is the directory, and in a copy it has what matches",
    async (bench) => {
      bench.mkdir("conf.d");
      bench.write("conf.d/a.yaml", "1");
      bench.write("conf.d/other.json", "1");
      bench.mkdir("conf.d/sub.yaml");
      bench.write("conf.d/sub.yaml/inner", "1");
      const { directory, manager } = await onPattern(
        bench,
        `--snapshot-dir=${bench.path("copies")}`,
      );
      equal(said(manager, "holds: ", 1), "a.yaml sub.yaml ");
      bench.write("conf.d/sub.yaml/inner", "2");
      equal(await toldTo(manager, 2), `${directory}/sub.yaml/inner`);
      equal(said(manager, "holds: ", 2), "a.yaml sub.yaml ");
    },
  ),
);

Deno.test(
  row("config glob: files of a volume of Kubernetes", async (bench) => {
    const volume = bench.mkdir("volume");
    await writeVolume(volume, { "a.yaml": "1", "b.json": "1" });
    const manager = bench.run([
      `--config=${volume}/*.yaml`,
      QUICK,
      POLLS,
      "--",
      telling(bench),
    ]);
    await manager.ready();
    await writeVolume(volume, { "a.yaml": "1", "b.json": "2" });
    await manager.nothingHappens(NO_CHANGE_MS);
    await writeVolume(volume, { "a.yaml": "2", "b.json": "2" });
    equal(await toldTo(manager, 2), `${volume}/a.yaml`);
  }),
);

Deno.test(
  row(
    "config glob: check says how many files match, and what is no pattern",
    async (bench) => {
      const directory = bench.mkdir("conf.d");
      bench.write("conf.d/a.yaml", "1");
      bench.write("conf.d/b.yaml", "1");
      bench.write("conf.d/c.yaml~", "1");
      const report = async (...configs: readonly string[]) => {
        const options = configs.map((path) => `--config=${path}`);
        const manager = bench.run(["check", ...options, "--", "true"]);
        equal(await manager.exitCode(), 0);
        return manager.out.entries.map(({ text }) => text);
      };
      const pattern = `${directory}/*.yaml`;
      const lines = await report(
        pattern,
        `${directory}/*.none`,
        `${directory}/*/x`,
        `${directory}/**/*.y`,
      );
      for (
        const line of [
          `ok: watch: Config pattern ${pattern} matches 2 files`,
          `note: watch: Config pattern ${directory}/*.none matches no file yet, watching for one to appear`,
          `note: ${directory}/** in ${directory}/**/*.y is taken as it is written: only the last part of a path can be a pattern`,
          `note: ${directory}/*/x is taken as it is written: only the last part of a path can be a pattern`,
        ]
      ) ok(lines.includes(line), lines.join("\n"));
    },
  ),
);

Deno.test(
  row(
    "config glob: a pattern that cannot be read is refused in one line",
    async (bench) => {
      const manager = bench.run([
        `--config=${bench.directory}/[z-a].yaml`,
        "--",
        "true",
      ]);
      const errors = await refuses(
        manager,
        2,
        "option --config",
        "goes upwards",
      );
      deepEqual([errors.length, manager.log.entries.length], [1, 1]);
    },
  ),
);

Deno.test(
  row(
    "config glob: a file of variables is never a pattern",
    async (bench) => {
      const path = bench.path("*.env");
      bench.write("a.env", "COLOUR=red");
      const options = ["--config=", `--env-file=${path}`];
      const missing = bench.run([...options, "--", "true"]);
      await refuses(
        missing,
        1,
        `environment file ${path}: it does not exist`,
      );
      bench.write("*.env", "COLOUR=blue");
      const manager = bench.run([
        ...options,
        "--",
        bench.child,
        "--env",
        "COLOUR",
        "--ready-line",
      ]);
      await manager.out.wait("env: COLOUR=blue");
    },
  ),
);
