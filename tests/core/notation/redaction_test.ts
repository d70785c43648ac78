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
