/** `flush-manager check`: what it finds before a start would, and what it says of the options. */
import { deepEqual, equal } from "node:assert/strict";
import { writeExecutable } from "../fixtures/executable.ts";
import { type Bench, type Row, row } from "./bench.ts";
import { script } from "./reloads.ts";

/** Of the merged settings, which tests/check tests. */
const isSetting = (line: string) => /^(?:set|default): /.test(line);

/** The findings of the report and its code. */
async function report(
  bench: Bench,
  options: readonly string[],
): Promise<{ lines: string[]; code: number }> {
  const manager = bench.run(["check", ...options, "--", "true"]);
  const code = await manager.exitCode();
  const lines = manager.out.entries.map(({ text }) => text)
    .filter((line) => !isSetting(line));
  return { lines, code };
}

/** DIR stands for the bench's directory, in which app.conf is. */
const filled = (bench: Bench, texts: readonly string[]) =>
  texts.map((text) => text.replaceAll("DIR", bench.directory));

/** These are all the faults, and nothing was made. */
const faulty =
  (options: readonly string[], ...faults: string[]): Row => async (bench) => {
    bench.write("app.conf", "first");
    bench.write("plain", "#!/bin/sh\n");
    const { lines, code } = await report(bench, filled(bench, options));
    const found = lines.filter((line) => line.startsWith("fault: "));
    deepEqual(found, filled(bench, faults).map((text) => `fault: ${text}`));
    equal(code, 1);
    const names = [...Deno.readDirSync(bench.directory)].map(({ name }) =>
      name
    );
    deepEqual(names.sort(), ["app.conf", "plain"]);
  };

/** Without a fault, the findings besides those of a check without any option are these. */
const said =
  (options: readonly string[], ...expected: string[]): Row => async (bench) => {
    const usual = await report(bench, ["--config="]);
    const { lines, code } = await report(bench, ["--config=", ...options]);
    equal(code, 0);
    deepEqual(lines.filter((line) => !usual.lines.includes(line)), expected);
  };

const WATCHED = "--config=DIR/app.conf";
const NO_FILE = "no such file";
const NOT_FOUND = "not found in PATH; give its full path";

/** Every option that starts a program, and what the program is called there. */
const programs = (name: string): [option: string, what: string][] => [
  [`--check-command=${name} {config}`, "--check-command"],
  [`--on-change=exec:${name} x`, "--on-change"],
  [`--ready=exec:${name}`, "--ready"],
  [`--live=exec:${name}`, "--live"],
  [`--wait-for=exec:${name}`, "--wait-for"],
  [`--health-check=db=exec:${name}`, "--health-check db"],
  [`${WATCHED}=exec:${name}`, "--config DIR/app.conf"],
];

const broken = (name: string, why: string): Deno.TestDefinition[] =>
  programs(name).map(([option, what]) =>
    row(
      `check: ${option}: ${why}`,
      faulty([WATCHED, option], `Cannot run ${name} for ${what}: ${why}`),
    )
  );

broken("DIR/none", NO_FILE).forEach((each) => Deno.test(each));
broken("no-such-program", NOT_FOUND).forEach((each) => Deno.test(each));
broken("DIR/plain", "permission denied").forEach((each) => Deno.test(each));

Deno.test(
  row(
    "check: a program is looked for behind one in PATH that may not be executed",
    async (bench) => {
      const path = script(bench, "its-program", "exit 0");
      bench.mkdir("first");
      bench.write("first/its-program", "#!/bin/sh\n");
      const PATH = `${bench.path("first")}:${bench.directory}`;
      const { lines, code } = await report(bench, [
        "--config=",
        `--env=PATH=${PATH}:/bin`,
        "--ready=exec:its-program",
      ]);
      deepEqual(lines.filter((line) => line.startsWith("fault: ")), []);
      equal(code, 0);
      const env = { PATH: `${PATH}:/bin` };
      const manager = bench.run(["--config=", "--", "its-program"], { env });
      equal(await manager.exitCode(), 0);
      const command = bench.run(["check", "--config=", "--", "its-program"], {
        env,
      });
      equal(await command.exitCode(), 0);
      equal(command.out.count(`ok: run: ${path}`), 1);
    },
  ),
);

