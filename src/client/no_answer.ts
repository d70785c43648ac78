/** Why there is no answer of a manager, and what to do about it. Pure. */
import { oneLine } from "../core/notation/one_line.ts";
import { formatDuration } from "../core/notation/duration.ts";
import {
  type ClientAddress,
  DEFAULT_SOCKET,
} from "../cli/values/client_address.ts";

/** No manager was reached, or it does not talk to us; the message is the whole line for the user. */
export class NoAnswer extends Error {
  constructor(address: ClientAddress, why: string) {
    super(
      oneLine(`Cannot ask flush-manager at ${addressText(address)}: ${why}`),
    );
  }
}

/** As the user would write it. */
export function addressText(address: ClientAddress): string {
  return address.kind === "unix"
    ? `unix:${oneLine(address.path)}`
    : `tcp:${address.host}:${address.port}`;
}

export const noAnswerWithin = (timeoutMs: number): string =>
  `it gave no answer within ${
    formatDuration(timeoutMs)
  }; look whether it is suspended or busy, or give it more --timeout`;

export const NOT_OURS =
  "what answers there is not flush-manager, or another version of it; check the address";

/** What a failed `fetch` means; it tells its reason in the text alone. */
export function faultOf(error: unknown, address: ClientAddress): string {
  const text = error instanceof Error ? error.message : String(error);
  const number = /\(os error (\d+)\)/.exec(text)?.[1];
  const known = address.kind === "unix"
    ? unixFault(number, address.path)
    : tcpFault(number, text);
  if (known !== undefined) return known;
  if (/\(SendRequest\): (invalid HTTP|received corrupt)/.test(text)) {
    return address.kind === "tcp" && address.tls !== true
      ? `${NOT_OURS}; if it speaks TLS, name its certificate with --ca`
      : NOT_OURS;
  }
  const detail = /: client error \(\w+\): (.*)$/s.exec(text)?.[1];
  return detail === undefined || detail.startsWith("connection closed")
    ? "the connection ended before the answer did; ask again"
    : detail.slice(0, DETAIL_CHARACTERS);
}

const DETAIL_CHARACTERS = 200;

/** The numbers of connect(2)'s errors. */
const ENOENT = "2";
const EACCES = "13";
const ENOTDIR = "20";
const ECONNREFUSED = "111";

function unixFault(
  number: string | undefined,
  path: string,
): string | undefined {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return path === DEFAULT_SOCKET
        ? "there is no such socket; mount a writable directory at /run/flush-manager, or name the manager's address with --control"
        : "there is no such socket; check the address, and whether the manager runs";
    case EACCES:
      return "permission denied; run this as flush-manager's user, or open the socket to a group with ,mode=0660,group=GID";
    case ECONNREFUSED:
      return "nobody listens on this socket; the manager has ended, or never used it";
    default:
      return undefined;
  }
}

function tcpFault(
  number: string | undefined,
  text: string,
): string | undefined {
  if (number === ECONNREFUSED) {
    return "connection refused; check the address, and whether the manager runs with --control tcp:HOST:PORT";
  }
  if (text.includes("dns error")) {
    return "the host's name is not known; check the address";
  }
  if (text.includes("InvalidContentType")) {
    return "it does not speak TLS; leave out --ca, or use an http:// URL";
  }
  const [, fault] = /invalid peer certificate: (.*)$/s.exec(text) ?? [];
  if (fault === undefined) return undefined;
  if (fault.includes("CaUsedAsEndEntity")) {
    return "its certificate is that of an authority; make one with basicConstraints=CA:FALSE";
  }
  return fault.includes("UnknownIssuer")
    ? "its certificate is not trusted; name it, or its authority's, with --ca FILE"
    : `its certificate cannot be used: ${fault.slice(0, DETAIL_CHARACTERS)}`;
}
