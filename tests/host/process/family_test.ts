/** Who belongs to a child: its group, its session, and what descends from it. */
import { deepEqual, equal } from "node:assert/strict";
import {
  belongsTo,
  readProcesses,
  userOf,
} from "../../../src/host/process/family.ts";
import "../loaded_libc.ts";
import { until } from "../temp.ts";
import { unreaped } from "../zombie.ts";

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
  let leader: number;
  {
    await using child = await unreaped();
    const { parent, pid } = child;
    leader = parent;
    equal(readProcesses().of(parent).includes(pid), true);
    child.end();
    await until(
      "it has ended",
      () => !readProcesses().of(parent).includes(pid),
    );
    equal(belongsTo(parent, pid), true);
  }
  equal(belongsTo(leader, leader), undefined);
});

Deno.test("the user of a process", () => {
  equal(userOf(Deno.pid), Deno.uid());
  equal(userOf(2 ** 22 + 1), undefined);
});
