/** A settings file's text: what it means, and every line that refuses one. */
import assert from "node:assert/strict";
import {
  OPTION_NAMES,
  type OptionName,
  optionOf,
} from "../../../src/cli/options.ts";
import { FAULTS_MAX } from "../../../src/cli/settings_file/fault.ts";
import { readSettingsText } from "../../../src/cli/settings_file/read_settings.ts";
import { UsageError } from "../../../src/cli/values/basic.ts";

/** What the options of this text are given. */
function texts(text: string): Record<string, readonly string[]> {
  const { options, args } = readSettingsText("f.yaml", text);
  const all = [...options].map(([name, value]) => [name, value.texts] as const);
  return {
    ...Object.fromEntries(all),
    ...args === undefined ? {} : { args: args.texts },
  };
}

/** The lines that refuse this text, without their common beginning. */
function refusals(text: string): string[] {
  try {
    readSettingsText("f.yaml", text);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.lines.map((line) => {
      assert.ok(line.startsWith("Cannot use f.yaml:"), line);
      return line.slice("Cannot use f.yaml:".length);
    });
  }
  throw new Error("it was accepted");
}

const NATURAL: readonly [yaml: string, Record<string, readonly string[]>][] = [
  ["{}", {}],
  ["# only this\n{}\n", {}],
  ["debounce: 1m30s", { debounce: ["1m30s"] }],
  ["debounce: auto", { debounce: ["auto"] }],
  ["splay: 0", { splay: ["0"] }],
  ["subreaper: true", { subreaper: ["true"] }],
  ["subreaper: False", { subreaper: ["false"] }],
  ["oom-score-adj: -5", { "oom-score-adj": ["-5"] }],
  ["stop-signal: 15", { "stop-signal": ["15"] }],
  ["config: /a", { config: ["/a"] }],
  ["config: []", { config: [""] }],
  ["control: []", { control: [""] }],
  ["listen: []", { listen: [] }],
  ["config: [/a, /b=none]", { config: ["/a", "/b=none"] }],
  ["config:\n- path: /a\n  action: signal:HUP\n- path: /b", {
    config: ["/a=signal:HUP", "/b"],
  }],
  ["config: [{path: /a, action: {signal: 1}}]", { config: ["/a=signal:1"] }],
  ["env: {A: 1.10, B: yes, C: '', D: true, E: 0x1F, F: a=b}", {
    env: ["A=1.10", "B=yes", "C=", "D=true", "E=0x1F", "F=a=b"],
  }],
  ["env:\n  PEM: |\n    a\n    b\n", { env: ["PEM=a\nb\n"] }],
  ["rewrite-signal: {HUP: USR1, 3: 0}", {
    "rewrite-signal": ["HUP:USR1", "3:0"],
  }],
  ["health-check: {db: tcp:h:1, web: {http: 'http://h/'}}", {
    "health-check": ["db=tcp:h:1", "web=http:http://h/"],
  }],
  ["ready: {http: 'https://h/', tls: insecure}", {
    ready: ["http:https://h/ tls=insecure"],
  }],
  ["on-change: {retries: 0, http: 'POST:https://h/', ca: it's a file}", {
    "on-change": ["http:POST:https://h/ retries=0 ca='it'\\''s a file'"],
  }],
  ["http-status: 204\nhttp-retries: 0", {
    "http-status": ["204"],
    "http-retries": ["0"],
  }],
  ["check-command: nginx -t", { "check-command": ["nginx -t"] }],
  ["check-command: [nginx, -t, a b, 5]", {
    "check-command": ['["nginx","-t","a b","5"]'],
  }],
  ["on-change: {exec: [nginx, -s, reload]}", {
    "on-change": ['exec:["nginx","-s","reload"]'],
  }],
  ["ready:\n  log: 'listening: on'", { ready: ["log:listening: on"] }],
  ["wait-for: [tcp:h:1, {file: /x}]", { "wait-for": ["tcp:h:1", "file:/x"] }],
  ["command: sleep\nargs: [60, '1']", {
    command: ["sleep"],
    args: ["60", "1"],
  }],
  ["$schema: x", {}],
  ['{\n\t"debounce": "1s",\n\t"config": [\n\t\t"/a"\n\t]\n}', {
    debounce: ["1s"],
    config: ["/a"],
  }],
  ["debounce: 1s\r\nsplay: 2s\r\n", { debounce: ["1s"], splay: ["2s"] }],
  ["---\ndebounce: 1s\n...\n", { debounce: ["1s"] }],
];

