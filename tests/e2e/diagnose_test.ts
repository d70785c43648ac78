/** `flush-manager diagnose` and `check --running`, whatever the manager does. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { scaled } from "../fixtures/limits.ts";
import { type Bench, needing, row } from "./bench.ts";
import { EXECUTABLE, type Manager } from "./harness.ts";
import { withMounts } from "./namespaces.ts";
import { change, POLLS, QUICK, script, start } from "./reloads.ts";

interface Said {
  readonly code: number;
  readonly out: Uint8Array;
  readonly errors: string;
}

interface How {
  readonly env?: Readonly<Record<string, string>>;
  readonly through?: readonly string[];
}

/** Runs the executable in the bench's directory, beside its manager. */
async function say(
  bench: Bench,
  args: readonly string[],
  { env = {}, through = [] }: How = {},
): Promise<Said> {
  const [command, ...rest] = [...through, EXECUTABLE, ...args];
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: rest,
    cwd: bench.directory,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", ...env },
    stdin: "null",
  }).output();
  return { code, out: stdout, errors: textOf(stderr) };
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const controlOf = (bench: Bench) =>
  `--control=unix:${bench.path("control.sock")}`;

/** The archives that lie in the bench's directory, those that are not complete too. */
const archivesIn = (bench: Bench): string[] =>
  [...Deno.readDirSync(bench.directory)].map(({ name }) => name)
    .filter((name) => name.includes(".tar.gz"));

/** The texts of an archive by their names in its folder, unpacked by tar(1). */
async function unpacked(
  bench: Bench,
  archive: string,
): Promise<Map<string, string>> {
  const into = bench.mkdir(`unpacked-${archive.replaceAll("/", "-")}`);
  const { success, stderr } = await new Deno.Command("tar", {
    args: ["-xpzf", archive, "-C", into],
    cwd: bench.directory,
  }).output();
  ok(success, textOf(stderr));
  const [folder, ...others] = [...Deno.readDirSync(into)];
  deepEqual(others, []);
  match(folder.name, /^flush-manager-diagnose-\d{8}-\d{6}$/);
  return new Map(textsBelow(`${into}/${folder.name}`));
}

function* textsBelow(
  directory: string,
  prefix = "",
): Generator<[string, string]> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* textsBelow(path, `${prefix}${name}/`);
    else yield [`${prefix}${name}`, Deno.readTextFileSync(path)];
  }
}

