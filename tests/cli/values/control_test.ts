/** What the options of the control endpoint take, by tables. */
import assert from "node:assert/strict";
import { BadValue, type ValueParser } from "../../../src/cli/values/basic.ts";
import {
  controlAddress,
  controlHost,
  healthCheck,
} from "../../../src/cli/values/control.ts";

function refused<T>(parse: ValueParser<T>, table: [string, RegExp][]): void {
  for (const [text, allowed] of table) {
    assert.throws(() => parse(text), (error) => {
      assert.ok(error instanceof BadValue, `${text}: ${error}`);
      assert.match(error.message, allowed, text);
      return true;
    }, text);
  }
}

Deno.test("addresses of the control endpoint are read", () => {
  const unix = (path: string, mode = 0o600, group?: number) =>
    ({ kind: "unix", path, mode, group }) as const;
  const table: [string, ReturnType<typeof controlAddress>][] = [
    ["", undefined],
    ["auto", { kind: "auto" }],
    ["off", undefined],
    ["none", undefined],
    [":9090", { kind: "tcp", host: "::", port: 9090 }],
    ["127.0.0.1:9090", { kind: "tcp", host: "127.0.0.1", port: 9090 }],
    ["/run/a.sock,mode=0660", unix("/run/a.sock", 0o660)],
    ["unix:/run/a.sock", unix("/run/a.sock")],
    ["unix:a.sock,mode=0660", unix("a.sock", 0o660)],
    ["unix:/a,group=1000,mode=660", unix("/a", 0o660, 1000)],
    ["unix:/a,group=0", unix("/a", 0o600, 0)],
    ["tcp:127.0.0.1:9090", { kind: "tcp", host: "127.0.0.1", port: 9090 }],
    ["tcp:localhost:1", { kind: "tcp", host: "127.0.0.1", port: 1 }],
    ["tcp::9090", { kind: "tcp", host: "::", port: 9090 }],
    ["tcp:[::1]:9090", { kind: "tcp", host: "::1", port: 9090 }],
  ];
  for (const [text, address] of table) {
    assert.deepEqual(controlAddress(text), address, text);
  }
});

Deno.test("other addresses of the control endpoint are refused", () => {
  refused(controlAddress, [
    ["on", /^auto, unix:PATH, tcp:HOST:PORT/],
    ["a.sock", /^auto, unix:PATH, tcp:HOST:PORT/],
    ["http://localhost:80", /^auto, unix:PATH, tcp:HOST:PORT/],
    ["Auto", /^auto/],
    ["unix:", /a path after unix:/],
    ["unix:,mode=0600", /a path after unix:/],
    ["unix:/a\0b", /a path after unix:/],
    ["unix:/a,mode=0999", /octal/],
    ["unix:/a,mode=4755", /octal/],
    ["unix:/a,mode=0600,mode=0600", /^auto/],
    ["unix:/a,group=staff", /number of a group/],
    ["unix:/a,group=4294967295", /number of a group/],
    ["unix:/a,group=-1", /number of a group/],
    ["unix:/a,backlog=1", /^auto/],
    ["tcp:example.org:9090", /an IP address/],
    ["tcp::9090,mode=0600", /only for a unix address/],
  ]);
});

Deno.test("a name for the Host header has no port, and its case is nothing", () => {
  assert.equal(controlHost("Metrics.Example.org"), "metrics.example.org");
  refused(controlHost, [
    ["", /a host name/],
    ["a:80", /a host name/],
    ["http://a", /a host name/],
    ["a b", /a host name/],
    ["*", /a host name/],
  ]);
});

Deno.test("a health check is a name and a probe", () => {
  assert.deepEqual(healthCheck("redis=tcp:localhost:6379"), {
    name: "redis",
    probe: { kind: "tcp", host: "localhost", port: 6379 },
  });
  assert.deepEqual(healthCheck("a-b_9=http:http://h/x?y=z").probe, {
    kind: "http",
    url: "http://h/x?y=z",
  });
  refused(healthCheck, [
    ["tcp:localhost:6379", /NAME=PROBE/],
    ["=tcp:localhost:6379", /NAME=PROBE/],
    ["Redis=tcp:localhost:6379", /NAME=PROBE/],
    [`${"a".repeat(33)}=file:/x`, /NAME=PROBE/],
    ["redis=6379", /exec:COMMAND, tcp:HOST:PORT/],
    ["redis=tcp:localhost:0", /port from 1/],
  ]);
});
