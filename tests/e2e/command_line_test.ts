/**
 * The command line of the executable (design 2.1, conformance B8). Every
 * option's parsing is tested without processes, in tests/core or tests/host.
 */
import { equal, match, ok } from "node:assert/strict";
import { type Bench, needing, type Row, row } from "./bench.ts";
import type { Manager } from "./harness.ts";

const DEFAULT_COMMAND = "/usr/local/bin/redis-exporter";
const DEFAULT_CONFIG = "/usr/local/bin/conf/exporter.conf";
const DEFAULTS_ARE_THERE = [DEFAULT_COMMAND, DEFAULT_CONFIG].some((path) => {
  try {
    return Deno.lstatSync(path) !== undefined;
  } catch {
    return false;
  }
});
/** These rows rely on the defaults' absence. */
const PRISTINE = DEFAULTS_ARE_THERE
  ? { missing: `${DEFAULT_COMMAND} or ${DEFAULT_CONFIG} exists here` }
  : {};

/** What `check` prints for these arguments. */
async function report(
  bench: Bench,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const manager = bench.run(["check", ...args], { env });
  await manager.exitCode();
  // Where each setting is from differs between an option and its variable.
  return manager.out.entries.map(({ text }) => text)
    .filter((line) => !/^(?:set|default): /.test(line)).join("\n");
}

