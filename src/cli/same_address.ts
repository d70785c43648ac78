/** Whether a connection to one address reaches a socket that listens at another. By the texts alone: no name is looked up. Pure. */
import { canonical, isLoopback } from "../core/notation/ip_address.ts";
import type { ListenAddress, Probe } from "../core/vocabulary/settings.ts";

/** Where a probe connects to; undefined for one that does not. */
export interface Endpoint {
  /** Without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
}

/** Of tcp and http probes. */
export function endpointOf(probe: Probe): Endpoint | undefined {
  switch (probe.kind) {
    case "tcp":
      return probe;
    case "http": {
      const { hostname, port, protocol } = new URL(probe.url);
      const usual = protocol === "https:" ? 443 : 80;
      return { host: hostname, port: port === "" ? usual : Number(port) };
    }
    default:
      return undefined;
  }
}

/**
 * Whether the endpoint is at this listening address: the same port, and the same
 * host in any notation, or a host of the machine itself where the socket listens
 * on all. Of another name or address it is not known whose it is.
 */
export function reaches(endpoint: Endpoint, address: ListenAddress): boolean {
  if (address.kind !== "tcp" || address.port !== endpoint.port) return false;
  const listening = canonical(address.host);
  const targets = targetsOf(canonical(endpoint.host));
  const isHere = targets.some(isLoopback);
  if (listening === ANY_IPV6) return isHere;
  if (listening === ANY_IPV4) {
    return targets.some((host) => host !== "::1" && isLoopback(host));
  }
  return targets.includes(listening);
}

const ANY_IPV4 = "0.0.0.0";
const ANY_IPV6 = "::";

/** What is sent to the "any" address goes to the loopback, and `localhost` may be of either version. */
function targetsOf(host: string): readonly string[] {
  if (host === ANY_IPV4) return ["127.0.0.1"];
  if (host === ANY_IPV6) return ["::1"];
  return /^localhost\.?$/.test(host) ? ["127.0.0.1", "::1"] : [host];
}