/** A manager on a program that does nothing, and the file app.conf. */
async function managed(
  bench: Bench,
  options: readonly string[] = [],
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Manager> {
  const program = script(bench, "app", "exec sleep 1000");
  const file = bench.write("app.conf", "first");
  const manager = bench.run([
    controlOf(bench),
    `--config=${file}`,
    QUICK,
    POLLS,
    ...options,
    "--",
    program,
    ...args,
  ], { env });
  await start(manager, 1);
  return manager;
}

const ANSWERS = [
  "check.txt",
  "health.json",
  "log.txt",
  "metrics.txt",
  "settings.json",
  "status.json",
];

Deno.test(
  row(
    "the archive of a manager that runs has what it tells and what the kernel tells",
    async (bench) => {
      const manager = await managed(bench);
      const { code, out, errors } = await say(bench, [
        "diagnose",
        controlOf(bench),
      ]);
      equal(errors, "");
      equal(code, 0);
      const [archive, ...others] = archivesIn(bench);
      deepEqual(others, []);
      match(archive, /^flush-manager-diagnose-\d{8}-\d{6}\.tar\.gz$/);
      const lines = textOf(out).trimEnd().split("\n");
      ok(lines.includes("status: collected"), textOf(out));
      equal(lines.at(-1), `written: ${archive}`);
      const { mode } = Deno.statSync(bench.path(archive));
      equal((mode ?? 0) & 0o777, 0o600);
      const files = await unpacked(bench, archive);
      const folders = [
        `processes/manager-${manager.pid}/`,
        `processes/child-${manager.childPid}/`,
        "processes/diagnose/",
      ];
      const proc = ["cgroup", "limits", "mountinfo", "status"];
      const expected = [
        ...ANSWERS,
        ...folders.flatMap((folder) => proc.map((file) => `${folder}${file}`)),
        "README.txt",
        "clock.txt",
        "kernel.txt",
        "paths/1.txt",
        "version.txt",
      ];
      for (const file of expected) ok(files.get(file), file);
      equal(JSON.parse(files.get("status.json") ?? "").pid, manager.pid);
      match(files.get("check.txt") ?? "", /^ok: run: .*app \[\]$/m);
      match(
        files.get("log.txt") ?? "",
        /^\S+Z INFO Child process started with/m,
      );
      match(
        files.get("paths/1.txt") ?? "",
        /^\d+ -rw\S+ 1 .* \S+\/app\.conf$/m,
      );
      doesNotMatch(files.get("paths/1.txt") ?? "", /first/);
      for (const name of files.keys()) {
        doesNotMatch(name, /environ|cmdline/);
        const listed = name.replace(/^(processes|cgroups)\/.*/, "$1/");
        ok(
          files.get("README.txt")?.includes(`\n${listed}`) ||
            name === "README.txt",
          name,
        );
      }
    },
  ),
);

/** Is part of every planted secret. */
const PLANTED = "hunter2";

/** A check that refuses what holds "bad", and prints all that it should not. */
const talkative = (bench: Bench, key: string) =>
  script(
    bench,
    "check",
    `grep -q bad "$1" || exit 0
     echo "PLAIN is $PLAIN, and option $OPTION, file $FILE, other $OTHER"
     echo "Authorization: Basic hunter2-in-header"
     echo "password: hunter2 with spaces in check"
     echo "cannot reach redis://user:hunter2-in-url@host:6379/0?key=hunter2-in-query"
     cat ${bench.path("token")}; head -c 300 ${key}
     exit 1`,
  );

Deno.test(
  row("no planted secret is in any file of the archive", async (bench) => {
    const key = bench.write(
      "key.pem",
      `-----BEGIN PRIVATE KEY-----\n${PLANTED}inTheKey\n-----END PRIVATE KEY-----\n`,
    );
    const token = bench.write("token", `${PLANTED}-in-token\n`);
    const variables = bench.write("variables", `FILE=${PLANTED}-in-file\n`);
    bench.mkdir("secrets");
    bench.write("secrets/OTHER", `${PLANTED}-in-directory`);
    const env = {
      PLAIN: `${PLANTED}-in-variable`,
      APP_PASSWORD: `${PLANTED}pw`,
      FLUSH_MANAGER_ON_CHANGE:
        `http:POST:http://me:${PLANTED}-in-action@127.0.0.1:1/?k=${PLANTED}`,
    };
    const manager = await managed(
      bench,
      [
        `--check-command=${
          talkative(bench, key)
        } {config} --api-key ${PLANTED}-in-check`,
        `--env=OPTION=${PLANTED}-in-option`,
        `--env-file=${variables}`,
        `--env-dir=${bench.path("secrets")}`,
        `--control-token-file=${token}`,
        `--health-check=web=http:http://me:${PLANTED}-in-probe@127.0.0.1:1/?k=${PLANTED}`,
      ],
      ["--password", `${PLANTED}-in-argument`, `--token=${PLANTED}-in-word`],
      env,
    );
    change(bench.path("app.conf"), "bad");
    await manager.log.wait("New configuration rejected");
    const { code, out, errors } = await say(
      bench,
      ["diagnose", controlOf(bench), "-o", "all.tar.gz"],
      { env },
    );
    equal(code, 0, errors);
    const files = await unpacked(bench, "all.tar.gz");
    for (const [name, text] of [...files, ["what it says", textOf(out)]]) {
      doesNotMatch(text, /hunter2/, name);
      doesNotMatch(name, /hunter2/);
    }
    // The texts in which they were are there, and so are those around them.
    match(files.get("log.txt") ?? "", /PLAIN is \[redacted\], and option/);
    match(files.get("status.json") ?? "", /PLAIN is \[redacted\], and option/);
    // The list of arguments ends with its own bracket.
    for (const file of ["log.txt", "check.txt"]) {
      const list = /(?:Starting child process|ok: run): .*=\[redacted\]\]$/m;
      match(files.get(file) ?? "", list, file);
    }
    const settings = JSON.parse(files.get("settings.json") ?? "");
    deepEqual(settings.env, { OPTION: "[redacted]" });
    deepEqual(settings.args, [
      "--password",
      "[redacted]",
      "--token=[redacted]",
    ]);
    equal(settings.control.token_file, token);
  }),
);

