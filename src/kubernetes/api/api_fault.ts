/** Why a call of the API did not succeed, in one line for the user. Pure. */
import { oneLine, shortLine } from "../../core/notation/one_line.ts";
import { accessOf, accessText, type ApiCall } from "./api_call.ts";
import type { ApiAnswer } from "./api_connection.ts";
import { retryAfterMs } from "./retry_after.ts";

/** What a caller may act upon. */
export type FaultKind =
  /** The object has another version than the one that was to be changed. */
  | "conflict"
  /** There is an object with the name of the one that was to be made. */
  | "exists"
  /** There is no such object. */
  | "missing"
  /** Our rights do not suffice, or what was sent would be refused again. */
  | "refused"
  /** Trying again later may help. */
  | "unreachable";

export interface FaultDetails {
  readonly status?: number;
  /** The server asks not to be asked again before so many milliseconds are over. */
  readonly retryAfterMs?: number | undefined;
}

export class ApiFault extends Error {
  readonly kind: FaultKind;
  /** Of the answer; undefined where there was none. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: FaultKind, message: string, details: FaultDetails = {}) {
    super(message);
    this.kind = kind;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

export interface Sent {
  readonly call: ApiCall;
  /** A server might send it back: it is taken out of every text. */
  readonly token: string;
  readonly tokenFile: string;
  /** What a message calls the server. */
  readonly server: string;
}

const DETAIL_CHARACTERS = 300;

/** The fault that an answer is; it has another status than 2xx. */
export function faultOf(
  answer: ApiAnswer,
  sent: Sent,
  nowMs: number,
): ApiFault {
  const { status, headers } = answer;
  const told = statusIn(answer.body.replaceAll(sent.token, "…"));
  const details = {
    status,
    retryAfterMs: retryAfterMs(headers, nowMs) ?? told.retryAfterMs,
  };
  const why = whyOf(status, told.message, sent);
  return new ApiFault(
    kindOf(status, told.reason, sent.call),
    oneLine(
      `${sent.server} answered ${status}${why === "" ? "" : `: ${why}`}`,
    ),
    details,
  );
}

function kindOf(status: number, reason: string, { verb }: ApiCall): FaultKind {
  switch (status) {
    case 404:
      return "missing";
    case 409:
      return reason === "AlreadyExists" || verb === "create"
        ? "exists"
        : "conflict";
    case 400:
    case 401:
    case 403:
    case 405:
    case 413:
    case 422:
      return "refused";
    default:
      return "unreachable";
  }
}

function whyOf(status: number, message: string, sent: Sent): string {
  const told = shortLine(message, DETAIL_CHARACTERS);
  switch (status) {
    case 401:
      return `the token in ${sent.tokenFile} is not accepted`;
    case 403:
      return missingRule(message, sent.call) ?? told;
    default:
      return status >= 300 && status < 400
        ? "it sends us to another address, where the token must not go"
        : told;
  }
}

/**
 * Which rule of the Role is missing; undefined where something else than the Role
 * refuses the call: an admission webhook, a quota. The words are those of the API
 * server's authorizer (apiserver/pkg/endpoints/handlers/responsewriters/errors.go).
 */
function missingRule(message: string, call: ApiCall): string | undefined {
  if (message === "") return `the Role needs ${accessOf(call)}`;
  const [found, verb, resource, group, namespace] =
    /\bcannot ([a-z]{1,20}) resource "([a-z0-9./-]{1,253})" in API group "([a-z0-9.-]{0,253})"(?: in the namespace "([a-z0-9-]{1,63})")?/
      .exec(message) ?? [];
  return found === undefined
    ? undefined
    : `the Role needs ${accessText(verb, resource, group, namespace)}`;
}

interface Told {
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/** What is in a Status of the API (meta/v1); anything else is its own message, as that of a proxy. */
function statusIn(body: string): Told {
  const nothing = { reason: "", message: body.trim(), retryAfterMs: undefined };
  let status: unknown;
  try {
    status = JSON.parse(body);
  } catch {
    return nothing;
  }
  if (typeof status !== "object" || status === null) return nothing;
  const { reason, message, details } = status as Record<string, unknown>;
  const { retryAfterSeconds: s } = (details ?? {}) as Record<string, unknown>;
  return {
    reason: typeof reason === "string" ? reason : "",
    message: typeof message === "string" ? message : "",
    retryAfterMs: typeof s === "number" && s > 0
      ? retryAfterMs(new Map([["retry-after", String(Math.ceil(s))]]), 0)
      : undefined,
  };
}
