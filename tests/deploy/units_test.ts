/** What the units of systemd say in several places is the same, and flush-manager can use their options. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { fromRoot } from "../../scripts/denort.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { parseDuration } from "../../src/core/notation/duration.ts";

/** The settings of a unit by their names, as the instance 1 has them. */
function unit(name: string): ReadonlyMap<string, string> {
  const text = Deno.readTextFileSync(fromRoot(`deploy/${name}`));
  const settings = text.replaceAll("%i", "1").matchAll(/^(\w+)=(.*)$/gm);
  return new Map([...settings].map(([, key, value]) => [key, value]));
}

/** How it starts flush-manager. No argument of ours is quoted. */
function settingsOf(settings: ReadonlyMap<string, string>) {
  const [, ...words] = settings.get("ExecStart")!.split(" ");
  const invocation = parseInvocation(words, () => undefined);
  if (invocation.kind !== "run") throw new Error(`is ${invocation.kind}`);
  return invocation.settings;
}

/** systemd writes a time like an option of ours. */
const timeOf = (settings: ReadonlyMap<string, string>, name: string) =>
  parseDuration(settings.get(name)!)!;

for (const name of ["greeter.service", "greeter@.service"]) {
  const section = unit(name);
  const settings = settingsOf(section);

  Deno.test(`units: ${name}: the stop and the start have the time that they may take`, () => {
    const { stopTimeoutMs, drainDelayMs, ready } = settings;
    ok(
      timeOf(section, "TimeoutStopSec") > stopTimeoutMs + drainDelayMs + 1_000,
    );
    ok(timeOf(section, "TimeoutStartSec") > ready.timeoutMs);
  });

  Deno.test(`units: ${name}: the control socket is in a directory that the unit has`, () => {
    const directory = `/run/${section.get("RuntimeDirectory")}`;
    deepEqual(
      settings.control.addresses.map((address) =>
        address.kind === "unix" ? address.path : address.kind
      ),
      [`${directory}/control.sock`],
    );
  });

  Deno.test(`units: ${name}: systemctl reload sends the signal that asks for a reload`, () => {
    equal(section.get("Type"), "notify-reload");
    equal(settings.reloadSignal, "SIGHUP");
  });
}

Deno.test("units: the greeters of one host meet in a directory that stays, under one user", () => {
  const section = unit("greeter@.service");
  const { fleet, snapshotDir } = settingsOf(section);
  equal(fleet?.directory, `/var/lib/${section.get("StateDirectory")}`);
  equal(fleet?.group, "greeter");
  equal(fleet?.canary, true);
  equal(snapshotDir, `/run/${section.get("RuntimeDirectory")}`);
  // Else systemd makes a user of its own for each instance.
  equal(section.get("User"), "greeter");
});

Deno.test("units: a reload of one greeter that is asked for has the time for the turns of another one", () => {
  const section = unit("greeter@.service");
  const { fleet, ready, stopTimeoutMs } = settingsOf(section);
  const turnMs = ready.timeoutMs + stopTimeoutMs;
  const reloadMs = 2 * turnMs + fleet!.soakMs;
  ok(timeOf(section, "TimeoutStartSec") > reloadMs, String(reloadMs));
});
