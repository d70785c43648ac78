/** What the command lines of other processes say. */
import { deepEqual, equal } from "node:assert/strict";
import { argumentsOf } from "../../src/diagnose/processes.ts";
import "../host/loaded_libc.ts";
import { until } from "../host/temp.ts";
import { unreaped } from "../host/zombie.ts";

Deno.test("the arguments of a process, and none of one that has ended and was not waited for", async () => {
  await using child = await unreaped();
  const { parent, pid, args } = child;
  deepEqual(argumentsOf(parent), ["600"]);
  const words = () => argumentsOf(pid)?.join(" ");
  await until("it runs its own words", () => words() === args.join(" "));
  child.end();
  const state = () =>
    /^State:\t(\w)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  await until("it has ended", () => state() === "Z");
  equal(argumentsOf(pid), undefined);
});
