/**
 * The manager in a terminal and behind a pipe (conformance B9). The terminal is
 * a pty that util-linux's `script` makes: what is typed goes to its standard
 * input.
 */
import { equal, ok } from "node:assert/strict";
import { type Bench, needing, row } from "./bench.ts";
import { EXECUTABLE, type Manager, STARTED } from "./harness.ts";
import { INIT, INIT_WITHOUT_LIBC, libcAside } from "./init.ts";
import type { World } from "./namespaces.ts";
import { childrenOf, isAlive, processOf } from "./processes.ts";
import { change, script } from "./reloads.ts";
import { until } from "./until.ts";

const CTRL_C = "\x03";
const CTRL_Z = "\x1a";
const END_OF_INPUT = "\x04";

/** `script` of util-linux, and bash for its job control. */
const SCRIPT = {
  missing: await works("script", ["-qec", "true", "/dev/null"], "bsdutils") ??
    await works("bash", ["-c", "true"], "bash"),
};

async function works(
  command: string,
  args: readonly string[],
  debianPackage: string,
): Promise<string | undefined> {
  try {
    const { success } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success ? undefined : `${command} does not work here`;
  } catch {
    return `there is no ${command} (Debian: ${debianPackage})`;
  }
}

/** A terminal in which a shell's command line runs; it ends with the command line's code. */
const terminal = (bench: Bench, commandLine: string): Manager =>
  bench.run([], {
    program: ["script", "-qec", commandLine, "/dev/null"],
    stdin: "piped",
    env: { SHELL: "/bin/sh", TERM: "dumb", PS1: "", MANAGER: EXECUTABLE },
  });

/** Waits for the n-th child that says it is ready; returns its pid. */
async function readyPid(screen: Manager, nth = 1): Promise<number> {
  const { text } = await screen.out.wait(/^ready pid=/, { nth });
  return Number(text.trim().slice("ready pid=".length));
}

/** Waits until the process is stopped, as ^Z does it. */
const isStopped = (pid: number) =>
  until(
    `process ${pid} stopped`,
    () => processOf(pid)?.state === "T" || undefined,
  );

const QUIET = "--config= --log-level=error";

Deno.test(row("B9: echo exit 3 | flush-manager sh: 3", async (bench) => {
  const manager = bench.run(["--config=", "sh"], { stdin: "piped" });
  await manager.type("exit 3\n");
  await manager.typeEnd();
  equal(await manager.exitCode(), 3);
}));

Deno.test(
  row(
    "B9: exit 3 typed in a terminal: 3",
    needing(SCRIPT, async (bench) => {
      const screen = terminal(bench, `"$MANAGER" ${QUIET} -- sh`);
      await screen.type("echo sum-$((1 + 1))\n");
      await screen.out.wait(/^sum-2\r$/);
      await screen.type("exit 3\n");
      equal(await screen.exitCode(), 3);
      equal(screen.out.count("job control"), 0);
    }),
  ),
);

Deno.test(row(
  "B9: in a terminal the child is in the foreground",
  needing(
    SCRIPT,
    async (bench) => {
      const screen = terminal(
        bench,
        `"$MANAGER" ${QUIET} -- ${bench.child} --masks --ready-line --exit-after 0:0`,
      );
      await screen.out.wait(/^tty: foreground\r$/);
      equal(await screen.exitCode(), 0);
    },
  ),
));

Deno.test(
  row(
    "B9: ^C in the terminal: 130, the child gets it once, the terminal as before",
    needing(SCRIPT, async (bench) => {
      const child = `${bench.child} --trap INT --exit-on INT:130 --ready-line`;
      const screen = terminal(
        bench,
        `trap : INT; stty -g; "$MANAGER" ${QUIET} -- ${child}; code=$?; stty -g; exit $code`,
      );
      await screen.out.wait(/^ready pid=/);
      await screen.type(CTRL_C);
      equal(await screen.exitCode(), 130);
      equal(screen.out.count("got SIGINT"), 1);
      settingsAreKept(screen);
    }),
  ),
);

Deno.test(row(
  "B9: ^C in the terminal, the child dies of it: 130",
  needing(
    SCRIPT,
    async (bench) => {
      const screen = terminal(
        bench,
        `trap : INT; stty -g; "$MANAGER" ${QUIET} -- ${bench.child} --ready-line; code=$?; stty -g; exit $code`,
      );
      await screen.out.wait(/^ready pid=/);
      await screen.type(CTRL_C);
      equal(await screen.exitCode(), 130);
      settingsAreKept(screen);
    },
  ),
));

