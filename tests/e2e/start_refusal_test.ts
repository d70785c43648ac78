/**
 * Options of safe reloads that cannot be used: one line that names the option,
 * the value and what is allowed, and nothing is started or made. What is found
 * wrong only on this machine (a port in use) is tested with its option.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Row, row } from "./bench.ts";

/** Refused with code 2; nothing is left in the bench's directory, which `DIR` stands for. */
const refused = (
  args: readonly string[],
  expected: readonly string[],
  { env = {}, never = [] }: {
    env?: Record<string, string>;
    never?: readonly string[];
  } = {},
): Row =>
async (bench) => {
  const fill = (text: string) => text.replaceAll("DIR", bench.directory);
  const child = ["--", bench.child, "--write-config", bench.path("started")];
  const manager = bench.run([...args.map(fill), ...child], { env });
  equal(await manager.exitCode(), 2);
  const lines = manager.log.entries.map(({ text }) => text);
  equal(lines.length, 1, lines.join("\n"));
  ok(lines[0].startsWith("flush-manager: Cannot "), lines[0]);
  ok(!lines[0].endsWith("."), lines[0]);
  for (const part of expected) ok(lines[0].includes(fill(part)), lines[0]);
  for (const part of never) ok(!lines[0].includes(part), lines[0]);
  equal(manager.out.entries.length, 0);
  deepEqual([...Deno.readDirSync(bench.directory)], []);
};

/** A value that is not allowed, by flag and by environment variable. */
function value(
  option: string,
  text: string,
  allowed: string,
): Deno.TestDefinition[] {
  const variable = `FLUSH_MANAGER_${option.toUpperCase().replaceAll("-", "_")}`;
  const said = [
    `the value ${JSON.stringify(text)} is not allowed; use `,
    allowed,
  ];
  const byFlag = row(
    `refused: --${option}=${text}`,
    refused([`--${option}=${text}`], [
      `Cannot use option --${option}: `,
      ...said,
    ]),
  );
  // An empty variable counts as absent.
  if (text === "") return [byFlag];
  const byVariable = row(
    `refused: ${variable}=${text}`,
    refused([], [
      `Cannot use environment variable ${variable}: `,
      ...said,
    ], { env: { [variable]: text } }),
  );
  return [byFlag, byVariable];
}

const PROBES = "exec:COMMAND, tcp:HOST:PORT, http:URL or file:PATH";

value("check-command", "grep 'x", "every quote is closed").forEach((each) =>
  Deno.test(each)
);
value("check-command", "", "a command with its arguments").forEach((each) =>
  Deno.test(each)
);
value("check-command", "[1]", "a JSON array of strings").forEach((each) =>
  Deno.test(each)
);
value("check-command", '["x"', "a JSON array of strings").forEach((each) =>
  Deno.test(each)
);
value("check-timeout", "0", "from 1ms to 1h0m0s").forEach((each) =>
  Deno.test(each)
);
value("check-at-start", "maybe", "one of fail, warn").forEach((each) =>
  Deno.test(each)
);
value("snapshot-dir", "", "").forEach((each) => Deno.test(each));
value("on-change", "reload", "restart, none, signal:NAME").forEach((each) =>
  Deno.test(each)
);
value("on-change", "signal:KILL", "can be caught").forEach((each) =>
  Deno.test(each)
);
value("on-change", "signal:NOPE", "can be caught").forEach((each) =>
  Deno.test(each)
);
value("on-change", "http:DELETE:http://x/", "GET, POST, PUT").forEach((each) =>
  Deno.test(each)
);
value("on-change", "http:POST:x", "an http:// or https:// URL").forEach((
  each,
) => Deno.test(each));
value("on-change", "exec:", "a command with its arguments").forEach((each) =>
  Deno.test(each)
);
value("config", "=restart", "a path before =ACTION").forEach((each) =>
  Deno.test(each)
);
value("config", "/x=signal:NOPE", "can be caught").forEach((each) =>
  Deno.test(each)
);
value("ready", "soon", PROBES).forEach((each) => Deno.test(each));
value("ready", "log:(", "a regular expression").forEach((each) =>
  Deno.test(each)
);
value("ready", "log:", "a regular expression").forEach((each) =>
  Deno.test(each)
);
value("ready", "tcp:localhost", "tcp:HOST:PORT").forEach((each) =>
  Deno.test(each)
);
value("ready", "tcp:localhost:70000", "a port from 1 to 65535").forEach((
  each,
) => Deno.test(each));
value("ready", "http:localhost", "http:URL with an http://").forEach((each) =>
  Deno.test(each)
);
value("ready", "file:", "file:PATH with a path").forEach((each) =>
  Deno.test(each)
);
value("ready-interval", "1ms", "from 10ms").forEach((each) => Deno.test(each));
value("ready-timeout", "soon", "from 1ms to 1h0m0s").forEach((each) =>
  Deno.test(each)
);
value("ready-threshold", "0", "a number from 1 to 100").forEach((each) =>
  Deno.test(each)
);
value("ready-threshold", "two", "a number from 1 to 100").forEach((each) =>
  Deno.test(each)
);
value("strategy", "blue-green", "one of stop-start, overlap").forEach((each) =>
  Deno.test(each)
);
value("drain-delay", "2h", "from 0s to 1h0m0s").forEach((each) =>
  Deno.test(each)
);
value("min-interval", "-1s", "from 0s to 1h0m0s").forEach((each) =>
  Deno.test(each)
);
value("fleet", "web_1", "lower-case letters, digits and -").forEach((each) =>
  Deno.test(each)
);
value("splay", "5", "from 0s to 1h0m0s").forEach((each) => Deno.test(each));
value("listen", "nowhere", "tcp:HOST:PORT, tcp::PORT or unix:PATH").forEach((
  each,
) => Deno.test(each));
value("listen", "tcp:127.0.0.1:0", "a port from 1 to 65535").forEach((each) =>
  Deno.test(each)
);
value("listen", "tcp:example.org:80", "with an IP address").forEach((each) =>
  Deno.test(each)
);
value("listen", "tcp:::1:80", "IPv6 in brackets").forEach((each) =>
  Deno.test(each)
);
value("listen", "unix:", "a path after unix:").forEach((each) =>
  Deno.test(each)
);
value("listen", "unix:/x,mode=888", "permission bits in octal").forEach((
  each,
) => Deno.test(each));
value("listen", "tcp::80,mode=0600", "mode= only for a unix address").forEach((
  each,
) => Deno.test(each));
value("listen", "tcp::80,backlog=0", "backlog=N").forEach((each) =>
  Deno.test(each)
);
value("env-file", "", "").forEach((each) => Deno.test(each));
value("env-dir", "", "").forEach((each) => Deno.test(each));
value("wait-for", "redis", PROBES).forEach((each) => Deno.test(each));
value("wait-for", "notify", PROBES).forEach((each) => Deno.test(each));
value("wait-timeout", "0", "from 1ms to 1h0m0s").forEach((each) =>
  Deno.test(each)
);

