/** The guide's "Certificate Issues" and "TLS/SSL Issues": a new certificate costs no connection, a bad one changes nothing. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { makeCertificate } from "../../../examples/files/example.ts";
import { Certificates } from "../../fixtures/certificates.ts";
import { type CallfsBench, callfsTest, KEY, said } from "./callfs_bench.ts";
import { tlsLoad } from "./tls_load.ts";

const AUTHORIZATION = { authorization: `Bearer ${KEY}` };
/** More of them for a measurement. */
const ROTATIONS = Number(Deno.env.get("ROTATIONS") ?? 4);

callfsTest(
  "certificates are rotated under load without a lost connection",
  async (bench) => {
    const manager = await bench.supervise();
    equal((await bench.put("/a.txt", "content")).status, 201);
    const load = tlsLoad(bench.port, "/api/v1/files/a.txt", AUTHORIZATION, 4);
    const served = new Set([await servedCertificate(bench)]);
    for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
      await rotate(bench);
      await manager.says(/Child process restarted successfully/, rotation);
      served.add(await servedCertificate(bench));
    }
    const { answered, lost } = await load.end();
    console.log(
      `FIGURES ${ROTATIONS} rotations: ${answered} answered, ${lost.length} lost`,
    );
    deepEqual(lost, []);
    ok(answered > 10 * ROTATIONS, `${answered}`);
    equal(served.size, ROTATIONS + 1);
    const { code, text } = await manager.end();
    equal(code, 0, text);
  },
);

callfsTest(
  "a certificate without its key is refused, and the old one is served on",
  async (bench) => {
    const manager = await bench.supervise();
    const before = await servedCertificate(bench);
    const other = `${bench.directory}/other`;
    await makeCertificate(other);
    await Deno.rename(
      `${other}/server.crt`,
      `${bench.directory}/certs/server.crt`,
    );
    await manager.says(/New configuration rejected/);
    await manager.says(
      /server\.key_file: the key does not match the certificate; use the two files of one pair: /,
    );
    equal(await servedCertificate(bench), before);
    // The other half makes a pair of it.
    await Deno.rename(
      `${other}/server.key`,
      `${bench.directory}/certs/server.key`,
    );
    await manager.says(/Child process restarted successfully/);
    notEqual(await servedCertificate(bench), before);
  },
);

callfsTest(
  "certificates that cannot be served are told by config validate",
  async (bench) => {
    const certs = `${bench.directory}/certs`;
    const validate = async (directory: string) => {
      const args = ["config", "validate", "--config", bench.config];
      const { code, text } = await bench.callfs([
        ...args,
        "--certs",
        directory,
      ]);
      equal(code, 1);
      return text;
    };
    match(
      await validate(`${bench.directory}/none`),
      /^callfs: server\.cert_file: the file \S+\/none\/server\.crt cannot be read: it does not exist; use a file in PEM\n$/,
    );
    const swapped = `${bench.directory}/swapped`;
    await Deno.mkdir(swapped);
    await Deno.copyFile(`${certs}/server.key`, `${swapped}/server.crt`);
    await Deno.copyFile(`${certs}/server.crt`, `${swapped}/server.key`);
    match(
      await validate(swapped),
      /server\.cert_file: the file \S+ holds no certificate; use a certificate in PEM/,
    );
    const expired = `${bench.directory}/expired`;
    await Deno.mkdir(expired);
    const { cert, key } = new Certificates(expired).expired(
      "localhost",
      "DNS:localhost",
    );
    await Deno.rename(cert, `${expired}/server.crt`);
    await Deno.rename(key, `${expired}/server.key`);
    match(
      await validate(expired),
      /server\.cert_file: the certificate in \S+ has expired at \S+; use one that is valid/,
    );
  },
);

/** Both halves in place within one quiet window, each as a whole. */
async function rotate({ directory }: CallfsBench): Promise<void> {
  const next = `${directory}/next`;
  await makeCertificate(next);
  for (const name of ["server.key", "server.crt"]) {
    await Deno.rename(`${next}/${name}`, `${directory}/certs/${name}`);
  }
}

/** By the guide's command. */
async function servedCertificate({ port }: CallfsBench): Promise<string> {
  const { text } = await said("openssl", [
    ...[
      "s_client",
      "-connect",
      `localhost:${port}`,
      "-servername",
      "localhost",
    ],
  ]);
  const [certificate] = /-----BEGIN[^]+?-----END.*/.exec(text) ?? [];
  ok(certificate, text);
  return certificate;
}
