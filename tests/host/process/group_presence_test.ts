/** Whether there is anybody: processes, groups, zombies, and those that may not be signalled. */
import assert from "node:assert/strict";
import { hasProcess } from "../../../src/host/process/group_presence.ts";
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
  const script = `
    import { hasProcess } from "${new URL(
    "../../../src/host/process/group_presence.ts",
    import.meta.url,
  )}";
    console.log(hasProcess(1));
  `;
  // As root one may signal everybody: ask as nobody, who may read a repository
  // that only root can enter.
  const nobody = [
    "setpriv",
    "--reuid=65534",
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
  ];
  const [command, ...args] = [
    ...(Deno.uid() === 0 ? nobody : []),
    Deno.execPath(),
    ...["eval", "--no-config", script],
  ];
  const deno = new Deno.Command(command, {
    args,
    env: { DENO_DIR: "/nonexistent" },
    stdin: "null",
  });
  const { stdout, stderr } = await deno.output();
  const text = new TextDecoder();
  assert.equal(text.decode(stdout), "true\n", text.decode(stderr));
});
