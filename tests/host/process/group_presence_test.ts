/** Whether there is anybody: processes, groups, zombies, and those that may not be signalled. */
import assert from "node:assert/strict";
import { hasProcess } from "../../../src/host/process/group_presence.ts";
import { until } from "../temp.ts";
import "../loaded_libc.ts";

/** Beyond kernel.pid_max, which is 2^22 at most. */
const NOBODY = 2 ** 22 + 1;

Deno.test("a process and its group are there until they are reaped", async () => {
  const child = new Deno.Command("sleep", {
    args: ["60"],
    detached: true,
    stdin: "null",
  }).spawn();
  assert.ok(hasProcess(child.pid));
  assert.ok(hasProcess(-child.pid));
  child.kill("SIGKILL");
  await child.status;
  assert.equal(hasProcess(child.pid), false);
  assert.equal(hasProcess(-child.pid), false);
});

Deno.test("a number that nobody has is not there, as often as it is asked for", () => {
  for (let count = 0; count < 1_000; count++) {
    assert.equal(hasProcess(NOBODY), false);
    assert.equal(hasProcess(-NOBODY), false);
    assert.ok(hasProcess(Deno.pid));
  }
});

Deno.test("who may not be signalled is there", async () => {
  const module = new URL(
    "../../../src/host/process/group_presence.ts",
    import.meta.url,
  );
  const script = `
    import { hasProcess } from "${module}";
    try {
      Deno.kill(Number(Deno.args[0]), "SIGURG");
    } catch (error) {
      console.log(error.name);
    }
    console.log(hasProcess(Number(Deno.args[0])));`;
  // Root may signal everybody, unless it has no capabilities. What is read stays
  // root's own: nobody else may be let into the directory of the checkout.
  const drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
  await using other = IS_ROOT
    ? startedBy("setpriv", "--reuid=65534", "--clear-groups", "cat")
    : undefined;
  // It is root's until setpriv has done its work.
  await until(
    "the other user's process",
    () => other === undefined || ownerOf(other.pid) === 65534,
  );
  const [command, ...args] = [
    ...(IS_ROOT ? drop : []),
    ...[Deno.execPath(), "eval", "--no-config", script],
    String(other?.pid ?? 1),
  ];
  const { stdout, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const answers = text.decode(stdout).trim().split("\n");
  assert.equal(answers.at(-1), "true", text.decode(stderr));
  // Where we are not root the first process may be our own.
  if (IS_ROOT) assert.equal(answers[0], "PermissionDenied");
});

const IS_ROOT = Deno.uid() === 0;

/** A process that ends with its scope. */
function startedBy(command: string, ...args: readonly string[]) {
  const process = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "null",
  }).spawn();
  return {
    pid: process.pid,
    [Symbol.asyncDispose]: async () => {
      await process.stdin.close();
      await process.status;
    },
  };
}

/** The real user of a process. */
function ownerOf(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
}