/** It is ready with "first", and ends with 0 on ^C; its first argument is the file, the second its sign. */
const AWAITED = `trap 'exit 0' INT
echo "config: $(cat "$1")"
grep -q first "$1" && touch "$2"
while :; do sleep 0.1; done`;

/** A child that was ready with its first content, and is awaited on the second one. */
async function onTrial(bench: Bench): Promise<Manager> {
  const file = bench.write("app.conf", "first");
  const sign = bench.path("sign");
  const options = [
    `--config=${file}`,
    "--debounce=50ms",
    `--snapshot-dir=${bench.path("copies")}`,
    `--ready=file:${sign}`,
    "--ready-timeout=10m",
  ];
  const screen = terminal(
    bench,
    `trap : INT; "$MANAGER" ${options.join(" ")} -- ${
      script(bench, "awaited", AWAITED)
    } {config} ${sign}`,
  );
  await screen.out.wait("is ready after");
  change(file, "second");
  await screen.out.wait("config: second");
  return screen;
}

Deno.test(row(
  "B9: ^C in the terminal while new content is on trial: both end, nothing is rolled back",
  needing(SCRIPT, async (bench) => {
    const screen = await onTrial(bench);
    await screen.type(CTRL_C);
    equal(await screen.exitCode(), 0);
    equal(screen.out.count("Rolling back"), 0);
  }),
));

Deno.test(row(
  "B9: ^C whose signal and whose end of the child are found at once: both end, nothing is rolled back",
  needing(SCRIPT, async (bench) => {
    const screen = await onTrial(bench);
    const started = await screen.out.wait("started with PID: ", { nth: 2 });
    const child = Number(/PID: (\d+)/.exec(started.text)?.[1]);
    const manager = processOf(child)?.parent ?? 0;
    Deno.kill(manager, "SIGSTOP");
    await screen.type(CTRL_C);
    await until("the child has ended", () => processOf(child)?.state === "Z");
    Deno.kill(manager, "SIGCONT");
    equal(await screen.exitCode(), 0);
    equal(screen.out.count("Rolling back"), 0);
  }),
));

Deno.test(row(
  "B9: a child that is killed in a terminal while new content is on trial is rolled back",
  needing(SCRIPT, async (bench) => {
    const screen = await onTrial(bench);
    const { text } = await screen.out.wait("started with PID: ", { nth: 2 });
    Deno.kill(Number(/PID: (\d+)/.exec(text)?.[1]), "SIGKILL");
    await screen.out.wait("Rolling back");
    await screen.out.wait("config: first", { nth: 2 });
    await screen.type(CTRL_C);
    equal(await screen.exitCode(), 0);
  }),
));

Deno.test(row(
  "B9: ^C in the terminal while a child is stopped for another one ends the manager",
  needing(SCRIPT, async (bench) => {
    const file = bench.write("app.conf", "first");
    const hold = bench.write("hold", "");
    const child =
      `${bench.child} --print-config ${file} --ready-line --stop-after ${hold}`;
    const screen = terminal(
      bench,
      `trap : INT; "$MANAGER" --config=${file} --debounce=50ms --stop-timeout=10m -- ${child}`,
    );
    await readyPid(screen);
    change(file, "second");
    await screen.out.wait("Stopping child process");
    await screen.type(CTRL_C);
    await screen.out.wait("Received signal: SIGINT");
    Deno.removeSync(hold);
    await screen.exitCode();
    equal(screen.out.count("config: second"), 0);
  }),
));

Deno.test(
  row(
    "B9: job control of an interactive shell below the manager",
    needing(
      SCRIPT,
      async (bench) => {
        const screen = terminal(
          bench,
          `"$MANAGER" ${QUIET} -- bash --norc --noprofile -i`,
        );
        await screen.type(`${bench.child} --trap CONT --ready-line\n`);
        const job = await readyPid(screen);
        await screen.type(CTRL_Z);
        await isStopped(job);
        await screen.type("echo sum-$((1 + 1)); fg\n");
        await screen.out.wait(/^sum-2\r$/);
        await screen.out.wait(/^got SIGCONT/);
        // ^C is the job's, not the shell's and not ours.
        await screen.type(CTRL_C);
        await until("the job's end", () => !isAlive(job) || undefined);
        await screen.type("echo code-$?\n");
        await screen.out.wait(/code-130\r$/);
        await screen.type("exit 5\n");
        equal(await screen.exitCode(), 5);
        equal(screen.out.count("no job control"), 0);
      },
    ),
  ),
);

