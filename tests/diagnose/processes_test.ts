/** What the command lines of other processes say. */
import { deepEqual, equal } from "node:assert/strict";
import { argumentsOf } from "../../src/diagnose/processes.ts";
import "../host/loaded_libc.ts";
import { tempDirectory, until } from "../host/temp.ts";

Deno.test("the arguments of a process, and none of one that has ended and was not waited for", async () => {
  await using directory = await tempDirectory();
  const gate = `${directory.path}/gate`;
  Deno.writeTextFileSync(gate, "");
  const waits = `while [ -e ${gate} ]; do sleep 0.02; done`;
  await using child = new Deno.Command("sh", {
    // `exec` keeps the parent from waiting for what it has started.
    args: ["-c", `sh -c '${waits}' & echo $!; exec sleep 600`],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const zombie = Number(new TextDecoder().decode(value));
  const name = () => Deno.readTextFileSync(`/proc/${child.pid}/comm`);
  await until("the parent is another program", () => name() === "sleep\n");
  deepEqual(argumentsOf(child.pid), ["600"]);
  const words = () => argumentsOf(zombie)?.join(" ");
  await until("it runs its own words", () => words() === `-c ${waits}`);
  Deno.removeSync(gate);
  const stateOf = (pid: number) =>
    /^State:\t(\w)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  await until("it has ended", () => stateOf(zombie) === "Z");
  equal(argumentsOf(zombie), undefined);
  await reader.cancel();
  child.kill("SIGKILL");
  await child.status;
});