for (const [yaml, expected] of NATURAL) {
  Deno.test(`a settings file may say ${JSON.stringify(yaml)}`, () => {
    assert.deepEqual(texts(yaml), expected);
  });
}

Deno.test("a settings file may hold changes back", () => {
  const held = (text: string) => readSettingsText("f.yaml", text).hold?.held;
  assert.equal(held("{}"), undefined);
  assert.equal(held("hold: false"), false);
  assert.deepEqual(held("hold: true"), { reason: "" });
  assert.deepEqual(held("hold: incident 7"), { reason: "incident 7" });
});

Deno.test("every default may stand in a settings file as the usage text shows it", () => {
  for (const name of OPTION_NAMES) {
    const { defaultText, written } = optionOf(name);
    if (defaultText === undefined || written === "variables") continue;
    assert.deepEqual(texts(`${name}: ${defaultText}`), {
      [name]: [defaultText],
    });
  }
});

Deno.test("the place of a value is that of its key", () => {
  const { options } = readSettingsText(
    "f.yaml",
    "# ä\nsplay: 0\n\n  # x\ndebounce: 1s\n",
  );
  const at = (name: OptionName) => options.get(name)?.at;
  assert.deepEqual(at("splay"), { path: "f.yaml", line: 2, column: 1 });
  assert.deepEqual(at("debounce"), { path: "f.yaml", line: 5, column: 1 });
});

const DURATION = "a duration with a unit (500ms, 10s, 1m30s) from 0s to 1h0m0s";

