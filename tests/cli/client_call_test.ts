/** The subcommands on the command line, by tables and by chance. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AnyCall,
  type ClientCall,
  type ClientCommand,
  isOfManager,
  parseClientCall,
} from "../../src/cli/client_call.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { SUBCOMMAND_NAMES } from "../../src/cli/first_word.ts";
import { CLIENT_OPTIONS, optionsOf } from "../../src/cli/subcommands.ts";
import { usage, usageOf } from "../../src/cli/usage.ts";
import { UsageError } from "../../src/cli/values/basic.ts";

type Env = Record<string, string>;

/** What the words of a subcommand ask for. */
function parse(argv: readonly string[], env: Env = {}): AnyCall | "help" {
  const invocation = parseInvocation(argv, (name) => env[name]);
  if (invocation.kind !== "subcommand") {
    throw new Error(`is ${invocation.kind}`);
  }
  const { name, words } = invocation;
  return parseClientCall(name, words, (name) => env[name]);
}

function call(argv: readonly string[], env: Env = {}): ClientCall {
  const parsed = parse(argv, env);
  assert.ok(parsed !== "help" && isOfManager(parsed));
  return parsed;
}

function refusal(argv: readonly string[], env: Env = {}): string {
  try {
    parse(argv, env);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  throw new Error(`${argv.join(" ")} was accepted`);
}

Deno.test("each subcommand is what it asks for", () => {
  const hold = (reason?: string, forMs?: number) =>
    ({ kind: "hold", reason, forMs }) as const;
  const table: [string, ClientCommand][] = [
    ["status", { kind: "status", debug: false }],
    ["status --debug", { kind: "status", debug: true }],
    ["health", { kind: "health", probe: undefined }],
    ["health -ready", { kind: "health", probe: "ready" }],
    ["health --live", { kind: "health", probe: "live" }],
    ["reload", { kind: "reload", wait: false, force: false }],
    ["reload --force --wait", { kind: "reload", wait: true, force: true }],
    ["hold", hold()],
    ["hold --reason incident-7", hold("incident-7")],
    ["hold --for=1h30m", hold(undefined, 5_400_000)],
    ["hold --for 720h", hold(undefined, 2_592_000_000)],
    ["resume", { kind: "resume" }],
    ["stop-child", { kind: "stop-child", wait: false }],
    ["stop-child --wait", { kind: "stop-child", wait: true }],
    ["start-child", { kind: "start-child" }],
    ["events", { kind: "events" }],
    ["log-level debug", { kind: "log-level", level: "debug" }],
    ["log-level -o json warn", { kind: "log-level", level: "warn" }],
    ["log-level Warning", { kind: "log-level", level: "warn" }],
    ["log-level INFO", { kind: "log-level", level: "info" }],
    ["log-level -- error", { kind: "log-level", level: "error" }],
    ["fleet", { kind: "fleet" }],
    ["fleet -o json", { kind: "fleet" }],
    ["fleet clear", { kind: "fleet-clear", content: undefined }],
    ["fleet clear -o json 0123456789AB", {
      kind: "fleet-clear",
      content: "0123456789ab",
    }],
    ["top", { kind: "top" }],
    ["check --running", { kind: "check" }],
    ["check -running -o json", { kind: "check" }],
  ];
  for (const [line, command] of table) {
    assert.deepEqual(call(line.split(" ")).command, command, line);
  }
});

Deno.test("check asks a manager only with --running directly behind it", () => {
  const kind = (line: string) =>
    parseInvocation(line.split(" "), () => undefined).kind;
  assert.equal(kind("check --running"), "subcommand");
  assert.equal(kind("check program --running"), "check");
  assert.equal(kind("check -- --running"), "check");
  assert.match(refusal(["check", "--config=", "--running"]), /--running/);
  assert.match(refusal(["check", "--running", "--config=x"]), /of check/);
});

Deno.test("diagnose takes a file where others take a format", () => {
  const diagnosis = (line: string) => {
    const parsed = parse(line.split(" "));
    assert.ok(parsed !== "help" && !isOfManager(parsed));
    return parsed;
  };
  assert.equal(diagnosis("diagnose").command.archive, undefined);
  assert.equal(diagnosis("diagnose").timeoutMs, 5_000);
  for (const line of ["diagnose -o a", "diagnose -archive=a"]) {
    assert.equal(diagnosis(line).command.archive, "a", line);
  }
  assert.equal(diagnosis("diagnose -o -").command.archive, "-");
  assert.match(refusal(["diagnose", "-o", ""]), /--archive/);
  assert.match(refusal(["diagnose", "--output", "json"]), /of diagnose/);
  assert.doesNotMatch(usageOf("diagnose"), /--output/);
});

Deno.test("the options of all subcommands", () => {
  assert.deepEqual(call(["resume"]), {
    command: { kind: "resume" },
    address: { kind: "unix", path: "/run/flush-manager/control.sock" },
    tokenFile: undefined,
    caFile: undefined,
    output: undefined,
    timeoutMs: 10_000,
  });
  const given = call([
    ...["resume", "--control", "tcp:h:1", "--token-file=/t"],
    ...["--ca", "/c", "-o", "json", "--timeout=2s"],
  ]);
  assert.deepEqual(given, {
    command: { kind: "resume" },
    address: { kind: "tcp", host: "h", port: 1, tls: "asked" },
    tokenFile: "/t",
    caFile: "/c",
    output: "json",
    timeoutMs: 2_000,
  });
  assert.equal(call(["resume", "-o=json"]).output, "json");
  assert.equal(call(["reload", "--wait"]).timeoutMs, 600_000);
  assert.equal(call(["reload"]).timeoutMs, 10_000);
});

Deno.test("the variables of the manager lead to it: a socket first", () => {
  const address = (value: string) =>
    call(["status"], { FLUSH_MANAGER_CONTROL: value }).address;
  const standard = { kind: "unix", path: "/run/flush-manager/control.sock" };
  assert.deepEqual(address(""), standard);
  assert.deepEqual(address("auto"), standard);
  assert.deepEqual(address("tcp::9090\nunix:/a,mode=0660\n"), {
    kind: "unix",
    path: "/a",
  });
  assert.deepEqual(address("tcp::9090"), {
    kind: "tcp",
    host: "127.0.0.1",
    port: 9090,
    tls: "asked",
  });
  const env = {
    FLUSH_MANAGER_CONTROL: "unix:/a",
    FLUSH_MANAGER_CONTROL_TOKEN_FILE: "/t",
    FLUSH_MANAGER_CONTROL_TLS_CERT: "/c",
    FLUSH_MANAGER_LOG_LEVEL: "nonsense",
  };
  const { tokenFile, caFile } = call(["status"], env);
  assert.deepEqual([tokenFile, caFile], ["/t", "/c"]);
  assert.deepEqual(call(["status", "--control=unix:/b"], env).address, {
    kind: "unix",
    path: "/b",
  });
});

Deno.test("a program of such a name is run when that is said", () => {
  for (const name of SUBCOMMAND_NAMES) {
    for (const argv of [["--", name], ["--command", name]]) {
      const invocation = parseInvocation(argv, () => undefined);
      assert.equal(invocation.kind, "run");
      assert.equal(
        invocation.kind === "run" && invocation.settings.command,
        name,
      );
    }
  }
});

Deno.test("help of a subcommand is asked for in any place of it", () => {
  for (const line of ["status --help", "status -h", "hold --reason x -help"]) {
    assert.equal(parse(line.split(" ")), "help", line);
  }
});

Deno.test("everything else is refused in one line that says what to do", () => {
  const table: [string[], RegExp][] = [
    [["status", "--wait"], /--wait of status: it is unknown; see flush-manag/],
    [["reload", "--forse"], /--forse of reload: .*did you mean --force\?$/],
    [["reload", "--tok=x"], /--tok of reload: .*did you mean --token-file\?$/],
    [["hold", "--reason"], /--reason: it needs a value \(--reason TEXT/],
    [["hold", "--reason="], /--reason: the value "" is not allowed/],
    [
      ["hold", "--reason", "x".repeat(100_000)],
      /the value "x{200}…" is not allowed; use a text of 1 to 200 characters$/,
    ],
    [["hold", "--for", "5"], /--for: the value "5" is not allowed; use a dur/],
    [["hold", "--for=721h"], /--for: .* from 1s to 720h0m0s$/],
    [["reload", "--wait=yes"], /--wait: it takes no value$/],
    [["status", "-o", "yaml"], /--output: the value "yaml" .* text, json$/],
    [["health", "--live", "--ready"], /--live with --ready: they are two/],
    [["status", "x"], /"x" with status: it takes no argument; to run a progra/],
    [["log-level"], /log-level: it needs LEVEL/],
    [["log-level", "dbug"], /"dbug" is not allowed; .*did you mean debug\?$/],
    [["log-level", "info", "x"], /"x" with log-level: it takes one LEVEL/],
    [["fleet", "claer"], /fleet: the value "claer" is not allowed; use clear/],
    [
      ["fleet", "clear", "0123"],
      /fleet clear: the value "0123" .* 12 to 64 he/,
    ],
    [["fleet", "clear", "a", "b"], /"b" with fleet: it takes \[clear \[CONTEN/],
    [["top", "--control=host"], /--control: the value "host" .* unix:PATH, t/],
  ];
  for (const [argv, expected] of table) {
    const line = refusal(argv);
    assert.match(line, /^Cannot use /);
    assert.match(line, expected, argv.join(" "));
  }
  assert.match(
    refusal(["status"], { FLUSH_MANAGER_CONTROL: "run/x.sock" }),
    /^Cannot use environment variable FLUSH_MANAGER_CONTROL: the value/,
  );
});

Deno.test("a refused address shows no password", () => {
  const line = refusal(["status", "--control=http://user:secret@host/"]);
  assert.doesNotMatch(line, /secret/);
});

Deno.test("any words behind a subcommand are understood or refused in one line", () => {
  const word = fc.oneof(
    fc.constantFrom(
      ...Object.keys(CLIENT_OPTIONS).flatMap((
        name,
      ) => [`--${name}`, `-${name}=`]),
    ),
    fc.constantFrom("--", "-", "-o", "json", "1s", "unix:/a", "", "debug"),
    fc.string(),
  );
  const name = fc.constantFrom(...SUBCOMMAND_NAMES);
  fc.assert(
    fc.property(name, fc.array(word), fc.string(), (first, rest, value) => {
      const env: Env = { FLUSH_MANAGER_CONTROL: value };
      try {
        parseInvocation([first, ...rest], (name) => env[name]);
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
        assert.doesNotMatch(error.message, /\n/);
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("the usage text names each subcommand, and each one has its own", () => {
  const entry = /^ {2}([a-z][a-z-]*)(?: [A-Z]+| \[.+\])? {2,}/gm;
  const named = [...usage().matchAll(entry)].map(([, name]) => name);
  assert.deepEqual(named, SUBCOMMAND_NAMES);
  for (const name of SUBCOMMAND_NAMES) {
    const text = usageOf(name);
    const shown = [...text.matchAll(/^ {2}--([\w-]+)/gm)].map(([, it]) => it);
    assert.deepEqual(shown, optionsOf(name));
    const lines = text.split("\n");
    assert.ok(lines.length <= 24, name);
    for (const line of lines) assert.ok(line.length <= 100, line);
  }
});
