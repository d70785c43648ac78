/** Programs run to their end: what is told of them, and that nothing of them is left. */
import assert from "node:assert/strict";
import {
  type CommandOptions,
  runCommand,
} from "../../../src/host/ask/command.ts";
import { Processes } from "../../../src/host/process/processes.ts";
import type { Noise } from "../../fixtures/noisy_command.ts";
import { writeExecutable } from "../../fixtures/executable.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import { alone, exists, longEnough, tempDirectory, until } from "../temp.ts";
import { following } from "./following.ts";

const run = (script: string, options: Partial<CommandOptions> = {}) =>
  following((follow) =>
    runCommand({
      argv: ["bash", "-c", script],
      env: {},
      timeoutMs: HANG_MS,
      follow,
      ...options,
    })
  );

/** As `seq` prints them. */
const numbers = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, at) => String(first + at));

async function tailOf(script: string): Promise<readonly string[]> {
  const result = await run(script);
  assert.ok(result.kind === "ended");
  return result.tail;
}

/** What these scripts tell and cost in a process of its own. */
async function noiseOf(...scripts: string[]): Promise<Noise> {
  const printed = await alone("noisy_command.ts", {
    args: scripts,
    // As the executable has them: they leave what is garbage for longer.
    v8Flags: ["--single-threaded", "--no-incremental-marking"],
  });
  return JSON.parse(printed);
}

