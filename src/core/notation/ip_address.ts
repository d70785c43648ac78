/** IP addresses in any of their notations. Pure. */

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1)$/;

/** Whether only processes of this machine, or of this container's network, reach it. */
export const isLoopback = (address: string): boolean =>
  LOOPBACK.test(canonical(address));

/**
 * The address in its shortest form, and as IPv4 where it stands for that; a text
 * that is none in lower case. IPv6 may have brackets.
 */
export function canonical(text: string): string {
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