Deno.test(row(
  "B9: ^Z stops the manager too, fg goes on",
  needing(
    SCRIPT,
    async (bench) => {
      const screen = terminal(bench, "bash --norc --noprofile -i");
      const child = `${bench.child} --trap CONT --exit-on INT:4 --ready-line`;
      await screen.type(`"$MANAGER" ${QUIET} -- ${child}\n`);
      const pid = await readyPid(screen);
      const manager = processOf(pid)?.parent ?? 0;
      await screen.type(CTRL_Z);
      await isStopped(pid);
      await isStopped(manager);
      // bash is back when it answers.
      await screen.type("echo sum-$((1 + 1))\n");
      await screen.out.wait(/^sum-2\r$/);
      await screen.type("fg\n");
      await screen.out.wait(/^got SIGCONT/);
      await screen.type(CTRL_C);
      await screen.out.wait(/got SIGINT/);
      await until("the manager's end", () => !isAlive(manager) || undefined);
      await screen.type("exit $?\n");
      equal(await screen.exitCode(), 4);
    },
  ),
));

/** Prints the terminal's modes; the first time it then dies in raw mode, the second time it ends with 0. */
const dyingRaw = (bench: Bench) =>
  `sh -c 'echo modes-$(stty -g); [ -e ${
    bench.path("once")
  } ] && exit 0; touch ${bench.path("once")}; stty raw -echo; kill -KILL $$'`;

/** Both children found the same modes. */
async function modesAreKept(screen: Manager): Promise<void> {
  equal(await screen.exitCode(), 0);
  const [first, second] = screen.out.matches(/modes-/)
    .map(({ text }) => /modes-[0-9a-f:]+/.exec(text)?.[0]);
  ok(first !== undefined);
  equal(second, first);
}

Deno.test(
  row(
    "B9: a child that was killed in raw mode leaves the next one the modes that it found",
    needing(SCRIPT, async (bench) => {
      const screen = terminal(
        bench,
        `"$MANAGER" ${QUIET} --restart=on-failure --backoff=1ms..1ms -- ${
          dyingRaw(bench)
        }`,
      );
      await modesAreKept(screen);
    }),
  ),
);

Deno.test(
  row(
    "B9: a child that was killed in raw mode: the terminal is as before at the end",
    needing(SCRIPT, async (bench) => {
      const screen = terminal(
        bench,
        `stty -g; "$MANAGER" ${QUIET} -- ${
          dyingRaw(bench)
        }; code=$?; stty -g; exit $code`,
      );
      equal(await screen.exitCode(), 137);
      settingsAreKept(screen);
    }),
  ),
);

Deno.test(
  row(
    "B9: started in the background, the modes of the job in front stay as they are",
    needing(SCRIPT, async (bench) => {
      const screen = terminal(bench, "bash --norc --noprofile -i");
      const go = bench.path("go");
      await screen.type(
        `"$MANAGER" ${QUIET} -- sh -c 'while [ ! -e ${go} ]; do sleep 0.02; done' &\n`,
      );
      await screen.type(
        `sh -c 'stty -echo; stty -g; touch ${go}; while kill -0 $1; do sleep 0.02; done 2>/dev/null; stty -g' sh $!\n`,
      );
      const modes = /^[0-9a-f]+(:[0-9a-f]+)+/;
      await screen.out.wait(modes, { nth: 2 });
      const [before, after] = screen.out.matches(modes)
        .map(({ text }) => text.trim());
      equal(after, before);
      await screen.type("exit 6\n");
      equal(await screen.exitCode(), 6);
    }),
  ),
);

Deno.test(
  row(
    "B9: a job that ^Z has stopped hears TERM when the manager alone goes on",
    needing(SCRIPT, async (bench) => {
      const screen = terminal(bench, "bash --norc --noprofile -i");
      const child = `${bench.child} --exit-on TERM:4 --ready-line`;
      await screen.type(
        `"$MANAGER" ${QUIET} --stop-timeout=1h -- ${child}\n`,
      );
      const pid = await readyPid(screen);
      const manager = processOf(pid)?.parent ?? 0;
      await screen.type(CTRL_Z);
      await isStopped(pid);
      await isStopped(manager);
      Deno.kill(manager, "SIGTERM");
      Deno.kill(manager, "SIGCONT");
      await screen.out.wait(/got SIGTERM/);
      await until("the manager's end", () => !isAlive(manager) || undefined);
      await screen.type("exit 6\n");
      equal(await screen.exitCode(), 6);
    }),
  ),
);

