/**
 * What operators type first, by the conventions of kubectl, Docker, Prometheus,
 * systemd and Go: it is understood as they mean it, or a line says what to write.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Bench, needing, type Row, row } from "./bench.ts";
import { EXECUTABLE, type Manager } from "./harness.ts";
import { refuses } from "./reloads.ts";

const texts = (manager: Manager): string[] =>
  manager.out.entries.map(({ text }) => text);

/** What `check` says for these options of a program. */
async function checked(bench: Bench, words: readonly string[]) {
  const manager = bench.run(["check", "--config=", ...words, "--", "true"]);
  const code = await manager.exitCode();
  return { code, lines: texts(manager), log: manager.log };
}

/** By which tool's convention, what is typed, and what `check` understands; undefined where it has no line for it. */
const GUESSES: readonly (readonly [string, string[], string | undefined])[] = [
  ["Go", ["--listen", ":8080"], "listen: tcp:[::]:8080 as {listen0}"],
  ["Docker", ["--listen=0.0.0.0:8080"], "listen: tcp:0.0.0.0:8080 as"],
  ["Go", ["--listen=127.0.0.1:8080"], "listen: tcp:127.0.0.1:8080 as"],
  ["Go", ["--listen=localhost:8080"], "listen: tcp:127.0.0.1:8080 as"],
  ["systemd", ["--listen=8080"], "listen: tcp:[::]:8080 as"],
  ["nginx", ["--listen=*:8080"], "listen: tcp:[::]:8080 as"],
  ["systemd", ["--listen=[::1]:8080"], "listen: tcp:[::1]:8080 as"],
  ["systemd", ["--listen=/run/a.sock"], "listen: unix:/run/a.sock as"],
  ["Docker", ["--listen=tcp://127.0.0.1:80"], "listen: tcp:127.0.0.1:80 as"],
  ["Docker", ["--listen=unix:///run/a.sock"], "listen: unix:/run/a.sock as"],
  ["Prometheus", ["--control=127.0.0.1:9913"], "control: tcp:127.0.0.1:9913"],
  ["systemd", ["--control=/run/c.sock"], "control: unix:/run/c.sock"],
  ["kubectl", ["--control=off"], "control: off"],
  [
    "kubectl",
    ["--ready", "http://localhost:8080/healthz"],
    "ready: http:http://localhost:8080/healthz",
  ],
  [
    "kubectl",
    ["--ready=https://localhost:8443/ok"],
    "ready: http:https://localhost:8443/ok",
  ],
  ["kubectl", ["--ready=:8080"], "ready: tcp:localhost:8080"],
  ["Compose", ["--wait-for", "redis:6379"], "wait for: tcp:redis:6379"],
  ["dockerize", ["--wait-for=tcp://db:5432"], "wait for: tcp:db:5432"],
  ["dockerize", ["--wait-for=file:///run/up"], "wait for: file:/run/up"],
  ["Prometheus", ["--log-level=WARN"], undefined],
  ["systemd", ["--log-level", "warning"], undefined],
  ["Prometheus", ["--log.level=info"], undefined],
  ["systemd", ["--log-format=JSON"], undefined],
  ["gflags", ["--stop_timeout=7s"], "SIGKILL after 7s"],
  ["Docker", ["--restart=no"], undefined],
  ["Docker", ["--restart", "always"], "restart (always)"],
  ["Docker", ["--restart=unless-stopped"], "restart (always)"],
  ["Docker", ["--restart=on-failure"], "restart (on-failure)"],
  ["Docker", ["--restart=on-failure:5"], "up to 30s, 5 times at most"],
  ["kubectl", ["--restart=OnFailure"], "restart (on-failure)"],
  [
    "supervisord",
    ["--restart=always", "--max-restarts=3"],
    "up to 30s, 3 times at most",
  ],
  ["Go", ["-stop-timeout=1m30s"], "SIGKILL after 1m30s"],
  ["Go", ["--stop-timeout=1.5s"], "SIGKILL after 1.5s"],
  ["Prometheus", ["--stop-timeout=1h"], "SIGKILL after 1h0m0s"],
  ["Prometheus", ["--stop-timeout", "500ms"], "SIGKILL after 500ms"],
  ["systemd", ["--stop-timeout=1min 30s"], "SIGKILL after 1m30s"],
  ["systemd", ["--stop-timeout=2minutes"], "SIGKILL after 2m0s"],
  ["Docker", ["--stop-signal=SIGQUIT"], "on stop: SIGQUIT"],
  ["kill", ["--stop-signal=quit"], "on stop: SIGQUIT"],
  ["kill", ["--stop-signal=3"], "on stop: SIGQUIT"],
  ["systemd", ["--stop-signal=sigquit"], "on stop: SIGQUIT"],
  ["dumb-init", ["--rewrite-signal=15:3"], "SIGTERM becomes SIGQUIT"],
  ["systemd", ["--kill-mode=control-group"], "to the process group"],
  ["systemd", ["--kill-mode=process"], "to the main process alone"],
  ["systemd", ["--subreaper=on"], "orphans: reaped"],
];