Deno.test(
  row("check: a script whose interpreter is not there", async (bench) => {
    const path = bench.path("its-program");
    writeExecutable(path, "#!/no/such/sh\n");
    const { lines, code } = await report(bench, [
      "--config=",
      `--ready=exec:${path}`,
    ]);
    const why =
      "its interpreter (the #! line or the dynamic loader) does not exist";
    deepEqual(lines.filter((line) => line.startsWith("fault: ")), [
      `fault: Cannot run ${path} for --ready: ${why}`,
    ]);
    equal(code, 1);
  }),
);

Deno.test(row("check: a --workdir that is no directory", async (bench) => {
  const file = bench.write("plain", "");
  const { lines } = await report(bench, ["--config=", `--workdir=${file}`]);
  deepEqual(lines.filter((line) => line.startsWith("fault: ")), [
    `fault: Cannot run true: working directory ${file} is not a directory`,
  ]);
}));

Deno.test(row(
  "check: a --snapshot-dir that is no directory",
  faulty(
    [WATCHED, "--snapshot-dir=DIR/plain"],
    "Cannot use snapshot directory DIR/plain: it is not a directory",
  ),
));

Deno.test(row(
  "check: each --wait-for is looked at",
  faulty(
    [
      "--config=",
      "--wait-for=exec:DIR/none",
      "--wait-for=exec:true",
      "--wait-for=exec:DIR",
    ],
    `Cannot run DIR/none for --wait-for: ${NO_FILE}`,
    "Cannot run DIR for --wait-for: is a directory",
  ),
));

Deno.test(
  row(
    "check: a program that is found by the child's PATH, or named by {config}",
    async (bench) => {
      const path = script(bench, "its-program", "exit 0");
      const options = [
        `--config=${path}`,
        "--check-command={config}",
        `--env=PATH=${bench.directory}:/bin`,
        "--ready=exec:its-program",
      ];
      const { lines, code } = await report(bench, options);
      deepEqual(lines.filter((line) => line.startsWith("fault: ")), []);
      equal(code, 0);
    },
  ),
);

Deno.test(row(
  "check: a certificate of the control endpoint that cannot be read",
  faulty(
    [
      "--config=",
      "--control=tcp:127.0.0.1:19464",
      "--control-tls-cert=DIR/app.conf",
      "--control-tls-key=DIR/none",
    ],
    "Cannot use --control-tls-cert and --control-tls-key: DIR/none cannot be read: it does not exist",
  ),
));

