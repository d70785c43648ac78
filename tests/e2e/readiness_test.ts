/** `--ready`: the signs by which a child is known to be ready. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { type Bench, needing, type Row, row } from "./bench.ts";
import { type Manager, STARTED } from "./harness.ts";
import { INIT, INIT_WITHOUT_LIBC, libcAside, superviseAsInit } from "./init.ts";
import { change, linesOf, QUICK, records, refuses, script } from "./reloads.ts";
import { until } from "./until.ts";

const READY =
  / INFO: .*Child process \(PID: \d+\) is ready after [\d.]+(ms|s)$/;
const NOT_YET = "Child process is not ready yet: ";
const RESTARTED = "Child process restarted successfully after config change";

/** What a pipe holds (pipe(7)). */
const PIPE_BYTES = 65_536;

/** A manager that waits for the sign; nothing is watched. */
const awaiting = (
  bench: Bench,
  sign: string,
  child: readonly string[] = [],
  options: readonly string[] = [],
): Manager =>
  bench.supervise({
    options: [`--ready=${sign}`, "--ready-interval=20ms", ...options],
    child,
  });

/** It became ready once, with this process, and not before the reason was told. */
async function ready(manager: Manager): Promise<void> {
  const { text } = await manager.log.wait(READY);
  ok(text.includes(`(PID: ${manager.childPid})`));
}

const SYSTEMD_NOTIFY: { missing?: string } = (() => {
  try {
    new Deno.Command("systemd-notify", { args: ["--version"] }).outputSync();
    return {};
  } catch {
    return { missing: "there is no systemd-notify (Debian: systemd)" };
  }
})();

/** A pipe whose only reader is its writer, and that takes nothing more. */
const FULL_STDOUT = `mkfifo "$0"; exec 1<>"$0"
  head -c ${PIPE_BYTES} /dev/zero; exec "$@"`;

const notReady = (sign: string, why: string): Row => async (bench) => {
  const manager = awaiting(bench, sign, [], ["--ready-timeout=300ms"]);
  const { text } = await manager.log.wait(
    / ERROR: .*Child process \(PID: \d+\) is not ready after 300ms: /,
  );
  ok(text.endsWith(`after 300ms: ${why}`), text);
  // Without a rollback it is left alone.
  await manager.nothingHappens(500);
  equal(manager.log.count("is not ready after"), 1);
};

Deno.test(
  row("4 exec: 0 is the sign; why it isn't yet is told once", async (bench) => {
    const sign = bench.path("sign");
    const manager = awaiting(bench, `exec:test -e ${sign}`);
    await manager.log.wait(`${NOT_YET}exit status 1`);
    equal(manager.log.count(READY), 0);
    bench.write("sign", "");
    await ready(manager);
    equal(manager.log.count(NOT_YET), 1);
  }),
);

Deno.test(
  row(
    "4 exec: it has the child's variables, {config} and {run}",
    async (bench) => {
      const said = bench.path("said");
      const { file } = await bench.onFile({
        options: [
          `--ready=exec:${
            script(bench, "sign", `echo "$1 $2 $COLOUR" > ${said}`)
          } {config} {run}`,
          "--env=COLOUR=red",
        ],
      });
      await until("the sign", () => linesOf(said)[0]);
      deepEqual(linesOf(said), [`${file} 1 red`]);
    },
  ),
);

Deno.test(row("4 tcp: a connection is the sign", async (bench) => {
  using held = holdPort();
  const { port } = held;
  const gate = bench.write("gate", "");
  const manager = awaiting(bench, `tcp:127.0.0.1:${port}`, [
    "--wait-while",
    gate,
    "--listen",
    `${port}`,
  ]);
  await manager.log.wait(`${NOT_YET}connection refused`);
  equal(manager.log.count(READY), 0);
  Deno.removeSync(gate);
  await ready(manager);
}));

Deno.test(row("4 tcp: a name, and IPv6", async (bench) => {
  using four = holdPort();
  using six = holdPort("::1");
  await ready(
    awaiting(bench, `tcp:localhost:${four.port}`, ["--listen", `${four.port}`]),
  );
  await ready(
    awaiting(bench, `tcp:[::1]:${six.port}`, ["--listen", `6:${six.port}`]),
  );
}));

