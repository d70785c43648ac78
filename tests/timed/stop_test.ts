/**
 * Stops that must not wait: for a log that nobody reads (conformance B16), or for
 * a probe's answer. Their latency is judged, so nothing else runs beside them.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Row, row, Stalled } from "../e2e/bench.ts";
import { judgeLatency, type Manager } from "../e2e/harness.ts";
import { gone, linesOf, script } from "../e2e/reloads.ts";
import { until } from "../e2e/until.ts";

/** It is asked to stop, and ends with 0 in time. */
async function stopsWithin(manager: Manager, limitMs: number): Promise<void> {
  const askedMs = performance.now();
  equal(await manager.stop(), 0);
  judgeLatency("the stop", performance.now() - askedMs, limitMs);
}

/** On a manager that nobody listens to any more, a signal, a change and a stop still work. */
async function worksUnheard(manager: Manager, file: string): Promise<void> {
  manager.signal("SIGHUP");
  await manager.out.wait("got SIGHUP");
  Deno.writeTextFileSync(file, "second");
  await manager.out.wait("config: second");
  await manager.out.wait("ready pid=", { nth: 2 });
  manager.signal("SIGHUP");
  await manager.out.wait("got SIGHUP", { nth: 2 });
  await stopsWithin(manager, 5_000);
  equal(manager.out.count("got SIGPIPE"), 0);
  deepEqual(await manager.survivors(), []);
}

const CHILD = ["--trap", "all", "--exit-on", "TERM:0"];

/** A shell makes the streams, the manager takes its place. */
const shell = (script: string, by = "sh") => [by, "-ec", script, by];

/** Standard error is like this from the start. */
const unheard = (script: string, by?: string): Row => async (bench) => {
  const file = bench.write("app.conf", "first");
  const manager = bench.supervise({
    config: [file],
    child: CHILD,
    through: shell(script, by),
  });
  await manager.out.wait("ready pid=");
  await worksUnheard(manager, file);
};

Deno.test(row(
  "B16: our stderr is closed from the start: all works [T]",
  unheard(
    'exec "$@" 2>&-',
  ),
));

Deno.test(
  row(
    "B16: our stderr is a pipe that is full from the start: all works [T]",
    async (
      bench,
    ) => {
      const fifo = bench.path("stderr");
      await new Deno.Command("mkfifo", { args: [fifo] }).output();
      // Held open in both directions, so that neither end blocks or breaks.
      using _held = Deno.openSync(fifo, { read: true, write: true });
      await new Deno.Command("dd", {
        args: ["if=/dev/zero", `of=${fifo}`, "bs=4096", "oflag=nonblock"],
        stdout: "null",
        stderr: "null",
      }).output();
      await unheard(`exec "$@" 2>${fifo}`)(bench);
    },
  ),
);

Deno.test(
  row("B16: our stderr's reader goes away: all works [T]", async (bench) => {
    const { file, manager } = await bench.onFile({ child: CHILD });
    await manager.log.close();
    await worksUnheard(manager, file);
  }),
);

Deno.test(
  row(
    "B16: the log has reached ulimit -f: no signal of ours reaches the child, and all works [T]",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const log = bench.path("log");
      const manager = bench.supervise({
        config: [file],
        child: CHILD,
        // The unit of sh differs from shell to shell.
        through: shell(`ulimit -f 2; exec "$@" 2>>${log}`, "bash"),
      });
      await manager.out.wait("ready pid=");
      // In turn: a line that is repeated would be folded.
      for (let nth = 1; nth <= 15; nth++) {
        for (const signal of ["SIGUSR1", "SIGUSR2"] as const) {
          manager.signal(signal);
          await manager.out.wait(`got ${signal}`, { nth });
        }
      }
      // It is written later than the child's line is read.
      await until("a full log", () => Deno.statSync(log).size === 2048);
      await worksUnheard(manager, file);
      equal(manager.out.count("got SIGXFSZ"), 0);
    },
  ),
);

Deno.test(
  row(
    "B16: the log is at ulimit -f from the start: all works [T]",
    async (bench) => {
      const log = bench.write("log", "x".repeat(2048));
      await unheard(`ulimit -f 2; exec "$@" 2>>${log}`, "bash")(bench);
    },
  ),
);

Deno.test(row("8 wait: TERM ends it with 0 at once [T]", async (bench) => {
  const pid = bench.path("pid");
  const probe = script(bench, "probe", `echo $$ >> ${pid}; exec sleep 1000`);
  const startedMs = performance.now();
  const manager = bench.supervise({
    config: [bench.write("app.conf", "first")],
    options: [`--wait-for=exec:${probe}`, "--wait-for=file:/no/such/file"],
  });
  const hung = Number(await until("the probe", () => linesOf(pid)[0]));
  if (performance.now() - startedMs > 2_500) {
    throw new Stalled("The first attempt was over soon");
  }
  await stopsWithin(manager, 4_000);
  // However slow the machine is: an attempt alone would take 5 s.
  const tookMs = performance.now() - startedMs;
  ok(tookMs < 4_900, `${tookMs} ms from the start to the end`);
  manager.expectStarts(0);
  await gone(hung);
  deepEqual(await manager.survivors(), []);
}));
