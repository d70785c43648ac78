/** `--settings`: what the file says is what the executable does, and a broken one starts nothing. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { change, QUICK } from "./reloads.ts";

/** Runs to its end; what it has written. */
async function ended(
  bench: Bench,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const manager = bench.run(args, { env });
  const code = await manager.exitCode();
  const textsOf = (lines: typeof manager.out) =>
    lines.entries.map(({ text }) => text);
  return { code, out: textsOf(manager.out), log: textsOf(manager.log) };
}

Deno.test(
  row(
    "settings file: names the program, its variables and what is watched",
    async (bench) => {
      const config = bench.write("app.conf", "first");
      const settings = bench.write(
        "settings.yaml",
        `
# What is run.
command: sh
args:
  - -c
  - echo "$GREETING $VERSION $0" && exec sleep 60
  - "{config}"
env:
  GREETING: hello
  VERSION: 1.10
config:
  - path: ${config}
    action: restart
debounce: 100ms
poll-interval: 1h
log-level: info
`,
      );
      const manager = bench.run(["--settings", settings]);
      await manager.out.wait(`hello 1.10 ${config}`);
      await manager.log.wait("Watching directory: ");
      change(config, "second");
      await manager.out.wait(`hello 1.10 ${config}`, { nth: 2 });
      equal(manager.log.count("DEBUG"), 0);
      manager.signal("SIGTERM");
      equal(await manager.exitCode(), 0);
    },
  ),
);

Deno.test(
  row(
    "settings file: JSON, by its variable; a variable and a flag win over it",
    async (bench) => {
      const settings = bench.write(
        "settings.json",
        JSON.stringify({
          config: [],
          "log-format": "json",
          "log-level": "error",
          env: { A: "file", B: "file" },
          command: "sh",
          args: ["-c", 'echo "$A $B"'],
        }),
      );
      const env = { FLUSH_MANAGER_SETTINGS: settings };
      deepEqual(await ended(bench, [], env), {
        code: 0,
        out: ["file file"],
        log: [],
      });
      const overruled = { ...env, FLUSH_MANAGER_ENV: "A=variable\nB=variable" };
      deepEqual((await ended(bench, [], overruled)).out, ["variable variable"]);
      deepEqual((await ended(bench, ["--env=A=flag"], overruled)).out, [
        "flag ",
      ]);
      deepEqual((await ended(bench, ["--", "echo", "own"], env)).out, ["own"]);
    },
  ),
);

Deno.test(
  row(
    "settings file: all faults at once with their places, exit 2, and nothing is started",
    async (bench) => {
      const settings = bench.write(
        "settings.yaml",
        "debonce: 1s\nsplay: 5\nenv:\n  A: [planted]\n",
      );
      for (const args of [["--", "echo", "started"], ["check", "--", "true"]]) {
        const [first, ...rest] = args;
        const words = first === "check"
          ? [first, "--settings", settings, ...rest]
          : ["--settings", settings, ...args];
        deepEqual(await ended(bench, words), {
          code: 2,
          out: [],
          log: [
            `flush-manager: Cannot use ${settings}:1:1: debonce: it is not a setting; did you mean debounce?`,
            `flush-manager: Cannot use ${settings}:2:8: splay: the value "5" is not allowed; use a duration with a unit (500ms, 10s, 1m30s) from 0s to 1h0m0s`,
            `flush-manager: Cannot use ${settings}:4:6: env.A: a list is not allowed; use a text ("" for an empty one)`,
          ],
        });
      }
      deepEqual(
        (await ended(bench, [`--settings=${bench.path("none")}`])).log,
        [
          `flush-manager: Cannot read settings file ${
            bench.path("none")
          }: no such regular file`,
        ],
      );
    },
  ),
);

Deno.test(
  row(
    "settings file: settings that cannot go together name the place in the file",
    async (bench) => {
      const settings = bench.write(
        "settings.yaml",
        "config: []\nstrategy: overlap\n",
      );
      const { code, log } = await ended(bench, [
        "--settings",
        settings,
        QUICK,
        "true",
      ]);
      equal(code, 2);
      deepEqual(log, [
        `flush-manager: Cannot use ${settings}:2:1: strategy: overlap needs --ready, which tells when the old child may be stopped`,
      ]);
    },
  ),
);

Deno.test(
  row(
    "settings file: check tells every setting with its origin, as lines and as JSON, and no secret",
    async (bench) => {
      const settings = bench.write(
        "settings.yaml",
        `
command: true
config: []
`.replace("true", '"true"') + "env: {TOKEN: planted-secret}\nbackoff: 2s..3s\n",
      );
      const args = ["check", "--settings", settings, "--splay=1s"];
      const env = { FLUSH_MANAGER_STOP_TIMEOUT: "3s" };
      const text = await ended(bench, args, env);
      equal(text.code, 0);
      deepEqual(text.out.filter((line) => line.startsWith("set: ")), [
        `set: settings ${settings} (option --settings)`,
        `set: command true (${settings}:2:1)`,
        `set: backoff 2s..3s (${settings}:5:1)`,
        `set: config "" (${settings}:3:1)`,
        "set: splay 1s (option --splay)",
        `set: env TOKEN=... (${settings}:4:1)`,
        "set: stop-timeout 3s (variable FLUSH_MANAGER_STOP_TIMEOUT)",
      ]);
      ok(
        text.out.includes(
          "default: Readiness: ready-interval 1s, ready-timeout 30s, ready-threshold 1",
        ),
      );
      ok(text.out.includes("note: --backoff has no effect without --restart"));
      const json = await ended(bench, [...args, "-o", "json"], env);
      const { status, findings, settings: told } = JSON.parse(
        json.out.join("\n"),
      );
      equal(status, "ok");
      ok(findings.some(({ kind }: { kind: string }) => kind === "note"));
      deepEqual(told.backoff, {
        values: ["2s..3s"],
        origin: { kind: "file", at: { path: settings, line: 5, column: 1 } },
      });
      deepEqual(told.splay, { values: ["1s"], origin: { kind: "flag" } });
      deepEqual(told["ready-interval"], {
        values: ["1s"],
        origin: { kind: "default" },
      });
      ok(![...text.out, ...json.out].some((line) => line.includes("planted")));
    },
  ),
);
