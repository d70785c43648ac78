/** One rule for finding programs, and one place where they run: the child's, for checks, actions and probes too. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { change, linesOf, QUICK, script } from "./reloads.ts";
import { until } from "./until.ts";

/** Writes where it runs, and its arguments, to a file of its name. */
const reporter = (bench: Bench, name: string, then = "") =>
  script(
    bench,
    name,
    `echo "$(pwd -P) $PWD $*" >> ${bench.path(`${name}.said`)}; ${then}`,
  );

const said = (bench: Bench, name: string) =>
  until(`${name} runs`, () => linesOf(bench.path(`${name}.said`))[0]);

Deno.test(
  row(
    "program: without PATH the child and its check are found alike",
    async (bench) => {
      const through = ["env", "-u", "PATH"];
      const args = [
        "--config=",
        "--check-command=true",
        "--",
        "sh",
        "-c",
        "exit 3",
      ];
      equal(await bench.run(args, { through }).exitCode(), 3);
      const checked = bench.run(["check", ...args], { through });
      equal(await checked.exitCode(), 0);
      ok(checked.out.entries.some(({ text }) => text.startsWith("ok: run: /")));
    },
  ),
);

Deno.test(
  row(
    "program: --env PATH is where the child is looked for, and its check",
    async (bench) => {
      bench.mkdir("bin");
      script(bench, "bin/only-there", "exit 7");
      script(bench, "bin/fine", "exit 0");
      const path = `--env=PATH=${bench.path("bin")}:/usr/bin:/bin`;
      const args = [
        "--config=",
        path,
        "--check-command=fine",
        "--",
        "only-there",
      ];
      equal(await bench.run(args).exitCode(), 7);
      equal(await bench.run(["check", ...args]).exitCode(), 0);
      // And nowhere else: what our own PATH has is not the child's.
      const none = `--env=PATH=${bench.path("bin")}`;
      const lost = bench.run(["--config=", none, "--", "sh"]);
      equal(await lost.exitCode(), 127);
      ok(lost.log.count("not found in PATH") > 0);
      equal(
        await bench.run(["check", "--config=", none, "--", "sh"]).exitCode(),
        1,
      );
    },
  ),
);

Deno.test(
  row(
    "program: a check, a probe and an action run in the child's directory, and {config} is absolute",
    async (bench) => {
      const workdir = Deno.realPathSync(bench.mkdir("work"));
      bench.write("app.conf", "first");
      const sign = "test -e up && exit 0; exit 1";
      reporter(bench, "work/check");
      reporter(bench, "work/probe", sign);
      reporter(bench, "work/action");
      reporter(bench, "work/wait");
      const manager = bench.run([
        "--config=app.conf",
        "--workdir=work",
        "--check-command=./check {config}",
        "--ready=exec:./probe {config}",
        "--ready-interval=20ms",
        "--on-change=exec:./action {config}",
        "--wait-for=exec:./wait",
        QUICK,
        "--",
        "sh",
        "-c",
        'echo "child: $(pwd -P) $PWD $1"; touch up; exec sleep 600',
        "sh",
        "{config}",
      ], { through: ["env", "-C", bench.directory] });
      await manager.log.wait("is ready after");
      await manager.log.wait("Started polling");
      change(bench.path("app.conf"), "second");
      await manager.log.wait("New configuration applied");
      const file = bench.path("app.conf");
      const here = `${workdir} ${workdir}`;
      deepEqual(
        {
          check: await said(bench, "work/check"),
          probe: await said(bench, "work/probe"),
          action: await said(bench, "work/action"),
          wait: await said(bench, "work/wait"),
          child: manager.out.matches("child: ")[0].text,
        },
        {
          check: `${here} ${file}`,
          probe: `${here} ${file}`,
          action: `${here} ${file}`,
          wait: `${here} `,
          child: `child: ${here} ${file}`,
        },
      );
    },
  ),
);

Deno.test(
  row(
    "program: {config} is absolute without --workdir too, and file: is seen from the child's directory",
    async (bench) => {
      bench.write("app.conf", "first");
      bench.mkdir("work");
      const manager = bench.run([
        "--config=app.conf",
        "--",
        "sh",
        "-c",
        'echo "child: $0"; exec sleep 600',
        "{config}",
      ], { through: ["env", "-C", bench.directory] });
      await manager.out.wait(`child: ${bench.path("app.conf")}`);
      const there = bench.run([
        "--config=",
        "--workdir=work",
        "--ready=file:up",
        "--ready-interval=20ms",
        "--",
        "sh",
        "-c",
        "touch up; exec sleep 600",
      ], { through: ["env", "-C", bench.directory] });
      await there.log.wait("is ready after");
    },
  ),
);

Deno.test(
  row(
    "program: a backslash before $ goes in double quotes, as in a shell",
    async (bench) => {
      const check = `--check-command=sh -c "echo \\$1 > ${
        bench.path("checked")
      }" sh word`;
      const manager = bench.supervise({ options: [check] });
      await manager.out.wait("ready pid=");
      deepEqual(linesOf(bench.path("checked")), ["word"]);
    },
  ),
);
