/** Commands, actions, probes and signs as the operator writes them, by tables and by chance. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { action, configPath, httpStatus } from "../../src/cli/values/action.ts";
import { argv } from "../../src/cli/values/argv.ts";
import {
  liveAction,
  liveSign,
  probe,
  readySign,
} from "../../src/cli/values/probe.ts";
import { BadValue, type ValueParser } from "../../src/cli/values/basic.ts";
import {
  describeArgv,
  describeProbe,
} from "../../src/core/notation/describe.ts";
import type { Action, Probe } from "../../src/core/vocabulary/settings.ts";

function refused<T>(parse: ValueParser<T>, table: [string, RegExp][]): void {
  for (const [text, allowed] of table) {
    assert.throws(() => parse(text), (error) => {
      assert.ok(error instanceof BadValue, `${text}: ${error}`);
      assert.match(error.message, allowed, text);
      return true;
    }, text);
  }
}

Deno.test("a command is words with a shell's quoting and no expansion", () => {
  const table: [string, string[]][] = [
    ["nginx", ["nginx"]],
    ["nginx -s  reload", ["nginx", "-s", "reload"]],
    ["  a\tb\n", ["a", "b"]],
    ["sh -c 'a; b \"c\"'", ["sh", "-c", 'a; b "c"']],
    ['a "b c" d\\ e ""', ["a", "b c", "d e", ""]],
    ["a 'b'\"c\"d", ["a", "bcd"]],
    ["a $HOME *.conf ~ | b && c > d", [
      "a",
      "$HOME",
      "*.conf",
      "~",
      "|",
      "b",
      "&&",
      "c",
      ">",
      "d",
    ]],
    ["a # b", ["a", "#", "b"]],
    // Backslashes in double quotes: POSIX 2.2.3.
    ['a "\\$HOME \\`id\\` \\" \\\\ \\n \\x"', ["a", '$HOME `id` " \\ \\n \\x']],
    ['sh -c "echo \\"\\$1\\""', ["sh", "-c", 'echo "$1"']],
    ['a "b\\\nc" d\\\ne \\\n f', ["a", "bc", "de", "f"]],
    ["a 'b\\c\\' \\'d\\'", ["a", "b\\c\\", "'d'"]],
    ["a 'b\\n'\"c\"", ["a", "b\\nc"]],
    ["a $ \\$'b' '$'\"c\" \"$'d'\"", ["a", "$", "$b", "$c", "$'d'"]],
    ["ä '€ 😀'", ["ä", "€ 😀"]],
    ['["a", "b c", "", "\'"]', ["a", "b c", "", "'"]],
    ['["[", "x"] ', ["[", "x"]],
  ];
  for (const [text, words] of table) assert.deepEqual(argv(text), words, text);
});

Deno.test("a command that is none is refused", () => {
  refused(argv, [
    ["", /a command with its arguments/],
    ["  ", /a command with its arguments/],
    ["''", /a command with its arguments/],
    ["'' a", /a command with its arguments/],
    ["[]", /a command with its arguments/],
    ['[""]', /a command with its arguments/],
    ["a 'b", /every quote is closed/],
    ['a "b', /every quote is closed/],
    ["a b\\", /backslash/],
    ['a "b\\"', /every quote is closed/],
    ["a $'b'", /without bash's/],
    ['a x$"b"', /without bash's/],
    ["[ -f /x ]", /JSON array of strings/],
    ['["a"', /JSON array of strings/],
    ['["a", 1]', /JSON array of strings/],
    ['["a", ["b"]]', /JSON array of strings/],
    ['["a\\u0000"]', /NUL/],
  ]);
});

const ACTIONS: [string, Action][] = [
  ["restart", { kind: "restart" }],
  ["none", { kind: "none" }],
  ["signal:HUP", { kind: "signal", signal: "SIGHUP" }],
  ["signal:SIGUSR1", { kind: "signal", signal: "SIGUSR1" }],
  ["signal:15", { kind: "signal", signal: "SIGTERM" }],
  ["exec:nginx -s reload", { kind: "exec", argv: ["nginx", "-s", "reload"] }],
  ['exec:["a=b", "c d"]', { kind: "exec", argv: ["a=b", "c d"] }],
  ["exec:env A=restart b", { kind: "exec", argv: ["env", "A=restart", "b"] }],
  ["http:POST:http://localhost:9090/-/reload", {
    kind: "http",
    method: "POST",
    url: "http://localhost:9090/-/reload",
  }],
  ["http:PUT:https://u:p@[::1]:1/?a=b", {
    kind: "http",
    method: "PUT",
    url: "https://u:p@[::1]:1/?a=b",
  }],
  ["http:GET:http://x", { kind: "http", method: "GET", url: "http://x" }],
];

const BAD_ACTIONS: [string, RegExp][] = [
  ["signal:FOO", /^signal: with a signal/],
  ["signal:", /^signal: with a signal/],
  ["signal:KILL", /not KILL or STOP/],
  ["signal:19", /not KILL or STOP/],
  ["exec:", /a command/],
  ["exec:a 'b", /every quote/],
  ["http:", /http:METHOD:URL/],
  ["http://localhost/", /http:METHOD:URL/],
  ["http:DELETE:http://x/", /GET, POST, PUT/],
  ["http:post:http://x/", /GET, POST, PUT/],
  ["http:POST:localhost/", /http:\/\/ or https:\/\//],
  ["http:POST:ftp://x/", /http:\/\/ or https:\/\//],
  ["http:POST:http://", /http:\/\/ or https:\/\//],
  ["http:POST:http://x/a b", /http:\/\/ or https:\/\//],
  ["http:POST:http://x:99999/", /http:\/\/ or https:\/\//],
];

Deno.test("an action is one of five forms", () => {
  for (const [text, expected] of ACTIONS) {
    assert.deepEqual(action(text), expected, text);
  }
  refused(action, BAD_ACTIONS);
  refused(action, [
    ["HUP", /did you mean signal:HUP\?$/],
    ["sigusr1", /did you mean signal:USR1\?$/],
    ["1", /-\/reload\)$/],
  ]);
  refused(
    action,
    ["", "Restart", "restart ", "signal", "noner", ":"].map(
      (text) => [text, /^restart, none, signal:NAME, exec:COMMAND/],
    ),
  );
});

Deno.test("a path may have an action of its own behind =", () => {
  for (const [text, expected] of ACTIONS) {
    for (const path of ["/a/b", "/a=b/=c", "a=signal", "/a=", "/restart"]) {
      const got = configPath(`${path}=${text}`);
      assert.deepEqual(got, { path, action: expected });
    }
  }
  for (
    const path of [
      "",
      "/a",
      "/a=b",
      "/a=",
      "/a=b=c",
      "=",
      "/a=restarts",
      "/a=none.conf",
      "/a=signals:HUP",
      "/a=signal",
      "/a:exec:b",
      "/a=Exec:b",
      "/a\nb=none\n",
    ]
  ) assert.deepEqual(configPath(path), { path, action: undefined }, path);
  refused(
    configPath,
    BAD_ACTIONS.filter(([text]) => text !== "")
      .map(([text, allowed]) => [`/x=${text}`, allowed]),
  );
  refused(configPath, [["=restart", /a path before/]]);
});

const PROBES: [string, Probe][] = [
  ["exec:true", { kind: "exec", argv: ["true"] }],
  ["exec:test -f /a/b.c", { kind: "exec", argv: ["test", "-f", "/a/b.c"] }],
  ['exec:["a","b c","$d",""]', {
    kind: "exec",
    argv: ["a", "b c", "$d", ""],
  }],
  ["tcp:localhost:8080", { kind: "tcp", host: "localhost", port: 8080 }],
  ["tcp:a-b.c_d.example:1", { kind: "tcp", host: "a-b.c_d.example", port: 1 }],
  ["tcp:127.0.0.1:65535", { kind: "tcp", host: "127.0.0.1", port: 65535 }],
  ["tcp:[::1]:80", { kind: "tcp", host: "::1", port: 80 }],
  ["tcp:[::ffff:1.2.3.4]:80", {
    kind: "tcp",
    host: "::ffff:1.2.3.4",
    port: 80,
  }],
  ["http:http://localhost:8080/healthz", {
    kind: "http",
    url: "http://localhost:8080/healthz",
  }],
  ["http:https://x", { kind: "http", url: "https://x" }],
  ["http:https://x/a,b tls=insecure", {
    kind: "http",
    url: "https://x/a,b",
    tls: { kind: "insecure" },
  }],
  ["http:https://x/ ca=/etc/ca.crt", {
    kind: "http",
    url: "https://x/",
    tls: { kind: "ca", file: "/etc/ca.crt" },
  }],
  ["file:/run/ready", { kind: "file", path: "/run/ready" }],
  ["file:a b:c", { kind: "file", path: "a b:c" }],
];

/** As other programs take them. */
const GUESSED_PROBES: [string, Probe][] = [
  ["http://localhost:8080/healthz", {
    kind: "http",
    url: "http://localhost:8080/healthz",
  }],
  ["https://x", { kind: "http", url: "https://x" }],
  ["redis:6379", { kind: "tcp", host: "redis", port: 6379 }],
  ["127.0.0.1:80", { kind: "tcp", host: "127.0.0.1", port: 80 }],
  ["[::1]:80", { kind: "tcp", host: "::1", port: 80 }],
  [":8080", { kind: "tcp", host: "localhost", port: 8080 }],
  ["tcp::8080", { kind: "tcp", host: "localhost", port: 8080 }],
  ["tcp://db.example:5432", { kind: "tcp", host: "db.example", port: 5432 }],
  ["file:///run/ready", { kind: "file", path: "/run/ready" }],
];

