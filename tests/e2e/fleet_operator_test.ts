/** What an operator sees of managers that take turns, and what he can do about it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { row } from "./bench.ts";
import { type Asker, controlled } from "./control.ts";
import { CANARY, firstTo, group, REJECTED, WAITING } from "./fleets.ts";
import { change, runsOn } from "./reloads.ts";
import { until } from "./until.ts";

// deno-lint-ignore no-explicit-any -- JSON, whose schema is tested.
async function fleetOf(asker: Asker): Promise<any> {
  const { code, out } = await asker.command("fleet", "-o", "json");
  equal(code, 0, out);
  return JSON.parse(out);
}

const textOf = async (asker: Asker): Promise<string> => {
  const { out } = await asker.command("fleet", "-o", "text");
  return `${out}\n`;
};

Deno.test(row(
  "fleet: each manager tells who tries what, who waits for whom, and what is proven",
  async (bench) => {
    const { file, managers, askers } = await group(
      bench,
      2,
      "--fleet-soak=1h",
    );
    const idle = await fleetOf(askers[0]);
    deepEqual([idle.slots[0].holder, idle.proven], [null, []]);
    ok(idle.read_at !== null, "it was read for who has asked");
    change(file, "second");
    const canary = await firstTo(managers, CANARY);
    const [one, other] = canary === managers[0] ? askers : askers.toReversed();
    const [, waiting] = canary === managers[0]
      ? managers
      : managers.toReversed();
    await waiting.log.wait(WAITING);
    await runsOn(canary, "second", 2);
    const trying = await fleetOf(one);
    equal(trying.content, trying.slot.content);
    equal(trying.slot.trial, true);
    ok(Date.parse(trying.slot.trial_until) > Date.parse(trying.timestamp));
    deepEqual(trying.slots, [{
      index: 0,
      holder: trying.name,
      content: trying.content,
      trial: true,
      abandoned: false,
    }]);
    const told = await fleetOf(other);
    deepEqual(told.slots, trying.slots);
    equal(told.waiting.content, trying.content);
    equal(told.waiting.why, `${trying.name} tries this configuration`);
    ok(told.content !== trying.content, "its child has what it had");
    const text = await textOf(other);
    match(
      text,
      new RegExp(`^slot-0: ${trying.name} ${trying.content} trial$`, "m"),
    );
    const { timestamp: _now, read_at: _then, ...rest } = told;
    const {
      members: _all,
      members_partial: isPartial,
      members_unreachable: fault,
      ...shown
    } = rest;
    deepEqual([isPartial, fault], [false, null]);
    const { read_at: _earlier, ...known } = (await other.status()).fleet;
    deepEqual(known, shown);
  },
));

/** Until the managers are shown so, each by its process: `9c1d…`, `9c1d… waits 3f2a…`. */
const seen = (asker: Asker, members: Readonly<Record<number, string>>) =>
  until(`the managers are shown as ${JSON.stringify(members)}`, async () => {
    const { members: all } = JSON.parse((await asker.get("/fleet")).body);
    const shown = Object.fromEntries((all ?? []).map((
      { name, content, does, next }: Readonly<Record<string, string | null>>,
    ) => [
      name?.split(":").at(-1),
      [content, does, next].filter((word) => word !== null).join(" "),
    ]));
    return isDeepStrictEqual(shown, { ...members });
  });