Deno.test(row("4 http: a 2xx is the sign", async (bench) => {
  using held = holdPort();
  const { port } = held;
  const status = bench.write("status", "503 No");
  const manager = awaiting(bench, `http:http://127.0.0.1:${port}/healthz`, [
    "--http",
    status,
    "--listen",
    `${port}`,
  ]);
  await manager.log.wait(`${NOT_YET}answered 503`);
  equal(manager.log.count(READY), 0);
  change(status, "204 No Content");
  await ready(manager);
}));

Deno.test(
  row(
    "4 file: it appears; one that an earlier child left does not count",
    async (
      bench,
    ) => {
      const sign = bench.write("sign", "");
      const manager = awaiting(bench, `file:${sign}`);
      await manager.log.wait(`${NOT_YET}was there before the start`);
      equal(manager.log.count(READY), 0);
      change(sign, "");
      await ready(manager);
    },
  ),
);

Deno.test(
  row(
    "4 log: a line of stdout or stderr is the sign, and the output is unchanged",
    async (bench) => {
      const text = bench.path("text");
      // No newline at the end, NUL, bytes that are no UTF-8, an escape.
      const bytes = new Uint8Array(300_000)
        .map((_, at) => at % 97 === 0 ? 10 : at % 256);
      Deno.writeFileSync(text, bytes);
      const copy = bench.path("copy");
      const program = script(
        bench,
        "program",
        `cat ${text}; echo "on stderr" >&2; echo "listening on 80" >&2
         cat ${text} >&2; exit 5`,
      );
      const manager = bench.run([
        "--config=",
        "--ready=log:^listening on \\d+$",
        "--log-level=info",
        "--",
        program,
      ], {
        through: ["sh", "-c", `exec "$@" > ${copy}.out 2> ${copy}.err`, "sh"],
      });
      equal(await manager.exitCode(), 5);
      ok(equalBytes(Deno.readFileSync(`${copy}.out`), bytes));
      const latin = new TextDecoder("latin1");
      const errors = latin.decode(Deno.readFileSync(`${copy}.err`));
      match(errors, /is ready after/);
      // Our own lines may come at any place between two writes.
      equal(
        errors.replaceAll(/\[flush-manager\] [^\n]*\n/g, "") ===
          `on stderr\nlistening on 80\n${latin.decode(bytes)}`,
        true,
      );
    },
  ),
);

Deno.test(
  row(
    "4 log: without a libc too",
    needing(INIT_WITHOUT_LIBC, async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = await superviseAsInit(bench, {
        config: [file],
        options: ["--ready=log:^ready pid=", QUICK],
        env: libcAside(bench),
      }, INIT_WITHOUT_LIBC);
      await manager.log.wait(READY);
      await manager.log.wait("Started polling");
      change(file, "second");
      await manager.log.wait(READY, { nth: 2 });
      await manager.out.wait("config: second");
    }),
  ),
);

Deno.test(
  row(
    "4 exec: as PID 1, where orphans are reaped",
    needing(INIT, async (bench) => {
      const sign = bench.path("sign");
      const manager = await superviseAsInit(bench, {
        options: [`--ready=exec:test -e ${sign}`, "--ready-interval=20ms"],
      });
      await manager.log.wait(`${NOT_YET}exit status 1`);
      bench.write("sign", "");
      await manager.log.wait(READY);
    }),
  ),
);

Deno.test(row("4 log: a line on stdout", async (bench) => {
  const manager = awaiting(bench, "log:ready pid=");
  await ready(manager);
  await manager.out.wait("ready pid=");
}));

Deno.test(
  row(
    "4 log: a child's last words are written before we end, whatever its end",
    async (
      bench,
    ) => {
      // More than a pipe holds, to a reader that is not this test.
      const copy = bench.path("copy");
      const manager = bench.run([
        "--config=",
        "--ready=log:never",
        "--",
        "sh",
        "-c",
        "seq 1 20000; echo last >&2; kill -9 $$",
      ], {
        through: [
          "bash",
          "-c",
          `set -o pipefail; "$@" | cat > ${copy}`,
          "bash",
        ],
      });
      equal(await manager.exitCode(), 137);
      const lines = linesOf(copy);
      equal(lines.length, 20_000);
      equal(lines.at(-1), "20000");
      equal(manager.log.count(/^last$/), 1);
    },
  ),
);

Deno.test(
  row("4 log: the child's signals and group are as without", async (bench) => {
    const manager = awaiting(bench, "log:ready", ["--exit-on", "TERM:0"]);
    await ready(manager);
    equal(await manager.stop(), 0);
    equal(manager.out.count("got SIGTERM"), 1);
    deepEqual(await manager.survivors(), []);
  }),
);