for (const [tool, words, expected] of GUESSES) {
  Deno.test(row(`guess: ${words.join(" ")} (${tool})`, async (bench) => {
    const { code, lines, log } = await checked(bench, words);
    equal(code, 0, [...lines, ...log.entries.map(({ text }) => text)].join());
    if (expected === undefined) return;
    ok(lines.some((line) => line.includes(expected)), lines.join("\n"));
  }));
}

/** What cannot be guessed says what to write. */
const CORRECTED: readonly (readonly [string[], RegExp])[] = [
  [["--stop-timeout", "30"], /did you mean 30s\?$/],
  [["--restart=always:3"], /on-failure:N with N from 1 to 999/],
  [["--listen=example.org:80"], /an IP address/],
  [["--ready=/healthz"], /http:URL or file:PATH/],
  [["--debonce=1s"], /did you mean --debounce\?/],
  [["--stop-grace-period=1s"], /did you mean --stop-timeout\?/],
  [["--config.file=/etc/a.yml"], /did you mean --config\?/],
  [["--verbose"], /did you mean --log-level\?/],
  [["--dry-run"], /did you mean flush-manager check\?/],
  [["--on-change=SIGHUP"], /did you mean signal:HUP\?$/],
  [["--live=:80", "--live-action=abrt"], /did you mean signal:ABRT\?$/],
];

for (const [words, expected] of CORRECTED) {
  Deno.test(
    row(
      `guess: ${words.join(" ")} is told how to be written`,
      async (bench) => {
        const manager = bench.run([...words, "--config=", "--", "true"]);
        const [line, ...more] = await refuses(manager, 2);
        match(line, expected);
        deepEqual(more, []);
      },
    ),
  );
}

/** The executable prints this and ends with the code. */
const prints =
  (args: readonly string[], expected: RegExp, code = 0): Row =>
  async (
    bench,
  ) => {
    const manager = bench.run(args);
    equal(await manager.exitCode(), code);
    match(texts(manager).join("\n"), expected);
  };

const VERSION = /^flush-manager version \d+\.\d+\.\d+$/;
for (const args of [["version"], ["-v"], ["-V"], ["--version"]]) {
  Deno.test(row(`guess: flush-manager ${args}`, prints(args, VERSION)));
}
for (const args of [["help"], ["-h"], ["--help"], ["help", "check"]]) {
  Deno.test(
    row(
      `guess: flush-manager ${args.join(" ")}`,
      prints(args, /^Usage:[\s\S]*--stop-timeout DURATION/m),
    ),
  );
}
Deno.test(
  row(
    "guess: flush-manager help status",
    prints(["help", "status"], /^flush-manager status: [\s\S]*--control/),
  ),
);

const BY_ENTRYPOINT = ["--config=", "--stop-timeout=7s", "check"];

Deno.test(
  row(
    "guess: docker run IMAGE check, behind an ENTRYPOINT's options",
    async (bench) => {
      const alone = bench.run([...BY_ENTRYPOINT, "--", "true"]);
      equal(await alone.exitCode(), 0);
      const lines = texts(alone);
      ok(lines.some((line) => line.includes("SIGKILL after 7s")));
      ok(lines.some((line) => /^ok: run: \S*\/true \[\]$/.test(line)));
      const json = bench.run([...BY_ENTRYPOINT, "-o", "json", "true"]);
      equal(await json.exitCode(), 0);
      ok(Array.isArray(JSON.parse(texts(json).join("\n")).findings));
    },
  ),
);

Deno.test(
  row("guess: a program that is called check runs behind --", async (bench) => {
    const program = bench.write("check", "#!/bin/sh\necho ran $1\n");
    await Deno.chmod(program, 0o755);
    const env = { PATH: `${bench.directory}:/usr/bin:/bin` };
    for (
      const words of [["--", "check", "a"], ["--command=check", "a"], [
        "--command",
        "check",
        "--",
        "a",
      ]]
    ) {
      const manager = bench.run(["--config=", ...words], { env });
      equal(await manager.exitCode(), 0);
      deepEqual(texts(manager), ["ran a"]);
    }
  }),
);

const DEFAULT_PROGRAM = "/usr/local/bin/redis-exporter";

