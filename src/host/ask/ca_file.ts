/** The certificates of issuers that an operator trusts (`ca=FILE`). */
import type {
  Action,
  HealthCheck,
  ReadySign,
  Settings,
} from "../../core/vocabulary/settings.ts";
import { readSmallText } from "../files/small_text.ts";
import { errorText } from "../socket/refusal.ts";

const PEM_MAX_BYTES = 1024 * 1024;

/**
 * Reads the file, at each use: so a renewed one is known at once. Throws an Error
 * whose message is one line for the user.
 */
export function readCaFile(path: string): string {
  const pem = read(path);
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new Error(`CA file ${path} holds no certificate in PEM`);
  }
  return pem;
}

function read(path: string): string {
  try {
    return readSmallText(path, PEM_MAX_BYTES);
  } catch (error) {
    throw new Error(`CA file ${path} cannot be read: ${errorText(error)}`);
  }
}

/** A client that trusts the certificates in the file, besides the runtime's own roots. Throws the same. */
export function clientTrusting(path: string): Deno.HttpClient {
  const caCerts = [readCaFile(path)];
  try {
    return Deno.createHttpClient({ poolMaxIdlePerHost: 0, caCerts });
  } catch {
    throw new Error(`CA file ${path} holds a certificate that is damaged`);
  }
}

/** Something that an option asks of a server. */
interface Asked {
  /** As the operator writes it. */
  readonly option: string;
  readonly part: ReadySign | Action | undefined;
}

/** What the options of safe reloads ask. */
export const askedByReloads = (
  { ready: { sign }, live, waitFor, onChange, configs }: Settings,
): readonly Asked[] => [
  { option: "--ready", part: sign },
  { option: "--live", part: live?.sign },
  ...waitFor.map((part) => ({ option: "--wait-for", part })),
  { option: "--on-change", part: onChange },
  ...configs.map(({ path, action: part }) => ({
    option: `--config ${path}`,
    part,
  })),
];

/** What health checks ask. */
export const askedByHealth = (
  checks: readonly HealthCheck[],
): readonly Asked[] =>
  checks.map(({ name, probe: part }) => ({
    option: `--health-check ${name}`,
    part,
  }));

/** Why the CA files of these cannot be used now, in one line for each. */
export const caFaults = (asked: readonly Asked[]): readonly string[] =>
  asked.flatMap(({ option, part }) => {
    const tls = part?.kind === "http" ? part.tls : undefined;
    if (tls?.kind !== "ca") return [];
    try {
      clientTrusting(tls.file).close();
      return [];
    } catch (error) {
      return [`Cannot use ca= of ${option}: ${errorText(error)}`];
    }
  });

/** Throws an Error with the first of them. */
export function assertCaFiles(asked: readonly Asked[]): void {
  const [fault] = caFaults(asked);
  if (fault !== undefined) throw new Error(fault);
}
