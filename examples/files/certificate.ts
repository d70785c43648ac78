/** The certificate of the server and its key: whether they can be served. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { type Config, ConfigError } from "./config.ts";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly expires: Date;
}

/**
 * Reads both files.
 *
 * @throws {ConfigError} when one is missing or no PEM, when they are not of one pair, or when it has expired
 */
export function readCertificate(
  { cert_file, key_file }: Config["server"],
  now = new Date(),
): Certificate {
  const cert = readPem("server.cert_file", cert_file);
  const key = readPem("server.key_file", key_file);
  const parsed = use(
    "server.cert_file",
    cert_file,
    "a certificate",
    () => new X509Certificate(cert),
  );
  const isPair = use(
    "server.key_file",
    key_file,
    "a private key",
    () => parsed.checkPrivateKey(createPrivateKey(key)),
  );
  if (!isPair) {
    throw new ConfigError([
      `server.key_file: the key does not match the certificate; use the two files of one pair: ${key_file}, ${cert_file}`,
    ]);
  }
  const expires = new Date(parsed.validTo);
  if (expires < now) {
    throw new ConfigError([
      `server.cert_file: the certificate in ${cert_file} has expired at ${expires.toISOString()}; use one that is valid`,
    ]);
  }
  return { cert, key, expires };
}

function readPem(setting: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "it does not exist"
      : String(error);
    throw new ConfigError([
      `${setting}: the file ${path} cannot be read: ${why}; use a file in PEM`,
    ]);
  }
}

function use<Value>(
  setting: string,
  path: string,
  what: string,
  parse: () => Value,
): Value {
  try {
    return parse();
  } catch {
    throw new ConfigError([
      `${setting}: the file ${path} holds no ${
        what.replace(/^a /, "")
      }; use ${what} in PEM`,
    ]);
  }
}
