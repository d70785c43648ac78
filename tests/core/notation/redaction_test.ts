/** What is taken out of texts and values, and what stays. */
import { deepEqual, equal } from "node:assert/strict";
import {
  createRedaction,
  secretsIn,
} from "../../../src/core/notation/redaction.ts";

Deno.test("a redacted text says where something was, and is not changed again", () => {
  const { text } = createRedaction();
  const once = text("a http://u:p@host/x?y=z password=1 --token t FOO=b");
  equal(
    once,
    "a http://[redacted]@host/x?[redacted] password=[redacted] --token [redacted] FOO=[redacted]",
  );
  equal(text(once), once);
});

Deno.test("the list of arguments in a line of ours keeps its bracket, and no value one of its own", () => {
  const { text } = createRedaction(["known-a]", "known-b"]);
  const lines = [
    (list: string) =>
      `2026-11-30T18:26:00.549Z INFO Starting child process: sh ${list}`,
    (list: string) =>
      `2026-11-30T18:26:00.549Z INFO Configuration: command=sh, args=${list}`,
    (list: string) => `ok: run: /bin/sh ${list}`,
    (list: string) => `run: /bin/sh ${list}`,
  ];
  const lists = {
    "[-c x --token=hunter2]": "[-c x --token=[redacted]]",
    "[--token=hunter2]]": "[--token=[redacted]]",
    "[--token hunter2]": "[--token [redacted]]",
    "[http://host/?k=hunter2]": "[http://host/?[redacted]]",
    "[APP_KEY=hunter2]]": "[APP_KEY=[redacted]]",
    "[redis-cli -a hunter2]]": "[redis-cli -a [redacted]]",
    "[known-a]]": "[[redacted]]",
    "[known-b]": "[[redacted]]",
    "[--token]": "[--token]",
    "[redis-cli -a]": "[redis-cli -a]",
    "[]": "[]",
  };
  for (const line of lines) {
    for (const [list, expected] of Object.entries(lists)) {
      const once = text(line(list));
      equal(once, line(expected));
      equal(text(once), once);
    }
  }
  const [inLog] = lines;
  const two = [inLog("[--token=hunter2]"), inLog("[--password]")].join("\n");
  equal(
    text(two),
    [inLog("[--token=[redacted]]"), inLog("[--password]")].join("\n"),
  );
  // A quote that nothing closes reaches to the end of the line.
  equal(text('run: sh [--token="a hunter2\\]'), "run: sh [--token=[redacted]");
  // In these, the bracket may be the value's.
  for (
    const before of ["said: [ --token=", "ok: run: x [a] in /d --token="]
  ) equal(text(`${before}hunter2]`), `${before}[redacted]`);
});

Deno.test("known secrets go wherever they stand, the longer one first", () => {
  const { text, value } = createRedaction(["hunter2", "hunter2-long", "abc"]);
  equal(text("xhunter2-longy hunter2 abc"), "x[redacted]y [redacted] abc");
  deepEqual(value({ "key hunter2": ["hunter2", 2] }), {
    "key [redacted]": ["[redacted]", 2],
  });
});

Deno.test("known secrets go line by line, and as JSON writes them", () => {
  const { text } = createRedaction(['first "line"\nsecond line\nshort\n']);
  equal(text("> second line <"), "> [redacted] <");
  equal(
    text('{"a":"first \\"line\\"\\nsecond line\\nshort\\n"}'),
    '{"a":"[redacted]"}',
  );
  equal(text("short"), "short");
});

Deno.test("in JSON, secrets go by their key and as the argument behind an option", () => {
  const { value } = createRedaction();
  deepEqual(
    value({
      password: "a b",
      token_file: "/run/token",
      tokens: 3,
      args: ["-v", "--password", "hunter2", "--token-file", "/run/token"],
      inside: [{ api_key: "x", url: "http://u:p@h" }, null, true],
    }),
    {
      password: "[redacted]",
      token_file: "/run/token",
      tokens: 3,
      args: ["-v", "--password", "[redacted]", "--token-file", "/run/token"],
      inside: [
        { api_key: "[redacted]", url: "http://[redacted]@h" },
        null,
        true,
      ],
    },
  );
});

Deno.test("a key goes from a list of lines", () => {
  const { value } = createRedaction();
  const lines = [
    "before",
    "> -----BEGIN PRIVATE KEY-----",
    "hunter2",
    "-----END PRIVATE KEY-----",
    "after",
  ];
  deepEqual(value(lines), [
    "before",
    "[redacted]",
    "[redacted]",
    "[redacted]",
    "after",
  ]);
});

Deno.test("values of variables are secrets, but for those that everybody needs to see", () => {
  const secrets = secretsIn([
    ["DB_PASSWORD", "abcd"],
    ["DB_HOST", "internal.host"],
    ["LEVEL", "info"],
    ["CONFIG", "/etc/app/app.conf"],
    ["CERT", "{config}"],
    ["OLDPWD", "/root"],
    ["PATH", "/bin:/usr/bin"],
    ["HOSTNAME", "app-6d4cf56db6-x2x"],
    ["KUBERNETES_SERVICE_HOST", "10.96.0.1"],
    ["TOKEN", "/looks/like/a/path"],
  ]);
  deepEqual(secrets, ["abcd", "internal.host", "/looks/like/a/path"]);
});
