/** Which probes a listening socket of ours would answer itself. */
import { deepEqual, equal } from "node:assert/strict";
import { endpointOf, reaches } from "../../src/cli/same_address.ts";
import { listenAddress } from "../../src/cli/values/listen.ts";
import { probe } from "../../src/cli/values/probe.ts";

const isOwn = (listen: string, text: string) => {
  const endpoint = endpointOf(probe(text));
  return endpoint !== undefined && reaches(endpoint, listenAddress(listen));
};

Deno.test("the same address in any notation is our own", () => {
  const own: [listen: string, probe: string][] = [
    ["tcp:127.0.0.1:80", "tcp:127.0.0.1:80"],
    ["tcp:127.0.0.1:80", "tcp:LOCALHOST:80"],
    ["tcp:localhost:80", "tcp:localhost:80"],
    ["tcp:127.0.0.1:80", "tcp:0.0.0.0:80"],
    ["tcp:127.0.0.1:80", "tcp:[::ffff:7f00:1]:80"],
    ["tcp:[::ffff:127.0.0.1]:80", "tcp:127.0.0.1:80"],
    ["tcp:0.0.0.0:80", "tcp:127.0.0.1:80"],
    ["tcp:0.0.0.0:80", "tcp:127.9.9.9:80"],
    ["tcp::80", "tcp:127.0.0.1:80"],
    ["tcp::80", "tcp:localhost:80"],
    ["tcp::80", "tcp:[::1]:80"],
    ["tcp:[::]:80", "tcp:[::]:80"],
    ["tcp:[::1]:80", "tcp:[0::0:1]:80"],
    ["tcp:[2001:db8::1]:80", "tcp:[2001:DB8:0::1]:80"],
    ["tcp:10.0.0.1:80", "tcp:10.0.0.1:80"],
    ["tcp::80", "http:http://localhost/"],
    ["tcp::80", "http:http://127.0.0.1:80/x"],
    ["tcp:127.0.0.1:443", "http:https://127.0.0.1/"],
    ["tcp:[::1]:8080", "http:http://[::1]:8080/"],
  ];
  for (const pair of own) deepEqual([...pair, isOwn(...pair)], [...pair, true]);
});

Deno.test("another port, host or kind is not", () => {
  const others: [listen: string, probe: string][] = [
    ["tcp:127.0.0.1:80", "tcp:127.0.0.1:81"],
    ["tcp:127.0.0.1:80", "tcp:[::1]:80"],
    ["tcp:[::1]:80", "tcp:127.0.0.1:80"],
    ["tcp:0.0.0.0:80", "tcp:[::1]:80"],
    ["tcp:10.0.0.1:80", "tcp:localhost:80"],
    ["tcp::80", "tcp:db:80"],
    ["tcp::80", "tcp:10.0.0.9:80"],
    ["tcp::80", "http:http://db/"],
    ["tcp::80", "http:https://localhost/"],
    ["unix:/run/a", "tcp:localhost:80"],
    ["tcp::80", "file:/localhost:80"],
    ["tcp::80", "exec:localhost 80"],
  ];
  for (const pair of others) {
    deepEqual([...pair, isOwn(...pair)], [...pair, false]);
  }
  equal(endpointOf(probe("file:/a")), undefined);
});
