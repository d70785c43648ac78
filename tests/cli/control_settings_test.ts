/** The settings of the control endpoint, and what contradicts itself in them. */
import assert from "node:assert/strict";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { UsageError } from "../../src/cli/values/basic.ts";
import type { ControlSettings } from "../../src/core/vocabulary/settings.ts";

function control(
  argv: readonly string[],
  env: Record<string, string> = {},
): ControlSettings {
  const invocation = parseInvocation(argv, (name) => env[name]);
  if (invocation.kind !== "run") throw new Error(`is ${invocation.kind}`);
  return invocation.settings.control;
}

Deno.test("by default the endpoint is where its directory is, and asks for nothing", () => {
  assert.deepEqual(control([]), {
    addresses: [{ kind: "auto" }],
    tokenFile: undefined,
    certificate: undefined,
    hosts: [],
    healthChecks: [],
    healthIntervalMs: 10_000,
    healthTimeoutMs: 5_000,
  });
});

Deno.test("an empty value switches it off, from either side", () => {
  assert.deepEqual(control(["--control="]).addresses, []);
  const off = { FLUSH_MANAGER_CONTROL: "" };
  assert.deepEqual(control([], off).addresses, []);
  assert.deepEqual(control(["--control", "auto"], off).addresses, [
    { kind: "auto" },
  ]);
});

Deno.test("several addresses, names and checks are taken, from either side", () => {
  const tcp = { kind: "tcp", host: "127.0.0.1", port: 9090 };
  const unix = { kind: "unix", path: "/a", mode: 0o660, group: 7 };
  const flags = control([
    ...["--control=auto", "--control=tcp:127.0.0.1:9090"],
    ...["--control=unix:/a,mode=0660,group=7", "--control-host=A.example"],
    ...["--control-host=b", "--health-check=redis=tcp:r:6379"],
    ...["--health-check=file=file:/x,y", "--health-interval=1m"],
    ...["--health-timeout=1s", "--control-token-file=/t"],
    ...["--control-tls-cert=/c", "--control-tls-key=/k"],
  ]);
  assert.deepEqual(flags.addresses, [{ kind: "auto" }, tcp, unix]);
  assert.deepEqual(flags.hosts, ["a.example", "b"]);
  assert.deepEqual(flags.healthChecks.map(({ name }) => name), [
    "redis",
    "file",
  ]);
  assert.equal(flags.healthIntervalMs, 60_000);
  assert.equal(flags.healthTimeoutMs, 1_000);
  assert.equal(flags.tokenFile, "/t");
  assert.deepEqual(flags.certificate, { cert: "/c", key: "/k" });
  const variables = control([], {
    FLUSH_MANAGER_CONTROL:
      "auto\ntcp:127.0.0.1:9090\nunix:/a,mode=0660,group=7\n",
    FLUSH_MANAGER_CONTROL_HOST: "A.example, b",
    FLUSH_MANAGER_HEALTH_CHECK: "redis=tcp:r:6379\nfile=file:/x,y",
  });
  assert.deepEqual(variables.addresses, flags.addresses);
  assert.deepEqual(variables.hosts, flags.hosts);
  assert.deepEqual(variables.healthChecks, flags.healthChecks);
});

Deno.test("what contradicts itself is refused, and what to do is said", () => {
  const table: [string[], RegExp][] = [
    [["--control=auto", "--control=auto"], /auto is given twice/],
    [
      ["--control=unix:/a", "--control=unix:/a,mode=0660"],
      /unix:\/a is given twice/,
    ],
    [
      ["--control=tcp:localhost:1", "--control=tcp:127.0.0.1:1"],
      /tcp:127\.0\.0\.1:1 is given twice/,
    ],
    [
      ["--listen=unix:/a", "--control=unix:/a"],
      /--listen opens unix:\/a for the child/,
    ],
    [["--control=tcp::9090"], /add --control-token-file/],
    [["--control=tcp:10.0.0.1:9090"], /tcp:10\.0\.0\.1:9090; add --control-t/],
    [["--control-tls-cert=/c"], /it needs --control-tls-key/],
    [["--control-tls-key=/k"], /it needs --control-tls-cert/],
    [
      ["--health-check=a=file:/x", "--health-check=a=file:/y"],
      /the name a is given twice/,
    ],
    [
      ["--health-check=watcher=file:/x"],
      /use another name than flush-manager's own checks have \(child, config, /,
    ],
  ];
  for (const [argv, why] of table) {
    assert.throws(() => control(argv), (error) => {
      assert.ok(error instanceof UsageError, argv.join(" "));
      assert.match(error.message, why);
      assert.match(error.message, /^Cannot use option --[a-z-]+: /);
      return true;
    }, argv.join(" "));
  }
});

Deno.test("a loopback needs no token, another address has one", () => {
  const loopbacks = ["127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"];
  for (const host of loopbacks) {
    assert.equal(control([`--control=tcp:${host}:1`]).addresses.length, 1);
  }
  const guarded = ["--control=tcp::1", "--control-token-file=/t"];
  assert.equal(control(guarded).addresses.length, 1);
});

Deno.test("a refused probe shows no password", () => {
  const argv = ["--health-check=x=http:htp://user:secret@host/?token=secret"];
  assert.throws(() => control(argv), (error) => {
    assert.ok(error instanceof UsageError);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});
