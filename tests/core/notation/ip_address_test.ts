import assert from "node:assert/strict";
import {
  canonical,
  isLoopback,
} from "../../../src/core/notation/ip_address.ts";

Deno.test("ip address: one form for every notation", () => {
  const table: readonly (readonly [string, string])[] = [
    ["127.0.0.1", "127.0.0.1"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["[FE80::0:1]", "fe80::1"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::ffff:7f00:1", "127.0.0.1"],
    ["Manager.Example", "manager.example"],
  ];
  for (const [text, form] of table) assert.equal(canonical(text), form, text);
});

Deno.test("ip address: a loopback in every notation, and nothing else", () => {
  const own = ["127.0.0.1", "127.9.9.9", "::1", "0:0::1", "::ffff:7f00:1"];
  for (const address of own) assert.ok(isLoopback(address), address);
  const others = ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", "::2"];
  for (const address of others) assert.ok(!isLoopback(address), address);
});