Deno.test(row(
  "refused: --env without a name, and not with its text",
  refused(
    ["--env=hunter2"],
    ["Cannot use option --env or variable ", "use NAME=VALUE"],
    { never: ["hunter2"] },
  ),
));

Deno.test(row(
  "refused: --env with a bad name, and not with its text",
  refused(
    ["--env=2hunter=2"],
    ["Cannot use option --env or variable ", "use NAME=VALUE"],
    { never: ["hunter"] },
  ),
));

Deno.test(
  row(
    "refused: a URL that is not allowed is shown without its password",
    refused(
      ["--on-change=http:DELETE:http://me:hunter2@localhost/"],
      ["Cannot use option --on-change: "],
      { never: ["hunter2"] },
    ),
  ),
);

Deno.test(row(
  "refused: the same address twice",
  refused(
    ["--listen=tcp:127.0.0.1:8080", "--listen=tcp:127.0.0.1:8080,backlog=5"],
    ["Cannot use option --listen: tcp:127.0.0.1:8080 is given twice; name each address once"],
  ),
));

Deno.test(row(
  "refused: overlap without --ready, by variable",
  refused(
    [],
    [
      "Cannot use environment variable FLUSH_MANAGER_STRATEGY: overlap needs --ready",
    ],
    { env: { FLUSH_MANAGER_STRATEGY: "overlap" } },
  ),
));

Deno.test(row(
  "refused: overlap without --ready",
  refused(
    ["--strategy=overlap"],
    ["Cannot use option --strategy: overlap needs --ready"],
  ),
));

Deno.test(row(
  "refused: copies of what is compared by metadata",
  refused(
    ["--snapshot-dir=DIR/copies", "--compare=metadata"],
    ["Cannot use option --snapshot-dir: it needs --compare content"],
  ),
));

Deno.test(
  row(
    "refused: {listen1} of one socket, which is not even opened",
    refused(
      ["--listen=unix:DIR/app.sock", "--env=FD={listen1}"],
      ["Cannot fill in {listen1}: the last --listen is {listen0}"],
    ),
  ),
);

Deno.test(row(
  "refused: {config2} of two paths",
  refused(
    ["--config=DIR/a", "--config=DIR/b", "--check-command=true {config2}"],
    ["Cannot fill in {config2}: the last --config is {config1}"],
  ),
));

Deno.test(row(
  "refused: {config1} in a sign of readiness",
  refused(
    ["--config=DIR/a", "--ready=exec:true {config1}"],
    ["Cannot fill in {config1}"],
  ),
));

Deno.test(row(
  "refused: {config1} in an action",
  refused(
    ["--config=DIR/a", "--on-change=exec:true {config1}"],
    ["Cannot fill in {config1}"],
  ),
));

Deno.test(row(
  "refused: {config1} in the path of a sign",
  refused(
    ["--config=DIR/a", "--ready=file:DIR/{config1}"],
    ["Cannot fill in {config1}: the last --config is {config0}"],
  ),
));

Deno.test(row(
  "refused: {listen0} without a socket",
  refused(
    ["--config=", "--env=FD={listen0}"],
    ["Cannot fill in {listen0}: there is no --listen"],
  ),
));

Deno.test(row(
  "refused: {listen0} behind what is not ours",
  refused(
    ["--config=", "--env=FD={config} {listen} {listen0}"],
    ["Cannot fill in {listen0}: there is no --listen"],
  ),
));

Deno.test(row(
  "refused: {config0} where nothing is watched",
  refused(
    ["--config=", "--check-command=true {config0}"],
    ["Cannot fill in {config0}: nothing is watched"],
  ),
));

Deno.test(row(
  "refused: an option that is almost right",
  refused(
    ["--snapshot=DIR/copies"],
    ["snapshot"],
  ),
));
