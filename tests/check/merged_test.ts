/** The merged settings: every origin, and no secret. */
import assert from "node:assert/strict";
import {
  mergedLines,
  mergedSettings,
  overruled,
} from "../../src/check/merged.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { OPTION_NAMES, optionOf } from "../../src/cli/options.ts";
import { readSettingsText } from "../../src/cli/settings_file/read_settings.ts";

/** Of a check with this command line, environment and file. */
function merged(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  file = "{}",
) {
  const invocation = parseInvocation(
    ["check", "--settings=f.yaml", ...argv],
    (name) => env[name],
  );
  assert.ok(invocation.kind === "settingsFile");
  const resolved = invocation.resolve(readSettingsText("f.yaml", file));
  assert.ok(resolved.kind === "check");
  const { given, program } = resolved;
  return mergedSettings(given, program, resolved.file);
}

const setLines = (...from: Parameters<typeof merged>) =>
  mergedLines(merged(...from)).split("\n").filter((line) =>
    line.startsWith("set: ")
  )
    .filter((line) => !line.startsWith("set: settings "));

Deno.test("a flag wins over a variable, a variable over the file, the file over the default", () => {
  const FILE = "debounce: 1s\nsplay: 2s\nstop-timeout: 3s\n";
  const env = {
    FLUSH_MANAGER_DEBOUNCE: "4s",
    FLUSH_MANAGER_SPLAY: "5s",
  };
  assert.deepEqual(setLines(["--debounce=6s", "--"], env, FILE), [
    "set: debounce 6s (option --debounce)",
    "set: splay 5s (variable FLUSH_MANAGER_SPLAY)",
    "set: stop-timeout 3s (f.yaml:3:1)",
  ]);
});

Deno.test("who names the program and its arguments is told", () => {
  const FILE = "command: sleep\nargs: [60]\n";
  assert.deepEqual(setLines([], {}, FILE), [
    "set: command sleep (f.yaml:1:1)",
    "set: args 60 (f.yaml:2:1)",
  ]);
  assert.deepEqual(setLines(["--", "ls", "a", "b"], {}, FILE), [
    "set: command ls (command line)",
    "set: args a, b (command line)",
  ]);
  assert.deepEqual(setLines(["--command=ls"], {}, FILE), [
    "set: command ls (option --command)",
    "set: args 60 (f.yaml:2:1)",
  ]);
  assert.deepEqual(setLines(["--", "ls"], {}, FILE), [
    "set: command ls (command line)",
  ]);
});

Deno.test("what the file says in vain is noted with what wins over it", () => {
  const noted = (file: string, ...argv: string[]) => {
    const text = readSettingsText("f.yaml", file);
    const settings = merged(argv, { FLUSH_MANAGER_SPLAY: "1s" }, file);
    return overruled(text, settings).map((finding) => finding.text);
  };
  const FILE = "command: sleep\nargs: [60]\nsplay: 2s\ndebounce: 2s\nenv: {}\n";
  assert.deepEqual(noted(FILE), [
    "f.yaml:3:1: splay has no effect: the one of the variable FLUSH_MANAGER_SPLAY wins",
  ]);
  assert.deepEqual(noted(FILE, "--debounce=1s", "--", "ls"), [
    "f.yaml:1:1: command has no effect: the one of the command line wins",
    "f.yaml:3:1: splay has no effect: the one of the variable FLUSH_MANAGER_SPLAY wins",
    "f.yaml:4:1: debounce has no effect: the one of the option --debounce wins",
    "f.yaml:2:1: args has no effect: the program on the command line has its own",
  ]);
});

Deno.test("every option that has a default is told once", () => {
  const names = merged([]).map(({ name }) => name);
  const known = OPTION_NAMES.filter((name) =>
    name === "settings" || optionOf(name).defaultText !== undefined
  );
  assert.deepEqual(names, known);
  const told = mergedLines(merged([]));
  for (const name of known) {
    const { defaultText } = optionOf(name);
    if (defaultText !== undefined) {
      assert.ok(told.includes(`${name} ${defaultText}`));
    }
  }
});

Deno.test("no secret is in the merged settings", () => {
  const S = "planted";
  const file = JSON.stringify({
    env: { A: S, B: `x=${S}` },
    "on-change": `http:POST:http://u:${S}@h/x?t=${S}`,
    ready: { exec: ["curl", "-H", `Authorization: Bearer ${S}`, "http://h/"] },
    "check-command": [
      "sh",
      "-c",
      `curl -H 'X-Token: a ${S}' -HY:${S} http://u:${S}@h`,
    ],
    "wait-for": [{ exec: ["curl", `--header=X: ${S}`, "h"] }],
    "health-check": { web: `http:http://${S}@h/?${S}` },
    config: [{ path: "/a", action: { exec: `curl --header "X: ${S}" h` } }],
    args: [`http://u:${S}@h/`, "-H", `Cookie: ${S}`],
  });
  const settings = merged([], {}, file);
  assert.equal(
    settings.filter(({ origin }) => origin.kind === "file").length,
    8,
  );
  assert.ok(!JSON.stringify(settings).includes(S), JSON.stringify(settings));
  assert.ok(!mergedLines(settings).includes(S));
});

Deno.test("the origin of a value is data for machines", () => {
  const [, splay] = merged([], {}, "\nsplay: 1s\n")
    .filter(({ origin }) => origin.kind !== "default");
  assert.deepEqual(splay, {
    name: "splay",
    values: ["1s"],
    origin: { kind: "file", at: { path: "f.yaml", line: 2, column: 1 } },
  });
});
