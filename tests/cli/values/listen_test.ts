/** What `--listen` takes, by tables. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { listenAddress } from "../../../src/cli/values/listen.ts";
import { BadValue } from "../../../src/cli/values/basic.ts";

Deno.test("addresses are read", () => {
  const tcp = (host: string, port: number, backlog = 511) =>
    ({ kind: "tcp", host, port, backlog }) as const;
  const unix = (path: string, mode?: number, backlog = 511) =>
    ({ kind: "unix", path, mode, backlog }) as const;
  const table: [string, ReturnType<typeof listenAddress>][] = [
    ["tcp:127.0.0.1:8080", tcp("127.0.0.1", 8080)],
    ["tcp:0.0.0.0:1", tcp("0.0.0.0", 1)],
    ["tcp:localhost:65535", tcp("127.0.0.1", 65535)],
    ["tcp::8080", tcp("::", 8080)],
    ["tcp:[::]:8080", tcp("::", 8080)],
    ["tcp:[::1]:8080", tcp("::1", 8080)],
    ["tcp:[2001:DB8::7]:80", tcp("2001:DB8::7", 80)],
    ["tcp:[::ffff:10.0.0.1]:80", tcp("::ffff:10.0.0.1", 80)],
    ["tcp::8080,backlog=65535", tcp("::", 8080, 65535)],
    ["unix:/run/app.sock", unix("/run/app.sock")],
    ["unix:app.sock,mode=0660", unix("app.sock", 0o660)],
    ["unix:/a:b,backlog=1,mode=600", unix("/a:b", 0o600, 1)],
    ["unix:/a,mode=0000", unix("/a", 0)],
    ["unix:8080", unix("8080")],
    // As other programs take them.
    ["8080", tcp("::", 8080)],
    [":8080", tcp("::", 8080)],
    ["*:8080", tcp("::", 8080)],
    ["tcp:8080", tcp("::", 8080)],
    ["tcp:*:80", tcp("::", 80)],
    ["0.0.0.0:8080", tcp("0.0.0.0", 8080)],
    ["127.0.0.1:8080,backlog=7", tcp("127.0.0.1", 8080, 7)],
    ["localhost:8080", tcp("127.0.0.1", 8080)],
    ["[::1]:8080", tcp("::1", 8080)],
    ["tcp://127.0.0.1:8080", tcp("127.0.0.1", 8080)],
    ["/run/app.sock", unix("/run/app.sock")],
    ["/run/app.sock,mode=0660", unix("/run/app.sock", 0o660)],
    ["unix:///run/app.sock", unix("/run/app.sock")],
  ];
  for (const [text, address] of table) {
    assert.deepEqual(listenAddress(text), address, text);
  }
});

Deno.test("everything else is refused, and what is allowed is said", () => {
  const table: [string, RegExp][] = [
    ["", /^tcp:HOST:PORT, tcp::PORT or unix:PATH/],
    ["127.0.0.1", /^tcp:HOST:PORT, tcp::PORT or unix:PATH/],
    ["app.sock", /^tcp:HOST:PORT, tcp::PORT or unix:PATH/],
    ["http://127.0.0.1:80", /^tcp:HOST:PORT, tcp::PORT or unix:PATH/],
    ["0", /port from 1 to 65535/],
    [":65536", /port from 1 to 65535/],
    ["example.org:80", /an IP address/],
    [":80,mode=0660", /only for a unix address/],
    ["udp:127.0.0.1:53", /^tcp:HOST:PORT, tcp::PORT or unix:PATH/],
    ["TCP::80", /^tcp:HOST:PORT, tcp::PORT or unix:PATH/],
    ["tcp:127.0.0.1", /port from 1 to 65535/],
    ["tcp::0", /port from 1 to 65535/],
    ["tcp::65536", /port from 1 to 65535/],
    ["tcp::080", /port from 1 to 65535/],
    ["tcp::80 ", /port from 1 to 65535/],
    ["tcp::+80", /port from 1 to 65535/],
    ["tcp::1:8080", /an IP address/],
    ["tcp:example.org:80", /an IP address/],
    ["tcp:127.1:80", /an IP address/],
    ["tcp:256.0.0.1:80", /an IP address/],
    ["tcp:010.0.0.1:80", /an IP address/],
    ["tcp:::1:80", /an IP address/],
    ["tcp:[]:80", /an IP address/],
    ["tcp:[127.0.0.1]:80", /an IP address/],
    ["tcp:[:::1]:80", /an IP address/],
    ["tcp:[fe80::1%eth0]:80", /an IP address/],
    ["tcp:[localhost]:80", /an IP address/],
    ["unix:", /a path/],
    ["tcp::80,mode=0660", /only for a unix address/],
    ["tcp::80,backlog=0", /backlog=N/],
    ["tcp::80,backlog=65536", /backlog=N/],
    ["tcp::80,backlog=", /backlog=N/],
    ["tcp::80,backlog=1,backlog=2", /^tcp:HOST:PORT, tcp::PORT/],
    ["tcp::80,", /^tcp:HOST:PORT, tcp::PORT/],
    ["unix:/a,b", /^tcp:HOST:PORT, tcp::PORT/],
    ["unix:/a,mode=660,mode=600", /^tcp:HOST:PORT, tcp::PORT/],
    ["unix:/a,mode=0888", /octal/],
    ["unix:/a,mode=rw", /octal/],
    ["unix:/a,mode=04755", /octal/],
    ["unix:/a,mode=", /octal/],
  ];
  for (const [text, allowed] of table) {
    assert.throws(
      () => listenAddress(text),
      (error) => error instanceof BadValue && allowed.test(error.message),
      text,
    );
  }
});

Deno.test("every IP address and port is taken as it is", () => {
  const host = fc.oneof(
    fc.ipV4().map((ip) => [ip, ip] as const),
    fc.ipV6().map((ip) => [`[${ip}]`, ip] as const),
  );
  const number = fc.integer({ min: 1, max: 65535 });
  fc.assert(fc.property(host, number, number, ([text, host], port, backlog) => {
    assert.deepEqual(
      listenAddress(`tcp:${text}:${port},backlog=${backlog}`),
      { kind: "tcp", host, port, backlog },
    );
  }));
});

Deno.test("any text is read or refused, never something else", () => {
  const piece = fc.constantFrom(
    ..."tcp: unix: : , = [ ] 1 . /a backlog= mode= localhost ::1".split(" "),
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece).map((all) => all.join("")),
  );
  fc.assert(fc.property(text, (text) => {
    try {
      const address = listenAddress(text);
      assert.ok(address.backlog >= 1 && address.backlog <= 65535);
    } catch (error) {
      assert.ok(error instanceof BadValue, String(error));
    }
  }));
});
