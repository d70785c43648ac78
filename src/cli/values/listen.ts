/** What `--listen` takes. Looks at no system: whether the address can be had is the host's to find out. Pure. */
import type { ListenAddress } from "../../core/vocabulary/settings.ts";
import { BadValue, type ValueParser } from "./basic.ts";
import { plainAddress } from "./plain_address.ts";

/** What nginx, Redis and Node.js ask for; the kernel cuts it to net.core.somaxconn. */
const BACKLOG_DEFAULT = 511;
const UINT16_MAX = 65_535;

const FORM =
  "tcp:HOST:PORT, tcp::PORT or unix:PATH (also HOST:PORT, :PORT and /PATH), and after commas backlog=N or, for unix, mode=0660";

/**
 * `tcp:HOST:PORT` with an IP address (IPv6 in brackets) or `localhost`, which is
 * 127.0.0.1; `tcp::PORT` is all addresses of both versions; `unix:PATH`. `tcp:`
 * may be left out, and `unix:` before an absolute path. Options follow after
 * commas, each at most once.
 */
export const listenAddress: ValueParser<ListenAddress> = (value) => {
  const [address, ...options] = plainAddress(value).split(",");
  const { backlog, mode } = readOptions(options);
  const colon = address.indexOf(":");
  const rest = address.slice(colon + 1);
  switch (address.slice(0, Math.max(colon, 0))) {
    case "tcp":
      if (mode !== undefined) {
        throw new BadValue("mode= only for a unix address");
      }
      return { kind: "tcp", ...readHostAndPort(rest), backlog };
    case "unix":
      if (rest === "") throw new BadValue("a path after unix:");
      return { kind: "unix", path: rest, mode, backlog };
    default:
      throw new BadValue(FORM);
  }
};

/** `HOST:PORT` or `:PORT`. Throws a BadValue. */
export function readHostAndPort(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(":");
  const port = wholeNumber(text.slice(colon + 1));
  if (colon < 0 || port === undefined) {
    throw new BadValue(`tcp:HOST:PORT with a port from 1 to ${UINT16_MAX}`);
  }
  const host = readHost(text.slice(0, colon));
  if (host === undefined) {
    throw new BadValue(
      "tcp:HOST:PORT with an IP address (IPv6 in brackets: tcp:[::1]:8080) or localhost, or tcp::PORT for all addresses",
    );
  }
  return { host, port };
}

/** The IP address, without brackets. */
function readHost(text: string): string | undefined {
  if (text === "" || text === "*") return "::";
  if (text === "localhost") return "127.0.0.1";
  if (isIpv4(text)) return text;
  const [, ipv6] = /^\[([0-9A-Fa-f:.]+)\]$/.exec(text) ?? [];
  return ipv6 !== undefined && URL.canParse(`http://[${ipv6}]/`)
    ? ipv6
    : undefined;
}

/** Four numbers: the other notations of inet_aton(3) surprise. */
function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 &&
    parts.every((part) =>
      /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255
    );
}

/** From 1 to 65535. */
function wholeNumber(text: string): number | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= UINT16_MAX ? number : undefined;
}

function readOptions(
  texts: readonly string[],
): { backlog: number; mode: number | undefined } {
  let backlog: number | undefined;
  let mode: number | undefined;
  for (const text of texts) {
    const [, name, value] = /^(backlog|mode)=(.*)$/s.exec(text) ?? [];
    if (name === "backlog" && backlog === undefined) {
      backlog = wholeNumber(value);
      if (backlog === undefined) {
        throw new BadValue(`backlog=N, N from 1 to ${UINT16_MAX}`);
      }
    } else if (name === "mode" && mode === undefined) {
      mode = permissionBits(value);
    } else {
      throw new BadValue(FORM);
    }
  }
  return { backlog: backlog ?? BACKLOG_DEFAULT, mode };
}

/** In octal. Throws a BadValue. */
export function permissionBits(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) {
    throw new BadValue("mode= with permission bits in octal (mode=0660)");
  }
  return parseInt(text, 8);
}