Deno.test(
  row(
    "a manager that is hung has an archive too, in a bounded time",
    async (bench) => {
      const manager = await managed(
        bench,
        [`--env=OPTION=${PLANTED}-in-option`],
        ["--password", `${PLANTED}-in-argument`],
      );
      manager.signal("SIGSTOP");
      const before = performance.now();
      const { code } = await say(bench, [
        "diagnose",
        controlOf(bench),
        "--timeout=500ms",
        "-o=hung.tar.gz",
      ]);
      manager.signal("SIGCONT");
      equal(code, 0);
      ok(performance.now() - before < scaled(20_000));
      const files = await unpacked(bench, "hung.tar.gz");
      for (const file of ANSWERS) ok(!files.has(file), file);
      match(
        files.get("errors.txt") ?? "",
        /^status: .*it gave no answer within 500ms/m,
      );
      const status = files.get(`processes/manager-${manager.pid}/status`) ?? "";
      match(status, /^State:\tT \(stopped\)$/m);
      ok(files.has(`processes/child-${manager.childPid}/wchan`));
      match(files.get("paths/1.txt") ?? "", /app\.conf$/m);
      match(
        files.get("check-without-manager.txt") ?? "",
        /^ok: watch: .*app\.conf/m,
      );
      const settings = files.get("settings-without-manager.json") ?? "";
      deepEqual(JSON.parse(settings).env, { OPTION: "[redacted]" });
      for (const [name, text] of files) doesNotMatch(text, /hunter2/, name);
    },
  ),
);

Deno.test(
  row(
    "a manager that is hung or gone is known by its settings file, without its secrets",
    async (bench) => {
      const program = script(bench, "app", "exec sleep 1000");
      const file = bench.write("app.conf", "first");
      bench.write(
        "settings.yaml",
        `config: ${file}
poll-interval: 7s
control: unix:${bench.path("control.sock")}
command: ${program}
args: [--password, ${PLANTED}-in-argument]
env:
  OPTION: ${PLANTED}-in-option
health-check:
  web: http:http://me:${PLANTED}-in-probe@127.0.0.1:1/?k=${PLANTED}
`,
      );
      const inEnvironment = { FLUSH_MANAGER_SETTINGS: "settings.yaml" };
      const archived = async (
        name: string,
        env: Readonly<Record<string, string>>,
      ) => {
        const { code, errors } = await say(bench, [
          "diagnose",
          controlOf(bench),
          "--timeout=500ms",
          `-o=${name}.tar.gz`,
        ], { env });
        equal(code, 0, errors);
        const files = await unpacked(bench, `${name}.tar.gz`);
        for (const [file, text] of files) doesNotMatch(text, /hunter2/, file);
        const text = files.get("settings-without-manager.json") ?? "{}";
        const settings = JSON.parse(text);
        equal(settings.poll_interval_ms, 7_000, name);
        deepEqual(settings.env, { OPTION: "[redacted]" });
        match(
          files.get("check-without-manager.txt") ?? "",
          /^ok: watch: .*app\.conf/m,
        );
        match(files.get("paths/1.txt") ?? "", /app\.conf$/m);
        return files.get("README.txt") ?? "";
      };
      const runs = [
        // From the working directory of the manager, which is not ours.
        {
          args: ["--settings=../settings.yaml"],
          how: { env: {}, cwd: bench.mkdir("below") },
        },
        { args: [], how: { env: inEnvironment, cwd: bench.directory } },
      ];
      for (const [index, { args, how }] of runs.entries()) {
        const manager = bench.run(args, how);
        await start(manager, 1);
        manager.signal("SIGSTOP");
        const text = await archived(`hung-${index}`, how.env);
        manager.signal("SIGCONT");
        match(text, new RegExp(`options of process ${manager.pid} in`));
        manager.signal("SIGTERM");
        await manager.ended();
      }
      // Other cases may have managers beside this one.
      match(
        await archived("down", inEnvironment),
        /since (no manager was found|several managers were found, and none has this address by its options)$/m,
      );
    },
  ),
);