const REFUSED: readonly [yaml: string, ...lines: string[]][] = [
  ["", "1:1: it is empty; write {} for no setting"],
  ["# nothing\n", "1:1: it is empty; write {} for no setting"],
  [
    "\uFEFFsplay: 0",
    "1:1: it begins with a byte order mark; save it without one",
  ],
  ["splay: 0\n---\nsplay: 1s\n", "2:1: a second document begins here; use one"],
  [
    "- a",
    "1:1: the file must be a map of option names to values (debounce: 1s)",
  ],
  [
    "text",
    "1:1: the file must be a map of option names to values (debounce: 1s)",
  ],
  [
    "workingDirectory: /a",
    "1:1: workingDirectory: it is not a setting; did you mean workdir?",
  ],
  ["debonce: 1s", "1:1: debonce: it is not a setting; did you mean debounce?"],
  [
    "stopTimeout: 1s",
    "1:1: stopTimeout: it is not a setting; did you mean stop-timeout?",
  ],
  [
    "FLUSH_MANAGER_STOP_TIMEOUT: 1s",
    "1:1: FLUSH_MANAGER_STOP_TIMEOUT: it is not a setting; did you mean stop-timeout?",
  ],
  [
    "settings: /x",
    "1:1: settings: it is not a setting; use the name of an option, without dashes before it",
  ],
  [
    "debounce:",
    "1:1: debounce: it has no value; write one, or leave the key out",
  ],
  [
    "debounce: 5",
    `1:11: debounce: the value "5" is not allowed; use auto or ${DURATION}; did you mean 5s?`,
  ],
  [
    "splay: 1s\nsplay: 2s",
    "2:1: splay: it is given twice; keep one (first in line 1)",
  ],
  [
    '"ä": {a: 1}',
    "1:1: ä: it is not a setting; use the name of an option, without dashes before it",
  ],
  ["splay: [1s]", `1:8: splay: a list is not allowed; use ${DURATION}`],
  ["splay: {a: 1s}", `1:8: splay: a map is not allowed; use ${DURATION}`],
  [
    "workdir: 5",
    "1:10: workdir: the number 5 is not allowed; use a non-empty text",
  ],
  [
    "workdir: true",
    "1:10: workdir: the truth value true is not allowed; use a non-empty text",
  ],
  [
    "log-level: inf",
    '1:12: log-level: the value "inf" is not allowed; use one of trace, debug, info, warn, error; did you mean info?',
  ],
  [
    'subreaper: "true"',
    '1:12: subreaper: the text "true" is not allowed; use true or false, without quotes',
  ],
  [
    "splay: !!str 1s",
    "1:8: splay: tags are not allowed; write the value alone",
  ],
  [
    "splay: &a 1s",
    "1:8: splay: anchors and aliases are not allowed; write the value out",
  ],
  [
    "a: *b",
    "1:1: a: it is not a setting; use the name of an option, without dashes before it",
    "1:4: a: anchors and aliases are not allowed; write the value out",
  ],
  [
    "splay: *b",
    "1:8: splay: anchors and aliases are not allowed; write the value out",
  ],
  [
    "env: {A: *b}",
    "1:10: env.A: anchors and aliases are not allowed; write the value out",
  ],
  [
    "env:\n  <<: {A: 1}",
    "2:3: env: merge keys are not allowed; write the values out",
  ],
  ["? [a]\n: b", "1:3: a key must be a text"],
  [
    "env: {1X: secret}",
    "1:7: env.1X: it is not a variable's name; use letters, digits, _, . and -, with a letter or _ first",
  ],
  [
    "env: {X: [secret]}",
    '1:10: env.X: a list is not allowed; use a text ("" for an empty one)',
  ],
  [
    "env: secret",
    "1:6: env: a text is not allowed; use a map of names to values (PORT: 8080)",
  ],
  [
    'env: {X: "secret\\0"}',
    "1:10: env.X: the value has a NUL or half a character; use a text without",
  ],
  [
    'workdir: "\\uD800"',
    "1:10: workdir: the value has a NUL or half a character; use a text without",
  ],
  [
    "hold: 5",
    "1:7: hold: a number is not allowed; use true, false or a reason of 1 to 200 characters",
  ],
  [
    `hold: ${"x".repeat(201)}`,
    "1:7: hold: a text is not allowed; use true, false or a reason of 1 to 200 characters",
  ],
  [
    "hold:",
    "1:5: hold: an empty value is not allowed; use true, false or a reason of 1 to 200 characters",
  ],
  ["args: secret", "1:7: args: a text is not allowed; use a list of words"],
  ["args: [a, [b]]", "1:11: args[1]: a list is not allowed; use a text"],
  [
    "config: [/a, {path: /b, axtion: none}]",
    '1:25: config[1]: "axtion" is not allowed; use path and action',
  ],
  [
    "config: [{action: none}]",
    "1:10: config[0]: it has no path; use path and action",
  ],
  [
    'config: {path: ""}',
    '1:16: config: it is empty; name a path, or write config: "" to watch nothing',
  ],
  [
    "config: [{path: /a=none}]",
    "1:17: config[0]: the path ends with =ACTION; write the action as action:",
  ],
  [
    "on-change: {exec: a, signal: HUP}",
    "1:12: on-change: a map of 2 keys is not allowed; use one key, or restart, none, signal:NAME, exec:COMMAND or http:METHOD:URL (signal:HUP, http:POST:http://localhost:9090/-/reload)",
  ],
  [
    "on-change: http:POSTx:http://u:secret@h/",
    '1:12: on-change: the value "http:POSTx:http://h/" is not allowed; use http:METHOD:URL with GET, POST, PUT and an http:// or https:// URL (http:POST:http://localhost:9090/-/reload)',
  ],
  [
    `check-command: 'curl -H "X: secret h'`,
    '1:16: check-command: the value "curl -H \\"X: ...\\"" is not allowed; use a command in which every quote is closed and no backslash comes last',
  ],
  [
    "rewrite-signal: {TERM: 0}",
    '1:24: rewrite-signal.TERM: the value "TERM:0" is not allowed; use a signal for TERM to become: without TERM the manager could not be stopped',
  ],
  [
    "rewrite-signal: [HUP:0]",
    "1:17: rewrite-signal: a list is not allowed; use a map of received signals to the ones to forward (HUP: USR1), 0 to drop",
  ],
];