Deno.test(row(
  "fleet: any manager tells what each one runs on, who waits, and who has vanished",
  async (bench) => {
    const { file, managers, askers } = await group(
      bench,
      3,
      "--fleet-soak=1h",
    );
    const [first] = askers;
    const { content: before } = await fleetOf(first);
    const pids = managers.map(({ pid }) => pid);
    await seen(first, Object.fromEntries(pids.map((pid) => [pid, before])));
    change(file, "second");
    const canary = await firstTo(managers, CANARY);
    const others = managers.filter((each) => each !== canary);
    for (const other of others) await other.log.wait(WAITING);
    await runsOn(canary, "second", 2);
    const asker = askers[managers.indexOf(others[0])];
    const { waiting: { content: after } } = await fleetOf(asker);
    const waits = `${before} waits ${after}`;
    const tries = `${after} tries ${after}`;
    for (const each of askers) {
      await seen(each, {
        [canary.pid]: tries,
        [others[0].pid]: waits,
        [others[1].pid]: waits,
      });
    }
    match(
      await textOf(asker),
      new RegExp(`^member: .*:${canary.pid} ${tries}$`, "m"),
    );
    others[1].signal("SIGTERM");
    await others[1].ended();
    await seen(asker, { [canary.pid]: tries, [others[0].pid]: waits });
    canary.signal("SIGKILL");
    await canary.ended();
    await seen(asker, { [others[0].pid]: tries });
  },
));

Deno.test(row(
  "fleet: what a manager has refused is shown with why, and tried again when an operator clears it",
  async (bench) => {
    const { file, broken, managers, askers } = await group(bench, 3);
    const [held, ...rest] = managers;
    equal((await askers[0].command("hold")).code, 0);
    change(file, "bad");
    const canary = await firstTo(rest, CANARY);
    const [other] = rest.filter((manager) => manager !== canary);
    await other.log.wait(REJECTED);
    await runsOn(canary, "first", 3);
    const asker = askers[managers.indexOf(other)];
    const { refused: [refusal], rejected } = await fleetOf(asker);
    equal(refusal.why, "rolled back");
    match(refusal.by, new RegExp(`:${canary.pid}$`));
    equal(rejected, refusal.content);
    match(
      await textOf(asker),
      new RegExp(
        `^refused: ${refusal.content} by .* at 2.*Z: rolled back$`,
        "m",
      ),
    );
    const unknown = ["fleet", "clear", "0123456789ab", "-o", "text"];
    deepEqual(await asker.command(...unknown), {
      code: 1,
      out: "",
      errors:
        "flush-manager: The fleet has refused no content 0123456789ab; flush-manager fleet shows what it has",
    });
    Deno.removeSync(broken);
    const short = refusal.content.slice(0, 12);
    const cleared = await asker.command("fleet", "clear", short, "-o", "text");
    deepEqual([cleared.code, cleared.errors], [0, ""]);
    match(cleared.out, new RegExp(`^Cleared ${short}; `));
    await other.log.wait(
      `Refusals of the fleet cleared as requested: ${short};`,
    );
    equal((await askers[0].command("resume")).code, 0);
    await held.log.wait(CANARY);
    await runsOn(held, "bad", 2);
    await held.log.wait("New configuration proven for the fleet");
    const { proven, refused } = await fleetOf(askers[0]);
    deepEqual([proven, refused], [[refusal.content], []]);
  },
));

Deno.test(row(
  "fleet: where the directory is gone, why is told, with 1",
  async (bench) => {
    const { directory, askers: [asker] } = await group(bench, 1);
    Deno.renameSync(directory, `${directory}.away`);
    const { code, out } = await asker.command("fleet", "-o", "text");
    equal(code, 1);
    match(out, /^unreachable: .*does not exist/m);
    const cleared = await asker.command("fleet", "clear", "-o", "text");
    deepEqual([cleared.code, cleared.out], [1, ""]);
    match(
      cleared.errors,
      /^flush-manager: The fleet cannot be asked: .*does not exist/,
    );
  },
));

Deno.test(
  row("fleet: a manager without one says so, with 1", async (bench) => {
    const { asker } = await controlled(bench);
    for (const words of [["fleet"], ["fleet", "clear"]]) {
      deepEqual(await asker.command(...words, "-o", "text"), {
        code: 1,
        out: "",
        errors:
          "flush-manager: This manager takes turns with no others: it runs without --fleet",
      });
    }
  }),
);