/** Whether the process is there and no zombie. */
function isAlive(pid: string): boolean {
  try {
    return !/\) Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

/** Waits until the script has written its process ids into the file. */
async function pidsIn(file: string): Promise<string[]> {
  let text = "";
  await until("the process ids are written", () => {
    try {
      text = Deno.readTextFileSync(file);
    } catch {
      // Not yet.
    }
    return text.endsWith("\n");
  });
  return text.trim().split(" ");
}

async function assertGone(pids: readonly string[]): Promise<void> {
  assert.ok(pids.length > 0);
  for (const pid of pids) {
    await until(`the end of process ${pid}`, () => !isAlive(pid));
  }
}

Deno.test("the status is told as it was", async () => {
  const table = [
    ["true", { kind: "code", code: 0 }],
    ["exit 7", { kind: "code", code: 7 }],
    ["kill -KILL $$", { kind: "signal", number: 9 }],
  ] as const;
  for (const [script, status] of table) {
    assert.deepEqual(await run(script), { kind: "ended", status, tail: [] });
  }
});

Deno.test({
  name: "death by a real-time signal is a status too",
  // The runtime keeps what it held of a child whose signal it cannot name.
  sanitizeResources: false,
  fn: async () => {
    const status = { kind: "signal", number: 36 };
    assert.deepEqual(await run("kill -36 $$"), {
      kind: "ended",
      status,
      tail: [],
    });
  },
});

Deno.test("arguments are passed as they are, variables are added, stdin is empty", async () => {
  const result = await run("", {
    argv: ["bash", "-c", 'cat; printf "%s|%s" "$1" "$ADDED"', "bash", "$(a) *"],
    env: { ADDED: "b c" },
  });
  assert.deepEqual(result.kind === "ended" && result.tail, ["$(a) *|b c"]);
  // Compared where it arrives: a long PATH would be cut in the tail.
  const inherited = await run("", {
    argv: ["bash", "-c", '[ "$PATH" = "$WANTED" ] && echo same'],
    env: { WANTED: Deno.env.get("PATH") ?? "" },
  });
  assert.deepEqual(inherited.kind === "ended" && inherited.tail, ["same"]);
});

Deno.test("the tail is the beginning and the end of both outputs, without control characters", async () => {
  const table: [string, string[]][] = [
    ["echo out; echo err >&2", ["err", "out"]],
    ["true", []],
    ["seq 250", numbers(1, 250)],
    ["seq 251", [...numbers(1, 50), "… 1 line left out", ...numbers(52, 251)]],
    [
      "seq 260; printf open",
      [
        ...numbers(1, 50),
        "… 11 lines left out",
        ...numbers(62, 260),
        "open",
      ],
    ],
    [
      "seq 30; sleep 0.05; seq 31 1000; sleep 0.05; seq 1001 1100",
      [...numbers(1, 50), "… 850 lines left out", ...numbers(901, 1100)],
    ],
    ["printf 'a\\033[1mb\\tc\\n'", ["a\\x1b[1mb\\tc"]],
    ["printf 'x\\n\\ny\\n'", ["x", "", "y"]],
    ["printf '\\xc3'; sleep 0.05; printf '\\xa4'", ["ä"]],
    ["printf '\\xff\\n'", ["\ufffd"]],
    ["printf '%300s'", [" ".repeat(300)]],
    ["printf '%301s'", [`${" ".repeat(299)}…`]],
  ];
  for (const [script, lines] of table) {
    const tail = await tailOf(script);
    const sorted = script.includes(">&2") ? [...tail].sort() : tail;
    assert.deepEqual(sorted, lines, script);
  }
  const [bells] = await tailOf("printf '\\a%.0s' {1..300}");
  assert.equal(bells.length, 300);
  assert.match(bells, /^(\\x07){74}.*…$/);
});

Deno.test("ever so much output, and lines without an end, keep the memory", async () => {
  const { results, grownMiB } = await noiseOf(
    "seq 100000 400000; seq 100000 400000 >&2",
    "head -c 100000000 /dev/zero | tr '\\0' x",
  );
  const [many, long] = results.map((result) =>
    result.kind === "ended" ? result.tail : []
  );
  assert.equal(many.length, 251);
  assert.equal(many[50], "… 599752 lines left out");
  assert.deepEqual(long, [`${"x".repeat(299)}…`]);
  assert.ok(grownMiB < 60, `grew by ${grownMiB} MiB`);
});

Deno.test("on timeout the whole group is killed, and the tail told", async () => {
  await using directory = await tempDirectory();
  const file = `${directory.path}/pids`;
  const { result } = await longEnough(
    (timeoutMs) =>
      run(
        `trap "" TERM; echo working; sleep 1000 & echo $$ $! > ${file}; wait; wait`,
        { timeoutMs },
      ),
    () => exists(file) && Deno.readTextFileSync(file).endsWith("\n"),
  );
  assert.deepEqual(result, { kind: "timedOut", tail: ["working"] });
  await assertGone(await pidsIn(file));
});

Deno.test("of a chunk with more lines than are kept the first and the last ones are told, and what is unfinished", async () => {
  const tail = await tailOf("seq 5000; printf 'the end é'");
  assert.deepEqual(tail, [
    ...numbers(1, 50),
    "… 4751 lines left out",
    ...numbers(4802, 5000),
    "the end é",
  ]);
  assert.deepEqual(await tailOf("yes | head -n 100000; printf '\\n'"), [
    ...Array(50).fill("y"),
    "… 99751 lines left out",
    ...Array(199).fill("y"),
    "",
  ]);
});

Deno.test("a program that prints lines without end costs no memory", async () => {
  const { results, grownMiB } = await noiseOf("exec yes");
  assert.equal(results[0].kind, "timedOut");
  assert.ok(grownMiB < 30, `grew by ${grownMiB} MiB`);
});

Deno.test("on abort the whole group is killed", async () => {
  await using directory = await tempDirectory();
  const file = `${directory.path}/pids`;
  const controller = new AbortController();
  const running = run(
    `sleep 100 & echo $$ $! > ${file}; wait`,
    { signal: controller.signal },
  );
  const pids = await pidsIn(file);
  assert.ok(isAlive(pids[1]));
  controller.abort();
  assert.deepEqual(await running, { kind: "aborted" });
  await assertGone(pids);
});

Deno.test("aborted before the start, nothing is started", async () => {
  await using directory = await tempDirectory();
  const file = `${directory.path}/started`;
  const result = await run(`touch ${file}`, { signal: AbortSignal.abort() });
  assert.deepEqual(result, { kind: "aborted" });
  assert.throws(() => Deno.statSync(file), Deno.errors.NotFound);
});

Deno.test("what the program leaves in its group is killed when it has ended", async () => {
  await using directory = await tempDirectory();
  const file = `${directory.path}/pids`;
  const result = await run(`sleep 100 & echo $! > ${file}; echo done`);
  assert.deepEqual(result.kind === "ended" && result.tail, ["done"]);
  await assertGone(await pidsIn(file));
});

Deno.test("a descendant that left the group with the pipes does not hold us", async () => {
  await using directory = await tempDirectory();
  const file = `${directory.path}/pids`;
  for (const work of ["sleep 100", "yes"]) {
    const result = await run(
      `setsid bash -c 'echo $$ > ${file}; exec ${work}' &
      until [ -s ${file} ]; do :; done; echo done; exit 3`,
    );
    assert.ok(result.kind === "ended");
    assert.deepEqual(result.status, { kind: "code", code: 3 });
    if (work !== "yes") assert.deepEqual(result.tail, ["done"]);
    const [pid] = await pidsIn(file);
    try {
      Deno.kill(Number(pid), "SIGKILL");
    } catch {
      // `yes` ends by itself when nobody reads.
    }
    await Deno.remove(file);
  }
});

Deno.test("a program that cannot be started is explained", async () => {
  await using directory = await tempDirectory();
  const script = `${directory.path}/script`;
  writeExecutable(script, "#!/no/such/interpreter\n");
  const table: [string, RegExp][] = [
    ["no-such-program", /^not found in PATH/],
    ["/no/such/program", /^no such file$/],
    ["/etc/passwd", /^permission denied$/],
    ["/etc", /^is a directory$/],
    [script, /interpreter/],
    ["true\0", /./],
  ];
  for (const [command, why] of table) {
    const result = await run("", { argv: [command] });
    assert.ok(result.kind === "failed", command);
    assert.match(result.detail, why);
  }
});

Deno.test("the status belongs to us as long as the program runs, and not after", async () => {
  const processes = new Processes();
  let pid = 0;
  let managed = false;
  await run("true", {
    follow: (child) => {
      pid = child.pid;
      const status = processes.follow(child);
      managed = processes.isManaged(pid);
      return status;
    },
  });
  assert.ok(managed);
  assert.ok(!processes.isManaged(pid));
});