const BAD_PROBES: [string, RegExp][] = [
  ["exec:", /a command/],
  ["exec:'", /every quote/],
  ["tcp:localhost", /tcp:HOST:PORT/],
  ["tcp:localhost:", /tcp:HOST:PORT/],
  ["tcp::0", /from 1 to 65535/],
  ["redis:0", /from 1 to 65535/],
  [":65536", /from 1 to 65535/],
  ["[::1%eth0]:80", /tcp:HOST:PORT/],
  ["tcp:[]:80", /tcp:HOST:PORT/],
  ["tcp:[localhost]:80", /tcp:HOST:PORT/],
  ["tcp:[::1:80", /tcp:HOST:PORT/],
  ["tcp:::1:80", /tcp:HOST:PORT/],
  ["tcp:[::1%eth0]:80", /tcp:HOST:PORT/],
  ["tcp:x:0", /from 1 to 65535/],
  ["tcp:x:65536", /from 1 to 65535/],
  ["tcp:x:-1", /from 1 to 65535/],
  ["tcp:x:8o", /from 1 to 65535/],
  ["tcp:a/b:80", /tcp:HOST:PORT/],
  ["http:", /http:URL with/],
  ["http://", /http:URL with/],
  ["https:// x", /http:URL with/],
  ["http:x", /http:URL with/],
  ["http:ftp://x/", /http:URL with/],
  ["http:https://x/ tls=none", /tls=insecure, which takes any/],
  ["http:http://x/ tls=insecure", /only after an https:/],
  ["http:http://x/ ca=/ca", /only after an https:/],
  ["http:https://x/ ca=/ca tls=insecure", /not both/],
  ["http:https://x/ ca=/ca ca=/cb", /ca= once/],
  [
    "http:https://x/ ca=",
    /without a blank \(%20\), and after it, each behind a blank, only tls=, ca=$/,
  ],
  ["http:https://x/ timeout=5s", /only tls=, ca=$/],
  ["http:https://x/ 'ca=/a", /closed quotes/],
  ["file:", /file:PATH/],
  ["file:a\0b", /file:PATH/],
];

