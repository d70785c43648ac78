/** Real children: their ends, their groups, and starts that fail. */
import assert from "node:assert/strict";
import type { ExitStatus } from "../../../src/core/vocabulary/exit_status.ts";
import type { Signal } from "../../../src/core/vocabulary/signals.ts";
import type { Argv } from "../../../src/core/vocabulary/settings.ts";
import { Child, type ChildOptions } from "../../../src/host/process/child.ts";
import { OomScore } from "../../../src/host/process/oom_score.ts";
import { Processes } from "../../../src/host/process/processes.ts";
import { explainRefusal } from "../../../src/host/process/spawn_error.ts";
import { writeExecutable } from "../../fixtures/executable.ts";
import { tempDirectory, until } from "../temp.ts";
import "../loaded_libc.ts";

interface Options extends Partial<ChildOptions> {
  readonly argv?: Argv;
}

function child({ argv = ["sh"], ...options }: Options) {
  const ends = new Map<number, ExitStatus>();
  const errors: string[] = [];
  const processes = new Processes();
  const made = new Child(processes, {
    workdir: undefined,
    foreground: false,
    oomScore: new OomScore("inherit", () => {}),
    onExit: (run, status) => ends.set(run, status),
    onSignalError: (signal, pid, why) => errors.push(`${signal} ${pid} ${why}`),
    ...options,
  });
  /** As SIGCHLD would. */
  const ended = (run: number) => {
    processes.collect();
    return ends.has(run);
  };
  const start = (run = 1) => made.spawn(run, { argv, env: {} });
  return { child: made, start, processes, ended, ends, errors };
}

async function endOf(script: string): Promise<ExitStatus> {
  const { start, ended, ends } = child({ argv: ["bash", "-c", script] });
  assert.equal(start().kind, "started");
  await until("the child ended", () => ended(1));
  return ends.get(1) as ExitStatus;
}

Deno.test("a child's code and the signal it died of are reported", async () => {
  assert.deepEqual(await endOf("exit 7"), { kind: "code", code: 7 });
  assert.deepEqual(await endOf("kill -SEGV $$"), {
    kind: "signal",
    number: 11,
  });
});

Deno.test("death by a real-time signal, which the runtime has no name for, is reported", async () => {
  assert.deepEqual(await endOf("kill -40 $$"), { kind: "signal", number: 40 });
});

Deno.test("a child leads its own session and group, and a signal reaches all of it", async () => {
  const { child: made, start, processes, ended } = child({
    argv: ["sh", "-c", "sleep 60 & wait"],
  });
  const result = start();
  assert.ok(result.kind === "started");
  assert.ok(processes.isManaged(result.pid));
  assert.ok(made.isGroupAlive(1));
  made.signal(1, "SIGKILL", "group");
  await until("the end is known", () => ended(1));
  await until("the group is gone", () => !made.isGroupAlive(1));
  assert.ok(!processes.isManaged(result.pid));
});

Deno.test("a signal to the main process alone leaves the rest of the group, which is no concern any more once it is left", async () => {
  const { child: made, start, ended, ends } = child({
    argv: ["sh", "-c", "sleep 60 & wait"],
  });
  const result = start();
  assert.ok(result.kind === "started");
  const { pid } = result;
  await until(
    "the rest of the group",
    () => Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`) !== "",
  );
  made.signal(1, "SIGKILL", "main");
  await until("the end is known", () => ended(1));
  assert.deepEqual(ends.get(1), { kind: "signal", number: 9 });
  assert.ok(made.isGroupAlive(1));
  // The number of a main process that has ended may be somebody else's.
  made.signal(1, "SIGKILL", "main");
  assert.ok(made.isGroupAlive(1));
  made.leave(1);
  assert.equal(made.isGroupAlive(1), false);
  made.signal(1, "SIGKILL", "group");
  Deno.kill(-pid, "SIGKILL");
});

Deno.test("a signal for an earlier incarnation or a gone group is no error", async () => {
  const { child: made, start, ended, errors } = child({
    argv: ["sh", "-c", "exit 0"],
  });
  start();
  await until("the child ended", () => ended(1));
  const signals: Signal[] = ["SIGTERM", "SIGKILL"];
  for (const signal of signals) {
    for (const to of ["group", "main"] as const) {
      made.signal(1, signal, to);
      made.signal(0, signal, to);
    }
  }
  assert.equal(made.isGroupAlive(1), false);
  assert.deepEqual(errors, []);
});

Deno.test("a start that fails is explained as a shell would", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  writeExecutable(`${path}/script`, "#!/no/such/interpreter\n");
  await Deno.writeTextFile(`${path}/plain`, "#!/bin/sh\n", { mode: 0o644 });
  const table: [Options, string, RegExp][] = [
    [{ argv: ["no-such-program"] }, "not-found", /PATH/],
    [{ argv: [`${path}/nothing`] }, "not-found", /no such file/],
    [{ argv: [path] }, "not-executable", /directory/],
    [{ argv: [`${path}/plain`] }, "not-executable", /permission denied/],
    [{ argv: [`${path}/script`] }, "not-executable", /interpreter/],
    [{ workdir: `${path}/nowhere` }, "not-executable", /working directory/],
  ];
  for (const [options, kind, detail] of table) {
    const result = child(options).start();
    assert.ok(result.kind === "refused", String(options.argv));
    const [command] = options.argv ?? ["sh"];
    const failure = explainRefusal(result.refusal, command, options.workdir);
    assert.equal(failure.kind, kind, String(options.argv));
    assert.match(failure.detail, detail);
  }
});

Deno.test("what the kernel does not take for a program is no passing lack", async () => {
  await using directory = await tempDirectory();
  const table: [string, string, RegExp][] = [
    [
      "plain",
      "echo",
      /^not an executable format \(a script needs a #! line\)$/,
    ],
    ["elf", "\x7fELF", /^not an executable format for this machine/],
    ["bare", "#!\n", /^not an executable format for this machine/],
  ];
  for (const [name, content, detail] of table) {
    const path = `${directory.path}/${name}`;
    writeExecutable(path, content);
    const ENOEXEC = 8;
    const byRuntime = thrownBy(() => new Deno.Command(path).spawn());
    for (const refusal of [{ errno: ENOEXEC }, { error: byRuntime }]) {
      const failure = explainRefusal(refusal, path, undefined);
      assert.equal(failure.kind, "not-executable", name);
      assert.match(failure.detail, detail);
    }
  }
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
}

Deno.test("a child is started in its working directory", async () => {
  await using directory = await tempDirectory();
  const { start, ended } = child({
    argv: ["sh", "-c", "pwd > here"],
    workdir: directory.path,
  });
  start();
  await until("the child ended", () => ended(1));
  assert.equal(
    (await Deno.readTextFile(`${directory.path}/here`)).trim(),
    await Deno.realPath(directory.path),
  );
});

Deno.test("a process of the runtime is managed until its end is told", async () => {
  const managed: boolean[] = [];
  const process = new Deno.Command("true", { stdin: "null" }).spawn();
  const processes = new Processes(() =>
    managed.push(processes.isManaged(process.pid))
  );
  const end = processes.follow(process);
  assert.ok(processes.isManaged(process.pid));
  assert.deepEqual(await end, { kind: "code", code: 0 });
  assert.deepEqual(managed, [false]);
});
