/** A child's output on its way through us: every byte, every line, and no child that stands still. */
import assert from "node:assert/strict";
import { LIBC_PATHS } from "../../../src/host/libc/paths.ts";
import {
  SHOWN_MAX_BYTES,
  type Sink,
} from "../../../src/host/process/output_tap.ts";
import { byLibc, byRuntime, Gated, Kept } from "../tapped.ts";
import { alone, tempDirectory, until } from "../temp.ts";

for (const [way, start] of Object.entries({ byLibc, byRuntime })) {
  const test = (name: string, body: () => Promise<void>) =>
    Deno.test(`${name} (${way})`, body);

  test("both streams arrive byte for byte, and their lines are told", async () => {
    const [stdout, stderr] = [new Kept(), new Kept(3)];
    const { tap, lines, reaped } = start(
      `printf 'one\\r\\n\\ntw'; printf 'o\\n\\377\\0\\n'; printf 'err\\nlast' >&2`,
      { stdout, stderr },
    );
    await tap.ended;
    await reaped();
    assert.equal(stdout.bytes.toString("latin1"), "one\r\n\ntwo\n\xff\0\n");
    assert.equal(stderr.text, "err\nlast");
    assert.deepEqual(
      lines.sort(),
      ["", "one", "two", "\ufffd\0", "err", "last"].sort(),
    );
  });

  test("megabytes arrive in order", async () => {
    const [stdout, stderr] = [new Kept(), new Kept(1000)];
    const { tap, lines, reaped } = start(
      "seq 300000 & seq 30000 >&2; wait",
      { stdout, stderr },
    );
    await tap.ended;
    await reaped();
    const numbers = (count: number) =>
      Array.from({ length: count }, (_, at) => `${at + 1}\n`).join("");
    assert.ok(stdout.text === numbers(300_000));
    assert.ok(stderr.text === numbers(30_000));
    assert.equal(lines.length, 330_000);
  });

  test("a long line is cut for who waits for it, not for the stream", async () => {
    const stdout = new Kept();
    const size = 200_000;
    const { tap, lines, reaped } = start(
      `head -c ${size} /dev/zero | tr '\\0' x; echo; echo next`,
      { stdout, stderr: new Kept() },
    );
    await tap.ended;
    await reaped();
    assert.equal(stdout.text.length, size + "\nnext\n".length);
    assert.deepEqual(lines, ["x".repeat(SHOWN_MAX_BYTES), "next"]);
  });

  test("a line is told while the child runs, and none that is not wanted any more", async () => {
    const stdout = new Kept();
    await using directory = await tempDirectory();
    const go = `${directory.path}/go`;
    const { tap, lines, reaped } = start(
      `echo ready; while ! test -e ${go}; do sleep 0.01; done; echo more`,
      { stdout, stderr: new Kept() },
    );
    await until("the line is told", () => lines.length === 1);
    tap.stopLines();
    await Deno.writeTextFile(go, "");
    await tap.ended;
    await reaped();
    assert.deepEqual(lines, ["ready"]);
    assert.equal(stdout.text, "ready\nmore\n");
  });

  test("nothing more is read than our stream takes", async () => {
    await using directory = await tempDirectory();
    const go = `${directory.path}/go`;
    const stdout = new Gated();
    const stderr = new Kept();
    const { tap, reaped } = start(
      `head -c 1000000 /dev/zero & while ! test -e ${go}; do sleep 0.01; done
       echo alive >&2; wait`,
      { stdout, stderr },
    );
    await until("the first piece", () => stdout.offered > 0);
    await Deno.writeTextFile(go, "");
    await until("the other stream goes on", () => stderr.text === "alive\n");
    assert.ok(stdout.offered <= 65_536, String(stdout.offered));
    stdout.open();
    await tap.ended;
    await reaped();
    assert.equal(stdout.taken, 1_000_000);
  });

  test("the last output waits for a reader of ours that is slow", async () => {
    const stdout = new Gated();
    const { tap, reaped } = start("head -c 100000 /dev/zero; kill -9 $$", {
      stdout,
      stderr: new Kept(),
    });
    await until("the first piece", () => stdout.offered > 0);
    const finishing = tap.finish();
    const timer = setTimeout(() => stdout.open(), 2_000);
    await finishing;
    clearTimeout(timer);
    assert.equal(stdout.taken, 100_000);
    await tap.ended;
    await reaped();
  });

  test("who holds the pipes and is silent is not waited for", async () => {
    const stdout = new Kept();
    const { tap, pid, reaped } = start("echo last; exec sleep 1000", {
      stdout,
      stderr: new Kept(),
    });
    let ended = false;
    void tap.ended.then(() => ended = true);
    await tap.finish();
    assert.equal(ended, false);
    Deno.kill(pid, "SIGKILL");
    await tap.ended;
    await reaped();
    assert.equal(stdout.text, "last\n");
  });

  test("a reader of ours that takes nothing is not waited for for ever", async () => {
    const stdout = new Gated();
    const { tap, reaped } = start("echo last", { stdout, stderr: new Kept() });
    await tap.finish();
    assert.equal(stdout.taken, 0);
    stdout.open();
    await tap.ended;
    await reaped();
  });

  test("when our stream is gone the child goes on", async () => {
    const stderr = new Kept();
    let attempts = 0;
    const stdout: Sink = {
      write: () => {
        attempts++;
        return Promise.reject(new Deno.errors.BrokenPipe("gone"));
      },
    };
    const { tap, lines, reaped } = start(
      "seq 100000; echo $? >&2",
      { stdout, stderr },
    );
    await tap.ended;
    await reaped();
    assert.equal(stderr.text, "0\n");
    assert.equal(attempts, 1);
    assert.equal(lines.length, 100_001);
  });

  test("a stream that is full for a moment is tried again, one without room loses a piece", async () => {
    const kept = new Kept();
    const errors = [
      new Deno.errors.WouldBlock("full"),
      new Deno.errors.WouldBlock("full"),
      undefined,
      new Error("No space left on device"),
    ];
    const stdout: Sink = {
      write: (bytes) => {
        const error = errors.shift();
        return error === undefined ? kept.write(bytes) : Promise.reject(error);
      },
    };
    await using directory = await tempDirectory();
    const go = `${directory.path}/go`;
    const waitForGo = (n: number) =>
      `while ! test -e ${go}${n}; do sleep 0.01; done`;
    const { tap, reaped } = start(
      `echo one; ${waitForGo(1)}; echo two; ${waitForGo(2)}; echo three`,
      { stdout, stderr: new Kept() },
    );
    await until("the first is there", () => kept.text === "one\n");
    await Deno.writeTextFile(`${go}1`, "");
    await until("the second is lost", () => errors.length === 0);
    await Deno.writeTextFile(`${go}2`, "");
    await tap.ended;
    await reaped();
    assert.equal(kept.text, "one\nthree\n");
  });

  test("close ends it while the child is silent", async () => {
    const { tap, pid, reaped } = start(
      "exec sleep 1000",
      { stdout: new Kept(), stderr: new Kept() },
    );
    await tap.close();
    await tap.ended;
    await tap.close();
    Deno.kill(pid, "SIGKILL");
    await reaped();
  });

  test("neither a close nor the child's end leaves a descriptor open", async () => {
    for (const end of ["close", "exit"]) {
      const left = await alone("tapped_again.ts", { args: [way, end] });
      assert.ok(Number(left) < 10, `${left} after ${end}`);
    }
  });
}

