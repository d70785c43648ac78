/** `--live`: a program that hangs is noticed, and what becomes of it. */
import { equal, match, ok } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { type Bench, row } from "./bench.ts";
import { type Manager, STARTED } from "./harness.ts";
import { isAlive, sleeps } from "./processes.ts";
import { change, linesOf, POLLS, QUICK, script } from "./reloads.ts";
import { pause, until } from "./until.ts";

/** Quick enough for a test, and an answer has the time that a busy machine needs. */
const OFTEN = ["--live-interval=500ms", "--live-timeout=500ms"] as const;
/** A healthy program is not called hung although the machine is slow. */
const PATIENT = ["--live-interval=1s", "--live-threshold=100"] as const;

const HANGS = /ERROR: .*Child process \(PID: \d+\) hangs: it answered /;
const NEVER = /ERROR: .*Child process \(PID: \d+\) has never answered /;
const REVIVED = "restarted after it did not answer any more";

/** Asks the child for a file in which it counts up as long as it works. */
function counting(bench: Bench, body = ":") {
  const beat = bench.path("beat");
  const program = script(
    bench,
    "program",
    `echo "reason $FLUSH_MANAGER_REASON"
     trap 'echo got TERM; exit 0' TERM
     echo "ready pid=$$"
     while :; do : > ${beat}; ${body}; sleep 0.02; done`,
  );
  // The probe takes the beat away, and waits for the next one.
  const asks = script(
    bench,
    "asks",
    `rm -f ${beat}; while [ ! -e ${beat} ]; do sleep 0.02; done`,
  );
  return { program, probe: `--live=exec:${asks}` };
}

/** Waits until the child has answered. */
const answered = (bench: Bench) =>
  until("an answer", () => {
    try {
      return Deno.statSync(bench.path("beat")) !== undefined;
    } catch {
      return undefined;
    }
  });

const stopChild = ({ childPid }: Manager) => Deno.kill(childPid, "SIGSTOP");

