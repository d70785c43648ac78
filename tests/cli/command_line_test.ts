/** The command line and the environment, by tables and by chance. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  environmentName,
  isSwitch,
  OPTION_NAMES,
  optionOf,
} from "../../src/cli/options.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { boolean, UsageError } from "../../src/cli/values/basic.ts";
import { usage } from "../../src/cli/usage.ts";
import type { Settings } from "../../src/core/vocabulary/settings.ts";

function settings(
  argv: string[],
  env: Record<string, string> = {},
): Settings {
  const invocation = parseInvocation(argv, (name) => env[name]);
  if (invocation.kind !== "run") throw new Error(`is ${invocation.kind}`);
  return invocation.settings;
}

function refusal(
  argv: string[],
  env: Record<string, string> = {},
): string {
  try {
    parseInvocation(argv, (name) => env[name]);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  throw new Error(`${argv} was accepted`);
}

Deno.test("the defaults are the original's", () => {
  const got = settings([]);
  assert.equal(got.command, "/usr/local/bin/redis-exporter");
  assert.deepEqual(got.args, []);
  assert.deepEqual(got.configs, [{
    path: "/usr/local/bin/conf/exporter.conf",
    named: false,
  }]);
  assert.equal(got.debounceMs, 500);
  assert.equal(got.debounceMaxMs, 5_000);
  assert.equal(got.pollIntervalMs, 5_000);
  assert.equal(got.verifyIntervalMs, 60_000);
  assert.equal(got.stopTimeoutMs, 10_000);
  assert.equal(got.stopSignal, "SIGTERM");
  assert.equal(got.killMode, "group");
  assert.equal(got.logLevel, "debug");
  assert.equal(got.logFormat, "text");
  assert.equal(got.compare, "content");
  assert.equal(got.subreaper, false);
});

Deno.test("the four spellings of an option are one", () => {
  for (
    const argv of [
      ["--debounce", "1s"],
      ["--debounce=1s"],
      ["-debounce", "1s"],
      ["-debounce=1s"],
    ]
  ) assert.equal((settings(argv)).debounceMs, 1_000, argv.join(" "));
});

Deno.test("what belongs to the child stays the child's", () => {
  const table: [string[], string, string[]][] = [
    [["sh", "-c", "x"], "sh", ["-c", "x"]],
    [["--", "sh", "--debounce", "x"], "sh", ["--debounce", "x"]],
    [["sh", "--config", "x", "--version"], "sh", [
      "--config",
      "x",
      "--version",
    ]],
    [["--", "--", "true"], "--", ["true"]],
    [["-command", "redis", "-x"].slice(0, 2), "redis", []],
    [["-command", "redis", "serve", "-x"], "redis", ["serve", "-x"]],
    [["--command", "redis", "--", "-x"], "redis", ["-x"]],
    [["-"], "-", []],
    [["--", "check"], "check", []],
    [["--log-level", "info", "--", "check"], "check", []],
    [["--command", "check"], "check", []],
    [["--command", "app", "check"], "app", ["check"]],
    [["--log-level", "info", "status"], "status", []],
    [["--log-level", "info", "help"], "help", []],
    [["--", "help"], "help", []],
    [["--", "version"], "version", []],
  ];
  for (const [argv, command, args] of table) {
    const got = settings(argv);
    assert.equal(got.command, command, argv.join(" "));
    assert.deepEqual(got.args, args, argv.join(" "));
  }
});

Deno.test("flags win over the environment over defaults", () => {
  const env = { FLUSH_MANAGER_DEBOUNCE: "2s", FLUSH_MANAGER_CONFIG: "/a,/b" };
  assert.equal((settings([], env)).debounceMs, 2_000);
  assert.equal((settings(["--debounce", "3s"], env)).debounceMs, 3_000);
  assert.deepEqual((settings([], env)).configs.map(({ path }) => path), [
    "/a",
    "/b",
  ]);
  assert.deepEqual((settings(["--config", "/c,d"], env)).configs, [
    { path: "/c,d", named: true, action: undefined },
  ]);
  assert.equal(
    (settings([], { FLUSH_MANAGER_DEBOUNCE: "" })).debounceMs,
    500,
  );
});

Deno.test("--debounce auto keeps the window for what is written in place", () => {
  const { debounceMs, trustReplacement } = settings([
    "--debounce",
    "auto",
  ]);
  assert.deepEqual([debounceMs, trustReplacement], [500, true]);
  assert.equal((settings([])).trustReplacement, false);
  assert.match(refusal(["--debounce", "aut"]), /auto or a duration/);
});

Deno.test('config "" watches nothing, from either side; the same path twice is one', () => {
  assert.deepEqual((settings(["-config", ""])).configs, []);
  assert.deepEqual(
    (settings([], { FLUSH_MANAGER_CONFIG: "" })).configs,
    [],
  );
  assert.equal(
    (settings(["--config=/a", "--config=/a"])).configs.length,
    1,
  );
});

Deno.test("a switch takes no value but one behind =", () => {
  assert.equal((settings(["--subreaper", "true"])).command, "true");
  assert.equal((settings(["--subreaper", "sh"])).subreaper, true);
  assert.equal((settings(["--subreaper=false", "sh"])).subreaper, false);
});

Deno.test("the crash policy is the original's unless asked otherwise", () => {
  assert.deepEqual((settings([])).crash, {
    restart: "never",
    backoffFirstMs: 1_000,
    backoffMaxMs: 30_000,
    max: undefined,
  });
  const { crash } = settings(
    ["--restart=always", "--backoff=50ms..2s", "--max-restarts=5/10m"],
  );
  assert.deepEqual(crash, {
    restart: "always",
    backoffFirstMs: 50,
    backoffMaxMs: 2_000,
    max: { count: 5, windowMs: 600_000 },
  });
});

Deno.test("the crash policy is understood in the words of Docker and Kubernetes", () => {
  const table: [words: string[], restart: string, count: number | undefined][] =
    [
      [["--restart=no"], "never", undefined],
      [["--restart=unless-stopped"], "always", undefined],
      [["--restart=Always"], "always", undefined],
      [["--restart=OnFailure"], "on-failure", undefined],
      [["--restart=Never"], "never", undefined],
      [["--restart=on-failure:5"], "on-failure", 5],
      [["--restart=on-failure", "--max-restarts=5"], "on-failure", 5],
    ];
  for (const [words, restart, count] of table) {
    const { crash } = settings(words);
    const max = count === undefined ? undefined : { count, windowMs: Infinity };
    assert.deepEqual([crash.restart, crash.max], [restart, max], words.join());
  }
});

Deno.test("what circumstances rejected is tried again unless asked otherwise", () => {
  const minutes = { firstMs: 60_000, maxMs: 1_800_000 };
  assert.deepEqual(settings([]).retryRejected, minutes);
  const asked = settings(["--retry-rejected=10s..10s"]).retryRejected;
  assert.deepEqual(asked, { firstMs: 10_000, maxMs: 10_000 });
  const env = { FLUSH_MANAGER_RETRY_REJECTED: "never" };
  assert.equal(settings([], env).retryRejected, undefined);
});

Deno.test("signals are rewritten as asked", () => {
  const { rewrites } = settings(
    ["--rewrite-signal", "TERM:QUIT", "--rewrite-signal=1:0"],
  );
  assert.deepEqual([...rewrites], [["SIGTERM", "SIGQUIT"], [
    "SIGHUP",
    undefined,
  ]]);
});

Deno.test("one signal may ask for a reload", () => {
  assert.equal(settings([]).reloadSignal, undefined);
  for (const text of ["HUP", "SIGHUP", "1"]) {
    assert.equal(settings(["--reload-signal", text]).reloadSignal, "SIGHUP");
  }
});

Deno.test("help and version are found before anything is checked", () => {
  for (const argv of [["-h"], ["--help"], ["-help"], ["--debounce=x", "-h"]]) {
    assert.equal((parseInvocation(argv, () => undefined)).kind, "help");
  }
  for (
    const argv of [["-V"], ["-v"], ["--version"], ["-version"], ["version"]]
  ) {
    assert.equal(
      (parseInvocation(argv, () => undefined)).kind,
      "version",
    );
  }
  assert.equal((settings(["sh", "--help"])).command, "sh");
});

Deno.test("help and version are words too, and programs of that name behind --", () => {
  const kindOf = (...argv: string[]) => parseInvocation(argv, () => undefined);
  for (const argv of [["help"], ["help", "check"], ["help", "--help"]]) {
    assert.deepEqual(kindOf(...argv), { kind: "help", of: undefined });
  }
  assert.deepEqual(kindOf("help", "status"), { kind: "help", of: "status" });
  assert.deepEqual(kindOf("help", "completion"), {
    kind: "help",
    of: "completion",
  });
  assert.deepEqual(kindOf("version", "-h"), { kind: "help", of: undefined });
  assert.match(refusal(["help", "staus"]), /"staus".*did you mean status\?/);
  assert.match(refusal(["help", "status", "x"]), /it takes one of/);
  assert.match(refusal(["version", "1"]), /it takes no argument.*-- version$/);
});

Deno.test("check may follow the options of an ENTRYPOINT", () => {
  const argv = ["--config=/a", "check", "--debounce=1s", "-o", "json", "sh"];
  const got = parseInvocation(argv, () => undefined);
  assert.ok(got.kind === "check");
  const { settings: { command, configs, debounceMs }, output } = got;
  assert.deepEqual(
    [command, configs.map(({ path }) => path), debounceMs, output],
    ["sh", ["/a"], 1_000, "json"],
  );
  // With a program that is named, every positional is an argument of it.
  const named = settings(["--config=/a", "check"], {
    FLUSH_MANAGER_COMMAND: "/app",
  });
  assert.deepEqual([named.command, named.args], ["/app", ["check"]]);
});

Deno.test("all mistakes are told at once, each in one line", () => {
  const lines = (argv: string[], env: Record<string, string> = {}) => {
    try {
      parseInvocation(argv, (name) => env[name]);
    } catch (error) {
      assert.ok(error instanceof UsageError);
      return error.lines;
    }
    throw new Error(`${argv} was accepted`);
  };
  const table: [argv: string[], RegExp[]][] = [
    [["--debonce", "1s", "--splay=x", "--listen", "nowhere", "sh"], [
      /option --debonce: it is unknown/,
      /option --splay: the value "x"/,
      /option --listen: the value "nowhere"/,
    ]],
    [["--nonsense", "--splay=x", "--poll-interval"], [
      /option --nonsense/,
      /option --poll-interval: it needs a value/,
      /option --splay/,
    ]],
    [["--wait-for=a", "--wait-for=b", "--env", "1=s3cret", "sh"], [
      /--env/,
      /"a"/,
      /"b"/,
    ]],
    [["--strategy=overlap", "--control=tcp::1", "sh", "{config7}"], [
      /overlap needs --ready/,
      /everybody on the network/,
      /fill in \{config7\}/,
    ]],
  ];
  for (const [argv, expected] of table) {
    const said = lines(argv);
    assert.equal(said.length, expected.length, said.join("\n"));
    for (const [at, pattern] of expected.entries()) {
      assert.match(said[at], pattern);
      assert.doesNotMatch(said[at], /s3cret/);
    }
  }
  const both = lines(["--splay=x"], { FLUSH_MANAGER_DEBOUNCE: "y" });
  assert.deepEqual(both.map((line) => /"(.)"/.exec(line)?.[1]), ["y", "x"]);
});

Deno.test("check is a subcommand only as the first word, or behind options", () => {
  const got = parseInvocation(
    ["check", "--debounce=1s", "sh"],
    () => undefined,
  );
  assert.equal(got.kind, "check");
  assert.equal(got.kind === "check" && got.settings.command, "sh");
});

Deno.test("the environment takes blocks of text and lists with spaces", () => {
  const paths = (value: string) =>
    (settings([], { FLUSH_MANAGER_CONFIG: value })).configs
      .map(({ path }) => path);
  assert.deepEqual(paths("/a\n"), ["/a"]);
  assert.deepEqual(paths("/a , /b,\n"), ["/a", "/b"]);
  assert.deepEqual(paths("/{a,b}.c,/d{1,2},/e"), [
    "/{a,b}.c",
    "/d{1,2}",
    "/e",
  ]);
  assert.deepEqual(paths("/a{,/b,}c,{x"), ["/a{,/b,}c", "{x"]);
  assert.deepEqual(paths("/a{b,/c"), ["/a{b", "/c"]);
  assert.deepEqual(paths(""), []);
  assert.deepEqual(paths(" "), [" "], "not silently nothing");
  const { env, debounceMs } = settings([], {
    FLUSH_MANAGER_ENV: "A=1\nB= 2 \n",
    FLUSH_MANAGER_DEBOUNCE: "2s\n",
  });
  assert.deepEqual([...env], [["A", "1"], ["B", " 2 "]]);
  assert.equal(debounceMs, 2_000);
  assert.match(
    refusal([], { FLUSH_MANAGER_ENV: "1=secret" }),
    /FLUSH_MANAGER_ENV.*NAME=VALUE$/,
  );
});

Deno.test("a variable that is no text is refused by name", () => {
  assert.throws(
    () =>
      parseInvocation([], (name) => {
        if (name === "FLUSH_MANAGER_CONFIG") throw new TypeError("not Unicode");
        return undefined;
      }),
    new UsageError(
      "Cannot use environment variable FLUSH_MANAGER_CONFIG: its value is not UTF-8",
    ),
  );
});

Deno.test("no query of a URL is shown, nor its credentials", () => {
  for (
    const url of ["http:ftp://u:p@h/x?token=secret", "http:http://h:x/?secret"]
  ) {
    const message = refusal([`--ready=${url}`]);
    assert.doesNotMatch(message, /secret|u:p/);
  }
});

Deno.test("what was meant as a URL and is none is not shown whole either", () => {
  const table: [option: string, shown: string][] = [
    ["--ready=http:localhost:8080/h?token=secret", "http:localhost:8080/h?..."],
    ["--ready=u:secret@h:80", "h:80"],
    ["--ready=http:http:/u:secret@h/", "http:h/"],
    ["--ready=http:http://u:se/secret@h:x/", "http:http://h:x/"],
    ["--ready=http:http://u:secret?secret@h:x/", "http:http://h:x/"],
    ["--ready=secret:secret?x@h:80", "..."],
    ["--ready=http:h/?t=secret@secret", "http:..."],
    ["--on-change=http:POST:/reload?t=secret", "http:POST:/reload?..."],
    ["--on-change=http:POST:u:secret@h/?t=secret", "http:POST:h/?..."],
    ["--wait-for=http:u:secret@h/?t=secret", "http:h/?..."],
    ["--wait-for=tcp:u:secret@h/x", "tcp:h/x"],
    ["--config=a=http:POST:u:secret@h", "a=http:POST:h"],
    ["--listen=tcp:u:secret@h,backlog=5", "tcp:h,backlog=5"],
    ["--live=http:u:secret@h/?t=secret", "http:h/?..."],
    ["--live=tcp:u:secret@h:80", "tcp:h:80"],
    ["--control=tcp:u:secret@h", "tcp:h"],
    ["--health-check=db=tcp:u:secret@h:1", "db=tcp:h:1"],
  ];
  for (const [option, shown] of table) {
    const message = refusal([option]);
    assert.doesNotMatch(message, /secret/, option);
    assert.ok(message.includes(`the value "${shown}`), message);
  }
  // An expression is no URL.
  assert.match(refusal(["--ready=log:(what?"]), /"log:\(what\?"/);
});

Deno.test("a variable that holds nothing but line feeds or separators is not set", () => {
  const variables = {
    FLUSH_MANAGER_DEBOUNCE: "\n",
    FLUSH_MANAGER_SUBREAPER: "\n",
    FLUSH_MANAGER_COMMAND: "\n\n",
    FLUSH_MANAGER_LISTEN: "\n",
    FLUSH_MANAGER_ENV: "\n\n",
    FLUSH_MANAGER_ENV_FILE: " , ",
    FLUSH_MANAGER_REWRITE_SIGNAL: ",",
  };
  assert.deepEqual(settings([], variables), settings([]));
});

Deno.test("a refusal names the option, the value and what is allowed, in one line", () => {
  const table: [string[], RegExp[]][] = [
    [["--debounse", "1s"], [/--debounse/, /did you mean --debounce\?/]],
    [["--pol", "1s"], [/did you mean --poll-interval\?/]],
    [["--xyzzy"], [/--xyzzy/, /--help/]],
    [["-q"], [/-q/]],
    [["--debounce", "1"], [/--debounce/, /"1"/, /500ms, 10s/]],
    [["--debounce", "2h"], [/"2h"/, /1h0m0s/]],
    [["--poll-interval", "1ms"], [/"1ms"/, /100ms/]],
    [["--verify-interval", "10ms"], [/"10ms"/, /0 or a duration .* from 1s/]],
    [["--debounce"], [/--debounce/, /needs a value/]],
    [["--stop-signal", "FOO"], [/--stop-signal/, /"FOO"/, /SIGHUP/]],
    [["--log-level", "fatal"], [/"fatal"/, /trace, debug, info, warn, error/]],
    [["--log-format=xml"], [/"xml"/, /text, json/]],
    [["--compare", "size"], [/"size"/, /content, metadata/]],
    [["--subreaper=maybe"], [/"maybe"/, /true or false/]],
    [["--rewrite-signal", "HUP"], [/"HUP"/, /A:B/]],
    [["--reload-signal", "TERM"], [/"TERM"/, /HUP, USR1 or USR2/]],
    [["--reload-signal", "9"], [/"9"/, /HUP, USR1 or USR2/]],
    [
      ["--reload-signal", "HUP", "--stop-signal", "1"],
      [/--reload-signal/, /SIGHUP/, /--stop-signal/, /another one/],
    ],
    [
      ["--reload-signal=USR1", "--rewrite-signal=USR1:HUP"],
      [/--reload-signal/, /--rewrite-signal/, /leave one of them out/],
    ],
    [["--rewrite-signal", "KILL:TERM"], [/can be caught/]],
    [["--rewrite-signal", "CHLD:0"], [/"CHLD:0"/, /that is forwarded/]],
    [["--rewrite-signal", "SEGV:HUP"], [/"SEGV:HUP"/, /that is forwarded/]],
    [["--rewrite-signal", "TERM:0"], [/could not be stopped/]],
    [["--restart", "maybe"], [/never, on-failure, always/]],
    [["--backoff", "1s"], [/FIRST\.\.MAX/]],
    [["--backoff", "5s..1s"], [/"5s\.\.1s"/]],
    [["--backoff", "0s..1s"], [/1ms/]],
    [["--retry-rejected", "1m"], [/"1m"/, /never or FIRST\.\.MAX/]],
    [["--retry-rejected=5m..1m"], [/"5m\.\.1m"/]],
    [["--retry-rejected=1m..2h"], [/1h0m0s/]],
    [["--retry-rejected="], [/--retry-rejected/, /never or/]],
    [["--max-restarts", "5/"], [/N\/WINDOW/]],
    [["--max-restarts", "1000"], [/up to 999/]],
    [["--restart", "on-failure:0"], [/on-failure:N with N from 1 to 999/]],
    [["--restart", "always:3"], [/on-failure:N with N from 1 to 999/]],
    [["--restart", "on-failure:"], [/on-failure:5/]],
    [["--stop-timeout", "30"], [/"30"/, /did you mean 30s\?$/]],
    [["--stop-timeout", "7200"], [/"7200"/, /to 1h0m0s$/]],
    [["--restart=on-failure:5", "--max-restarts=5/10m"], [
      /option --max-restarts: --restart on-failure:N has a number of its own/,
    ]],
    [["--max-restarts", "x/1m"], [/5\/10m/]],
    [["--workdir", ""], [/--workdir/, /non-empty/]],
    [["--", ""], [/command ""/, /empty/]],
  ];
  for (const [argv, patterns] of table) {
    const line = refusal(argv);
    assert.doesNotMatch(line, /\n/);
    for (const pattern of patterns) assert.match(line, pattern);
  }
  const line = refusal([], { FLUSH_MANAGER_STOP_TIMEOUT: "ten" });
  assert.match(line, /environment variable FLUSH_MANAGER_STOP_TIMEOUT/);
});

Deno.test("a value with a line break still makes one line", () => {
  assert.doesNotMatch(refusal(["--debounce", "1\n2"]), /\n/);
  assert.doesNotMatch(refusal(["--a\nb"]), /\n/);
});

Deno.test("any command line is either understood or refused in one line", () => {
  const word = fc.oneof(
    fc.constantFrom(
      ...OPTION_NAMES.flatMap((name) => [`--${name}`, `-${name}=`]),
    ),
    fc.constantFrom("--", "-", "check", "1s", "HUP:0", "", "=", "--=", "---"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word), fc.string(), (argv, value) => {
      const env = { [environmentName("debounce")]: value };
      try {
        parseInvocation(argv, (name) => env[name]);
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
        assert.doesNotMatch(error.message, /\n/);
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("what takes no value is true or false, and off unless it is given", () => {
  for (const name of OPTION_NAMES) {
    const { parse, defaultText } = optionOf(name);
    assert.equal(isSwitch(name), parse === boolean, name);
    if (isSwitch(name)) assert.equal(defaultText, "false", name);
  }
});

Deno.test("every default is a value that its option takes", () => {
  for (const name of OPTION_NAMES) {
    const { parse, defaultText } = optionOf(name);
    if (defaultText !== undefined) {
      assert.doesNotThrow(() => parse(defaultText));
    }
  }
});

Deno.test("the usage text shows every option once, in the table's order, and fits a terminal's width", () => {
  const text = usage();
  const shown = [...text.matchAll(/^ {2}--([\w-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(shown, OPTION_NAMES);
  for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
});

Deno.test("completion takes one shell as the first word, and is a program's name behind --", () => {
  const invocation = (...argv: string[]) =>
    parseInvocation(argv, () => undefined);
  assert.deepEqual(invocation("completion", "zsh"), {
    kind: "completion",
    shell: "zsh",
  });
  assert.deepEqual(invocation("completion", "--help"), {
    kind: "help",
    of: "completion",
  });
  assert.equal(settings(["--", "completion", "zsh"]).command, "completion");
  for (
    const argv of [["completion"], ["completion", "ksh"], [
      "completion",
      "zsh",
      "x",
    ]]
  ) {
    assert.match(
      refusal(argv),
      /^Cannot use completion: it needs one of bash, zsh, fish/,
    );
  }
});

Deno.test("install takes one directory as the first word, and is a program's name behind --", () => {
  const invocation = (...argv: string[]) =>
    parseInvocation(argv, () => undefined);
  assert.deepEqual(invocation("install", "/tools"), {
    kind: "install",
    directory: "/tools",
  });
  assert.deepEqual(invocation("install", "-h"), {
    kind: "help",
    of: "install",
  });
  assert.equal(settings(["--", "install", "-d"]).command, "install");
  for (const argv of [["install"], ["install", "a", "b"], ["install", "-d"]]) {
    assert.match(refusal(argv), /^Cannot use install: it needs one directory/);
  }
});