Deno.test(
  row(
    "B9: a restart in the background leaves the terminal to the job in front",
    needing(SCRIPT, async (bench) => {
      const file = bench.write("app.conf", "first");
      const screen = terminal(bench, "bash --norc --noprofile -i");
      await screen.type(
        `"$MANAGER" --config=${file} -- ${bench.child} --ready-line &\n`,
      );
      await screen.out.wait(/Started polling/);
      await screen.type(
        `sh -c 'echo in-$((1 + 1)); read word; echo $word-$?'\n`,
      );
      await screen.out.wait(/^in-2\r$/);
      Deno.writeTextFileSync(file, "second");
      await screen.out.wait(/restarted successfully/);
      await screen.type("word\n");
      await screen.out.wait(/^word-0\r$/);
      await screen.type("kill %1; wait; exit 6\n");
      equal(await screen.exitCode(), 6);
    }),
  ),
);

Deno.test(
  row(
    "B9: after a restart the new child reads from the terminal",
    needing(
      SCRIPT,
      async (bench) => {
        const file = bench.write("app.conf", "first");
        const screen = terminal(
          bench,
          `"$MANAGER" --config=${file} --stop-signal=HUP -- bash --norc --noprofile -i`,
        );
        await screen.type("echo sum-$((1 + 1))\n");
        await screen.out.wait(/^sum-2\r$/);
        await screen.out.wait(/Started polling/);
        Deno.writeTextFileSync(file, "second");
        await screen.out.wait(/restarted successfully/);
        await screen.type("echo sum-$((2 + 2))\n");
        await screen.out.wait(/^sum-4\r$/);
        await screen.type("exit 6\n");
        equal(await screen.exitCode(), 6);
      },
    ),
  ),
);

/** A way to run the manager as the leader of the terminal's session. */
interface Leader {
  readonly missing?: string;
  /** What the terminal's shell becomes: the manager, or what starts it. */
  readonly become: (bench: Bench) => string;
}

const LEADER: Leader = {
  missing: SCRIPT.missing,
  become: () => `exec "$MANAGER"`,
};

/** The session that `script` makes has its leader outside the PID namespace: PID 1 makes one of its own. */
const leaderAsInit = ({ through, missing }: World): Leader => ({
  missing: SCRIPT.missing ?? missing,
  become: ({ child }) =>
    `exec ${child} --leave-terminal --exec ${
      through.map(quoted).join(" ")
    } setsid -c "$MANAGER"`,
});

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** Supervises the test program as the leader; both are there, and signals go to the manager. */
async function lead(
  bench: Bench,
  { become }: Leader,
  { options = "", child = "" }: { options?: string; child?: string },
): Promise<Manager> {
  const screen = terminal(
    bench,
    `${
      become(bench)
    } --config= ${options} -- ${bench.child} ${child} --ready-line`,
  );
  await screen.out.wait(/^ready pid=/);
  await screen.out.wait(STARTED);
  screen.pid = await until("the manager", () => managerBelow(screen.pid));
  return screen;
}

/** The program of the executable that is below this process. */
function managerBelow(pid: number): number | undefined {
  const below = childrenOf(pid).map(({ pid }) => pid);
  return below.find(isManager) ??
    below.map(managerBelow).find((found) => found !== undefined);
}

function isManager(pid: number): boolean {
  try {
    return Deno.readLinkSync(`/proc/${pid}/exe`) ===
      Deno.realPathSync(EXECUTABLE);
  } catch {
    return false;
  }
}

const STOPS = "shutting down gracefully";

