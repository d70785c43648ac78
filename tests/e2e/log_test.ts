/**
 * The log and the two output streams (design 2.3, conformance B16; a log that
 * nobody reads is in tests/timed/stop_test.ts). The texts themselves are held by
 * a table in tests/core.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { delay } from "@std/async/delay";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { catches, holdingsOf, isAlive } from "./processes.ts";
import { until } from "./until.ts";

const TEXT_LINE =
  /^\[flush-manager\] (DEBUG|INFO|WARN|ERROR): \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \S.*$/;

/** The lines of a start, of the watches and of one update, each in the order of the contract. */
const START: readonly string[] = [
  "=== Flush Manager v",
  "PID: ",
  "Configuration: command=",
  "Initializing manager with command: ",
  " is a symlink pointing to ",
  "Starting child process: ",
  "Child process started with PID: ",
];
const WATCHES: readonly string[] = [
  "Starting file watcher for ",
  "Watching directory: ",
  "Started fsnotify event loop",
  "Started polling file changes every 5s",
];
const UPDATE: readonly string[] = [
  "Fsnotify event: ",
  "Event on ConfigMap metadata: ",
  "File change detected: old_mtime=",
  "File change confirmed after debounce period",
  "Config file change detected, restarting child process...",
  "Restarting child process...",
  "Stopping child process (PID: ",
  "Sent SIGTERM to process (PID: ",
  "Process exited due to restart request",
  ") stopped gracefully",
  "Starting child process: ",
  "Child process started with PID: ",
  "Child process restarted successfully after config change",
];
const STOP: readonly string[] = [
  "Received signal: SIGTERM, shutting down gracefully...",
  "Shutting down manager...",
  "Stopping child process (PID: ",
  "Sent SIGTERM to process (PID: ",
  ") stopped gracefully",
  "Manager shutdown complete",
];

/** The texts occur in this order; nothing is said about what is between them. */
function inOrder(lines: readonly string[], texts: readonly string[]): void {
  let from = 0;
  for (const text of texts) {
    const at = lines.findIndex((line, index) =>
      index >= from && line.includes(text)
    );
    ok(at >= 0, `"${text}" is missing, or comes too early`);
    from = at + 1;
  }
}

const textsOf = (manager: Manager) =>
  manager.log.entries.map(({ text }) => text);

/** One start, one ConfigMap update, one stop; returns the log. */
async function life(
  bench: Bench,
  options: readonly string[],
): Promise<string[]> {
  const volume = bench.mkdir("volume");
  await writeVolume(volume, { "app.conf": "first" });
  const config = [`${volume}/app.conf`];
  const manager = bench.supervise({ config, options });
  await manager.out.wait("ready pid=");
  // At a higher level no line says that the watch is open.
  await until(
    "an inotify watch",
    () => holdingsOf(manager.pid).watches > 0 || undefined,
  );
  if (!options.join().includes("log-level")) await manager.ready();
  await writeVolume(volume, { "app.conf": "second" });
  await manager.out.wait("config: second");
  await manager.out.wait("ready pid=", { nth: 2 });
  equal(await manager.stop(), 0);
  return textsOf(manager);
}

Deno.test(
  row(
    "2.3: the order of the lines of a start, a ConfigMap update and a stop",
    async (bench) => {
      const lines = await life(bench, []);
      for (const first of [START, WATCHES]) {
        inOrder(lines, [...first, ...UPDATE, ...STOP]);
      }
      for (const line of lines) match(line, TEXT_LINE);
    },
  ),
);

