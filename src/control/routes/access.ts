/**
 * Who may ask the control endpoint for what. At a unix socket the mode of its file
 * has decided that. On the network a token does, and pages that a browser shows
 * are kept out, whatever the browser would send along for its user.
 */
import { refused, type WholeAnswer } from "../server/answer.ts";
import type { Via } from "../server/handler.ts";
import type { Head } from "../server/head.ts";
import { tokenFault } from "./token.ts";

export interface AccessOptions {
  readonly tokenFile: string | undefined;
  /** Names under which clients may reach us, besides the loopback's and every IP address. */
  readonly hosts: readonly string[];
  /** Called for each request that needs the token: whether the file holds one. */
  readonly onToken: (isUsable: boolean) => void;
}

/** What a route needs. */
export interface Needs {
  /** Whether it tells nothing that needs a token. */
  readonly isOpen: boolean;
  /** Whether it changes something. */
  readonly changes: boolean;
}

/** Why the request is not let in; undefined if it is. */
export function accessRefusal(
  head: Head,
  via: Via,
  needs: Needs,
  options: AccessOptions,
): WholeAnswer | undefined {
  return hostRefusal(head, via, options.hosts) ??
    originRefusal(head, via, needs) ??
    tokenRefusal(head, via, needs, options);
}

/**
 * A page of another site can have its own name lead to our address (DNS
 * rebinding), and is then the same origin for the browser: but the browser tells
 * that name. An IP address in its place cannot be made to lead elsewhere.
 */
function hostRefusal(
  { headers }: Head,
  via: Via,
  hosts: readonly string[],
): WholeAnswer | undefined {
  if (via.kind === "unix") return undefined;
  const name = hostName(headers.get("host") ?? "");
  if (name === undefined) return refused(400, "The Host header is malformed");
  if (isAddress(name) || name === "localhost") return undefined;
  if (hosts.some((host) => host.toLowerCase() === name)) return undefined;
  return refused(
    421,
    "The Host header names none of this endpoint's hosts: use an IP address, localhost, or a name of --control-host",
  );
}

/** Without the port, in lower case. */
const hostName = (host: string): string | undefined =>
  /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.exec(host.toLowerCase())?.[1];

const isAddress = (name: string): boolean =>
  name.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);

/** A page of another site can have the browser send a request for its user (CSRF), but not without these headers. */
function originRefusal(
  { headers }: Head,
  via: Via,
  { changes }: Needs,
): WholeAnswer | undefined {
  if (!changes) return undefined;
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  const scheme = via.kind === "tcp" ? via.scheme : "http";
  const isOwn = origin === undefined ||
    origin.toLowerCase() ===
      `${scheme}://${headers.get("host")?.toLowerCase()}`;
  const isSame = site === undefined || site === "same-origin" ||
    site === "none";
  return isOwn && isSame
    ? undefined
    : refused(403, "A page of another origin may not change anything here");
}

const CHALLENGE = { "WWW-Authenticate": 'Bearer realm="flush-manager"' };

function tokenRefusal(
  { headers }: Head,
  via: Via,
  { isOpen }: Needs,
  { tokenFile, onToken }: AccessOptions,
): WholeAnswer | undefined {
  if (via.kind === "unix" || isOpen) return undefined;
  if (tokenFile === undefined) {
    return refused(
      403,
      "On a TCP address this needs a token: start flush-manager with --control-token-file",
    );
  }
  const fault = tokenFault(tokenFile, headers.get("authorization"));
  onToken(fault !== "unusable");
  switch (fault) {
    case undefined:
      return undefined;
    case "unusable":
      return refused(401, "The file of the token holds none", CHALLENGE);
    case "absent":
      return refused(
        401,
        "This needs the header Authorization: Bearer TOKEN",
        CHALLENGE,
      );
    case "wrong":
      return refused(401, "The token is wrong", CHALLENGE);
  }
}
