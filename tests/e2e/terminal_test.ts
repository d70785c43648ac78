/**
 * The manager in a terminal and behind a pipe (conformance B9). The terminal is
 * a pty that util-linux's `script` makes: what is typed goes to its standard
 * input.
 */
import { equal, ok } from "node:assert/strict";
import { type Bench, needing, together } from "./bench.ts";
import { EXECUTABLE, type Manager } from "./harness.ts";
import { isAlive, processOf } from "./processes.ts";
import { until } from "./until.ts";

const CTRL_C = "\x03";
const CTRL_Z = "\x1a";

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

together({
  "B9: echo exit 3 | flush-manager sh: 3": async (bench) => {
    const manager = bench.run(["--config=", "sh"], { stdin: "piped" });
    await manager.type("exit 3\n");
    await manager.typeEnd();
    equal(await manager.exitCode(), 3);
  },

  "B9: exit 3 typed in a terminal: 3": needing(SCRIPT, async (bench) => {
    const screen = terminal(bench, `"$MANAGER" ${QUIET} -- sh`);
    await screen.type("echo sum-$((1 + 1))\n");
    await screen.out.wait(/^sum-2\r$/);
    await screen.type("exit 3\n");
    equal(await screen.exitCode(), 3);
    equal(screen.out.count("job control"), 0);
  }),

  "B9: in a terminal the child is in the foreground": needing(
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

  "B9: ^C in the terminal: 130, the child gets it once, the terminal as before":
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

  "B9: ^C in the terminal, the child dies of it: 130": needing(
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

  "B9: job control of an interactive shell below the manager": needing(
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

  "B9: ^Z stops the manager too, fg goes on": needing(
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

  "B9: a restart in the background leaves the terminal to the job in front":
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

  "B9: after a restart the new child reads from the terminal": needing(
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
});

/** `stty -g` says the same before and after. */
function settingsAreKept(screen: Manager): void {
  const settings = screen.out.matches(/^[0-9a-f]+(:[0-9a-f]+){10,}/)
    .map(({ text }) => text);
  equal(settings.length, 2);
  ok(settings[0] === settings[1], settings.join("\n"));
}
