/** The options of safe reloads on the command line and in the environment. */
import assert from "node:assert/strict";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { UsageError } from "../../src/cli/values/basic.ts";
import type { Settings } from "../../src/core/vocabulary/settings.ts";

type Variables = Record<string, string>;

function settings(
  argv: string[],
  env: Variables = {},
): Settings {
  const invocation = parseInvocation(argv, (name) => env[name]);
  assert.ok(invocation.kind === "run");
  return invocation.settings;
}

function refusal(argv: string[], env: Variables = {}): string {
  try {
    parseInvocation(argv, (name) => env[name]);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  return assert.fail(`${argv} was accepted`);
}

Deno.test("without any of them a change is a restart, and nothing else is asked for", () => {
  const { onChange, check, snapshotDir, ready, strategy, drainDelayMs } =
    settings(["--config", "/a", "sh", "{x}"]);
  assert.deepEqual(onChange, { kind: "restart" });
  assert.deepEqual(check, {
    command: undefined,
    timeoutMs: 30_000,
    atStart: "fail",
  });
  assert.deepEqual(ready, {
    sign: undefined,
    intervalMs: 1_000,
    timeoutMs: 30_000,
    threshold: 1,
  });
  assert.deepEqual([snapshotDir, strategy, drainDelayMs], [
    undefined,
    "stop-start",
    0,
  ]);
});

Deno.test("each is read in its place", () => {
  const got = settings([
    "--config=/a=signal:HUP",
    "--config=/b",
    "--on-change=http:POST:http://localhost/-/reload",
    "--check-command=nginx -t -c '{config}'",
    "--check-timeout=5s",
    "--check-at-start=warn",
    "--snapshot-dir=/s",
    "--strategy=overlap",
    "--drain-delay=2s",
    "--min-interval=1m",
    "--splay=30s",
    "--ready=tcp:localhost:80",
    "--ready-interval=100ms",
    "--ready-timeout=3s",
    "--ready-threshold=2",
    "--listen=tcp:[::1]:8080,backlog=7",
    "--listen=unix:/run/a.sock,mode=0660",
    "--env=A=b=c",
    "--env-dir=/secrets",
    "--env-file=/e.env",
    "--wait-for=file:/x",
    "--wait-timeout=9s",
    "sh",
  ]);
  assert.deepEqual(got.configs, [
    {
      path: "/a",
      named: true,
      action: { kind: "signal", signal: "SIGHUP" },
    },
    { path: "/b", named: true, action: undefined },
    { path: "/e.env", named: true, action: { kind: "restart" } },
    { path: "/secrets", named: true, action: { kind: "restart" } },
  ]);
  assert.deepEqual(got.check, {
    command: ["nginx", "-t", "-c", "{config}"],
    timeoutMs: 5_000,
    atStart: "warn",
  });
  assert.equal(got.onChange.kind, "http");
  assert.equal(got.snapshotDir, "/s");
  assert.equal(got.strategy, "overlap");
  assert.deepEqual(
    [got.drainDelayMs, got.minIntervalMs, got.splayMs, got.waitTimeoutMs],
    [2_000, 60_000, 30_000, 9_000],
  );
  assert.deepEqual(got.ready, {
    sign: { kind: "tcp", host: "localhost", port: 80 },
    intervalMs: 100,
    timeoutMs: 3_000,
    threshold: 2,
  });
  assert.deepEqual(got.listen.map(({ backlog }) => backlog), [7, 511]);
  assert.deepEqual([...got.env], [["A", "b=c"]]);
  assert.deepEqual(got.waitFor, [{ kind: "file", path: "/x" }]);
});

Deno.test("in the environment, values that may hold a comma are separated by line feeds", () => {
  const got = settings(["sh"], {
    FLUSH_MANAGER_LISTEN: "tcp::80,backlog=5\nunix:/s",
    FLUSH_MANAGER_ENV: "A=1,2\nB=3",
    FLUSH_MANAGER_ENV_FILE: "/a,/b",
  });
  assert.deepEqual(got.listen.map(({ kind }) => kind), ["tcp", "unix"]);
  assert.deepEqual([...got.env], [["A", "1,2"], ["B", "3"]]);
  assert.equal(got.environmentSources.length, 2);
});

Deno.test("the default path stays when only variables come from files", () => {
  const { configs } = settings(["--env-file=/e", "sh"]);
  assert.deepEqual(configs.map(({ named }) => named), [false, true]);
});

Deno.test("what cannot be is refused with the option, the value and what is allowed", () => {
  const table: [string[], RegExp[]][] = [
    [["--on-change=reboot"], [/--on-change/, /"reboot"/, /signal:/]],
    [["--config=/a=signal:KILL"], [/--config/, /can be caught/]],
    [["--check-command="], [/--check-command/, /a command/]],
    [["--check-command=a 'b"], [/every quote is closed/]],
    [["--check-at-start=maybe"], [/fail, warn/]],
    [["--snapshot-dir="], [/--snapshot-dir/, /non-empty/]],
    [["--snapshot-dir=/s", "--config="], [/nothing is watched/]],
    [["--snapshot-dir=/s", "--compare=metadata"], [/--compare content/]],
    [["--strategy=both"], [/stop-start, overlap/]],
    [["--strategy=overlap"], [/overlap needs --ready/]],
    [["--listen=tcp::80", "--ready=tcp:localhost:80"], [
      /--ready/,
      /tcp:\[::\]:80/,
      /itself accepts connections/,
    ]],
    [["--listen=tcp::80", "--wait-for=tcp:localhost:80"], [
      /--wait-for/,
      /nobody answers before/,
    ]],
    [
      [
        "--listen=tcp::80",
        "--ready=http:http://localhost/",
        "--strategy=overlap",
      ],
      [/--ready/, /old child answers/],
    ],
    [["--live=log:x"], [/--live/, /notify, exec:COMMAND/]],
    [["--fleet-limit=2"], [/--fleet-limit/, /needs --fleet/]],
    [["--fleet-dir=/f"], [/--fleet-dir/, /needs --fleet/]],
    [["--fleet=web", "--config="], [/--fleet/, /nothing is watched/]],
    [["--fleet=web", "--compare=metadata"], [/needs --compare content/]],
    [["--kubernetes-members"], [/--kubernetes-members/, /needs --fleet/]],
    [["--fleet=web", "--fleet-dir=/f", "--kubernetes-members"], [
      /--kubernetes-members/,
      /the slots are files of --fleet-dir/,
    ]],
    [["--fleet=Web"], [/--fleet/, /lower-case letters/]],
    [["--fleet=-web"], [/--fleet/, /begins and ends/]],
    [[`--fleet=${"w".repeat(60)}`], [/--fleet/, /59 characters/]],
    [["--fleet=web", "--fleet-limit=0"], [/a number from 1 to 100/]],
    [["--fleet=web", "--fleet-canary=maybe"], [/one of on, off/]],
    [["--live-interval=5s"], [/--live-interval/, /needs --live/]],
    [["--live-action=exit"], [/--live-action/, /needs --live/]],
    [["--live=file:/a", "--live-timeout=11s"], [
      /--live-timeout/,
      /11s/,
      /follows after 10s/,
    ]],
    [["--live=file:/a", "--live-interval=500ms"], [/--live-interval/]],
    [["--live=file:/a", "--live-action=kill"], [/restart, exit or signal/]],
    [["--live=file:/a", "--live-action=signal:STOP"], [/not STOP or CONT/]],
    [["--live=file:/{config1}", "sh"], [/\{config1\}/, /\{config0\}/]],
    [["--listen=tcp::80", "--live=tcp:localhost:80"], [
      /--live/,
      /tcp:\[::\]:80/,
      /while the child hangs/,
    ]],
    [["--ready=log:("], [/regular expression/]],
    [["--ready-threshold=0"], [/from 1 to 100/]],
    [["--ready-timeout=0"], [/1ms/]],
    [["--listen=tcp:host:80"], [/IP address/]],
    [["--listen=tcp::80,mode=0600"], [/only for a unix/]],
    [["--wait-for=udp:x:1"], [/"udp:x:1"/, /tcp:HOST:PORT/]],
    [["--listen=tcp::80", "sh", "{listen1}"], [/\{listen1\}/, /\{listen0\}/]],
    [["--config=/a=exec:x {config3}", "sh"], [/\{config3\}/]],
    [["--ready=file:/{config1}", "sh"], [/\{config1\}/, /\{config0\}/]],
    [["sh", "{listen0}"], [/\{listen0\}/, /no --listen/]],
    [["--config=", "sh", "{config0}"], [/\{config0\}/, /nothing is watched/]],
  ];
  for (const [argv, patterns] of table) {
    const line = refusal(argv);
    for (const pattern of patterns) assert.match(line, pattern);
  }
});

Deno.test("a refusal shows no secret", () => {
  const secret = "hunter2";
  assert.ok(!(refusal([`--env=${secret}`])).includes(secret));
  const url = `http:ftp://user:${secret}@host/`;
  assert.ok(!(refusal([`--ready=${url}`])).includes(secret));
});

Deno.test("braces that nothing of ours stands in stay what they are", () => {
  const nothing = "--config=";
  const { args } = settings([
    nothing,
    "sh",
    "-c",
    "echo {listen} {config} {run1} ${x}",
  ]);
  assert.deepEqual(args, ["-c", "echo {listen} {config} {run1} ${x}"]);
});
