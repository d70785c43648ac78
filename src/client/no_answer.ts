/** Why there is no answer of a manager, and what to do about it. */
import { oneLine } from "../core/notation/one_line.ts";
import { NotHttp } from "../core/notation/http_answer.ts";
import { Incomplete } from "./http_exchange.ts";
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

/** What an exchange that failed means. */
export function faultOf(error: unknown, address: ClientAddress): string {
  if (error instanceof NotHttp) {
    return address.kind === "tcp" && address.tls === "asked"
      ? `${NOT_OURS}; if it speaks TLS, name its certificate with --ca`
      : NOT_OURS;
  }
  const text = textOf(error);
  const known = address.kind === "unix"
    ? unixFault(error, address.path)
    : tcpFault(error, text);
  if (known !== undefined) return known;
  const isEnd = error instanceof Incomplete ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.UnexpectedEof;
  return isEnd
    ? "the connection ended before the answer did; ask again"
    : text.slice(0, DETAIL_CHARACTERS);
}

/** Why a file cannot be read, without its name; of the runtime's errors and of those of node:fs. */
export const faultOfFile = (error: unknown): string =>
  oneLine(
    textOf(error)
      .replace(/ \(os error \d+\).*$/s, "")
      .replace(/^E[A-Z]+: (.*), \w+( '.*')?$/s, "$1"),
  );

const textOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const DETAIL_CHARACTERS = 200;

function unixFault(error: unknown, path: string): string | undefined {
  if (
    error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory
  ) {
    return path === DEFAULT_SOCKET
      ? "there is no such socket; mount a writable directory at /run/flush-manager, or name the manager's address with --control"
      : "there is no such socket; check the address, and whether the manager runs";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "permission denied; run this as flush-manager's user, or open the socket to a group with ,mode=0660,group=GID";
  }
  if (!(error instanceof Deno.errors.ConnectionRefused)) return undefined;
  return isSocket(path)
    ? "nobody listens on this socket; the manager has ended, or never used it"
    : "this is no socket; check the address";
}

/** The kernel refuses a connection to any other file too. */
function isSocket(path: string): boolean {
  try {
    return Deno.statSync(path).isSocket ?? true;
  } catch {
    // It has vanished since.
    return true;
  }
}

function tcpFault(error: unknown, text: string): string | undefined {
  if (error instanceof Deno.errors.ConnectionRefused) {
    return "connection refused; check the address, and whether the manager runs with --control tcp:HOST:PORT";
  }
  if (text.startsWith("failed to lookup address")) {
    return "the host's name is not known; check the address";
  }
  if (text.includes("InvalidContentType")) {
    return "it does not speak TLS; leave out --ca, or use an http:// URL";
  }
  const [, fault] = /^invalid peer certificate: (.*)$/s.exec(text) ?? [];
  if (fault === undefined) return undefined;
  if (fault.includes("CaUsedAsEndEntity")) {
    return "its certificate is that of an authority; make one with basicConstraints=CA:FALSE";
  }
  return fault.includes("UnknownIssuer")
    ? "its certificate is not trusted; name it, or its authority's, with --ca FILE"
    : `its certificate cannot be used: ${fault.slice(0, DETAIL_CHARACTERS)}`;
}
