/** Who belongs to a child: its group, its session, and what descends from it. */
import { deepEqual, equal } from "node:assert/strict";
import {
  belongsTo,
  readProcesses,
  userOf,
} from "../../../src/host/process/family.ts";
import "../loaded_libc.ts";
import { tempDirectory, until } from "../temp.ts";

Deno.test("descendants belong to a child, and so do those that have left its group", async () => {
  const child = new Deno.Command("sh", {
    args: ["-c", "sleep 600 & setsid sleep 600 & wait"],
    detached: true,
  }).spawn();
  const members = () => readProcesses().of(child.pid);
  await until("there are three processes", () => members().length === 3);
  const family = members();
  for (const pid of family) equal(belongsTo(child.pid, pid), true);
  const below = readProcesses().below(Deno.pid);
  deepEqual(family.filter((pid) => !below.includes(pid)), []);
  equal(belongsTo(child.pid, Deno.pid), false);
  equal(belongsTo(child.pid, 1), false);
  for (const pid of family) Deno.kill(pid, "SIGKILL");
  await child.status;
});

Deno.test("a zombie belongs to its group, but is not among the living", async () => {
  await using directory = await tempDirectory();
  const gate = `${directory.path}/gate`;
  Deno.writeTextFileSync(gate, "");
  const waits = `while [ -e ${gate} ]; do sleep 0.02; done`;
  const child = new Deno.Command("sh", {
    // `exec` keeps the parent from waiting for what it has started.
    args: ["-c", `sh -c '${waits}' & echo $!; exec sleep 600`],
    detached: true,
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const zombie = Number(new TextDecoder().decode(value));
  const name = () => Deno.readTextFileSync(`/proc/${child.pid}/comm`);
  await until("the parent is another program", () => name() === "sleep\n");
  equal(readProcesses().of(child.pid).includes(zombie), true);
  Deno.removeSync(gate);
  await until(
    "it has ended",
    () => !readProcesses().of(child.pid).includes(zombie),
  );
  equal(belongsTo(child.pid, zombie), true);
  await reader.cancel();
  child.kill("SIGKILL");
  await child.status;
  equal(belongsTo(child.pid, child.pid), undefined);
});

Deno.test("the user of a process", () => {
  equal(userOf(Deno.pid), Deno.uid());
  equal(userOf(2 ** 22 + 1), undefined);
});