const NO_FORM = ["", "tcp", "http", "x:y", "8080", "/run/ready", " file:/a"];

Deno.test("a probe is one of four forms", () => {
  for (const [text, expected] of [...PROBES, ...GUESSED_PROBES]) {
    assert.deepEqual(probe(text), expected, text);
  }
  refused(probe, BAD_PROBES);
  refused(
    probe,
    [...NO_FORM, "notify", "log:x"].map(
      (
        text,
      ) => [
        text,
        /^exec:COMMAND, tcp:HOST:PORT, http:URL or file:PATH \(.*\)$/,
      ],
    ),
  );
});

Deno.test("a sign of readiness is a probe, a line of the output or a notification", () => {
  for (const [text, expected] of [...PROBES, ...GUESSED_PROBES]) {
    assert.deepEqual(readySign(text), expected, text);
  }
  assert.deepEqual(readySign("notify"), { kind: "notify" });
  const sign = readySign("log:^ready (in \\d+ms|now)$");
  assert.ok(sign.kind === "log");
  assert.ok(sign.pattern.test("ready in 12ms"));
  assert.ok(!sign.pattern.test("not ready now"));
  refused(readySign, [
    ...BAD_PROBES,
    ["log:", /log:REGEX/],
    ["log:(", /log:REGEX/],
    ["log:[a", /log:REGEX/],
  ]);
  refused(
    readySign,
    [...NO_FORM, "notify ", "notify:", "log"].map(
      (
        text,
      ) => [text, /^notify, log:REGEX, exec:COMMAND, .* or file:PATH \(.*\)$/],
    ),
  );
});

