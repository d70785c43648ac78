/** `--env`, `--env-file` and `--env-dir`: variables for the child, from files that are watched. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { type Bench, type Row, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import {
  change,
  NO_CHANGE_MS,
  notProvenAgain,
  POLLS,
  QUICK,
  refuses,
  script,
  start,
} from "./reloads.ts";

const SECRET = "hunter2-and-more";

/** A child that prints these variables. */
function printing(
  bench: Bench,
  options: readonly string[],
  names: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Manager {
  return bench.supervise({
    options: [QUICK, POLLS, ...options],
    child: names.flatMap((name) => ["--env", name]),
    env,
  });
}

const values = (manager: Manager) =>
  manager.out.matches("env: ").map(({ text }) => text.slice("env: ".length));

/** Secrets are in nothing that the manager says. */
const discreet = (manager: Manager) =>
  equal(manager.log.count(/hunter2|cut-off/), 0);

/** The file is refused at start, in both formats of the log, by its line and without what stands there. */
const badLine =
  (content: string, line: number, why: string): Row => async (bench) => {
    const file = bench.write("app.env", content);
    for (const format of ["text", "json"]) {
      const manager = bench.supervise({
        options: [`--env-file=${file}`, `--log-format=${format}`],
      });
      equal(await manager.exitCode(), 1);
      manager.expectStarts(0);
      const errors = manager.log.matches(/ERROR: |"level":"error"/);
      equal(errors.length, 1);
      ok(
        errors[0].text.includes(
          `configuration rejected: Cannot read environment file ${file}: line ${line} ${why}`,
        ),
        errors[0].text,
      );
      discreet(manager);
    }
  };

Deno.test(
  row(
    "7 env: --env gives variables, the last of a name wins, and over ours",
    async (
      bench,
    ) => {
      const manager = printing(
        bench,
        ["--env=A=1", "--env=B=x=y ", "--env=A=2", "--env=C="],
        ["A", "B", "C", "D"],
        { A: "ours", D: "ours" },
      );
      await manager.ready({ watches: false });
      deepEqual(values(manager), ["A=2", "B=x=y ", "C=", "D=ours"]);
    },
  ),
);

Deno.test(row("7 env-file: dotenv syntax", async (bench) => {
  const file = bench.write(
    "app.env",
    [
      "# comment",
      "",
      "PLAIN=one two # said",
      "export EXPORTED=three",
      `DOUBLE="a\\nb # c"`,
      "SINGLE='$HOME \"x\"'",
      'MANY="first',
      'second"',
      "EMPTY=",
      "DOLLAR=$HOME",
      "dotted.name-x=4",
      "LAST=no newline",
    ].join("\n"),
  );
  const manager = printing(bench, [`--env-file=${file}`], [
    "PLAIN",
    "EXPORTED",
    "SINGLE",
    "EMPTY",
    "DOLLAR",
    "dotted.name-x",
    "LAST",
    "DOUBLE",
  ]);
  await manager.ready({ watches: false });
  deepEqual(values(manager), [
    "PLAIN=one two",
    "EXPORTED=three",
    'SINGLE=$HOME "x"',
    "EMPTY=",
    "DOLLAR=$HOME",
    "dotted.name-x=4",
    "LAST=no newline",
    "DOUBLE=a",
  ]);
  equal(manager.out.count(/^b # c$/), 1);
}));

Deno.test(
  row("7 env-file: a change restarts the child with the new values", async (
    bench,
  ) => {
    const file = bench.write("app.env", `TOKEN=${SECRET}1`);
    const manager = printing(bench, [`--env-file=${file}`], ["TOKEN"]);
    await manager.ready();
    change(file, `TOKEN=${SECRET}2`);
    await manager.out.wait(`env: TOKEN=${SECRET}2`);
    await start(manager, 2);
    await manager.nothingHappens(NO_CHANGE_MS);
    manager.expectStarts(2);
    discreet(manager);
  }),
);

Deno.test(
  row(
    "7 env-file: a change restarts even where --on-change is a signal",
    async (
      bench,
    ) => {
      const env = bench.write("app.env", "A=1");
      const { file, manager } = await bench.onFile({
        options: [QUICK, POLLS, `--env-file=${env}`, "--on-change=signal:USR1"],
        child: ["--trap", "USR1", "--env", "A"],
      });
      change(env, "A=2");
      await start(manager, 2);
      await manager.out.wait("env: A=2");
      change(file, "second");
      await manager.out.wait("got SIGUSR1");
      manager.expectStarts(2);
    },
  ),
);

Deno.test(
  row(
    "7 env-file: one that becomes bad leaves the child alone, until it is good again",
    async (bench) => {
      const file = bench.write("app.env", "A=1");
      const manager = printing(bench, [`--env-file=${file}`], ["A"]);
      await manager.ready();
      change(file, `A=2\n${SECRET}\n`);
      await manager.log.wait(
        `New configuration rejected: Cannot read environment file ${file}: line 2 is neither blank, a comment nor NAME=value; the child keeps its last configuration`,
      );
      await manager.nothingHappens(NO_CHANGE_MS);
      change(file, "A=3");
      await start(manager, 2);
      await manager.out.wait("env: A=3");
      discreet(manager);
    },
  ),
);

Deno.test(row(
  "7 env-file: a bad line is named by file and line: no =",
  badLine(
    `A=1\n${SECRET}`,
    2,
    "is neither blank, a comment nor NAME=value",
  ),
));

Deno.test(
  row(
    "7 env-file: a bad line is named by file and line: a bad name",
    badLine(
      `A=1\n\n2${SECRET}=x\n`,
      3,
      "has no variable's name before =",
    ),
  ),
);

Deno.test(
  row(
    "7 env-file: a bad line is named by file and line: an open quote",
    badLine(
      `A=1\nB="${SECRET}\ncut-off`,
      2,
      "has a quote that is not closed",
    ),
  ),
);

Deno.test(
  row(
    "7 env-file: a bad line is named by file and line: more after a quote",
    badLine(
      `A="b" ${SECRET}\n`,
      1,
      "has a quote that is not closed, or more after the closing one",
    ),
  ),
);

Deno.test(
  row(
    "7 env-file: a bad line is named by file and line: more than a program can be given",
    badLine(
      `A=1\nB=${SECRET}${"x".repeat(128 * 1024)}\n`,
      2,
      "begins a value that is too long; NAME=value must be shorter than 128KiB",
    ),
  ),
);

Deno.test(row("7 env-file: one that is missing is exit 1", async (bench) => {
  const file = bench.path("app.env");
  const errors = await refuses(
    bench.supervise({ options: [`--env-file=${file}`] }),
    1,
    `Cannot start child process: configuration rejected: Cannot read environment file ${file}: it does not exist`,
  );
  equal(errors.length, 1);
}));

Deno.test(
  row(
    "7 env-file: one that is no file is exit 1, and no child is said to be started",
    async (bench) => {
      for (
        const [file, why] of [
          [
            "/proc/version",
            "it is in a kernel file system (/dev, /proc, /sys)",
          ],
          [bench.directory, "it is not a regular file"],
        ]
      ) {
        const errors = await refuses(
          bench.supervise({ options: [`--env-file=${file}`] }),
          1,
          `Cannot start child process: configuration rejected: Cannot read environment file ${file}: ${why}`,
        );
        equal(errors.length, 1);
      }
    },
  ),
);

Deno.test(
  row(
    "7 env-file: one that goes later leaves the child alone",
    async (bench) => {
      const file = bench.write("app.env", "A=1");
      const manager = printing(bench, [`--env-file=${file}`], ["A"]);
      await manager.ready();
      Deno.removeSync(file);
      await manager.log.wait(`Cannot read config ${file}: `);
      await manager.nothingHappens(NO_CHANGE_MS);
      change(file, "A=2");
      await manager.out.wait("env: A=2");
    },
  ),
);

Deno.test(
  row(
    "7 env-dir: a mounted Secret is a variable for each key; a swap restarts once",
    async (
      bench,
    ) => {
      const volume = bench.mkdir("secret");
      await writeVolume(volume, { USER: "me\n", "tls.key": `${SECRET}1` });
      const manager = printing(bench, [`--env-dir=${volume}`], [
        "USER",
        "tls.key",
        "NEW",
      ]);
      await manager.ready();
      await writeVolume(volume, { "tls.key": `${SECRET}2`, NEW: "key" });
      await manager.out.wait("env: NEW=key");
      deepEqual(values(manager), [
        "USER=me",
        `tls.key=${SECRET}1`,
        "NEW is unset",
        "USER is unset",
        `tls.key=${SECRET}2`,
        "NEW=key",
      ]);
      await manager.started(2);
      await manager.nothingHappens(NO_CHANGE_MS);
      discreet(manager);
    },
  ),
);

Deno.test(
  row(
    "7 env-dir: a file whose name is no variable's is named, and exit 1",
    async (
      bench,
    ) => {
      const directory = bench.mkdir("env");
      bench.write("env/bad name", SECRET);
      const manager = bench.supervise({ options: [`--env-dir=${directory}`] });
      const errors = await refuses(
        manager,
        1,
        `Cannot read environment file ${directory}/bad name: its name is not a variable's`,
      );
      equal(errors.length, 1);
      discreet(manager);
    },
  ),
);

Deno.test(row("7 env-dir: one that is missing is exit 1", async (bench) => {
  const directory = bench.path("env");
  await refuses(
    bench.supervise({ options: [`--env-dir=${directory}`] }),
    1,
    `Cannot read environment directory ${directory}: it does not exist`,
  );
}));

Deno.test(
  row(
    "7 precedence: ours, file, directory, --env, and what we tell of the reload",
    async (
      bench,
    ) => {
      const file = bench.write("app.env", "A=file\nB=file\nC=file\n");
      const other = bench.write("other.env", "B=other\nC=other\n");
      const directory = bench.mkdir("env");
      bench.write("env/C", "directory");
      bench.write("env/D", "directory");
      const manager = printing(
        bench,
        [
          `--env-dir=${directory}`,
          `--env-file=${file}`,
          `--env-file=${other}`,
          "--env=D=option",
          "--env=FLUSH_MANAGER_REASON=mine",
        ],
        ["A", "B", "C", "D", "FLUSH_MANAGER_REASON"],
        { A: "ours" },
      );
      await manager.ready({ watches: false });
      deepEqual(values(manager), [
        "A=file",
        "B=other",
        "C=directory",
        "D=option",
        "FLUSH_MANAGER_REASON=start",
      ]);
    },
  ),
);

Deno.test(
  row("7 env-file: {config} is only what --config names", async (bench) => {
    const env = bench.write("app.env", "A=1");
    const { file, manager } = await bench.onFile({
      options: [`--env-file=${env}`, "--env=WHERE={config}"],
      child: ["--env", "WHERE"],
    });
    equal(manager.out.count(`env: WHERE=${file}`), 1);
  }),
);

Deno.test(
  row(
    "7 env-file: with copies, the values are the copy's, and a rollback has the old ones",
    async (bench) => {
      const file = bench.write("app.env", "A=good");
      const manager = bench.run([
        "--config=",
        `--env-file=${file}`,
        `--snapshot-dir=${bench.path("copies")}`,
        "--ready-timeout=3s",
        QUICK,
        "--",
        script(
          bench,
          "program",
          `echo "A=$A $FLUSH_MANAGER_REASON"; [ $A = good ] || exit 3
           echo "ready pid=$$"; exec sleep 1000`,
        ),
      ]);
      await manager.log.wait("Started polling");
      await manager.log.wait("has kept running for 3s");
      change(file, "A=bad");
      await manager.out.wait("A=bad config");
      await notProvenAgain(manager);
      await manager.out.wait("A=good rollback");
      await manager.log.wait(/ERROR: .*Rolling back/);
    },
  ),
);

Deno.test(
  row(
    "7 env-file: one that is gone after a crash: the child gets the values of before",
    async (bench) => {
      const file = bench.write("app.env", "A=1");
      const manager = printing(bench, [
        `--env-file=${file}`,
        "--restart=always",
        "--backoff=10ms..20ms",
      ], ["A"]);
      await manager.ready();
      Deno.removeSync(file);
      await manager.log.wait("Cannot read config");
      await manager.killChild("SIGKILL");
      await manager.log.wait(
        `Cannot read environment file ${file}: it does not exist; the child gets the variables of its last start`,
      );
      await start(manager, 2);
      await manager.out.wait("env: A=1", { nth: 2 });
      change(file, "A=2");
      await start(manager, 3);
      await manager.out.wait("env: A=2");
    },
  ),
);

Deno.test(
  row(
    "7 env-file: one that is bad after a crash is told of once, without a contradiction",
    async (bench) => {
      const file = bench.write("app.env", "A=1\n");
      const manager = printing(bench, [
        `--env-file=${file}`,
        "--restart=always",
        "--backoff=1s..1s",
      ], ["A"]);
      await manager.ready();
      await manager.killChild("SIGKILL");
      await manager.log.wait("Child process ended by itself");
      change(file, "A\n");
      const { text } = await manager.log.wait(
        /the child gets the variables of its last start|starting on it all the same/,
      );
      ok(text.endsWith("; the child gets the variables of its last start"));
      await start(manager, 2);
      await manager.out.wait("env: A=1", { nth: 2 });
      equal(manager.log.count("starting on it all the same"), 0);
      equal(manager.log.count(`environment file ${file}`), 1);
    },
  ),
);

Deno.test(
  row(
    "7 env-file: a bad one at the start is refused, whatever --check-at-start says",
    async (bench) => {
      const file = bench.write("app.env", "A\n");
      const manager = bench.supervise({
        options: [`--env-file=${file}`, "--check-at-start=warn"],
      });
      equal(await manager.exitCode(), 1);
      manager.expectStarts(0);
      const errors = manager.log.matches(" ERROR: ");
      equal(errors.length, 1);
      ok(errors[0].text.includes("Cannot start child process: configuration"));
    },
  ),
);

Deno.test(
  row(
    "7 env-file: at the first start nothing was checked, so nothing is accepted",
    async (bench) => {
      const file = bench.write("app.env", "A=1\n");
      const manager = printing(bench, [`--env-file=${file}`], ["A"]);
      await manager.ready();
      equal(manager.log.count("configuration"), 0);
      change(file, "A=2\n");
      await start(manager, 2);
      equal(manager.log.count("New configuration accepted"), 1);
    },
  ),
);

Deno.test(
  row(
    "7 log: --env with no variable's name is a usage error without the text",
    async (
      bench,
    ) => {
      const manager = bench.supervise({ options: [`--env=${SECRET}`] });
      equal(await manager.exitCode(), 2);
      discreet(manager);
      equal(manager.log.entries.length, 1);
    },
  ),
);

Deno.test(
  row(
    "environment file: # without a blank before it is part of the value",
    async (bench) => {
      const file = bench.write(
        "app.env",
        'PASSWORD=s3cret#9x # a comment\nQUOTED="a\\"b#c"\n',
      );
      const manager = bench.supervise({
        options: [`--env-file=${file}`],
        child: ["--env", "PASSWORD", "--env", "QUOTED"],
      });
      await manager.out.wait(/^env: PASSWORD=s3cret#9x$/);
      await manager.out.wait(/^env: QUOTED=a"b#c$/);
    },
  ),
);
