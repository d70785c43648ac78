/** Each rule takes out what it is there for, and none is without use. */
import { deepEqual, doesNotMatch, equal, ok } from "node:assert/strict";
import { createRedaction } from "../../../src/core/notation/redaction.ts";
import {
  isSecretName,
  RULES,
} from "../../../src/core/notation/redaction_rules.ts";
import { HANG_MS } from "../../fixtures/limits.ts";

/** By the rule that is there for it; the secret is always hunter2. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  "private keys": [
    "a\n-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\nb",
    "-----BEGIN PRIVATE KEY-----\nhunter2",
  ],
  "long runs": [`${"x".repeat(2_100)}hunter2`],
  "credentials in URLs": [
    "cannot reach http://user:hunter2@host:8080/path",
    "redis://:hunter2@host/0, then",
    "redis://:a/hunter2@host/0",
    "//user:hunter2@host",
  ],
  "credentials before a host": ["dsn is root:hunter2@tcp(host:3306)/db"],
  "queries": [
    "GET https://host/path?key=hunter2&x=1 failed",
    "GET https://host?hunter2",
    "GET /path?x=hunter2",
  ],
  "headers": [
    "Authorization: Digest username=x, hunter2",
    "Cookie: a=b; c=hunter2",
    '"X-Api-Id": "a hunter2"',
  ],
  "headers of requests in arguments": [
    "run: curl2 [-H Api: a hunter2]",
    '["--header","Api:hunter2"]',
  ],
  "schemes of authorization": [
    "sent Bearer abchunter2",
    "sent basic hunter2==",
  ],
  "arguments behind --password and the like": [
    "args=[--password hunter2 -v]",
    "args=[-dbPassword=hunter2]",
    "[--api-key 'a hunter2']",
    '["--auth-token", "hunter2"]',
  ],
  "passwords of well-known programs": [
    "redis-cli -h host -a hunter2 ping",
    "mysqldump -phunter2",
    "curl -s -u me:hunter2 host",
  ],
  "values beside their names": [
    "- name: DB_PASSWORD\n  value: hunter2",
    '{"name":"DB_PASSWORD","value":"a hunter2"}',
  ],
  "elements of XML": ["<app:password>hunter2</app:password>"],
  "named values to the end of the line": [
    "passphrase: correct horse hunter2",
    "db.secret : hunter2",
  ],
  "named values": [
    "password=hunter2",
    'pass = "a hunter2"',
    '{"client_secret":"a hunter2","x":1}',
    '{\\"token\\":\\"a hunter2\\"}',
    "access_key='a hunter2'",
    ":secret=>hunter2",
  ],
  "quoted values behind a space": [
    'bad token "a hunter2"',
    'msg="bad token \\"a hunter2\\""',
  ],
  "passwords behind a space": [
    "the password is hunter2",
    "line 3: 'requirepass hunter2'",
    "masterauth hunter2",
    "signing_token hunter2",
  ],
  "environment variables": [
    "DB_URL=hunter2 is wrong",
    'export FOO="a hunter2"',
    "env=[A_B=1 FOO='a hunter2']",
  ],
  "long words in base64": [
    "Check output: MIIEvQIBADANBgkqhkiG9w0BAQEFAASChunter2/+7d==",
  ],
  "tokens by their form": [
    "got eyJhbGciOiJ.hunter2.abc",
    "got ghp_aaaaaaaaaaaaahunter2",
    "https://hooks.slack.com/services/T0/hunter2",
  ],
};

Deno.test("every rule takes out what it is there for", () => {
  const { text } = createRedaction();
  deepEqual(Object.keys(SECRETS), RULES.map(({ name }) => name));
  for (const given of Object.values(SECRETS).flat()) {
    doesNotMatch(text(given), /hunter2/, given);
  }
});

Deno.test("no rule can be left out", () => {
  for (const { name, pattern } of RULES) {
    const hits = SECRETS[name].filter((given) => {
      pattern.lastIndex = 0;
      return pattern.test(given);
    });
    ok(hits.length > 0, name);
  }
  const unneeded = RULES.filter(({ name }) =>
    SECRETS[name].every((given) =>
      !RULES.filter((rule) => rule.name !== name)
        .reduce(
          (rest, { pattern, write }) => rest.replace(pattern, write),
          given,
        )
        .includes("hunter2")
    )
  );
  deepEqual(unneeded.map(({ name }) => name), []);
});

const PLAIN = [
  "Configuration: command=/bin/app, config_file=/etc/app.conf, args=[-c /etc/app.conf]",
  "[flush-manager] INFO: 2026/11/29 13:00:00 Child process started with PID: 17",
  "https://host:8080/healthz and tcp:[::1]:80",
  "drwxr-xr-x 2 0 0 4096 2026-11-29T13:00:00.000Z ..data -> ..2026_11_29",
  "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue",
  "args=[--token-file /run/token --password-file=/run/p]",
  'flush_manager_child_exits_total{code="1"} 3',
  "Max open files            1024                 4096                 files",
  "the check failed: exit status 1",
  "image@sha256:0123456789abcdef",
  "a591a6d40bf420404a011733cfb7b190d62c65bf0bcda32b57b277d9ad9f146e",
  "/var/lib/kubelet/pods/0a1b2c3d-1111/volumes/kubernetes.io~configmap/Config1",
];

Deno.test("what is no secret stays as it is", () => {
  const { text } = createRedaction();
  for (const given of PLAIN) equal(text(given), given);
});

Deno.test("names of secrets, and of places of secrets", () => {
  for (const name of ["password", "DB_PASSWORD", "apiKey", "x-auth-token"]) {
    ok(isSecretName(name), name);
  }
  for (const name of ["token_file", "TOKEN_PATH", "secretDir", "config"]) {
    ok(!isSecretName(name), name);
  }
});

Deno.test("a text that was made to take long does not", () => {
  const { text } = createRedaction();
  const run = 2_000;
  const given = ["//", "password", "redis-cli ", "x@", "?", "--", "A", "a:"]
    .map((piece) => `${piece.repeat(run / piece.length)} `.repeat(50))
    .join("\n");
  const before = performance.now();
  text(given);
  // In the square of its 800,000 characters it would be many minutes.
  ok(performance.now() - before < HANG_MS);
});
