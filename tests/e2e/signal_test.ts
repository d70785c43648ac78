/**
 * Signals on their way to the child, and what it inherits (conformance B5, B6;
 * design 2.5; --rewrite-signal, --stop-signal). Stops are in stop_test.ts.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { HEARD } from "../../src/core/vocabulary/signals.ts";
import { type Bench, needing, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { INIT, superviseAsInit } from "./init.ts";
import { asOrdinaryUser, withGroups } from "./namespaces.ts";
import { STREAMS_ALONE } from "./processes.ts";

/** They ask for a stop, or are the manager's own. */
const NOT_FORWARDED = ["SIGTERM", "SIGINT", "SIGCHLD"];

/** Sends one signal after the other; the child must see each once, and nothing else. */
async function eachOnce(manager: Manager): Promise<void> {
  const forwarded = HEARD.filter((name) => !NOT_FORWARDED.includes(name));
  for (const name of forwarded) {
    manager.signal(name as Deno.Signal);
    await manager.out.wait(heardAs(name));
  }
  manager.signal("SIGTERM");
  equal(await manager.exitCode(), 0);
  const heard = manager.out.matches("got ").map(({ text }) => text);
  const expected = [...forwarded.map(heardAs), "got SIGTERM"];
  equal(heard.join("\n"), expected.join("\n"));
}

/** glibc's name of number 29 is POLL. */
const heardAs = (name: string) => `got ${name === "SIGIO" ? "SIGPOLL" : name}`;

const TRAPS_ALL = ["--trap", "all", "--exit-on", "TERM:0"];

/** A signal mask of proc_pid_status(5) without any. */
const NONE = "0000000000000000";
/** 32 and 33 are glibc's own: no program sets them, and posix_spawn(3), by which tests start programs, ignores them. */
const GLIBC_OWN = 0x1_8000_0000n;

/** The child's masks are those of a process that was started from a clean state. */
async function masksAreFresh(manager: Manager): Promise<void> {
  for (const name of ["SigPnd", "SigBlk", "SigIgn", "SigCgt"]) {
    const { text } = await manager.out.wait(`${name}: `);
    const mask = BigInt(`0x${text.slice(name.length + 2)}`);
    equal(mask & ~GLIBC_OWN, 0n, text);
  }
  equal(await manager.stop(), 0);
}

/** The child's lines, as far as they tell of signals. */
const heardBy = (manager: Manager) =>
  manager.out.matches("got ").map(({ text }) => text).join();

const start = (
  bench: Bench,
  options: readonly string[],
  child: readonly string[],
): Promise<Manager> =>
  bench.supervise({ options, child }).ready({ watches: false });

const user = asOrdinaryUser();
const groups = withGroups([54321, 54322]);

Deno.test(
  row(
    "B5: every signal that can be caught, in turn: the child sees each once",
    async (bench) => {
      await eachOnce(await start(bench, [], TRAPS_ALL));
    },
  ),
);

Deno.test(row(
  "B5: every signal that can be caught, in turn, as PID 1",
  needing(
    INIT,
    async (bench) => {
      const manager = await superviseAsInit(bench, { child: TRAPS_ALL });
      await eachOnce(await manager.ready({ watches: false }));
    },
  ),
));

Deno.test(
  row(
    "B6: started with signals blocked and ignored, the child's masks are fresh",
    async (bench) => {
      const manager = bench.supervise({
        through: [
          bench.child,
          ...["--block", "all", "--block", "CHLD,34,64"],
          ...["--ignore", "all", "--ignore", "CHLD,PIPE,34,64"],
          "--exec",
        ],
        child: ["--masks"],
      });
      await masksAreFresh(await manager.ready({ watches: false }));
    },
  ),
);

Deno.test(
  row("B6: started normally, the child's masks are fresh", async (bench) => {
    await masksAreFresh(await start(bench, [], ["--masks"]));
  }),
);

Deno.test(
  row(
    "2.5: no descriptor of the manager leaks into the child [F]",
    async (bench) => {
      const [bash, ...through] = STREAMS_ALONE;
      const { stdout } = await new Deno.Command(bash, {
        args: [...through, bench.child, "--fds", "--exit-after", "0:0"],
      }).output();
      const own = new TextDecoder().decode(stdout).trim();
      const file = bench.write("app.conf", "first");
      const manager = await bench.supervise({
        config: [file],
        child: ["--fds"],
        through: STREAMS_ALONE,
      })
        .ready();
      await manager.restartByEvent(() =>
        Deno.writeTextFileSync(file, "second")
      );
      await manager.out.wait("ready pid=", { nth: 2 });
      // The second child is started when the watches are open.
      for (const { text } of manager.out.matches("fds: ")) equal(text, own);
      equal(manager.out.count("fds: "), 2);
    },
  ),
);