Deno.test(row(
  "check: variables with which no trace can be sent",
  async (bench) => {
    const run = bench.run(
      ["check", "--config=", "--traces=otlp", "--", "true"],
      {
        env: { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
      },
    );
    await run.out.wait("fault: Cannot send traces by gRPC");
    equal(await run.exitCode(), 1);
  },
));

Deno.test(row(
  "check: a --snapshot-dir that a watched path is in",
  faulty(
    [WATCHED, "--snapshot-dir=DIR"],
    "Cannot use snapshot directory DIR: the watched path DIR/app.conf is inside it",
  ),
));

Deno.test(row(
  "check: a --snapshot-dir in a watched path",
  faulty(
    ["--config=DIR", "--snapshot-dir=DIR/copies"],
    "Cannot use snapshot directory DIR/copies: it is inside the watched path DIR",
  ),
));

Deno.test(row(
  "check: a --snapshot-dir in a directory of variables",
  faulty(
    ["--config=", "--env-file=DIR/app.env", "--snapshot-dir=DIR"],
    "Cannot use snapshot directory DIR: the watched path DIR/app.env is inside it",
    "Cannot read environment file DIR/app.env: it does not exist",
  ),
));

Deno.test(row(
  "check: what is not a default has a line",
  said(
    [
      "--restart=on-failure",
      "--backoff=100ms..2s",
      "--max-restarts=5/10m",
      "--drain-delay=5s",
      "--min-interval=1m",
      "--rewrite-signal=HUP:QUIT",
      "--rewrite-signal=USR1:0",
      "--reload-signal=USR2",
      "--subreaper",
      "--check-command=true",
      "--check-at-start=warn",
      "--control=auto",
      "--control=tcp:127.0.0.1:9090",
    ],
    "ok: check: true, at most 30s",
    "ok: on its own end: restart (on-failure) after 100ms, doubled up to 2s, 5 times within 10m0s at most",
    "ok: at start: a configuration that is rejected is started on all the same",
    "ok: drain delay: 5s from the decision to the stop signal",
    "ok: reloads: at least 1m0s apart",
    "ok: signals: SIGHUP becomes SIGQUIT, SIGUSR1 is dropped",
    "ok: on SIGUSR2: a reload; the child does not get it",
    "ok: orphans: reaped, as a subreaper",
    "ok: control: auto, tcp:127.0.0.1:9090",
  ),
));

Deno.test(row("check: --splay says what it is on this host", async (bench) => {
  const splay = ["--config=", "--splay=1ms"];
  const { lines } = await report(bench, splay);
  const found = lines.filter((line) => line.startsWith("ok: reloads: "))
    .map((line) => line.replace(/(0s|1ms)$/, "HERE"));
  deepEqual(found, [
    "ok: reloads: spread over 1ms by host name, here after HERE",
  ]);
}));

Deno.test(row(
  "check: an option without effect has a note",
  said(
    [
      "--backoff=100ms..2s",
      "--max-restarts=5/10m",
      "--check-timeout=1s",
      "--check-at-start=warn",
      "--retry-rejected=never",
      "--ready-timeout=1s",
      "--ready-interval=2s",
      "--ready-threshold=2",
      "--wait-for-scope=first",
      "--wait-timeout=1s",
      "--control-token-file=/t",
      "--control-tls-cert=/c",
      "--control-tls-key=/k",
      "--control-host=a",
      "--health-interval=1s",
      "--health-timeout=1s",
    ],
    "note: --backoff has no effect without --restart",
    "note: --max-restarts has no effect without --restart",
    "note: --check-timeout has no effect without --check-command",
    "note: --check-at-start has no effect without --check-command",
    "note: --retry-rejected has no effect without --check-command, --snapshot-dir, --strategy overlap, --wait-for or an action that may fail",
    "note: --ready-timeout has no effect without --ready or --snapshot-dir",
    "note: --ready-interval has no effect without --ready",
    "note: --ready-threshold has no effect without --ready",
    "note: --wait-for-scope has no effect without --wait-for",
    "note: --wait-timeout has no effect without --wait-for",
    "note: --control-token-file has no effect without --control tcp:HOST:PORT",
    "note: --control-tls-cert has no effect without --control tcp:HOST:PORT",
    "note: --control-host has no effect without --control tcp:HOST:PORT",
    "note: --health-interval has no effect without --health-check",
    "note: --health-timeout has no effect without --health-check",
  ),
));

Deno.test(row(
  "check: what is asked of a child, with what follows, to which --max-restarts and --backoff belong",
  said(
    [
      "--live=file:/",
      "--live-threshold=1",
      "--live-action=signal:ABRT",
      "--max-restarts=5/10m",
      "--backoff=100ms..2s",
    ],
    "ok: live: file:/ every 10s, within 1s; signal:ABRT after 1 failure",
  ),
));

Deno.test(
  row(
    "check: --ready-timeout has an effect with --snapshot-dir",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const { lines, code } = await report(bench, [
        `--config=${file}`,
        `--snapshot-dir=${bench.path("copies")}`,
        "--ready-timeout=1s",
      ]);
      deepEqual(lines.filter((line) => line.startsWith("note: ")), []);
      equal(code, 0);
    },
  ),
);

Deno.test(row(
  "check: a quiet window beyond its cap wins",
  said(
    ["--debounce=10s", "--debounce-max=5s"],
    "ok: on change: restart after 10s of quiet, 10s at most; polling every 5s",
    "note: --debounce 10s is longer than --debounce-max 5s, which has no effect",
  ),
));

Deno.test(
  row("check: a path of which there is too much is noted", async (bench) => {
    const huge = bench.write("huge", "");
    Deno.truncateSync(huge, 2 * 1024 ** 3);
    const { lines, code } = await report(bench, [`--config=${huge}`]);
    deepEqual(lines.filter((line) => line.includes(huge)), [
      `note: Cannot read all of config ${huge}: it is larger than 1 GiB; its metadata are compared in place of its content`,
    ]);
    equal(code, 0);
  }),
);
