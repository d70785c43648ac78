/** Real children: their ends, their groups, and starts that fail. */
import assert from "node:assert/strict";
import type { ExitStatus } from "../../src/core/exit_status.ts";
import type { Signal } from "../../src/core/signals.ts";
import { Child, type ChildOptions } from "../../src/host/child.ts";
import { libc } from "../../src/host/libc.ts";
import { Processes } from "../../src/host/processes.ts";
import { tempDirectory, until } from "./temp.ts";

// Loaded once for the whole process: the resource sanitizer counts it per test.
libc.start();
libc.fileActions();
libc.reaping();

function child(options: Partial<ChildOptions>) {
  const ends = new Map<number, ExitStatus>();
  const errors: string[] = [];
  const processes = new Processes();
  const made = new Child(processes, {
    command: "sh",
    args: [],
    workdir: undefined,
    foreground: false,
    onExit: (run, status) => ends.set(run, status),
    onSignalError: (signal, pid, why) => errors.push(`${signal} ${pid} ${why}`),
    ...options,
  });
  /** As SIGCHLD would. */
  const ended = (run: number) => {
    processes.collect();
    return ends.has(run);
  };
  return { child: made, processes, ended, ends, errors };
}

async function endOf(script: string): Promise<ExitStatus> {
  const { child: made, ended, ends } = child({
    command: "bash",
    args: ["-c", script],
  });
  assert.equal(made.spawn(1).kind, "spawned");
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
  const { child: made, processes, ended } = child({
    args: ["-c", "sleep 60 & wait"],
  });
  const result = made.spawn(1);
  assert.ok(result.kind === "spawned");
  assert.ok(processes.isManaged(result.pid));
  assert.ok(made.isGroupAlive(1));
  made.signal(1, "SIGKILL");
  await until("the end is known", () => ended(1));
  await until("the group is gone", () => !made.isGroupAlive(1));
  assert.ok(!processes.isManaged(result.pid));
});

Deno.test("a signal for an earlier incarnation or a gone group is no error", async () => {
  const { child: made, ended, errors } = child({ args: ["-c", "exit 0"] });
  made.spawn(1);
  await until("the child ended", () => ended(1));
  const signals: Signal[] = ["SIGTERM", "SIGKILL"];
  for (const signal of signals) {
    made.signal(1, signal);
    made.signal(0, signal);
  }
  assert.equal(made.isGroupAlive(1), false);
  assert.deepEqual(errors, []);
});

Deno.test("a start that fails is explained as a shell would", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.writeTextFile(`${path}/script`, "#!/no/such/interpreter\n", {
    mode: 0o755,
  });
  await Deno.writeTextFile(`${path}/plain`, "#!/bin/sh\n", { mode: 0o644 });
  const table: [Partial<ChildOptions>, string, RegExp][] = [
    [{ command: "no-such-program" }, "not-found", /PATH/],
    [{ command: `${path}/nothing` }, "not-found", /no such file/],
    [{ command: path }, "not-executable", /directory/],
    [{ command: `${path}/plain` }, "not-executable", /permission denied/],
    [{ command: `${path}/script` }, "not-executable", /interpreter/],
    [{ workdir: `${path}/nowhere` }, "not-executable", /working directory/],
  ];
  for (const [options, kind, detail] of table) {
    const result = child(options).child.spawn(1);
    assert.ok(result.kind === "failed", options.command);
    assert.equal(result.failure.kind, kind, options.command);
    assert.match(result.failure.detail, detail);
  }
});

Deno.test("a child is started in its working directory", async () => {
  await using directory = await tempDirectory();
  const { child: made, ended } = child({
    args: ["-c", "pwd > here"],
    workdir: directory.path,
  });
  made.spawn(1);
  await until("the child ended", () => ended(1));
  assert.equal(
    (await Deno.readTextFile(`${directory.path}/here`)).trim(),
    await Deno.realPath(directory.path),
  );
});
