/** Probes and actions over https: `tls=insecure`, `ca=FILE`, and what is said of a certificate that is not taken. */
import { equal, match, ok } from "node:assert/strict";
import { Certificates, type Pair, serveTls } from "../fixtures/certificates.ts";
import { holdPort } from "../fixtures/held_port.ts";
import { type Bench, row } from "./bench.ts";
import { controlled } from "./control.ts";
import { change, QUICK } from "./reloads.ts";
import { until } from "./until.ts";

/** A manager that waits for what `--wait-for` says of a server with this certificate; `how` follows the URL. */
function waiting(bench: Bench, port: number, how: string, host = "localhost") {
  return bench.run([
    "--config=",
    `--wait-for=http:https://${host}:${port}/healthz${how}`,
    "--wait-timeout=1h",
    "--",
    bench.child,
    "--sleep",
    "300",
    "--ready-line",
  ]);
}

const FIXES = "or take any certificate with tls=insecure";

/** What is said of a certificate that is not taken, with `ca=` or without. */
const FAULTS: readonly {
  readonly name: string;
  readonly make: (certificates: Certificates) => Pair;
  readonly how?: (certificates: Certificates, pair: Pair) => string;
  readonly said: RegExp;
}[] = [
  {
    name: "a self-signed CA of plain openssl req -x509",
    make: (certificates) => certificates.selfSigned("localhost"),
    said:
      /\(its certificate is that of a CA, as plain openssl req -x509 makes it: make it with -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost, or take any/,
  },
  {
    name: "the same, although ca= names it",
    make: (certificates) => certificates.selfSigned("localhost"),
    how: (_, { cert }) => ` ca=${cert}`,
    said: /\(its certificate is that of a CA, /,
  },
  {
    name: "an unknown issuer",
    make: (certificates) => certificates.issued("server", "DNS:localhost"),
    said:
      /\(its certificate is from an unknown issuer: name the issuer's certificate with ca=FILE, or take any/,
  },
  {
    name: "another issuer than that of ca=",
    make: (certificates) => certificates.issued("server", "DNS:localhost"),
    how: (certificates) => ` ca=${certificates.selfSigned("other").cert}`,
    said: /\(its certificate was not issued by any in \S+\/other\.crt: name/,
  },
  {
    name: "a certificate that has expired",
    make: (certificates) => certificates.expired("server", "DNS:localhost"),
    how: ({ ca }) => ` ca=${ca.cert}`,
    said: /\(its certificate has expired: renew it, or take any/,
  },
  {
    name: "a certificate for another name",
    make: (certificates) => certificates.issued("server", "DNS:other.example"),
    how: ({ ca }) => ` ca=${ca.cert}`,
    said:
      /\(its certificate is not for localhost, but for other\.example: use such a name, or take any/,
  },
  {
    name: "a certificate without subjectAltName",
    make: (certificates) => certificates.issued("localhost"),
    how: ({ ca }) => ` ca=${ca.cert}`,
    said:
      /\(its certificate has no subjectAltName: make it with -addext subjectAltName=DNS:localhost, or take any/,
  },
];

for (const { name, make, how = () => "", said } of FAULTS) {
  Deno.test(row(`probe tls: ${name} is said in one line`, async (bench) => {
    const certificates = new Certificates(bench.directory);
    const pair = make(certificates);
    await using server = serveTls(pair);
    const manager = waiting(bench, server.port, how(certificates, pair));
    const { text } = await manager.log.wait(/Waiting for dependencies: .*cert/);
    match(text, said);
    ok(text.endsWith(`${FIXES})`), text);
    equal(server.requests.length, 0);
    equal(await manager.stop(), 0);
  }));

  Deno.test(row(`probe tls: tls=insecure takes ${name}`, async (bench) => {
    const pair = make(new Certificates(bench.directory));
    await using server = serveTls(pair);
    const manager = waiting(bench, server.port, " tls=insecure");
    await manager.log.wait("All dependencies are available");
    equal(server.requests[0], "GET /healthz");
  }));
}

Deno.test(row("probe tls: ca=FILE, which is read again when it changes", async (
  bench,
) => {
  const certificates = new Certificates(bench.directory);
  const ca = bench.path("trusted.crt");
  Deno.copyFileSync(certificates.selfSigned("other").cert, ca);
  await using server = serveTls(certificates.issued("server", "DNS:localhost"));
  const manager = waiting(bench, server.port, ` ca=${ca}`);
  await manager.log.wait("was not issued by any in");
  change(ca, Deno.readTextFileSync(certificates.ca.cert));
  await manager.log.wait("All dependencies are available");
  equal(server.requests[0], "GET /healthz");
}));

Deno.test(row("probe tls: tls=insecure and an answer that is no 2xx", async (
  bench,
) => {
  const certificates = new Certificates(bench.directory);
  await using server = serveTls(
    certificates.ca,
    () => new Response("not yet", { status: 503 }),
  );
  const manager = waiting(bench, server.port, " tls=insecure", "127.0.0.1");
  await manager.log.wait("(answered 503)");
  equal(await manager.stop(), 0);
}));

Deno.test(row("probe tls: an action and --wait-for", async (bench) => {
  const certificates = new Certificates(bench.directory);
  await using server = serveTls(
    certificates.issued("server", "DNS:localhost"),
  );
  const url = `https://localhost:${server.port}`;
  const { file, manager } = await bench.onFile({
    options: [
      `--on-change=http:POST:${url}/reload ca=${certificates.ca.cert}`,
      `--wait-for=http:${url}/first tls=insecure`,
      QUICK,
    ],
  });
  change(file, "second");
  await manager.log.wait("New configuration applied");
  await manager.log.wait(`calling POST ${url}/reload`);
  change(file, "third");
  await manager.log.wait("New configuration applied", { nth: 2 });
  equal(server.requests.join(), "GET /first,POST /reload,POST /reload");
}));

for (const how of ["tls=insecure", "ca=CA"]) {
  Deno.test(row(`probe tls: --ready with ${how}`, async (bench) => {
    const certificates = new Certificates(bench.directory);
    const { cert, key } = certificates.issued("server", "DNS:localhost");
    using held = holdPort();
    const rules = how.replace("CA", certificates.ca.cert);
    const manager = bench.run([
      "--config=",
      `--ready=http:https://localhost:${held.port}/ ${rules}`,
      "--ready-interval=50ms",
      "--",
      "openssl",
      "s_server",
      "-www",
      ...["-accept", `127.0.0.1:${held.port}`, "-cert", cert, "-key", key],
    ]);
    await manager.log.wait("is ready after");
    equal(await manager.stop(), 0);
  }));
}

Deno.test(row("probe tls: a health check", async (bench) => {
  const certificates = new Certificates(bench.directory);
  await using server = serveTls(
    certificates.issued("server", "DNS:localhost"),
  );
  const url = `http:https://localhost:${server.port}/`;
  const { asker } = await controlled(bench, [
    `--health-check=verified=${url} ca=${certificates.ca.cert}`,
    `--health-check=any=${url} tls=insecure`,
    `--health-check=unknown=${url}`,
  ]);
  const checks = await until("all are asked", async () => {
    const { checks } = JSON.parse((await asker.get("/health")).body);
    const found = [checks.verified, checks.any, checks.unknown];
    return found.some(({ detail }) => detail === "not asked yet")
      ? undefined
      : found;
  });
  equal(checks.map(({ status }) => status).join(), "ok,ok,error");
  match(checks[2].detail, /^its certificate is from an unknown issuer: /);
}));

for (
  const [name, content, why] of [
    ["is not there", undefined, "cannot be read: it does not exist"],
    ["has no certificate", "none", "holds no certificate in PEM"],
    [
      "has a damaged certificate",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      "holds a certificate that is damaged",
    ],
  ] as const
) {
  Deno.test(row(`probe tls: a CA file that ${name} is refused at start`, async (
    bench,
  ) => {
    const path = bench.path("ca.crt");
    if (content !== undefined) Deno.writeTextFileSync(path, content);
    const option = `--ready=http:https://localhost/ ca=${path}`;
    const said = `Cannot use ca= of --ready: CA file ${path} ${why}`;
    const manager = bench.run(["--config=", option, "--", bench.child]);
    equal(await manager.exitCode(), 1);
    await manager.log.wait(said);
    manager.expectStarts(0);
    const check = bench.run(["check", "--config=", option, "--", "true"]);
    equal(await check.exitCode(), 1);
    await check.out.wait(`fault: ${said}`);
  }));
}
