/** `--settings`: what the file says is what the executable does, and a broken one starts nothing. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { writeVolume } from "../fixtures/atomic_writer.ts";
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
            `flush-manager: Cannot use ${settings}:2:8: splay: the value "5" is not allowed; use a duration with a unit (500ms, 10s, 1m30s) from 0s to 1h0m0s; did you mean 5s?`,
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

/** A manager on a settings file that can be changed. */
async function changeable(bench: Bench, first: string) {
  const config = bench.write("app.conf", "first");
  const whole = (more: string) =>
    `command: ${bench.child}
args: [--print-config, ${config}, --ready-line]
config: ${config}
poll-interval: 100ms
debounce: 100ms
${more}`;
  const settings = bench.write("settings.yaml", whole(first));
  const manager = bench.run(["--settings", settings]);
  await manager.out.wait("config: first");
  await manager.ready();
  const say = (text: string) => change(settings, whole(text));
  return { config, settings, manager, say };
}

const APPLIED = "Settings file changed, in effect from now on: ";

Deno.test(
  row(
    "settings file: a hold in it begins and ends while the manager runs",
    async (bench) => {
      const { config, manager, say } = await changeable(
        bench,
        "hold: at first\n",
      );
      await manager.log.wait(
        "Changes are held back until they are resumed: at first",
      );
      change(config, "second");
      await manager.log.wait(
        "Config file change waits until changes are resumed: at first",
      );
      equal(manager.starts, 1);
      say("");
      await manager.log.wait(`${APPLIED}hold`);
      await manager.log.wait("Changes are resumed");
      await manager.out.wait("config: second");
    },
  ),
);

Deno.test(
  row(
    "settings file: a changed check is the one that the next candidate has to pass",
    async (bench) => {
      const { config, manager, say } = await changeable(
        bench,
        'check-command: "true"\n',
      );
      say("check-command: grep -q good {config}\n");
      await manager.log.wait(`${APPLIED}check-command`);
      change(config, "bad");
      await manager.log.wait("rejected");
      change(config, "good");
      await manager.out.wait("config: good");
      await manager.log.wait("Child process restarted successfully");
      equal(manager.restarts, 1);
    },
  ),
);

Deno.test(
  row(
    "settings file: a quiet window that is made shorter ends a wait",
    async (bench) => {
      const { config, settings, manager, say } = await changeable(bench, "");
      const text = Deno.readTextFileSync(settings);
      change(settings, text.replace("debounce: 100ms", "debounce: 1h"));
      await manager.log.wait(`${APPLIED}debounce`);
      change(config, "second");
      await manager.log.wait("File change detected: ");
      say("");
      await manager.log.wait(`${APPLIED}debounce`, { nth: 2 });
      await manager.out.wait("config: second");
    },
  ),
);

Deno.test(
  row(
    "settings file: what needs a restart is named, a broken file keeps the earlier settings, and the log level changes",
    async (bench) => {
      const { settings, manager, say } = await changeable(bench, "");
      say("env: {A: planted}\nstop-timeout: 3s\n");
      await manager.log.wait(
        "Settings file changed, in effect only after a restart of flush-manager: env, stop-timeout",
      );
      say("loglevel: error\nsplay: x\n");
      await manager.log.wait(
        `Settings file changed, but the earlier settings stay in effect: Cannot use ${settings}:6:1: loglevel: it is not a setting; did you mean log-level? (and 1 more fault, which check tells)`,
      );
      say("log-level: error\n");
      await manager.log.wait(`${APPLIED}log-level`);
      const lines = manager.log.entries.length;
      manager.signal("SIGTERM");
      equal(await manager.exitCode(), 0);
      deepEqual(manager.log.entries.slice(lines), []);
      equal(manager.starts, 1);
      equal(manager.log.count("planted"), 0);
    },
  ),
);

Deno.test(
  row("settings file: a mounted ConfigMap is followed", async (bench) => {
    const directory = bench.mkdir("volume");
    const version = (config: string, level: string) => ({
      "settings.yaml": `command: sleep
args: ["60"]
config: []
poll-interval: 100ms
debounce: 100ms
log-level: ${level}
`,
      other: config,
    });
    await writeVolume(directory, version("1", "debug"));
    const manager = bench.run(["--settings", `${directory}/settings.yaml`]);
    await manager.log.wait("Child process started");
    await writeVolume(directory, version("2", "debug"));
    await writeVolume(directory, version("3", "info"));
    await manager.log.wait(`${APPLIED}log-level`);
    equal(manager.log.count("Settings file changed"), 1);
  }),
);