Deno.test(
  row(
    "live: a child that is stopped (SIGSTOP) is restarted, and counts as a crash",
    async (
      bench,
    ) => {
      const { program, probe } = counting(bench);
      const manager = bench.run([
        "--config=",
        probe,
        ...OFTEN,
        "--backoff=10ms..20ms",
        "--",
        program,
      ]);
      await manager.ready({ watches: false });
      await answered(bench);
      const pid = manager.childPid;
      stopChild(manager);
      await manager.log.wait(REVIVED);
      await manager.out.wait("reason liveness");
      ok(!isAlive(pid));
      const lines = manager.log.entries.map(({ text }) => text);
      ok(lines.some((line) => line.includes("(1 of 3 in a row)")));
      ok(lines.some((line) => line.includes("(3 of 3 in a row)")));
      ok(
        lines.some((line) =>
          /did not answer any more, restarting it in \d+ms \(restart 1 in a row\)/
            .test(line)
        ),
      );
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "live: a server that stops answering hangs since its last answer; --max-restarts ends it with 124",
    async (
      bench,
    ) => {
      using held = holdPort();
      const { port } = held;
      const manager = bench.run([
        "--config=",
        `--live=http:http://127.0.0.1:${port}/`,
        ...OFTEN,
        "--max-restarts=0/1m",
        "--",
        bench.child,
        "--http",
        "200",
        "--listen",
        String(port),
        "--ready-line",
      ]);
      await manager.ready({ watches: false });
      await until("an answer", async () => {
        const response = await fetch(`http://127.0.0.1:${port}/`).catch(() =>
          undefined
        );
        await response?.body?.cancel();
        return response?.ok;
      });
      stopChild(manager);
      equal(await manager.exitCode(), 124);
      const said = manager.log.matches(/hangs: it answered|has never answered/);
      equal(said.length, 1);
      match(said[0].text, /http:http:\/\/127\.0\.0\.1:\d+\/.*no answer within/);
      equal(manager.log.count("used up 0 restarts in 1m0s"), 1);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row(
    "live: a probe that has never worked is said differently from one that stopped",
    async (
      bench,
    ) => {
      using held = holdPort();
      const manager = bench.run([
        "--config=",
        `--live=tcp:127.0.0.1:${held.port}`,
        ...OFTEN,
        "--live-threshold=2",
        "--live-action=exit",
        "--",
        bench.child,
        "--ready-line",
      ]);
      equal(await manager.exitCode(), 124);
      const line = await manager.log.wait(NEVER);
      match(line.text, /has never answered tcp:127\.0\.0\.1:\d+ in /);
      match(
        line.text,
        /connection refused.*; check the probe if the program works; stopping it and shutting down$/,
      );
      equal(manager.log.count(HANGS), 0);
    },
  ),
);

Deno.test(
  row(
    "live: exit stops the child, and ends with 124 although the child ended with 0",
    async (
      bench,
    ) => {
      const sign = bench.write("alive", "");
      const { program } = counting(bench);
      const manager = bench.run([
        "--config=",
        "--restart=always",
        `--live=file:${sign}`,
        ...OFTEN,
        "--live-threshold=1",
        "--live-action=exit",
        "--",
        program,
      ]);
      await manager.ready({ watches: false });
      Deno.removeSync(sign);
      equal(await manager.exitCode(), 124);
      equal(manager.out.count("got TERM"), 1);
      equal(manager.log.count("stopped gracefully"), 1);
      equal(manager.log.count("Manager shutdown complete"), 1);
      manager.expectStarts(1);
    },
  ),
);

Deno.test(
  row(
    "live: signal:ABRT comes in place of the stop signal, and SIGKILL ends what outlives it",
    async (
      bench,
    ) => {
      const sign = bench.write("alive", "");
      const manager = bench.run([
        "--config=",
        `--live=file:${sign}`,
        ...OFTEN,
        "--live-threshold=1",
        "--live-action=signal:ABRT",
        "--stop-timeout=200ms",
        "--backoff=10ms..20ms",
        "--",
        bench.child,
        "--trap",
        "ABRT,TERM",
        "--ready-line",
      ]);
      await manager.ready({ watches: false });
      const pid = manager.childPid;
      Deno.removeSync(sign);
      await manager.out.wait("got SIGABRT");
      bench.write("alive", "");
      await manager.log.wait(`sending SIGKILL to process (PID: ${pid})`);
      await manager.log.wait(STARTED, { nth: 2 });
      ok(!isAlive(pid));
      equal(manager.out.count("got SIGTERM"), 0);
      equal(manager.log.count("sending it SIGABRT for a restart"), 1);
    },
  ),
);

Deno.test(
  row(
    "live: notify: the child is told of its watchdog, and WATCHDOG=1 keeps it alive until it stops coming",
    async (
      bench,
    ) => {
      const program = script(
        bench,
        "program",
        `echo "usec $WATCHDOG_USEC pid ${"${WATCHDOG_PID:-none}"}"
       trap 'exit 0' TERM
       while [ ! -e ${bench.path("hang")} ]; do
         ${bench.child} --notify WATCHDOG=1 --exit-after 0:0 > /dev/null
         : > ${bench.path("beat")}
         sleep 0.02
       done
       rm ${bench.path("hang")}
       echo hanging
       while :; do sleep 0.02; done`,
      );
      const manager = bench.run([
        "--config=",
        "--live=notify",
        ...OFTEN,
        "--live-threshold=2",
        "--backoff=10ms..20ms",
        "--",
        program,
      ], { env: { WATCHDOG_PID: "4711" } });
      await manager.out.wait("usec 500000 pid none");
      await answered(bench);
      bench.write("hang", "");
      await manager.out.wait("hanging");
      const line = await manager.log.wait(/hangs: it answered notify until/);
      match(line.text, /no WATCHDOG=1; stopping it for a restart$/);
      await manager.log.wait(REVIVED);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "live: notify: WATCHDOG=trigger is a verdict at once, WATCHDOG_USEC=0 switches the watchdog off",
    async (
      bench,
    ) => {
      const program = script(
        bench,
        "program",
        `tell() { ${bench.child} --notify "$1" --exit-after 0:0 > /dev/null; }
       trap 'exit 0' TERM
       tell WATCHDOG_USEC=0
       echo "ready pid=$$"
       while [ ! -e ${bench.path("trigger")} ]; do sleep 0.02; done
       rm ${bench.path("trigger")}
       tell WATCHDOG=trigger
       while :; do sleep 0.02; done`,
      );
      const manager = bench.run([
        "--config=",
        "--live=notify",
        "--live-interval=10s",
        "--live-threshold=1",
        "--backoff=10ms..20ms",
        "--",
        program,
      ]);
      await manager.ready({ watches: false });
      bench.write("trigger", "");
      await manager.log.wait("(WATCHDOG=trigger); stopping it for a restart");
      await manager.started(2);
      equal(manager.log.count("did not answer notify"), 0);
    },
  ),
);

Deno.test(
  row(
    "live: a slow reload is no failure: neither an action nor a stop that takes long",
    async (
      bench,
    ) => {
      const file = bench.write("app.conf", "first");
      // Hangs while it is told, and for as long as it is asked to stop.
      const beat = bench.path("beat");
      const [busy, slow] = [bench.path("busy"), bench.path("slow")];
      const program = script(
        bench,
        "program",
        `trap 'touch ${slow}.seen; while [ -e ${slow} ]; do sleep 0.02; done; exit 0' TERM
       echo "ready pid=$$"
       while :; do [ -e ${busy} ] || : > ${beat}; sleep 0.02; done`,
      );
      const asks = script(
        bench,
        "asks",
        `echo asked >> ${bench.path("asked")}
       rm -f ${beat}; while [ ! -e ${beat} ]; do sleep 0.02; done`,
      );
      const reloads = script(
        bench,
        "reloads",
        `touch ${busy}; : > ${bench.path("asked")}
       while [ "$(wc -l < ${bench.path("asked")})" -lt 4 ]; do sleep 0.02; done
       rm ${busy}`,
      );
      const manager = bench.run([
        `--config=${file}=exec:${reloads}`,
        `--live=exec:${asks}`,
        ...OFTEN,
        QUICK,
        POLLS,
        "--stop-timeout=1h",
        "--",
        program,
        file,
      ]);
      await manager.ready();
      bench.write("slow", "");
      change(file, "second");
      await manager.log.wait("New configuration applied");
      equal(manager.log.count(/hangs: |has never answered/), 0);
      manager.signal("SIGTERM");
      await until("the stop signal", () => isThere(`${slow}.seen`));
      // Nobody asks a child that is being stopped. Only time can show that.
      const before = linesOf(bench.path("asked")).length;
      await pause(3_000);
      equal(linesOf(bench.path("asked")).length, before);
      Deno.removeSync(slow);
      equal(await manager.exitCode(), 0);
      equal(manager.log.count(/hangs: |has never answered/), 0);
    },
  ),
);

Deno.test(
  row(
    "live: it begins when the child is ready, and a child that answers again is left alone",
    async (
      bench,
    ) => {
      const { program, probe } = counting(bench);
      const sign = bench.path("sign");
      const manager = bench.run([
        "--config=",
        `--ready=file:${sign}`,
        "--ready-interval=20ms",
        probe,
        ...PATIENT,
        "--",
        program,
      ]);
      await manager.ready({ watches: false });
      stopChild(manager);
      // It is not ready, so nobody asks it.
      await manager.nothingHappens(2_500);
      equal(manager.log.count("did not answer"), 0);
      bench.write("sign", "");
      await manager.log.wait("is ready after");
      await manager.log.wait("did not answer");
      await manager.killChild("SIGCONT");
      await manager.log.wait("answers again after");
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "live: time in which flush-manager does not run is not the child's",
    async (
      bench,
    ) => {
      const { program } = counting(bench);
      const beat = bench.path("beat");
      const asked = bench.path("asked");
      const asks = script(
        bench,
        "asks",
        `rm -f ${beat}; touch ${asked}
       while [ ! -e ${beat} ]; do sleep 0.02; done
       rm -f ${asked}`,
      );
      const manager = bench.run([
        "--config=",
        `--live=exec:${asks}`,
        "--live-interval=3s",
        "--live-timeout=3s",
        "--live-threshold=1",
        "--",
        program,
      ]);
      await manager.ready({ watches: false });
      stopChild(manager);
      // The child makes no beat any more, so this question stays open.
      await until("a question", () => isThere(asked) && !isThere(beat));
      // It counts the time of the question by then.
      await until("it waits", () => sleeps(manager.pid));
      manager.signal("SIGSTOP");
      // Longer than the answer may take.
      await pause(5_000);
      await manager.killChild("SIGCONT");
      manager.signal("SIGCONT");
      await manager.log.wait("flush-manager did not run for ");
      await manager.nothingHappens(4_000);
      equal(manager.log.count("did not answer"), 0);
      equal(await manager.stop(), 0);
    },
  ),
);

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
