/** The reasons that no test can bring about on every machine, in words. */
import assert from "node:assert/strict";
import type { ListenAddress } from "../../../src/core/vocabulary/settings.ts";
import {
  explain,
  must,
  Refusal,
  refusal,
} from "../../../src/host/socket/refusal.ts";
import "../loaded_libc.ts";

const TCP: ListenAddress = {
  kind: "tcp",
  host: "::",
  port: 8080,
  backlog: 511,
};
const UNIX: ListenAddress = {
  kind: "unix",
  path: "/run/socket",
  mode: undefined,
  backlog: 511,
};

Deno.test("an errno is explained together with what helps", () => {
  assert.equal(
    explain(97, TCP),
    "there is no IPv6 here; tcp:0.0.0.0:PORT listens on all IPv4 addresses",
  );
  assert.equal(
    explain(30, UNIX),
    "its directory is on a read-only file system",
  );
  assert.equal(explain(23, UNIX), "too many open files");
  assert.equal(explain(24, TCP), "too many open files");
  assert.equal(explain(71, TCP), "errno 71");
});

Deno.test("the address in use is told as a port or as a path", () => {
  assert.match(explain(98, TCP), /choose another port$/);
  assert.match(explain(98, UNIX), /choose another path$/);
});

Deno.test("a refusal names the address, and keeps its cause", () => {
  const cause = new Error("why");
  const error = refusal(UNIX, "because", cause);
  assert.equal(error.message, "Cannot listen on unix:/run/socket: because");
  assert.equal(error.cause, cause);
  assert.equal("cause" in refusal(UNIX, "because"), false);
});

Deno.test("only a call that fails is refused", () => {
  must(TCP, () => 0);
  assert.throws(() => must(TCP, () => -1), Refusal);
});
