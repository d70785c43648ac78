/**
 * Exit codes (design 2.2; conformance B2, B7, B10; B1 is in
 * every_exit_code_test.ts). What happens to the child's family is tested in
 * stop_test.ts.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { copyExecutable, writeExecutable } from "../fixtures/executable.ts";
import { type Bench, type Row, row, Stalled } from "./bench.ts";
import type { Manager } from "./harness.ts";

/** What the child does, and the manager's code for it. */
const ends = (code: number, ...child: string[]): Row => async (bench) => {
  const manager = bench.supervise({ child });
  equal(await manager.exitCode(), code);
};

/** A command that cannot be started: the code, and one clear line. */
const refused = (
  code: number,
  why: string,
  command: (bench: Bench) => string,
): Row =>
async (bench) => {
  const path = command(bench);
  const manager = bench.run(["--config=", "--", path, "an argument"]);
  equal(await manager.exitCode(), code);
  const errors = manager.log.matches(/ERROR: /).map(({ text }) => text);
  equal(errors.length, 1);
  ok(
    errors[0].endsWith(`Cannot start child process ${path}: ${why}`),
    errors[0],
  );
};

/** A file that may be executed. */
function executable(bench: Bench, content: string): string {
  const path = bench.path("program");
  writeExecutable(path, content);
  return path;
}

/** The child's program, said to be for a machine that none of ours is. */
function foreign(bench: Bench): string {
  const program = Deno.readFileSync(bench.child);
  // e_machine of elf(5); 22 is IBM's S/390.
  new DataView(program.buffer).setUint16(18, 22, true);
  Deno.writeFileSync(bench.path("foreign"), program);
  copyExecutable(bench.path("foreign"), bench.path("program"));
  return bench.path("program");
}

const FOREIGN =
  "not an executable format for this machine (another architecture, or an incomplete file)";

/** The child is ready, then this signal comes: the manager's code. */
const stopped = (
  code: number,
  signal: Deno.Signal,
  options: readonly string[],
  ...child: string[]
): Row =>
async (bench) => {
  const manager = await ready(bench, options, child);
  manager.signal(signal);
  equal(await manager.exitCode(), code);
  await manager.waitForLog(
    `Received signal: ${signal}, shutting down gracefully...`,
  );
  await manager.waitForLog("Shutting down manager...");
  await manager.waitForLog("Manager shutdown complete");
};

const ready = (
  bench: Bench,
  options: readonly string[],
  child: readonly string[],
): Promise<Manager> =>
  bench.supervise({ options, child }).ready({ watches: false });

/** Removes the manager's directory before it begins to watch a path there: nobody runs faster than it starts. */
const PULL_AWAY =
  'kill -STOP "$PPID"; rm -r "$PWD"; kill -CONT "$PPID"; exec sleep 1000';

Deno.test(
  row(
    "B2: the child dies of TERM by itself: 143",
    ends(143, "--die-by", "TERM"),
  ),
);

Deno.test(
  row(
    "B2: the child dies of USR1 by itself: 138",
    ends(138, "--die-by", "USR1"),
  ),
);

Deno.test(
  row(
    "B2: the child dies of USR2 by itself: 140",
    ends(140, "--die-by", "USR2"),
  ),
);

Deno.test(
  row("B2: the child dies of HUP by itself: 129", ends(129, "--die-by", "HUP")),
);

Deno.test(
  row(
    "B2: the child dies of QUIT by itself: 131",
    ends(131, "--die-by", "QUIT"),
  ),
);

Deno.test(
  row(
    "B2: the child dies of KILL by itself: 137",
    ends(137, "--die-by", "KILL"),
  ),
);

Deno.test(
  row(
    "B2: the child dies of SEGV by itself: 139",
    ends(139, "--die-by", "SEGV"),
  ),
);

Deno.test(row(
  "B2: the child dies of a real-time signal by itself: 162",
  ends(
    162,
    "--die-by",
    "34",
  ),
));

Deno.test(row(
  "B7: the command is missing: 127",
  refused(
    127,
    "no such file",
    (bench) => bench.path("absent"),
  ),
));

Deno.test(row(
  "B7: the command is in no directory of PATH: 127",
  refused(
    127,
    "not found in PATH; give its full path",
    () => "no-such-command",
  ),
));

Deno.test(row(
  "B7: the command is a directory: 126",
  refused(
    126,
    "is a directory",
    (bench) => bench.directory,
  ),
));

