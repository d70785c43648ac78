/** Managers of one directory, opened as a manager opens them. */
import assert from "node:assert/strict";
import { openFleet } from "../../src/fleet/open_fleet.ts";
import type { SlotAnswer } from "../../src/core/vocabulary/event.ts";
import "../host/loaded_libc.ts";
import { tempDirectory, until } from "../host/temp.ts";
import { RULES } from "./seeker_story.ts";
import { holder, nameOf } from "./views.ts";

function manager(directory: string, limit: number) {
  const told: string[] = [];
  const answers: SlotAnswer["kind"][] = [];
  const fleet = openFleet(
    {
      rules: { ...RULES, directory, limit },
      answer: ({ kind }) => answers.push(kind),
    },
    ({ text }) => told.push(text),
  );
  const take = (ticket: number) =>
    fleet.take({ ticket, content: nameOf("a"), isForced: false });
  return { fleet, take, answers, told };
}

Deno.test("open fleet: a manager that waits for one with another limit says so, once", async () => {
  await using temp = await tempDirectory();
  const [one, two] = [manager(temp.path, 1), manager(temp.path, 2)];
  two.take(1);
  await until("it has a slot", () => two.answers.includes("slotTaken"));
  one.take(1);
  await until("the other one waits", () => one.answers.includes("slotAwaited"));
  one.take(2);
  await until("it waits again", () => one.answers.length === 2);
  assert.deepEqual(two.told, []);
  assert.deepEqual(one.told, [
    `Fleet has several limits: 1 here and 2 at ${two.fleet.name}; give all of its managers the same --fleet-limit`,
  ]);
  await one.fleet.close();
  await two.fleet.close();
});

Deno.test("open fleet: the limit of a manager that has vanished is nobody's any more", async () => {
  await using temp = await tempDirectory();
  Deno.writeTextFileSync(
    `${temp.path}/web-0.slot`,
    JSON.stringify(holder("web-9", { content: nameOf("a"), limit: 1 })),
  );
  const two = manager(temp.path, 2);
  two.take(1);
  await until("it has a slot", () => two.answers.includes("slotTaken"));
  assert.deepEqual(two.told, []);
  await two.fleet.close();
});

Deno.test("open fleet: a file of ours that somebody has removed is made again for who looks", async () => {
  await using temp = await tempDirectory();
  const { fleet } = manager(temp.path, 1);
  const runs = nameOf("a");
  fleet.show({ runs, next: undefined });
  const own = () =>
    [...Deno.readDirSync(temp.path)].map(({ name }) => name)
      .find((name) => name.startsWith("web.member-"));
  await until("it is shown", () => own() !== undefined);
  const file = own();
  Deno.removeSync(`${temp.path}/${file}`);
  const { members, notShown } = await fleet.look();
  assert.deepEqual([members, notShown, own()], [
    {
      kind: "read",
      members: [{ name: fleet.name, runs, next: undefined }],
      isPartial: false,
    },
    undefined,
    file,
  ]);
  await fleet.close();
});

Deno.test("open fleet: a directory that cannot be used is told in one line", () => {
  assert.throws(() => manager("/nonexistent/fleet", 1), {
    message:
      "Cannot use the fleet directory /nonexistent/fleet: it does not exist; make it first",
  });
});