/** What holds for who leads the terminal's session, however it got there. */
function testAsLeader(name: string, leader: Leader): void {
  const leading = (title: string, run: (bench: Bench) => Promise<void>) =>
    row(`B9 ${name}: ${title}`, needing(leader, run));

  Deno.test(
    leading("INT from outside stops the child and us", async (bench) => {
      const child = "--trap all --exit-on TERM:0";
      const screen = await lead(bench, leader, { child });
      screen.signal("SIGINT");
      equal(await screen.exitCode(), 0);
      equal(screen.out.count(`Received signal: SIGINT, ${STOPS}`), 1);
      equal(screen.out.count("got SIGTERM"), 1);
      equal(screen.out.count("got SIGINT"), 0);
    }),
  );

  Deno.test(
    leading(
      "a child that was killed in raw mode leaves the next one the modes that it found",
      async (bench) => {
        const screen = terminal(
          bench,
          `${
            leader.become(bench)
          } ${QUIET} --restart=on-failure --backoff=1ms..1ms -- ${
            dyingRaw(bench)
          }`,
        );
        await modesAreKept(screen);
      },
    ),
  );

  Deno.test(leading("INT after TERM kills at once", async (bench) => {
    const screen = await lead(bench, leader, {
      options: "--stop-timeout=1h",
      child: "--ignore TERM,INT --sibling-ignoring TERM,INT",
    });
    screen.signal("SIGTERM");
    await screen.out.wait(STOPS);
    screen.signal("SIGINT");
    equal(await screen.exitCode(), 137);
    equal(screen.out.count("Received signal: SIGINT again"), 1);
  }));

  Deno.test(leading(
    "QUIT, WINCH and TSTP from outside reach the child once",
    async (bench) => {
      const child = "--trap all --exit-on TERM:0";
      const screen = await lead(bench, leader, { child });
      for (const signal of ["SIGQUIT", "SIGWINCH", "SIGTSTP"] as const) {
        screen.signal(signal);
        await screen.out.wait(`got ${signal}`);
      }
      equal(await screen.stop(), 0);
      for (const signal of ["SIGQUIT", "SIGWINCH", "SIGTSTP"]) {
        equal(screen.out.count(`got ${signal}`), 1);
      }
    },
  ));

  Deno.test(
    leading("^C reaches the child once, which ends: 130", async (bench) => {
      const child = "--trap all --exit-on INT:130";
      const screen = await lead(bench, leader, { child });
      await screen.type(CTRL_C);
      equal(await screen.exitCode(), 130);
      equal(screen.out.count("got SIGINT"), 1);
      equal(screen.out.count("Received signal"), 0);
    }),
  );

  Deno.test(leading("^C, the child dies of it: 130", async (bench) => {
    const screen = await lead(bench, leader, {});
    await screen.type(CTRL_C);
    equal(await screen.exitCode(), 130);
    equal(screen.out.count("signal: interrupt"), 2);
  }));

  Deno.test(leading("^C while there is no child ends us", async (bench) => {
    const screen = await lead(bench, leader, {
      options: "--restart=always --backoff=1h..1h",
      child: "--exit-after 0:3",
    });
    await screen.out.wait("restarting it in");
    await screen.type(CTRL_C);
    await screen.out.wait(`Received signal: SIGINT, ${STOPS}`);
    equal(await screen.exitCode(), 0);
  }));

  Deno.test(leading("^Z does not leave the child stopped", async (bench) => {
    const child = "--trap CONT --exit-on INT:4 --sibling-ignoring HUP";
    const screen = await lead(bench, leader, { child });
    await screen.type(CTRL_Z);
    await screen.out.wait("got SIGCONT");
    await screen.type(CTRL_C);
    equal(await screen.exitCode(), 4);
  }));

  Deno.test(
    leading("the log is written also after stty tostop", async (bench) => {
      const screen = await lead(bench, leader, {
        child:
          `--exec sh -c 'stty tostop; exec "$0" "$@"' ${bench.child} --trap USR1 --exit-on TERM:0`,
      });
      for (const nth of [1, 2, 3]) {
        screen.signal("SIGUSR1");
        await screen.out.wait("got SIGUSR1", { nth });
        await screen.out.wait("Forwarding SIGUSR1", { nth });
      }
      equal(await screen.stop(), 0);
      equal(screen.out.count("got SIGTTOU"), 0);
      equal(screen.out.count("shutdown complete"), 1);
    }),
  );

  Deno.test(leading(
    "the child reads, after a restart and a hard end too",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const screen = terminal(
        bench,
        `${
          leader.become(bench)
        } --config=${file} --restart=on-failure --backoff=50ms..50ms -- sh -c 'echo "ready $$"; while read word; do echo "read-$word"; done'`,
      );
      await screen.out.wait(/^ready/);
      await screen.out.wait("Started polling");
      await screen.type("one\n");
      await screen.out.wait(/^read-one\r$/);
      Deno.writeTextFileSync(file, "second");
      await screen.out.wait(/^ready/, { nth: 2 });
      await screen.type("two\n");
      await screen.out.wait(/^read-two\r$/);
      const manager = await until(
        "the manager",
        () => managerBelow(screen.pid),
      );
      const [{ pid }] = childrenOf(manager);
      Deno.kill(pid, "SIGKILL");
      await screen.out.wait(/^ready/, { nth: 3 });
      await screen.type("three\n");
      await screen.out.wait(/^read-three\r$/);
      await screen.type(END_OF_INPUT);
      equal(await screen.exitCode(), 0);
    },
  ));

  Deno.test(leading("an interactive shell has job control", async (bench) => {
    const screen = terminal(
      bench,
      `${leader.become(bench)} ${QUIET} -- bash --norc --noprofile -i`,
    );
    await screen.type(`${bench.child} --trap CONT --ready-line\n`);
    await screen.out.wait(/^ready pid=/);
    const manager = await until(
      "the manager",
      () => managerBelow(screen.pid),
    );
    const [shell] = childrenOf(manager);
    const [{ pid: job }] = childrenOf(shell.pid);
    await screen.type(CTRL_Z);
    await isStopped(job);
    await screen.type("echo sum-$((1 + 1)); fg\n");
    await screen.out.wait(/^sum-2\r$/);
    await screen.out.wait(/^got SIGCONT/);
    await screen.type(CTRL_C);
    await until("the job's end", () => !isAlive(job) || undefined);
    await screen.type("echo code-$?\n");
    await screen.out.wait(/code-130\r$/);
    await screen.type("exit 5\n");
    equal(await screen.exitCode(), 5);
    equal(screen.out.count("no job control"), 0);
  }));

  Deno.test(
    leading("an overlap that fails gives the terminal back", async (bench) => {
      const file = bench.write("app.conf", "first");
      const go = bench.path("go");
      const program = bench.write(
        "program",
        `case $(cat ${file}) in
           second) echo beside; while [ ! -e ${go} ]; do sleep 0.02; done; exit 6 ;;
         esac
         echo ready
         while read word; do echo "read-$word"; done`,
      );
      const screen = terminal(
        bench,
        `${
          leader.become(bench)
        } --config=${file} --strategy=overlap --ready=log:^ready -- sh ${program}`,
      );
      await screen.out.wait("Started polling");
      await screen.out.wait("is ready after");
      Deno.writeTextFileSync(file, "second");
      await screen.out.wait(/^beside/);
      // The old one may read what was typed at the new one, and is stopped at its next read.
      await screen.type("one\n");
      Deno.writeTextFileSync(go, "");
      await screen.out.wait("keeps running on its last configuration");
      await screen.type("two\n");
      await screen.out.wait(/^read-two\r$/);
      await screen.type(END_OF_INPUT);
      equal(await screen.exitCode(), 0);
    }),
  );
}

