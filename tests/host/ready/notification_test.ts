/** What one datagram to a notify socket tells. */
import assert from "node:assert/strict";
import {
  DATAGRAM_BYTES_MAX,
  type Notification,
  readNotification,
} from "../../../src/host/ready/notification.ts";

const read = (text: string): Notification =>
  readNotification(new TextEncoder().encode(text));

Deno.test("notification: what is about readiness and the watchdog", () => {
  const table: [string, Partial<Notification>][] = [
    ["", {}],
    ["READY=1", { isReady: true }],
    ["WATCHDOG=1", { watchdog: "alive" }],
    ["STATUS=up\nWATCHDOG=1\nREADY=1\n", { isReady: true, watchdog: "alive" }],
    ["WATCHDOG=trigger", { watchdog: "trigger" }],
    ["WATCHDOG=1\nWATCHDOG=trigger", { watchdog: "trigger" }],
    ["WATCHDOG=2", {}],
    ["XWATCHDOG=1", {}],
    ["WATCHDOG_USEC=20000000", { watchdogMs: 20_000 }],
    ["WATCHDOG_USEC=1", { watchdogMs: 10 }],
    ["WATCHDOG_USEC=0", { watchdogMs: Infinity }],
    ["WATCHDOG_USEC=18446744073709551615", { watchdogMs: Infinity }],
    ["WATCHDOG_USEC=-1", {}],
    ["WATCHDOG_USEC=1e9", {}],
    ["WATCHDOG_USEC=", {}],
  ];
  for (const [text, told] of table) {
    const nothing = {
      isReady: false,
      watchdog: undefined,
      watchdogMs: undefined,
    };
    assert.deepEqual(read(text), { ...nothing, ...told }, text);
  }
});

Deno.test("notification: one that is longer than systemd's limit tells nothing", () => {
  const padded = (length: number) => "READY=1\n".padEnd(length, "x");
  assert.equal(read(padded(DATAGRAM_BYTES_MAX)).isReady, true);
  assert.equal(read(padded(DATAGRAM_BYTES_MAX + 1)).isReady, false);
});
