/** Finds the addresses of a host, which are tried in order. */
import { nodeDns } from "../base/built_in.ts";
import { oneLine } from "../../core/notation/one_line.ts";

/**
 * Both are tried: few programs listen on both, and not every system's list of
 * hosts has both.
 */
const LOOPBACK = ["127.0.0.1", "::1"] as const;

/**
 * The addresses of a host. Rejects if the name is not known; returns none if
 * the signal is aborted first.
 */
export async function addressesOf(
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (host.toLowerCase() === "localhost") return LOOPBACK;
  if (host.includes(":") || /^[\d.]+$/.test(host)) return [host];
  const { promise: ended, resolve } = Promise.withResolvers<readonly []>();
  const end = () => resolve([]);
  signal.addEventListener("abort", end);
  try {
    return await Promise.race([lookUp(host), ended]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

const lookups = new Map<string, Promise<readonly string[]>>();

/**
 * Looks up a name. Deno.connect cannot be cancelled during a lookup, and leaks
 * a resource if the lookup finds nothing. A lookup here may take longer than an
 * attempt; it then continues, and the next attempts share it. So there is at
 * most one lookup for each name.
 */
function lookUp(host: string): Promise<readonly string[]> {
  const known = lookups.get(host);
  if (known !== undefined) return known;
  const addresses = (async () => {
    try {
      const found = await nodeDns().lookup(host, { all: true });
      return found.map(({ address }) => address);
    } finally {
      lookups.delete(host);
    }
  })();
  lookups.set(host, addresses);
  // No caller may be waiting any more when it fails.
  addresses.catch(() => {});
  return addresses;
}

/** An error of node:dns has the name of the error of getaddrinfo(3). */
export function whyNoAddress(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : error;
  return code === "ENOTFOUND"
    ? "host name not found"
    : `host name cannot be looked up: ${oneLine(String(code))}`;
}