testAsLeader("leader", LEADER);
testAsLeader("PID 1", leaderAsInit(INIT));

Deno.test(
  row(
    "B9 PID 1 without libc: ^C reaches the child once, which ends: 130",
    needing(
      leaderAsInit(INIT_WITHOUT_LIBC),
      async (bench) => {
        const { become } = leaderAsInit(INIT_WITHOUT_LIBC);
        const variables = Object.entries(libcAside(bench)).map((pair) =>
          pair.join("=")
        );
        const screen = terminal(
          bench,
          `export ${variables.join(" ")}; ${
            become(bench)
          } --config= -- ${bench.child} --trap all --exit-on INT:130 --ready-line`,
        );
        await screen.out.wait(/^ready pid=/);
        // A terminal throws away what nobody has read when ^C is typed (termios(3), NOFLSH).
        await screen.out.wait("Cannot load libc");
        await screen.type(CTRL_C);
        equal(await screen.exitCode(), 130);
        equal(screen.out.count("got SIGINT"), 1);
        equal(screen.out.count("Cannot load libc"), 1);
      },
    ),
  ),
);

/** `stty -g` says the same before and after. */
function settingsAreKept(screen: Manager): void {
  const settings = screen.out.matches(/^[0-9a-f]+(:[0-9a-f]+){10,}/)
    .map(({ text }) => text);
  equal(settings.length, 2);
  ok(settings[0] === settings[1], settings.join("\n"));
}
