/** What is said of a certificate that is not taken, for the words that the runtime has for it. */
import assert from "node:assert/strict";
import { explainTls } from "../../../src/host/ask/tls_fault.ts";

const PEER = "invalid peer certificate: ";
const ANY = "or take any certificate with tls=insecure";

const TABLE: readonly [detail: string, host: string, said: string][] = [
  ["connection refused", "db", "connection refused"],
  [
    `${PEER}Other(OtherError(CaUsedAsEndEntity))`,
    "db",
    `its certificate is that of a CA, as plain openssl req -x509 makes it: make it with -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:db, ${ANY}`,
  ],
  [
    `${PEER}UnknownIssuer`,
    "db",
    `its certificate is from an unknown issuer: name the issuer's certificate with ca=FILE, ${ANY}`,
  ],
  [`${PEER}Expired`, "db", `its certificate has expired: renew it, ${ANY}`],
  [
    `${PEER}certificate expired: verification time 9 (UNIX), but certificate is not valid after 8 (1 seconds ago)`,
    "db",
    `its certificate has expired: renew it, ${ANY}`,
  ],
  [
    `${PEER}NotValidYet`,
    "db",
    `its certificate is not valid yet: compare the clocks, ${ANY}`,
  ],
  [
    `${PEER}certificate not valid yet: verification time 8 (UNIX), but certificate is not valid before 9`,
    "db",
    `its certificate is not valid yet: compare the clocks, ${ANY}`,
  ],
  [
    `${PEER}certificate not valid for name "db"; certificate is only valid for DnsName("a.example") or IpAddress(10.0.0.1)`,
    "db",
    `its certificate is not for db, but for a.example or 10.0.0.1: use such a name, ${ANY}`,
  ],
  [
    `${PEER}certificate not valid for name "::1"; certificate is not valid for any names (according to its subjectAltName extension)`,
    "[::1]",
    `its certificate has no subjectAltName: make it with -addext subjectAltName=IP:::1, ${ANY}`,
  ],
  [
    `${PEER}NotValidForName`,
    "10.0.0.1",
    `its certificate is not for 10.0.0.1: use such a name, ${ANY}`,
  ],
  [
    `${PEER}BadSignature`,
    "db",
    `its certificate cannot be used (BadSignature); renew it, ${ANY}`,
  ],
];

for (const [detail, host, said] of TABLE) {
  Deno.test(`tls_fault: ${detail} is said so that one knows what to do`, () => {
    assert.equal(explainTls(detail, host, undefined), said);
  });
}

Deno.test("tls_fault: where a CA file is given, an unknown issuer is none of those in it", () => {
  const tls = { kind: "ca", file: "/ca.crt" } as const;
  assert.match(
    explainTls(`${PEER}UnknownIssuer`, "db", tls),
    /^its certificate was not issued by any in \/ca\.crt: /,
  );
});