Deno.test(
  row("4 notify: READY=1 is the sign, other messages aren't", async (bench) => {
    const said = bench.mkdir("tmp");
    const manager = bench.supervise({
      options: ["--ready=notify"],
      child: [
        "--notify",
        "STATUS=READY=1 soon",
        "--print",
        "told",
        "--read-line",
        "--notify",
        "STATUS=up\nREADY=1\nMAINPID=1",
      ],
      stdin: "piped",
      env: { TMPDIR: said },
    });
    await manager.out.wait("told");
    await manager.nothingHappens(300);
    equal(manager.log.count(READY), 0);
    await manager.type("\n");
    await ready(manager);
    equal(await manager.stop(), 0);
    deepEqual([...Deno.readDirSync(said)], []);
  }),
);

Deno.test(row(
  "4 notify: systemd-notify, of a process below the child",
  needing(
    SYSTEMD_NOTIFY,
    async (bench) => {
      const manager = bench.run([
        "--config=",
        "--ready=notify",
        "--",
        "sh",
        "-c",
        // Without --no-block it waits until we have taken its message.
        `systemd-notify --ready && echo taken; exec sleep 1000`,
      ]);
      await ready(manager);
      await manager.out.wait("taken");
    },
  ),
));

Deno.test(row(
  "4 notify: without a libc it is exit 1, and said why",
  needing(
    INIT_WITHOUT_LIBC,
    async (bench) => {
      const manager = bench.supervise({
        options: ["--ready=notify"],
        through: INIT_WITHOUT_LIBC.through,
        env: libcAside(bench),
      });
      await refuses(
        manager,
        1,
        "Cannot use option --ready: notify is not available: this needs glibc, which cannot be loaded here",
      );
      ok(manager.log.matches(/WARN: .*Cannot load libc/).length === 1);
    },
  ),
));

Deno.test(
  row(
    "4 notify: others can write to the socket, not find it",
    async (bench) => {
      const manager = bench.run([
        "--config=",
        "--ready=notify",
        "--",
        "sh",
        "-c",
        `stat -c %a "$NOTIFY_SOCKET" "$(dirname "$NOTIFY_SOCKET")"; exec sleep 1000`,
      ]);
      await manager.out.wait(/^711$/);
      equal(manager.out.count(/^666$/), 1);
    },
  ),
);

Deno.test(row("4 notify: no place for the socket is exit 1", async (bench) => {
  const manager = bench.supervise({
    options: ["--ready=notify"],
    env: { TMPDIR: "/no/such/directory" },
  });
  equal(await manager.exitCode(), 1);
  match(
    manager.log.matches("ERROR: ")[0].text,
    /notify is not available: no directory can be made in \/no\/such\/directory/,
  );
  manager.expectStarts(0);
}));

Deno.test(
  row("4 threshold: so many in a row; a failure begins anew", async (bench) => {
    const list = bench.path("asked");
    // Before the start: no; then yes yes no yes yes yes.
    const sign = script(
      bench,
      "sign",
      `echo >> ${list}; n=$(wc -l < ${list}); [ $n -ne 1 ] && [ $n -ne 4 ]`,
    );
    const manager = awaiting(bench, `exec:${sign}`, [], [
      "--ready-threshold=3",
    ]);
    await ready(manager);
    equal(linesOf(list).length, 7);
    equal(manager.log.count(NOT_YET), 1);
    await manager.nothingHappens(300);
    equal(linesOf(list).length, 7);
  }),
);

Deno.test(row("4 timeout: exec", notReady("exec:false", "exit status 1")));

Deno.test(
  row(
    "4 timeout: log",
    notReady(
      "log:no such line",
      "no line of its output matches log:no such line",
    ),
  ),
);

Deno.test(
  row("4 timeout: notify", notReady("notify", "it has not sent READY=1")),
);

Deno.test(
  row(
    "4 timeout: file",
    notReady("file:/no/such/file", "does not exist"),
  ),
);

Deno.test(
  row(
    "4 timeout: a probe that hangs",
    notReady("exec:sleep 1000", "exec:sleep 1000 has not answered"),
  ),
);