const SCRIPT = {
  missing: await hasScript()
    ? undefined
    : "there is no script (Debian: bsdutils)",
};

async function hasScript(): Promise<boolean> {
  const there = (path: string) => Deno.stat(path).then(() => true, () => false);
  return await there("/usr/bin/script") && !await there(DEFAULT_PROGRAM);
}

Deno.test(
  row(
    "guess: flush-manager alone on a terminal says in eight lines what to type",
    needing(SCRIPT, async (bench) => {
      const screen = bench.run([], {
        program: ["script", "-qec", '"$MANAGER"', "/dev/null"],
        stdin: "piped",
        env: { SHELL: "/bin/sh", TERM: "dumb", MANAGER: EXECUTABLE },
      });
      equal(await screen.exitCode(), 2);
      const lines = texts(screen).map((text) => text.trimEnd());
      equal(lines.length, 8, lines.join("\n"));
      match(lines.join("\n"), /flush-manager --config FILE -- PROGRAM/);
    }),
  ),
);

Deno.test(
  row(
    "guess: flush-manager alone without a terminal runs the original's default",
    needing(SCRIPT, async (bench) => {
      const manager = bench.run([]);
      equal(await manager.exitCode(), 127);
      await manager.waitForLog(`Cannot start child process ${DEFAULT_PROGRAM}`);
    }),
  ),
);

Deno.test(
  row(
    "guess: -ojson is -o json",
    prints(["check", "--config=", "-ojson", "--", "true"], /^\{\n/),
  ),
);

const MISSPELT = { FLUSH_MANAGER_STOP_TIMOUT: "1s", FLUSH_MANAGER_ZZZ: "" };
const MEANT =
  "Environment variable FLUSH_MANAGER_STOP_TIMOUT is unknown and has no effect; did you mean FLUSH_MANAGER_STOP_TIMEOUT?";
/** It may be somebody else's: only check tells of it. */
const RESEMBLES_NONE =
  "Environment variable FLUSH_MANAGER_ZZZ is unknown and has no effect; see --help for the options";

Deno.test(
  row(
    "guess: a misspelt variable is a WARN line and a fault of check",
    async (bench) => {
      const manager = bench.run(["--config=", "true"], { env: MISSPELT });
      equal(await manager.exitCode(), 0);
      deepEqual(
        manager.log.matches(" WARN: ").map(({ text }) =>
          text.replace(/^.*?(?=Environment)/, "")
        ),
        [MEANT],
      );
      const refused = bench.run(["--debonce=1s", "true"], { env: MISSPELT });
      const lines = await refuses(refused, 2);
      equal(lines.length, 2, lines.join("\n"));
      ok(lines[1].endsWith(MEANT), lines[1]);
      const check = bench.run(["check", "--config=", "true"], {
        env: MISSPELT,
      });
      equal(await check.exitCode(), 1);
      ok(texts(check).includes(`fault: ${MEANT}`));
      ok(texts(check).includes(`note: ${RESEMBLES_NONE}`));
    },
  ),
);

Deno.test(
  row(
    "guess: a manager below a manager knows the variables that it is told",
    async (bench) => {
      const file = bench.write("app.conf", "a");
      const inner = [EXECUTABLE, "--control=", "--config=", "--", "true"];
      const outer = bench.run([
        `--config=${file}`,
        "--control=",
        "--",
        ...inner,
      ]);
      equal(await outer.exitCode(), 0);
      equal(outer.log.count(/=== Flush Manager v\S+ starting ===/), 2);
      equal(outer.log.count(/ (WARN|ERROR): /), 0);
    },
  ),
);

Deno.test(
  row(
    "guess: all mistakes of a command line are told at once",
    async (bench) => {
      const settings = bench.write("s.yaml", "splai: 1s\npoll-interval: 5\n");
      const words = ["--debonce", "1s", "--stop-timeout=30", "--listen=x"];
      const text = (manager: Manager) =>
        manager.log.entries.map(({ text }) => text);
      const alone = bench.run([...words, "--", "true"]);
      equal(await alone.exitCode(), 2);
      const options = ["--debonce", "--listen", "--stop-timeout"];
      deepEqual(text(alone).map((line) => /--[\w-]+/.exec(line)?.[0]), options);
      const both = bench.run([
        `--settings=${settings}`,
        ...words,
        "--",
        "true",
      ]);
      equal(await both.exitCode(), 2);
      const lines = text(both);
      equal(lines.length, 5, lines.join("\n"));
      match(lines[3], /s\.yaml:1:1: splai/);
      match(lines[4], /s\.yaml:2:16: poll-interval/);
      ok(lines.every((line) => line.startsWith("flush-manager: Cannot use ")));
    },
  ),
);
