/** Whether a service manager may have given something to us. */
import assert from "node:assert/strict";
import { takeOver } from "../../../src/host/ready/service_manager.ts";
import { hasServiceManager } from "../../../src/host/ready/service_presence.ts";

const US = 7;

/** All that `takeOver` knows, with values of which it takes whatever it can. */
const VARIABLES = [
  ["NOTIFY_SOCKET", "/run/notify"],
  ["WATCHDOG_USEC", "1000000"],
  ["WATCHDOG_PID", `${US}`],
  ["LISTEN_PID", `${US}`],
  ["LISTEN_FDS", "2"],
  ["LISTEN_FDNAMES", "a:b"],
  ["LISTEN_PIDFDID", "1"],
] as const;

Deno.test("service_presence: without it there is nothing to take, whatever variables there are", () => {
  let absent = 0;
  for (let chosen = 0; chosen < 2 ** VARIABLES.length; chosen++) {
    const environment = new Map<string, string>(
      VARIABLES.filter((_, index) => (chosen >> index) % 2 === 1),
    );
    if (hasServiceManager(environment)) continue;
    absent++;
    const before = [...environment];
    const given = takeOver(environment, US);
    assert.deepEqual(given, {
      tell: undefined,
      watchdogMs: undefined,
      sockets: 0,
    });
    assert.deepEqual([...environment], before);
  }
  // Those of which none is among the three that show a service manager.
  assert.equal(absent, 2 ** 4);
});

Deno.test("service_presence: each of the three shows one, also an empty one", () => {
  for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_PID"]) {
    assert.ok(hasServiceManager(new Map([[name, ""]])), name);
  }
});