Deno.test("taps that outlive their children take no threads from the others", async () => {
  const silent = Array.from(
    { length: 40 },
    () => byLibc("exec sleep 1000", { stdout: new Kept(), stderr: new Kept() }),
  );
  const stdout = new Kept();
  const { tap, reaped } = byLibc("seq 1000", { stdout, stderr: new Kept() });
  await tap.ended;
  await reaped();
  assert.equal(stdout.text.split("\n").length, 1001);
  // The same pool serves the runtime's files.
  assert.ok((await Deno.stat("/")).isDirectory);
  await Promise.all(silent.map(({ tap }) => tap.close()));
  for (const { pid, reaped } of silent) {
    Deno.kill(pid, "SIGKILL");
    await reaped();
  }
});

Deno.test("one tap closes among others that go on", async () => {
  await using directory = await tempDirectory();
  const go = `${directory.path}/go`;
  const stdout = new Kept();
  const one = byLibc("exec sleep 1000", {
    stdout: new Kept(),
    stderr: new Kept(),
  });
  const other = byLibc(
    `while ! test -e ${go}; do sleep 0.01; done; echo on`,
    { stdout, stderr: new Kept() },
  );
  await one.tap.close();
  Deno.kill(one.pid, "SIGKILL");
  await one.reaped();
  await Deno.writeTextFile(go, "");
  await other.tap.ended;
  await other.reaped();
  assert.equal(stdout.text, "on\n");
});