Deno.test(
  row(
    "4 restart: it was successful when the sign has come, and not before",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.supervise({
        config: [file],
        options: [
          `--ready=file:${bench.path("sign")}{run}`,
          "--ready-interval=20ms",
          "--debounce=100ms",
        ],
      });
      await manager.log.wait(NOT_YET);
      bench.write("sign1", "");
      await ready(manager);
      Deno.writeTextFileSync(file, "second");
      await manager.log.wait(NOT_YET, { nth: 2 });
      await manager.nothingHappens(300);
      equal(manager.log.count(RESTARTED), 0);
      bench.write("sign2", "");
      await manager.log.wait(RESTARTED);
      ok(
        manager.log.entries.findIndex(({ text }) => text.includes(RESTARTED)) >
          manager.log.entries.findLastIndex(({ text }) => READY.test(text)),
      );
      equal(manager.log.count(RESTARTED), 1);
    },
  ),
);

Deno.test(
  row(
    "4 timeout: a sign that comes late is taken all the same",
    async (bench) => {
      const sign = bench.path("sign");
      const manager = awaiting(bench, `file:${sign}`, [], [
        "--ready-timeout=200ms",
      ]);
      await manager.log.wait("is not ready after 200ms");
      bench.write("sign", "");
      await ready(manager);
    },
  ),
);

Deno.test(
  row(
    "4 timeout: a probe that hangs leaves no process behind when the child is restarted",
    async (bench) => {
      const pids = bench.path("pids");
      const { file, manager } = await bench.onFile({
        options: [
          QUICK,
          `--ready=exec:${
            script(bench, "sign", `echo $$ >> ${pids}; exec sleep 1000`)
          }`,
        ],
      });
      const first = await until("a probe", () => linesOf(pids)[0]);
      change(file, "second");
      await manager.log.wait(STARTED, { nth: 2 });
      // A slow machine may have asked the first child more than once.
      const { length } = linesOf(pids);
      await until("the next child's probe", () => linesOf(pids)[length]);
      await until(
        "the end of the first probe",
        () => linesOf(`/proc/${first}/stat`).length === 0,
      );
      equal(await manager.stop(), 0);
      // A probe is killed, and not waited for.
      await until(
        "the end of all",
        async () => (await manager.survivors()).length === 0,
      );
    },
  ),
);

Deno.test(
  row(
    "4 log: nobody reads stdout any more, and the manager ends all the same",
    async (bench) => {
      const child = "echo stuck; echo written >&2; exec sleep 1000";
      const manager = bench.run(
        ["--config=", "--ready=log:never", "--", "sh", "-c", child],
        { through: ["sh", "-c", FULL_STDOUT, bench.path("pipe")] },
      );
      await manager.log.wait("written");
      equal(await manager.stop(), 0);
      await manager.log.wait("Manager shutdown complete");
    },
  ),
);

Deno.test(row("4 each child is asked for its sign anew", async (bench) => {
  const { file, manager } = await bench.onFile({
    options: [QUICK, "--ready=log:ready"],
  });
  await manager.log.wait(READY);
  change(file, "second");
  await manager.log.wait(READY, { nth: 2 });
  equal(manager.log.count(READY), 2);
}));

Deno.test(row("4 a JSON log has the process and the time", async (bench) => {
  const manager = awaiting(bench, "log:ready", [], ["--log-format=json"]);
  await manager.log.wait("is ready after");
  const [record] = records(manager, "is ready after");
  equal(record.level, "info");
  const said = await manager.out.wait(/^ready pid=/);
  equal(record.pid, Number(said.text.slice("ready pid=".length)));
  equal(typeof record.after_ms, "number");
}));

const equalBytes = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

Deno.test(
  row(
    "4 notify: what a killed manager has left in TMPDIR goes with the next start",
    async (bench) => {
      const tmp = bench.mkdir("tmp");
      const homes = () => [...Deno.readDirSync(tmp)].map(({ name }) => name);
      const begin = async () => {
        const manager = bench.supervise({
          config: [],
          options: ["--ready=notify"],
          env: { TMPDIR: tmp },
        });
        await manager.ready({ watches: false });
        return manager;
      };
      const killed = await begin();
      const other = await begin();
      equal(homes().length, 2);
      killed.signal("SIGKILL");
      // Outside of a container it outlives its manager, with its streams.
      await killed.killChild("SIGKILL");
      await killed.exitCode();
      equal(homes().length, 2);
      const next = await begin();
      // One of each that runs.
      equal(homes().length, 2);
      for (const manager of [other, next]) equal(await manager.stop(), 0);
      equal(homes().length, 0);
    },
  ),
);
