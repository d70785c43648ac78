/** What the event loop is told of the dependencies of a start. */
import assert from "node:assert/strict";
import { Processes } from "../../../src/host/process/processes.ts";
import { DependencyWait } from "../../../src/manager/reloads/dependency_wait.ts";
import type { Happening } from "../../../src/core/vocabulary/event.ts";
import { tempDirectory, until } from "../../host/temp.ts";
import { settingsOf } from "../settings.ts";

Deno.test("a dependency is told as missing until it is there, and as unavailable when it is asked for", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/there`;
  const told: Happening[] = [];
  const wait = new DependencyWait({
    settings: settingsOf("--wait-for", `file:${path}`),
    processes: new Processes(),
    variables: () => ({}),
    dispatch: (happening) => void told.push(happening),
  });
  const first = (kind: Happening["kind"]) =>
    told.find((happening) => happening.kind === kind);
  const missing = [`file:${path} (does not exist)`];
  wait.await(1);
  await until("it is missing", () => first("missing") !== undefined);
  wait.ask(1);
  await until("it is unavailable", () => first("unavailable") !== undefined);
  await Deno.writeTextFile(path, "");
  await until("it is available", () => first("available") !== undefined);
  const ticket = 1;
  assert.deepEqual(first("missing"), { kind: "missing", ticket, missing });
  assert.deepEqual(
    first("unavailable"),
    { kind: "unavailable", ticket, missing },
  );
  assert.deepEqual(told.at(-1), { kind: "available", ticket });
});

Deno.test("a later wait takes the place of an earlier one, and a cancelled one tells nothing", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/there`;
  await Deno.writeTextFile(path, "");
  const told: Happening[] = [];
  const wait = new DependencyWait({
    settings: settingsOf("--wait-for", `file:${path}`),
    processes: new Processes(),
    variables: () => ({}),
    dispatch: (happening) => void told.push(happening),
  });
  wait.await(1);
  wait.await(2);
  await until("the later one is answered", () => told.length === 1);
  wait.await(3);
  wait.cancel();
  wait.ask(3);
  wait.await(4);
  await until("the last one is answered", () => told.length === 2);
  assert.deepEqual(told, [
    { kind: "available", ticket: 2 },
    { kind: "available", ticket: 4 },
  ]);
});
