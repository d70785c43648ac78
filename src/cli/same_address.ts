/** Whether a connection to one address reaches a socket that listens at another. By the texts alone: no name is looked up. Pure. */
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
  const isLoopback = targets.some((host) => LOOPBACK.test(host));
  if (listening === ANY_IPV6) return isLoopback;
  if (listening === ANY_IPV4) {
    return targets.some((host) => host !== "::1" && LOOPBACK.test(host));
  }
  return targets.includes(listening);
}

/** Whether only processes of this machine, or of this container's network, reach it. */
export const isLoopback = (host: string): boolean =>
  LOOPBACK.test(canonical(host));

const ANY_IPV4 = "0.0.0.0";
const ANY_IPV6 = "::";
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1)$/;

/** What is sent to the "any" address goes to the loopback, and `localhost` may be of either version. */
function targetsOf(host: string): readonly string[] {
  if (host === ANY_IPV4) return ["127.0.0.1"];
  if (host === ANY_IPV6) return ["::1"];
  return /^localhost\.?$/.test(host) ? ["127.0.0.1", "::1"] : [host];
}

/** An IP address in its shortest form, and as IPv4 where it stands for that. */
function canonical(text: string): string {
  const bare = text.replace(/^\[|\]$/g, "").toLowerCase();
  const url = `http://${bare.includes(":") ? `[${bare}]` : bare}/`;
  if (!URL.canParse(url)) return bare;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(host) ?? [];
  return high === undefined
    ? host
    : ipv4(parseInt(high, 16), parseInt(low, 16));
}

const ipv4 = (high: number, low: number) =>
  [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