Deno.test(
  row(
    "relative paths are looked at from the working directory of the manager",
    async (bench) => {
      const cwd = bench.mkdir("below");
      bench.write("below/app.conf", "first");
      const manager = bench.run([
        "--config=app.conf",
        `--control=unix:${bench.path("control.sock")}`,
        ...["--", script(bench, "app", "exec sleep 1000")],
      ], { cwd });
      await start(manager, 1);
      const archived = async (name: string) => {
        const { code, errors } = await say(bench, [
          ...["diagnose", controlOf(bench), "--timeout=500ms"],
          `-o=${name}.tar.gz`,
        ]);
        equal(code, 0, errors);
        return await unpacked(bench, `${name}.tar.gz`);
      };
      const answered = await archived("answered");
      match(answered.get("paths/1.txt") ?? "", / app\.conf$/m);
      match(answered.get("README.txt") ?? "", /below\/app\.conf: parts/);
      manager.signal("SIGSTOP");
      const hung = await archived("hung");
      match(hung.get("paths/1.txt") ?? "", / app\.conf$/m);
      match(
        hung.get("check-without-manager.txt") ?? "",
        /^ok: watch: .* app\.conf is a regular file$/m,
      );
      manager.signal("SIGCONT");
    },
  ),
);

Deno.test(
  row("without a manager there is an archive, which says so", async (bench) => {
    const { code, out } = await say(bench, [
      "diagnose",
      controlOf(bench),
      "-o",
      "down.tar.gz",
    ]);
    equal(code, 0);
    match(
      textOf(out),
      /^status: Cannot ask flush-manager at .*: there is no such socket/m,
    );
    const files = await unpacked(bench, "down.tar.gz");
    match(files.get("errors.txt") ?? "", /^health: .*there is no such socket/m);
    match(files.get("README.txt") ?? "", /^6 of \d+ parts are not complete$/m);
    ok(files.get("kernel.txt"));
  }),
);

Deno.test(
  row(
    "-o - writes the archive to stdout, and what it does to stderr",
    async (bench) => {
      await managed(bench);
      const { code, out, errors } = await say(bench, [
        "diagnose",
        controlOf(bench),
        "-o",
        "-",
      ]);
      equal(code, 0);
      match(errors, /^status: collected$/m);
      Deno.writeFileSync(bench.path("streamed.tgz"), out);
      const files = await unpacked(bench, "streamed.tgz");
      ok(files.has("status.json"));
      deepEqual(archivesIn(bench), []);
    },
  ),
);

Deno.test(row("a file that exists is not touched", async (bench) => {
  const path = bench.write("there.tar.gz", "kept");
  const { code, errors } = await say(bench, ["diagnose", "-o", path]);
  equal(code, 1);
  equal(
    errors,
    `flush-manager: Cannot write the archive ${path}: it exists already; name another file with -o, or write it to stdout with -o -\n`,
  );
  equal(Deno.readTextFileSync(path), "kept");
  deepEqual(archivesIn(bench), ["there.tar.gz"]);
}));