Deno.test("the child's descriptors 1 and 2 are pipes, and no other end of them is open in it", async () => {
  const stdout = new Kept();
  const { tap, reaped } = byLibc(
    "readlink /proc/$$/fd/1 /proc/$$/fd/2 /proc/$$/fd/*; echo again > /dev/stdout",
    { stdout, stderr: new Kept() },
  );
  await tap.ended;
  await reaped();
  const [out, err, ...all] = stdout.text.trim().split("\n");
  assert.match(out, /^pipe:/);
  assert.match(err, /^pipe:/);
  assert.deepEqual(all.filter((link) => link === out), [out]);
  assert.deepEqual(all.filter((link) => link === err), [err]);
  assert.equal(all.at(-1), "again");
});

const hostUrl = new URL("../../../src/host/process", import.meta.url);

/** Starts a child whose lines are wanted, in a process of its own, and reports. */
const REPORT = `
import { openPipeTap, type OutputTap, tapStreams } from "${hostUrl}/output_tap.ts";
import { Processes } from "${hostUrl}/processes.ts";
const processes = new Processes();
const lines: string[] = [];
const ends: unknown[] = [];
const program = {
  argv: ["bash", "-c", "pwd; echo err >&2; echo out; exit 3"] as const,
  env: {},
  workdir: "/tmp",
  group: "session",
};
const onLine = (line: string) => lines.push(line);
const taps: OutputTap[] = [];
const tapping = {
  pipes: () => {
    const pipes = openPipeTap(onLine, Deno);
    if (pipes !== undefined) taps.push(pipes.tap);
    return pipes;
  },
  streams: (process: Deno.ChildProcess) => {
    taps.push(tapStreams(process, onLine, Deno));
  },
};
const started = processes.start(program, (end) => ends.push(end), tapping);
if (started.kind !== "started") throw new Error("refused");
await Promise.all(taps.map(({ ended }) => ended));
while (ends.length === 0) {
  await new Promise((resolve) => setTimeout(resolve, 2));
  processes.collect();
}
const missing = { ...program, argv: ["/no/such/program"] as const };
const { kind } = processes.start(missing, () => {}, tapping);
const report = { lines: lines.sort(), ends, kind };
await Deno.writeTextFile(Deno.args[0], JSON.stringify(report));
`;

for (const ffi of [true, false]) {
  const way = ffi ? "with" : "without";
  Deno.test(`a start with lines copies to our own streams, ${way} libc`, async () => {
    await using directory = await tempDirectory();
    const script = `${directory.path}/report.ts`;
    const file = `${directory.path}/report.json`;
    await Deno.writeTextFile(script, REPORT);
    const allowed = ["read", "write", "env", "run"];
    if (ffi) allowed.push(`ffi=${LIBC_PATHS.join(",")}`);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-lock",
        ...allowed.map((name) => `--allow-${name}`),
        script,
        file,
      ],
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.deepEqual([code, text(stdout), text(stderr)], [
      0,
      "/tmp\nout\n",
      "err\n",
    ]);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(file)), {
      lines: ["/tmp", "err", "out"],
      ends: [{ kind: "code", code: 3 }],
      kind: "refused",
    });
  });
}
