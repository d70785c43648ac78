/** Where a client finds the manager, by tables. */
import assert from "node:assert/strict";
import { BadValue } from "../../../src/cli/values/basic.ts";
import {
  type ClientAddress,
  clientAddress,
  DEFAULT_SOCKET,
} from "../../../src/cli/values/client_address.ts";

const tcp = (
  host: string,
  port: number,
  tls: boolean | "asked" = "asked",
): ClientAddress => ({ kind: "tcp", host, port, tls });
const unix = (path: string): ClientAddress => ({ kind: "unix", path });

Deno.test("what the manager takes and what people type is understood", () => {
  const table: [string, ClientAddress][] = [
    ["", unix(DEFAULT_SOCKET)],
    ["auto", unix(DEFAULT_SOCKET)],
    ["unix:/run/a.sock", unix("/run/a.sock")],
    ["unix:/run/a.sock,mode=0660,group=7", unix("/run/a.sock")],
    ["tcp:127.0.0.1:9090", tcp("127.0.0.1", 9090)],
    ["tcp:my-service.default:9090", tcp("my-service.default", 9090)],
    ["tcp::9090", tcp("127.0.0.1", 9090)],
    ["tcp:0.0.0.0:9090", tcp("127.0.0.1", 9090)],
    ["tcp:[::]:9090", tcp("127.0.0.1", 9090)],
    ["tcp:[::1]:9090", tcp("[::1]", 9090)],
    ["localhost:9090", tcp("localhost", 9090)],
    [":9090", tcp("127.0.0.1", 9090)],
    ["9090", tcp("127.0.0.1", 9090)],
    ["tcp://[::1]:9090", tcp("[::1]", 9090)],
    ["/run/a.sock", unix("/run/a.sock")],
    ["unix:///run/a.sock", unix("/run/a.sock")],
    ["http://localhost:9090", tcp("localhost", 9090, false)],
    [`unix:/${"x".repeat(106)}`, { kind: "unix", path: `/${"x".repeat(106)}` }],
    ["https://example.org/", tcp("example.org", 443, true)],
  ];
  for (const [text, address] of table) {
    assert.deepEqual(clientAddress(text), address, text);
  }
});

Deno.test("anything else is refused, and what is allowed is said", () => {
  const table: [string, RegExp][] = [
    ["localhost", /^unix:PATH, tcp:HOST:PORT/],
    ["run/a.sock", /^unix:PATH, tcp:HOST:PORT/],
    ["tcp:localhost", /^unix:PATH, tcp:HOST:PORT/],
    ["tcp:localhost:0", /^unix:PATH, tcp:HOST:PORT/],
    ["tcp:localhost:65536", /^unix:PATH, tcp:HOST:PORT/],
    ["tcp:::1:80", /^unix:PATH, tcp:HOST:PORT/],
    ["unix:", /a path after unix:/],
    [`unix:/${"x".repeat(107)}`, /a path of 107 bytes at most/],
    ["http://", /^unix:PATH/],
    ["http://user:secret@host/", /without a user/],
    ["http://host/status", /without a user, a path/],
    ["http://host/?a", /without a user, a path or a query/],
  ];
  for (const [text, allowed] of table) {
    assert.throws(() => clientAddress(text), (error) => {
      assert.ok(error instanceof BadValue, text);
      assert.match(error.message, allowed, text);
      return true;
    }, text);
  }
});
