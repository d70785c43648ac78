/** docs/settings.schema.json is what the table of options makes of it now, and refuses nothing that is read, but other spellings of its words. */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv";
import { settingsSchemaText } from "../../../scripts/settings_schema_text.ts";
import { readSettingsText } from "../../../src/cli/settings_file/read_settings.ts";

const FILE = new URL("../../../docs/settings.schema.json", import.meta.url);
const isValid = new Ajv2020({ strict: true, allowUnionTypes: true })
  .compile(JSON.parse(Deno.readTextFileSync(FILE)));

Deno.test("docs/settings.schema.json is current: scripts/dev schema writes it", () => {
  assert.equal(Deno.readTextFileSync(FILE), settingsSchemaText());
});

const GOOD: readonly unknown[] = [
  {},
  { $schema: "https://example.org/settings.schema.json" },
  { debounce: "auto", splay: 0, "verify-interval": "0", backoff: "1s..2s" },
  { subreaper: true, "log-level": "warn", "oom-score-adj": -5 },
  {
    config: ["/a", { path: "/b", action: { exec: ["nginx", "-s", "reload"] } }],
  },
  { config: "", control: [], listen: "tcp::80" },
  {
    env: { A: "x", B: 1.5, C: true },
    "rewrite-signal": { HUP: "USR1", QUIT: 0 },
  },
  { "health-check": { db: "tcp:h:1", web: { http: "http://h/" } } },
  {
    "check-command": ["nginx", "-t"],
    "on-change": "signal:HUP",
    ready: "notify",
  },
  { command: "sleep", args: [60, "x"] },
  { restart: "on-failure:5", "stop-timeout": "1min 30s" },
  { restart: "no", "max-restarts": 5, listen: [":8080", "9090"] },
];

for (const value of GOOD) {
  const text = JSON.stringify(value);
  Deno.test(`the schema takes what is read: ${text}`, () => {
    readSettingsText("f", text);
    assert.ok(isValid(value), JSON.stringify(isValid.errors));
  });
}

Deno.test("the example of the reference is read", () => {
  const page = new URL("../../../docs/reference.md", import.meta.url);
  const [, example] = /```yaml\n(# yaml-language-server[\s\S]*?)```/
    .exec(Deno.readTextFileSync(page)) ?? [];
  assert.ok(example !== undefined);
  const { options, args } = readSettingsText("f", example);
  assert.deepEqual(args?.texts, ["-c", "{config}", "-g", "daemon off;"]);
  assert.deepEqual(options.get("config")?.texts, [
    "/etc/nginx/nginx.conf=signal:HUP",
    "/etc/nginx/tls",
  ]);
});

const BAD: readonly unknown[] = [
  [],
  { debonce: "1s" },
  { settings: "/x" },
  { debounce: 5 },
  { splay: "auto" },
  { subreaper: "true" },
  { "log-level": "inf" },
  { workdir: "" },
  { config: [{ action: "none" }] },
  { env: ["A=1"] },
  { env: { A: null } },
  { args: "x" },
  { "on-change": { exec: "a", signal: "HUP" } },
];

for (const value of BAD) {
  const text = JSON.stringify(value);
  Deno.test(`the schema refuses what is refused: ${text}`, () => {
    assert.throws(() => readSettingsText("f", text));
    assert.equal(isValid(value), false);
  });
}