Deno.test(
  row(
    "2.3: --log-format json: every line is an object with time, level, event and msg",
    async (bench) => {
      const lines = await life(bench, ["--log-format=json"]);
      const records = lines.map((line): Record<string, unknown> =>
        JSON.parse(line)
      );
      for (const record of records) {
        deepEqual(Object.keys(record).slice(0, 4), [
          "time",
          "level",
          "event",
          "msg",
        ]);
        match(String(record.event), /^[a-z]+(_[a-z]+)*$/);
        match(String(record.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
        match(String(record.level), /^(debug|info|error)$/);
      }
      const messages = records.map(({ msg }) => String(msg));
      inOrder(messages, [...START, ...UPDATE, ...STOP]);
      inOrder(messages, [...WATCHES, ...UPDATE, ...STOP]);
      const started = records.find(({ msg }) =>
        String(msg).startsWith("Child process started")
      );
      equal(typeof started?.pid, "number");
      const numbered = records.filter(({ reload_id }) => reload_id === 1);
      const told = numbered.map(({ msg }) => String(msg));
      inOrder(told, UPDATE.slice(2));
      match(told[0], /^File change detected: old_mtime=/);
      match(told.at(-1) ?? "", /^Child process restarted successfully/);
      const others = records.filter(({ reload_id }) => reload_id !== 1);
      ok(others.every(({ reload_id }) => reload_id === undefined));
    },
  ),
);

Deno.test(row("2.3: --log-level info: no DEBUG line", async (bench) => {
  const lines = await life(bench, ["--log-level=info"]);
  equal(lines.filter((line) => line.includes("DEBUG")).length, 0);
  const debug = ["Fsnotify", "Event on", "Sent SIG", "Process exited due"];
  inOrder(
    lines,
    UPDATE.filter((text) => !debug.some((start) => text.startsWith(start))),
  );
}));

Deno.test(
  row(
    "2.3: --log-level error: nothing where nothing is wrong",
    async (bench) => {
      deepEqual(await life(bench, ["--log-level=error"]), []);
    },
  ),
);

Deno.test(
  row("2.3: one record a line, whatever an argument holds", async (bench) => {
    const manager = bench.run([
      ...["--config=", "--", bench.child, "--ready-line"],
      ...["--args", "two\nlines", "\x1b[31mred", "x".repeat(20_000)],
    ]);
    await manager.stopWhenReady();
    for (const line of textsOf(manager)) {
      match(line, TEXT_LINE);
      ok(new TextEncoder().encode(line).length < 4096);
      // deno-lint-ignore no-control-regex
      ok(!/[\x00-\x1f]/.test(line), line);
    }
    ok(manager.log.count("two\\nlines \\x1b[31mred x") > 0);
    // The child gets them as they are.
    await manager.out.wait("arg: two");
    await manager.out.wait(/^lines$/);
  }),
);

Deno.test(row("2.3: the child's streams are its own", async (bench) => {
  const manager = bench.run([
    ...["--config=", "--", "sh", "-c"],
    'read -r line; echo "out $line"; echo err >&2; exit 6',
  ], { stdin: "piped" });
  await manager.type("from stdin\n");
  await manager.typeEnd();
  equal(await manager.exitCode(), 6);
  deepEqual(manager.out.entries.map(({ text }) => text), ["out from stdin"]);
  equal(manager.log.count(/^err$/), 1);
}));

Deno.test(
  row(
    "B16: the child closes its stdout: no hang, signals still work [F]",
    async (
      bench,
    ) => {
      const file = bench.write("app.conf", "first");
      const child = ["--trap", "HUP", "--close-stdout"];
      const manager = bench.supervise({ config: [file], child });
      await manager.waitForLog("Started polling");
      await manager.restartByEvent(() =>
        Deno.writeTextFileSync(file, "second")
      );
      // It can say nothing; the kernel knows when it has its handler.
      await until(
        "the child's handler of SIGHUP",
        () => catches(manager.childPid, "SIGHUP"),
      );
      manager.signal("SIGHUP");
      await manager.waitForLog("Forwarding SIGHUP");
      equal(await manager.stop(), 0);
      deepEqual(await manager.survivors(), []);
    },
  ),
);

Deno.test(
  row(
    "B16: what copies the child's output has lost its reader: the child's code",
    async (bench) => {
      const manager = bench.run(
        [
          ...["--config=", "--ready=log:never", "--", "sh", "-c"],
          "for i in $(seq 50); do echo x; sleep 0.02; done; exit 7",
        ],
        { through: ["bash", "-c", 'set -o pipefail; "$@" | :', "bash"] },
      );
      equal(await manager.exitCode(), 7);
      equal(manager.log.count("Forwarding SIGPIPE"), 0);
    },
  ),
);

Deno.test(
  row(
    "B16: our stdout and stderr lose their readers: the child is not left behind",
    async (bench) => {
      const child = ["--ignore", "PIPE"];
      const { file, manager } = await bench.onFile({ child });
      const pid = manager.childPid;
      await manager.log.close();
      await manager.out.close();
      Deno.writeTextFileSync(file, "second");
      await until("the end of the old child", () => !isAlive(pid) || undefined);
      await until(
        "a new child",
        async () => (await manager.survivors()).length === 2 || undefined,
      );
      equal(await manager.stop(), 0);
      deepEqual(await manager.survivors(), []);
    },
  ),
);

Deno.test(
  row(
    "log: a line that is repeated is folded with a count, and the first comes at once",
    async (bench) => {
      const { manager } = await bench.onFile();
      const forwarded = "Forwarding SIGCONT to child process (PID: ";
      manager.signal("SIGCONT");
      await manager.log.wait(forwarded);
      // Signals of a kind that come together are one.
      await until("the count", async () => {
        manager.signal("SIGCONT");
        await delay(20);
        return manager.log.count("last message repeated ") > 0 || undefined;
      });
      const [folded] = manager.log.matches("last message repeated ");
      match(folded.text, /DEBUG: \S+ \S+ last message repeated \d+ times$/);
      equal(await manager.stop(), 0);
    },
  ),
);