/** `check` says that the stop timeout is this. */
const stopTimeout = (
  expected: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Row =>
async (bench) => {
  const text = await report(bench, [...args, "--", "true"], env);
  match(text, new RegExp(`SIGKILL after ${expected}$`, "m"));
};

/** The arguments are refused: one line that says all of this, code 2, nothing started. */
const refused = (
  args: readonly string[],
  expected: readonly string[],
  env: Record<string, string> = {},
): Row =>
async (bench) => {
  const started = bench.path("started");
  const child = ["--", bench.child, "--write-config", started];
  const manager = bench.run([...args, ...child], { env });
  await isUsageError(manager, expected);
  equal([...Deno.readDirSync(bench.directory)].length, 0);
};

async function isUsageError(
  manager: Manager,
  expected: readonly string[],
): Promise<void> {
  equal(await manager.exitCode(), 2);
  const lines = manager.log.entries.map(({ text }) => text);
  equal(lines.length, 1, lines.join("\n"));
  for (const part of expected) ok(lines[0].includes(part), lines[0]);
  equal(manager.out.entries.length, 0);
}

/** Nothing was named: the default command is looked for, nothing is watched. */
async function hasDefaults(manager: Manager): Promise<void> {
  equal(await manager.exitCode(), 127);
  await manager.waitForLog(
    `Configuration: command=${DEFAULT_COMMAND}, config_file=${DEFAULT_CONFIG}, args=[]`,
  );
  await manager.waitForLog(
    `Config file ${DEFAULT_CONFIG} does not exist, using no-op watcher`,
  );
  await manager.waitForLog(`Cannot start child process ${DEFAULT_COMMAND}`);
}

/** The child's arguments, as it saw them. */
async function argumentsOf(manager: Manager): Promise<string> {
  equal(await manager.stopWhenReady(), 0);
  return manager.out.matches("arg: ").map(({ text }) => text.slice(5))
    .join("|");
}

Deno.test(
  row("2.1: --name value", stopTimeout("7s", ["--stop-timeout", "7s"])),
);

Deno.test(row("2.1: --name=value", stopTimeout("7s", ["--stop-timeout=7s"])));

Deno.test(row("2.1: -name value", stopTimeout("7s", ["-stop-timeout", "7s"])));

Deno.test(row("2.1: -name=value", stopTimeout("7s", ["-stop-timeout=7s"])));

Deno.test(row(
  "2.1: the last of a repeated option wins",
  stopTimeout("1m30s", [
    "-stop-timeout=7s",
    "--stop-timeout",
    "1m30s",
  ]),
));

Deno.test(
  row(
    "2.1: the environment wins over the default",
    stopTimeout("8s", [], {
      FLUSH_MANAGER_STOP_TIMEOUT: "8s",
    }),
  ),
);

Deno.test(row(
  "2.1: a flag wins over the environment",
  stopTimeout(
    "7s",
    ["-stop-timeout=7s"],
    { FLUSH_MANAGER_STOP_TIMEOUT: "8s" },
  ),
));

Deno.test(row("2.1: the default stop timeout is 10s", stopTimeout("10s", [])));

Deno.test(row("2.1: --version", async (bench) => {
  for (const flag of ["--version", "-version", "-V"]) {
    const manager = bench.run([flag]);
    equal(await manager.exitCode(), 0);
    const lines = manager.out.entries.map(({ text }) => text);
    equal(lines.length, 1);
    match(lines[0], /^flush-manager version \d+\.\d+\.\d+$/);
    equal(manager.log.entries.length, 0);
  }
}));

Deno.test(
  row(
    "2.1: --help fits one screen per group and shows defaults",
    async (bench) => {
      const manager = bench.run(["--help"]);
      equal(await manager.exitCode(), 0);
      const text = manager.out.entries.map((line) => line.text).join("\n");
      for (const group of text.split("\n\n")) {
        const rows = group.split("\n")
          .map((line) => Math.max(1, Math.ceil(line.length / 80)))
          .reduce((sum, count) => sum + count, 0);
        ok(rows <= 24, `${rows} rows:\n${group}`);
      }
      ok(text.includes(DEFAULT_COMMAND) && text.includes("(default 500ms)"));
    },
  ),
);

Deno.test(
  row("2.1: the original form, -command CMD and options [F]", async (bench) => {
    const file = bench.write("app.conf", "first");
    const manager = bench.run([
      ...["-command", bench.child, "-config", file, "-debounce", "200ms"],
      ...["--", "--print-config", file, "--ready-line"],
    ]);
    await manager.ready();
    await manager.waitForLog(
      `Configuration: command=${bench.child}, config_file=${file}, args=[--print-config ${file} --ready-line]`,
    );
    await manager.restartByEvent(
      () => Deno.writeTextFileSync(file, "second"),
      "second",
    );
  }),
);

Deno.test(
  row("2.1: with -command all positionals are its arguments", async (bench) => {
    const manager = bench.run([
      ...["-command", "sh", "-config", ""],
      bench.write("script", 'echo "ready pid=0 $*"; exec sleep 1000'),
      "-config",
    ]);
    await manager.out.wait("ready pid=0 -config");
  }),
);

Deno.test(
  row(
    "B8: no arguments: the defaults",
    needing(PRISTINE, async (bench) => {
      await hasDefaults(bench.run([]));
    }),
  ),
);

Deno.test(row(
  "B8: only --: the defaults",
  needing(PRISTINE, async (bench) => {
    await hasDefaults(bench.run(["--"]));
  }),
));

Deno.test(row("B8: -- -- true: the command is --", async (bench) => {
  const manager = bench.run(["--config=", "--", "--", "true"]);
  equal(await manager.exitCode(), 127);
  await manager.waitForLog(
    "Cannot start child process --: not found in PATH",
  );
}));

Deno.test(
  row("B8: an option of the child that looks like ours is the child's", async (
    bench,
  ) => {
    const manager = bench.run([
      ...["--config=", bench.child, "--ready-line", "--args"],
      ...["--config", "x", "--", "-V", "--help", "--debounce=z"],
    ]);
    equal(
      await argumentsOf(manager),
      "--config|x|--|-V|--help|--debounce=z",
    );
    await manager.waitForLog("config_file=, args=[--ready-line");
  }),
);

Deno.test(row(
  "B8: an unknown option: one line, 2, nothing started",
  refused(
    ["--confg", "x"],
    ["--confg", "unknown", "did you mean --config?"],
  ),
));

Deno.test(row(
  "2.1: usage error: a duration without a unit",
  refused(
    ["--debounce", "10"],
    ["--debounce", '"10"', "500ms, 10s, 1m30s"],
  ),
));

Deno.test(row(
  "2.1: usage error: a duration out of range",
  refused(
    ["-poll-interval=1ms"],
    ["--poll-interval", '"1ms"', "from 100ms to 1h"],
  ),
));

Deno.test(row(
  "2.1: usage error: no such signal",
  refused(
    ["--stop-signal=SIGFOO"],
    ["--stop-signal", '"SIGFOO"', "SIGHUP, HUP, 1"],
  ),
));

Deno.test(row(
  "2.1: usage error: no such level",
  refused(
    ["--log-level", "fatal"],
    ["--log-level", '"fatal"', "trace, debug, info, warn, error"],
  ),
));

Deno.test(row(
  "2.1: usage error: no such format",
  refused(
    ["--log-format=xml"],
    ["--log-format", '"xml"', "text, json"],
  ),
));

Deno.test(row(
  "2.1: usage error: no such comparison",
  refused(
    ["--compare=mtime"],
    ["--compare", '"mtime"', "content, metadata"],
  ),
));

Deno.test(row(
  "2.1: usage error: half a rewrite",
  refused(
    ["--rewrite-signal=HUP"],
    ["--rewrite-signal", '"HUP"', "A:B"],
  ),
));

Deno.test(
  row(
    "2.1: usage error: a switch that is neither true nor false",
    refused(
      ["--subreaper=maybe"],
      ["--subreaper", '"maybe"', "true or false"],
    ),
  ),
);

Deno.test(row(
  "2.1: usage error: an empty command",
  refused(
    ["--command="],
    ["--command", '""', "non-empty"],
  ),
));

Deno.test(row(
  "2.1: usage error: in the environment",
  refused(
    [],
    ["FLUSH_MANAGER_DEBOUNCE", '"soon"', "500ms, 10s, 1m30s"],
    { FLUSH_MANAGER_DEBOUNCE: "soon" },
  ),
));

Deno.test(row("2.1: usage error: a missing value", async (bench) => {
  await isUsageError(bench.run(["--config=", "--stop-timeout"]), [
    "--stop-timeout",
    "needs a value",
  ]);
}));

Deno.test(row("2.1: usage error: bad input to check", async (bench) => {
  await isUsageError(bench.run(["check", "--debounce=x"]), ["--debounce"]);
}));

Deno.test(row("several --config: each is watched", async (bench) => {
  const one = bench.write("one", "first");
  const two = bench.write("two", "first");
  const args = ["-config", one, "--config", two];
  const text = await report(bench, [...args, "--", "true"]);
  ok(text.includes(`Config file ${one} is a regular file`), text);
  ok(text.includes(`Config file ${two} is a regular file`), text);
  const env = { FLUSH_MANAGER_CONFIG: `${one},${two}` };
  equal(await report(bench, ["--", "true"], env), text);
}));

Deno.test(
  row("--config of nothing: braces in a command are its own", async (bench) => {
    const words = ["{config}", "{listen}", "{}", "${run}x", "{{.Config}}"];
    const manager = bench.run(["--config=", "--", "echo", ...words]);
    equal(await manager.exitCode(), 0);
    const [{ text }] = manager.out.entries;
    equal(text, "{config} {listen} {} $1x {{.Config}}");
  }),
);

Deno.test(row("--config of nothing: the no-op watcher", async (bench) => {
  const manager = await bench.supervise().ready({ watches: false });
  await manager.waitForLog("using no-op watcher");
  equal(await manager.stop(), 0);
  equal(manager.log.count("Starting file watcher"), 0);
  equal(manager.log.count("Started polling"), 0);
}));

Deno.test(
  row(
    "--compare metadata: a touch restarts, as in the original [F]",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const options = ["--compare=metadata"];
      const manager = await bench.supervise({ config: [file], options })
        .ready();
      await manager.restartByEvent(() =>
        Deno.utimeSync(file, new Date("2001-01-01"), new Date("2001-01-01"))
      );
    },
  ),
);