Deno.test(row(
  "B7: the command is not executable: 126",
  refused(
    126,
    "permission denied",
    (bench) => bench.write("program", "#!/bin/sh\n"),
  ),
));

Deno.test(row(
  "B7: the command's interpreter is missing: 126",
  refused(
    126,
    "its interpreter (the #! line or the dynamic loader) does not exist",
    (bench) => executable(bench, "#!/no/such/interpreter\n"),
  ),
));

Deno.test(
  row(
    "B7: the command is a script without a #! line: 126 at once",
    refused(
      126,
      "not an executable format (a script needs a #! line)",
      (bench) => executable(bench, "echo\n"),
    ),
  ),
);

Deno.test(row(
  "B7: the command is for another machine: 126 at once",
  refused(
    126,
    FOREIGN,
    foreign,
  ),
));

Deno.test(row(
  "B7: the command is an incomplete file: 126 at once",
  refused(
    126,
    FOREIGN,
    (bench) => executable(bench, "\x7fELF"),
  ),
));

Deno.test(row(
  "B7: the command's #! line is empty: 126 at once",
  refused(
    126,
    FOREIGN,
    (bench) => executable(bench, "#!\n"),
  ),
));

Deno.test(row(
  "2.2: asked by TERM, the child exits 0: 0",
  stopped(
    0,
    "SIGTERM",
    [],
    "--exit-on",
    "TERM:0",
  ),
));

Deno.test(
  row("2.2: asked by TERM, the child dies of it: 0", stopped(0, "SIGTERM", [])),
);

Deno.test(
  row("2.2: asked by INT, the child dies of TERM: 0", stopped(0, "SIGINT", [])),
);

Deno.test(
  row(
    "2.2: asked by TERM, the child dies of the --stop-signal: 0",
    stopped(
      0,
      "SIGTERM",
      ["--stop-signal=QUIT"],
    ),
  ),
);

Deno.test(row(
  "2.2: asked by TERM, the child exits 5: 5",
  stopped(
    5,
    "SIGTERM",
    [],
    "--exit-on",
    "TERM:5",
  ),
));

Deno.test(
  row(
    "2.2: asked by TERM, the child dies of another signal: 128+n",
    stopped(
      138,
      "SIGTERM",
      ["--stop-signal=USR1", "--rewrite-signal=TERM:USR2"],
      "--exit-on",
      "USR2:138",
    ),
  ),
);

Deno.test(
  row(
    "2.2: what comes after the child's start fails: 70, and the child is stopped first",
    async (bench) => {
      const cwd = bench.mkdir("cwd");
      bench.write("cwd/app.conf", "first");
      const manager = bench.run(
        ["--config=app.conf", "--", "sh", "-c", PULL_AWAY],
        { cwd },
      );
      const { text } = await manager.waitForLog(
        /Internal error: |Cannot watch directory/,
      );
      if (text.includes("Cannot watch")) {
        throw new Stalled("The manager had looked for its directory by then");
      }
      equal(await manager.exitCode(), 70);
      match(text, /ERROR: .*Internal error: .*please report this$/);
      await manager.waitForLog(
        `Child process (PID: ${manager.childPid}) stopped gracefully`,
      );
      deepEqual(await manager.survivors(), []);
    },
  ),
);

Deno.test(
  row(
    "B10: the child ignores TERM: killed after the timeout, 137, not before it",
    async (bench) => {
      const options = ["--stop-timeout=1500ms"];
      const manager = await ready(bench, options, ["--ignore", "TERM"]);
      const sentMs = performance.now();
      manager.signal("SIGTERM");
      await manager.waitForLog("Sent SIGTERM to process");
      const killed = await manager.waitForLog(
        `Timeout waiting for graceful shutdown, sending SIGKILL to process (PID: ${manager.childPid})`,
      );
      ok(killed.atMs - sentMs >= 1_500, `${killed.atMs - sentMs} ms`);
      equal(await manager.exitCode(), 137);
      await manager.waitForLog(
        "Child process exited abnormally: signal: killed",
      );
    },
  ),
);

Deno.test(
  row("2.2: check with nothing wrong: 0, with a fault: 1", async (bench) => {
    const good = bench.run(["check", "--config=", "--", "true"]);
    equal(await good.exitCode(), 0);
    const bad = bench.run(["check", "--config=", "--", "no-such-command"]);
    equal(await bad.exitCode(), 1);
    equal(
      bad.out.count("fault: Cannot run no-such-command: not found in PATH"),
      1,
    );
    equal(bad.starts, 0);
  }),
);