const READ_ONLY = withMounts('mount -t tmpfs -o ro tmpfs "$(pwd)"');

Deno.test(row(
  "in a directory that cannot be written, only stdout is left",
  needing(READ_ONLY, async (bench) => {
    const { through } = READ_ONLY;
    const there = ["sh", "-c", 'cd "$(pwd)" && exec "$@"', "sh"];
    const how = { through: [...through, ...there] };
    const { code, errors } = await say(bench, ["diagnose"], how);
    equal(code, 1);
    match(
      errors,
      /^flush-manager: Cannot write the archive flush-manager-diagnose-\S+: Read-only file system; /,
    );
    const piped = await say(bench, ["diagnose", "-o", "-"], how);
    equal(piped.code, 0);
    Deno.writeFileSync(bench.path("piped.tgz"), piped.out);
    ok((await unpacked(bench, "piped.tgz")).has("README.txt"));
  }),
));

Deno.test(
  row("who interrupts it finds nothing that is not complete", async (bench) => {
    const manager = await managed(bench);
    manager.signal("SIGSTOP");
    const process = new Deno.Command(EXECUTABLE, {
      args: ["diagnose", controlOf(bench), "--timeout=1m"],
      cwd: bench.directory,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = process.stdout.getReader();
    match(textOf((await reader.read()).value ?? new Uint8Array()), /^asking/);
    process.kill("SIGINT");
    equal((await process.status).code, 130);
    await reader.cancel();
    manager.signal("SIGCONT");
    deepEqual(archivesIn(bench), []);
  }),
);

Deno.test(
  row(
    "check --running says what check says of the manager's own options",
    async (bench) => {
      await managed(bench, ["--ready-timeout=1s"], ["--password", PLANTED]);
      const { code, out } = await say(bench, [
        "check",
        "--running",
        "-o=text",
        controlOf(bench),
      ]);
      equal(code, 0);
      const lines = textOf(out).split("\n");
      ok(
        lines.some((line) =>
          /^ok: watch: .*app\.conf is a regular file/.test(line)
        ),
      );
      ok(
        lines.some((line) =>
          line.startsWith("note: --ready-timeout has no effect")
        ),
      );
      doesNotMatch(textOf(out), /hunter2/);
      Deno.removeSync(bench.path("app"));
      const after = await say(bench, [
        "check",
        "--running",
        "-o=text",
        controlOf(bench),
      ]);
      equal(after.code, 1);
      match(textOf(after.out), /^fault: Cannot run .*app: /m);
    },
  ),
);

Deno.test(
  row(
    "over TCP it shows the token, and without one takes what is open",
    async (bench) => {
      const token = bench.write("token", `${PLANTED}-token\n`);
      using held = holdPort();
      const tcp = `--control=tcp:127.0.0.1:${held.port}`;
      const manager = await managed(bench, [
        tcp,
        `--control-token-file=${token}`,
      ]);
      const shown = await say(bench, [
        "diagnose",
        tcp,
        `--token-file=${token}`,
        "-o=shown.tar.gz",
      ]);
      equal(shown.code, 0);
      const all = await unpacked(bench, "shown.tar.gz");
      equal(JSON.parse(all.get("status.json") ?? "").pid, manager.pid);
      for (const [name, text] of all) doesNotMatch(text, /hunter2/, name);
      const hidden = await say(bench, ["diagnose", tcp, "-o=hidden.tar.gz"]);
      equal(hidden.code, 0);
      const open = await unpacked(bench, "hidden.tar.gz");
      ok(open.has("metrics.txt"));
      for (const file of ["status.json", "settings.json", "log.txt"]) {
        ok(!open.has(file), file);
      }
      match(textOf(hidden.out), /^status: .*--token-file$/m);
      match(open.get("errors.txt") ?? "", /^status: .*needs the header/m);
    },
  ),
);