Deno.test(
  row(
    "2.5: a signal between two children is held for the next",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = await bench.supervise({
        config: [file],
        options: ["--stop-timeout=1h"],
        child: ["--sibling-ignoring", "TERM", "--trap", "HUP,USR1"],
      }).ready();
      const { text } = await manager.out.wait("sibling pid=");
      Deno.writeTextFileSync(file, "second");
      // The leader is gone; its sibling holds the next child up.
      await manager.waitForLog("stopped gracefully");
      manager.signal("SIGHUP");
      await manager.waitForLog("Received signal: SIGHUP, holding it");
      manager.signal("SIGUSR1");
      await manager.waitForLog("Received signal: SIGUSR1, holding it");
      Deno.kill(Number(text.slice("sibling pid=".length)), "SIGKILL");
      await manager.out.wait("ready pid=", { nth: 2 });
      await manager.out.wait("got SIGUSR1");
      await manager.out.wait("got SIGHUP");
      await manager.waitForLog("Forwarding ", { nth: 2 });
      // Sent in order; which handler runs first is the kernel's choice.
      const sent = manager.log.matches("Forwarding ").map(({ text }) => text);
      ok(
        sent[0].includes("SIGHUP") && sent[1].includes("SIGUSR1"),
        sent.join(),
      );
      equal(await manager.stop(), 0);
      equal(manager.out.count("got "), 2);
    },
  ),
);

Deno.test(row("2.5: the stop signal goes to the whole group", async (bench) => {
  const options = ["--stop-timeout=1h"];
  const manager = await start(bench, options, ["--sibling-ignoring", "HUP"]);
  equal(await manager.stop(), 0);
  deepEqual(await manager.survivors(), []);
  // It did not have to be killed afterwards.
  equal(manager.log.count("sending SIGKILL"), 0);
}));

Deno.test(
  row("--rewrite-signal HUP:USR2 forwards USR2 for HUP", async (bench) => {
    const options = ["--rewrite-signal", "HUP:USR2"];
    const manager = await start(bench, options, TRAPS_ALL);
    manager.signal("SIGHUP");
    await manager.out.wait("got SIGUSR2");
    equal(await manager.stop(), 0);
    equal(heardBy(manager), "got SIGUSR2,got SIGTERM");
  }),
);

Deno.test(row("--rewrite-signal USR1:0 drops USR1", async (bench) => {
  const options = ["--rewrite-signal=SIGUSR1:0"];
  const manager = await start(bench, options, TRAPS_ALL);
  manager.signal("SIGUSR1");
  await manager.waitForLog("Received signal: SIGUSR1, dropped as asked");
  equal(await manager.stop(), 0);
  equal(heardBy(manager), "got SIGTERM");
}));

Deno.test(row("--rewrite-signal TERM:QUIT stops with QUIT", async (bench) => {
  const options = ["--rewrite-signal=15:3"];
  const child = ["--exit-on", "QUIT:4", "--trap", "TERM"];
  const manager = await start(bench, options, child);
  equal(await manager.stop(), 4);
  equal(heardBy(manager), "got SIGQUIT");
}));

Deno.test(
  row(
    "--stop-signal USR2 stops with USR2, for a restart too [F]",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = await bench.supervise({
        config: [file],
        options: ["--stop-signal", "usr2"],
        child: ["--exit-on", "USR2:0", "--trap", "TERM"],
      }).ready();
      await manager.restartByEvent(
        () => Deno.writeTextFileSync(file, "second"),
        "second",
      );
      await manager.out.wait("ready pid=", { nth: 2 });
      equal(await manager.stop(), 0);
      equal(heardBy(manager), "got SIGUSR2,got SIGUSR2");
      equal(manager.log.count("Sent SIGUSR2 to process"), 2);
    },
  ),
);

Deno.test(
  row("without a terminal the child has a session and group of its own", async (
    bench,
  ) => {
    const manager = await start(bench, [], ["--masks"]);
    const pid = manager.childPid;
    await manager.out.wait(
      `pid=${pid} ppid=${manager.pid} pgid=${pid} sid=${pid}`,
    );
    await manager.out.wait("tty: none");
  }),
);

Deno.test(row(
  "as root, the child keeps the supplementary groups",
  needing(
    groups,
    async (bench) => {
      const manager = bench.supervise({
        through: groups.through,
        child: ["--masks"],
      });
      await manager.ready({ watches: false });
      await manager.out.wait(/^groups: 54321 54322$/);
      await manager.out.wait("uid=0 ");
      // Nor does it lose a capability for that.
      const own = capabilitiesOf(manager.pid);
      await manager.out.wait(`CapEff: ${own}`);
    },
  ),
));

Deno.test(row(
  "as an ordinary user, the child runs as that user",
  needing(
    user,
    async (bench) => {
      const manager = bench.supervise({
        through: user.through,
        child: ["--masks"],
      });
      await manager.ready({ watches: false });
      await manager.out.wait(`CapEff: ${NONE}`);
      equal(manager.out.count("uid=0 "), 0);
    },
  ),
));

Deno.test(row("--workdir is the child's directory", async (bench) => {
  const directory = bench.mkdir("work");
  const options = ["--workdir", directory];
  const manager = await start(bench, options, ["--cwd"]);
  await manager.out.wait(`cwd: ${directory}`);
}));

Deno.test(
  row("--workdir that does not exist: 126, one clear line", async (bench) => {
    const manager = bench.supervise({ options: ["--workdir=/no/such"] });
    equal(await manager.exitCode(), 126);
    equal(manager.log.count(/ERROR: /), 1);
    await manager.waitForLog("working directory /no/such does not exist");
  }),
);

Deno.test(row("the child has the manager's environment", async (bench) => {
  const manager = bench.supervise({
    env: { E2E_GREETING: "hello" },
    child: ["--env", "E2E_GREETING"],
  });
  await manager.out.wait("env: E2E_GREETING=hello");
}));

function capabilitiesOf(pid: number): string {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return /^CapEff:\s+(\w+)/m.exec(status)?.[1] ?? "";
}
