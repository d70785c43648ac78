/** Says why the certificate of a server was not taken, and what to do about it. Pure. */
import type { TlsRules } from "../../core/vocabulary/settings.ts";

const ANY = "take any certificate with tls=insecure";

/** The runtime's words for a certificate that it refuses (rustls), in ours; other texts as they are. */
export function explainTls(
  detail: string,
  host: string,
  tls: TlsRules | undefined,
): string {
  const [, fault] = /^invalid peer certificate: (.*)$/s.exec(detail) ?? [];
  if (fault === undefined) return detail;
  if (fault.includes("CaUsedAsEndEntity")) {
    return `its certificate is that of a CA, as plain openssl req -x509 makes it: make it with -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=${
      subjectOf(host)
    }, or ${ANY}`;
  }
  if (fault.startsWith("UnknownIssuer")) {
    return tls?.kind === "ca"
      ? `its certificate was not issued by any in ${tls.file}: name the issuer's certificate there, or ${ANY}`
      : `its certificate is from an unknown issuer: name the issuer's certificate with ca=FILE, or ${ANY}`;
  }
  if (/^(?:certificate )?expired/i.test(fault)) {
    return `its certificate has expired: renew it, or ${ANY}`;
  }
  if (/not ?valid ?yet/i.test(fault)) {
    return `its certificate is not valid yet: compare the clocks, or ${ANY}`;
  }
  return explainName(fault, host) ??
    `its certificate cannot be used (${fault}); renew it, or ${ANY}`;
}

/** It is for other names, or for none. */
function explainName(fault: string, host: string): string | undefined {
  const isForNone = fault.includes("not valid for any names");
  const [, names] = /only valid for (.*)$/s.exec(fault) ?? [];
  if (isForNone) {
    return `its certificate has no subjectAltName: make it with -addext subjectAltName=${
      subjectOf(host)
    }, or ${ANY}`;
  }
  if (names === undefined && !fault.startsWith("NotValidForName")) {
    return undefined;
  }
  const those = names === undefined
    ? ""
    : `, but for ${names.replace(/\w+\("?([^")]*)"?\)/g, "$1")}`;
  return `its certificate is not for ${host}${those}: use such a name, or ${ANY}`;
}

/** What -addext subjectAltName takes for this host of a URL. */
const subjectOf = (host: string): string =>
  host.startsWith("[") || /^[\d.]+$/.test(host)
    ? `IP:${host.replace(/^\[|\]$/g, "")}`
    : `DNS:${host}`;