for (const [yaml, ...lines] of REFUSED) {
  Deno.test(`a settings file may not say ${JSON.stringify(yaml)}`, () => {
    assert.deepEqual(refusals(yaml), lines);
  });
}

const SYNTAX: readonly [what: string, yaml: string, place: string][] = [
  ["a tab in an indentation", "config:\n\t- /a\n", "2:1"],
  ["a quote that is not closed", 'a: "x\n', "2:1"],
  ["a colon in a plain text", "a: b: c", "1:5"],
  ["a NUL", "a: \0", "1:4"],
  ["a list that is not closed", '{"a": [1', "1:9"],
];

for (const [what, yaml, place] of SYNTAX) {
  Deno.test(`the place of ${what} is told`, () => {
    const [line, ...others] = refusals(yaml);
    assert.deepEqual(others, []);
    assert.ok(
      line.startsWith(`${place}: it is neither YAML nor JSON here (`),
      line,
    );
  });
}

Deno.test("all faults are told at once, in the order of the text", () => {
  const lines = refusals(
    "splay: x\nfoo: 1\nenv: {A: [1], A: 2}\ndebounce: y\n",
  );
  const places = lines.map((line) => line.replace(/: .*/, ""));
  assert.deepEqual(places, ["1:8", "2:1", "3:10", "3:15", "4:11"]);
});

Deno.test("of very many faults the first ones are told, and how many more", () => {
  const many = Array.from({ length: FAULTS_MAX + 7 }, (_, at) => `x${at}: 1`);
  try {
    readSettingsText("f.yaml", many.join("\n"));
    assert.fail("it was accepted");
  } catch (error) {
    assert.ok(error instanceof UsageError);
    assert.equal(error.lines.length, FAULTS_MAX + 1);
    assert.equal(error.lines.at(-1), "Cannot use f.yaml: 7 more faults");
  }
});

Deno.test("very many unknown keys are refused in a time that a running manager has", () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, at) => `k${at}: 1`).join("\n");
  const took = (count: number) => {
    const begunAt = performance.now();
    assert.throws(() => readSettingsText("f.yaml", lines(count)), {
      count,
    });
    return performance.now() - begunAt;
  };
  took(1_000);
  // As many keys in ten files and in one. Both take about as long, so that other
  // work on the machine delays both; the shortest of three is least delayed.
  const [few, many] = [[], []] as [number[], number[]];
  for (let attempt = 0; attempt < 3; attempt++) {
    const times = Array.from({ length: 10 }, () => took(2_000));
    few.push(times.reduce((sum, ms) => sum + ms));
    many.push(took(20_000));
  }
  // Ten times as long would be the square of the keys.
  const [one, ten] = [Math.min(...many), Math.min(...few)];
  assert.ok(one < 4 * ten, `${ten} ms in ten files and ${one} ms in one`);
});

Deno.test("neither depth nor aliases make it work for long", () => {
  const deep = `config: ${"[".repeat(100_000)}`;
  assert.match(
    refusals(deep)[0],
    /^1:\d+: it is neither YAML nor JSON here \(/,
  );
  const bomb = [
    "a: &a [x, x]",
    ..."bcdefghijklmnop".split("").map((name, at) => {
      const before = "abcdefghijklmnop"[at];
      return `${name}: &${name} [*${before}, *${before}]`;
    }),
  ];
  assert.equal(refusals(bomb.join("\n")).length > 16, true);
});
