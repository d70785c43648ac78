/** Starts through libc: what the child gets, byte for byte, and what it does not. */
import assert from "node:assert/strict";
import {
  type Copy,
  nameAt,
  variablesAt,
} from "../../../src/host/libc/environ.ts";
import { waitCalls } from "../../../src/host/process/processes.ts";
import {
  posixSpawn,
  type Program,
} from "../../../src/host/process/posix_spawn.ts";
import { writeExecutable } from "../../fixtures/executable.ts";
import { tempDirectory } from "../temp.ts";
import "../loaded_libc.ts";

/** libc copies it, the kernel refuses it. */
const PATH_TOO_LONG_BYTES = 32 * 1024;

async function outputOf(
  script: string,
  program: Partial<Program> = {},
): Promise<string> {
  await using directory = await tempDirectory();
  const file = `${directory.path}/output`;
  const result = posixSpawn({
    argv: ["bash", "-c", `exec > "$1"; ${script}`, "bash", file],
    env: {},
    workdir: undefined,
    group: "session",
    ...program,
  });
  assert.ok(result?.kind === "launched");
  waitCalls()?.waitpid(result.pid, null, 0);
  return await Deno.readTextFile(file);
}

Deno.test("every byte of an argument and of a variable arrives", async () => {
  const odd = "a b\n\"'$`\\ \u00e4\u20ac\u{1f600} =";
  const output = await outputOf('printf %s "$ODD"', { env: { ODD: odd } });
  assert.equal(output, odd);
  const empty = await outputOf('printf "%s|" "${EMPTY-unset}"', {
    env: { EMPTY: "" },
  });
  assert.equal(empty, "|");
});

Deno.test("our variables arrive too, and an added one takes the place of ours", async () => {
  assert.equal(await outputOf('printf %s "$PATH"'), Deno.env.get("PATH"));
  const output = await outputOf("env | grep -c ^PATH=; echo $PATH", {
    env: { PATH: "/bin:/usr/bin" },
  });
  assert.equal(output, "1\n/bin:/usr/bin\n");
});

Deno.test("an inherited variable that is not UTF-8 arrives, and can be replaced", async () => {
  // Only another process can have been given one.
  const program = new URL("../../fixtures/spawn_replacing.ts", import.meta.url);
  const { stdout } = await new Deno.Command("bash", {
    args: [
      "-c",
      `KEPT=$'k\\xff' REPLACED=$'r\\xff' exec "$@"`,
      "bash",
      Deno.execPath(),
      "run",
      "--quiet",
      "-A",
      program.pathname,
    ],
  }).output();
  const bytes = [...stdout].map((byte) => String.fromCharCode(byte)).join("");
  assert.equal(bytes, "KEPT=k\xff\nREPLACED=new\n");
});

Deno.test("the child leads a session of its own, or shares ours", async () => {
  const script = "ps -o pid=,pgid=,sid= -p $$ | xargs";
  const [pid, pgid, sid] = (await outputOf(script)).trim().split(" ");
  assert.deepEqual([pgid, sid], [pid, pid]);
  const shared = await outputOf(script, { group: "ours" });
  const [childPid, childPgid] = shared.trim().split(" ");
  assert.notEqual(childPid, childPgid);
});

Deno.test("in front of our terminal the child leads a group of its own, one after the other", async () => {
  // In a process that leads a terminal's session: `script` makes one.
  const program = new URL("../../fixtures/spawn_in_front.ts", import.meta.url);
  const { stdout } = await new Deno.Command("script", {
    args: [
      "-qec",
      `exec ${Deno.execPath()} run --quiet -A ${program.pathname}`,
      "/dev/null",
    ],
    env: { SHELL: "/bin/sh" },
    stdin: "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split(/\r?\n/)
    .map((line) => line.trim().split(/ +/));
  assert.equal(lines.length, 2, lines.join("\n"));
  for (const [pid, group, session, inFront] of lines) {
    assert.deepEqual([group, inFront], [pid, pid]);
    assert.notEqual(session, pid);
  }
});

Deno.test("the child starts in its working directory, where its relative name is looked up", async () => {
  await using directory = await tempDirectory();
  writeExecutable(`${directory.path}/program`, '#!/bin/sh\npwd > "$1"\n');
  const file = `${directory.path}/output`;
  const result = posixSpawn({
    argv: ["./program", file],
    env: {},
    workdir: directory.path,
    group: "session",
  });
  assert.ok(result?.kind === "launched");
  waitCalls()?.waitpid(result.pid, null, 0);
  assert.equal(
    (await Deno.readTextFile(file)).trim(),
    await Deno.realPath(directory.path),
  );
});

Deno.test("a refusal is the kernel's number", () => {
  const errnoOf = (...argv: [string, ...string[]]) => {
    const result = posixSpawn({
      argv,
      env: {},
      workdir: undefined,
      group: "session",
    });
    return result?.kind === "refused" ? result.errno : result;
  };
  assert.equal(errnoOf("/no/such/program"), 2);
  assert.equal(errnoOf("/etc/passwd"), 13);
  assert.equal(errnoOf("/bin/true", "x".repeat(200_000)), 7);
});

Deno.test("a start leaves nothing allocated", async () => {
  // In a process of its own: this one's memory belongs to other tests as well.
  const script = `
    import { posixSpawn } from "${new URL(
    "../../../src/host/process/posix_spawn.ts",
    import.meta.url,
  )}";
    const program = {
      argv: ["true"],
      env: {},
      workdir: "/" + "x".repeat(${PATH_TOO_LONG_BYTES}),
      group: "session",
    };
    const startMany = (count) => {
      for (let start = 0; start < count; start++) {
        const { errno } = posixSpawn(program);
        if (errno !== 36) throw new Error(errno);
      }
      return Deno.memoryUsage().rss;
    };
    // The runtime's own garbage has its usual size by then.
    const before = startMany(1_000);
    console.log(startMany(4_000) - before);
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", script],
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const grown = Number(text.decode(stdout));
  assert.equal(text.decode(stderr), "");
  assert.ok(grown < 4_000 * PATH_TOO_LONG_BYTES / 4, `${grown} bytes`);
});

Deno.test("names are read across the ends of pages and vectors of any length", () => {
  // A memory in which only whole pages can be read, and that says so.
  const memory = new Uint8Array(64 * 1024);
  const pointers = new BigUint64Array(memory.buffer, 4096 - 24, 200);
  const expected: { name: string; address: bigint }[] = [];
  let at = 8 * 4096 - 5;
  for (let index = 0; index < 150; index++) {
    const name = `N${"x".repeat(index)}`;
    new TextEncoder().encodeInto(`${name}=v\0`, memory.subarray(at));
    pointers[index] = BigInt(at);
    expected.push({ name, address: BigInt(at) });
    at += name.length + 3;
  }
  const copy: Copy = (to, from, bytes) => {
    const [start, end] = [Number(from), Number(from + bytes)];
    assert.equal(start >> 12, (end - 1) >> 12, "a read leaves its page");
    to.set(memory.subarray(start, end));
    return to;
  };
  const found = variablesAt(4096n - 24n, copy)
    .map((address) => ({ name: nameAt(address, copy), address }));
  assert.deepEqual(found, expected);
  assert.deepEqual(variablesAt(0n, () => assert.fail()), []);
});