Deno.test("a sign of life is a probe or a notification", () => {
  for (const [text, expected] of [...PROBES, ...GUESSED_PROBES]) {
    assert.deepEqual(liveSign(text), expected, text);
  }
  assert.deepEqual(liveSign("notify"), { kind: "notify" });
  refused(liveSign, [
    ...BAD_PROBES,
    ["log:x", /^notify, exec:COMMAND, .* or file:PATH \(.*\)$/],
  ]);
});

Deno.test("what becomes of a child that hangs", () => {
  assert.deepEqual(liveAction("restart"), { kind: "restart" });
  assert.deepEqual(liveAction("exit"), { kind: "exit" });
  for (const text of ["signal:ABRT", "signal:SIGABRT", "signal:6"]) {
    assert.deepEqual(liveAction(text), { kind: "signal", signal: "SIGABRT" });
  }
  refused(liveAction, [
    ["stop", /^restart, exit or signal:NAME/],
    ["signal", /^restart, exit or signal:NAME/],
    ["signal:", /not STOP or CONT/],
    ["signal:STOP", /not STOP or CONT/],
    ["signal:CONT", /not STOP or CONT/],
  ]);
});

Deno.test("a sign is described as it was written, but for credentials", () => {
  const signs = ["notify", "log:a/b", "log:[\\\\/] \\/\\n", "log:\\\\/"];
  for (const text of [...PROBES.map(([text]) => text), ...signs]) {
    const shown = describeProbe(readySign(text));
    assert.equal(shown, text.replace(/(?<=\] )\\\//, "/"), text);
  }
  const table = [
    ["exec:a  'b'", "exec:a b"],
    ["exec:a 'b c'", 'exec:["a","b c"]'],
    ["http:http://me:s3cret@x:1/a", "http:http://x:1/a"],
    ["http:http://s3cret@x", "http:http://x/"],
  ];
  for (const [text, shown] of table) {
    assert.equal(describeProbe(readySign(text)), shown);
  }
});

const PARSERS: Record<string, ValueParser<unknown>> = {
  argv,
  action,
  configPath,
  probe,
  readySign,
};

const PARTS = fc.constantFrom(
  "exec:",
  "tcp:",
  "http:",
  "file:",
  "log:",
  "signal:",
  "POST:",
  "http://",
  "=",
  "restart",
  "[",
  "]",
  ":",
  "80",
  "::1",
  '"',
  "'",
  "$'",
  "\\",
  "\\x4",
  "\0",
  "(",
  "@",
);

Deno.test("any text is either understood or refused with what is allowed, in one line", () => {
  const text = fc.array(fc.oneof(PARTS, fc.string({ unit: "binary" })))
    .map((parts) => parts.join(""));
  for (const [name, parse] of Object.entries(PARSERS)) {
    fc.assert(
      fc.property(text, (value) => {
        try {
          parse(value);
        } catch (error) {
          assert.ok(error instanceof BadValue, `${name}: ${error}`);
          assert.match(error.message, /^[^\n]+$/);
        }
      }),
      { numRuns: 500 },
    );
  }
});

Deno.test("a description of a sign is read as the same sign", () => {
  const word = fc.string({ unit: "binary" }).filter((w) => !w.includes("\0"));
  const command = fc.tuple(word.filter((w) => w !== ""), fc.array(word));
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  const sign: fc.Arbitrary<Probe> = fc.oneof(
    command.map(([first, rest]) =>
      ({ kind: "exec", argv: [first, ...rest] }) as const
    ),
    fc.tuple(host, fc.integer({ min: 1, max: 65_535 })).map(([host, port]) =>
      ({ kind: "tcp", host, port }) as const
    ),
    fc.webUrl().map((url) => ({ kind: "http", url }) as const),
  );
  fc.assert(fc.property(sign, (probe) => {
    assert.deepEqual(readySign(describeProbe(probe)), probe);
  }));
  fc.assert(fc.property(word, (source) => {
    let pattern: RegExp;
    try {
      pattern = new RegExp(source);
    } catch {
      return;
    }
    if (source === "") return;
    const again = readySign(describeProbe({ kind: "log", pattern }));
    assert.equal(again.kind === "log" && again.pattern.source, pattern.source);
  }));
});

Deno.test("no password and no query of a URL in a command that is shown", () => {
  const url = "http://u:secret@h:1/p?t=secret";
  assert.equal(describeArgv(["curl", url]), '["curl","http://h:1/p?..."]');
  assert.equal(
    describeArgv(["sh", "-c", `curl ${url} && test $? = 0`]),
    '["sh","-c","curl http://h:1/p?... && test $? = 0"]',
  );
  assert.equal(describeArgv(["curl", "http://u:secret@h/"]), "curl http://h/");
});

Deno.test("no value of a header in a command that is shown", () => {
  for (
    const [argv, shown] of [
      [
        ["curl", "-H", "X-Token: secret", "h"],
        '["curl","-H","X-Token: ...","h"]',
      ],
      [["wget", "--header=X: a secret"], '["wget","--header=X: ..."]'],
      [["curl", "-HX:secret"], '["curl","-HX: ..."]'],
      [
        ["sh", "-c", `curl -H "X: a secret" -H 'Y: b secret' -H Z:secret h`],
        `["sh","-c","curl -H \\"X: ...\\" -H 'Y: ...' -H Z: ... h"]`,
      ],
    ] as const
  ) {
    const [command, ...args] = argv;
    assert.equal(describeArgv([command, ...args]), shown);
  }
  assert.equal(describeArgv(["test", "-H", "file"]), "test -H file");
});

Deno.test("the options of a request follow its URL", () => {
  assert.deepEqual(
    action(
      "http:POST:https://x/ header-file='/a b/h' timeout=5s retries=0 status=200-204 ca=/ca",
    ),
    {
      kind: "http",
      method: "POST",
      url: "https://x/",
      tls: { kind: "ca", file: "/ca" },
      own: {
        timeoutMs: 5_000,
        retries: 0,
        status: [200, 204],
        headerFile: "/a b/h",
      },
    },
  );
  refused(action, [
    ["http:POST:http://x/ timeout=0", /^timeout= with /],
    ["http:POST:http://x/ retries=101", /^retries= with a number from 0 to/],
    ["http:POST:http://x/ status=1xx", /^status= with a status from 200/],
    ["http:POST:http://x/ status=204-200", /^status= with a status from 200/],
    ["http:POST:http://x/ method=GET", /only tls=, ca=, timeout=, retries=, /],
  ]);
});

Deno.test("the statuses that are success are one, a range or a class", () => {
  const table = [["204", [204, 204]], ["2xx", [200, 299]], ["3XX", [300, 399]]];
  for (const [text, expected] of table) {
    assert.deepEqual(httpStatus(String(text)), expected);
  }
});
