/** Where a client finds the manager. Pure. */
import { BadValue, type ValueParser } from "./basic.ts";
import { controlAddress } from "./control.ts";
import { plainAddress } from "./plain_address.ts";

export type ClientAddress =
  | { readonly kind: "unix"; readonly path: string }
  | {
    readonly kind: "tcp";
    /** As it stands in a URL: IPv6 in brackets. */
    readonly host: string;
    readonly port: number;
    /** `asked`: if there is a certificate to trust. */
    readonly tls: boolean | "asked";
  };

/** Where `--control auto` opens its socket. */
export const DEFAULT_SOCKET = "/run/flush-manager/control.sock";

/** unix(7): sun_path, without its final zero. */
const UNIX_PATH_MAX_BYTES = 107;

const FORM =
  "unix:PATH, tcp:HOST:PORT, http://HOST:PORT or https://HOST:PORT (unix:/run/flush-manager/control.sock)";

/** What `--control` of the manager takes, so that both can share its variable, but also names of hosts, and URLs. */
export const clientAddress: ValueParser<ClientAddress> = (value) => {
  if (value === "" || value === "auto") {
    return { kind: "unix", path: DEFAULT_SOCKET };
  }
  if (/^https?:\/\//.test(value)) return urlAddress(value);
  const address = plainAddress(value);
  if (address.startsWith("unix:")) return unixAddress(address);
  const [, host, digits] =
    /^tcp:([\w.-]*|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits);
  // The comparison refuses NaN too.
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new BadValue(FORM);
  }
  return { kind: "tcp", host: reachable(host), port, tls: "asked" };
};

function unixAddress(value: string): ClientAddress {
  const address = controlAddress(value);
  if (address?.kind !== "unix") throw new BadValue(FORM);
  if (new TextEncoder().encode(address.path).length > UNIX_PATH_MAX_BYTES) {
    throw new BadValue(`a path of ${UNIX_PATH_MAX_BYTES} bytes at most`);
  }
  return { kind: "unix", path: address.path };
}

function urlAddress(value: string): ClientAddress {
  if (!URL.canParse(value)) throw new BadValue(FORM);
  const url = new URL(value);
  const tls = url.protocol === "https:";
  if (url.href !== `${url.origin}/`) {
    throw new BadValue("a URL without a user, a path or a query");
  }
  return {
    kind: "tcp",
    host: url.hostname,
    port: Number(url.port || (tls ? 443 : 80)),
    tls,
  };
}

/** Who listens on all addresses is reached at the loopback. */
const reachable = (host: string): string =>
  ["", "0.0.0.0", "[::]"].includes(host) ? "127.0.0.1" : host;
