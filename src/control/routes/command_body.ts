/** What a request that changes something says in its query and its body. Throws a BadRequest whose message is one line. Pure. */
import {
  CONTENT_NAME_FORM,
  parseContentName,
} from "../../core/notation/content_name.ts";
import { parseDuration } from "../../core/notation/duration.ts";
import { LOG_LEVELS, parseLogLevel } from "../../core/notation/log_level.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import {
  HOLD_MAX_MS,
  HOLD_REASON_MAX_CHARS,
} from "../../core/vocabulary/command.ts";
import type { Command } from "../vocabulary/command.ts";
import { BadRequest } from "../server/head.ts";

const HOUR_MS = 3_600_000;
/** Of a value in a message. */
const SHOWN_MAX_CHARS = 60;

/** `{"reason":"…","for":"30m"}`, each of them optional; or nothing. */
export function holdFrom(body: Uint8Array): Command {
  const { reason, for: time } = fieldsOf(textOf(body), ["reason", "for"]);
  return {
    kind: "hold",
    reason: reason === undefined ? undefined : reasonFrom(reason),
    forMs: time === undefined ? undefined : durationFrom(time),
  };
}

/** `{"content":"0123456789ab"}`; or nothing, which is undefined. */
export function contentFrom(body: Uint8Array): string | undefined {
  const { content } = fieldsOf(textOf(body), ["content"]);
  if (content === undefined) return undefined;
  const name = typeof content === "string"
    ? parseContentName(content)
    : undefined;
  if (name === undefined) throw invalid("content", content, CONTENT_NAME_FORM);
  return name;
}

/** `{"level":"debug"}`, or the bare word. */
export function logLevelFrom(body: Uint8Array): Command {
  const text = textOf(body).trim();
  const word = text.startsWith("{") ? fieldsOf(text, ["level"]).level : text;
  const level = typeof word === "string" ? parseLogLevel(word) : undefined;
  if (level === undefined) {
    throw invalid("level", word, `one of ${LOG_LEVELS.join(", ")}`);
  }
  return { kind: "logLevel", level };
}

/** A request without fields has no body, or an empty object. */
export function nothingFrom(body: Uint8Array): void {
  fieldsOf(textOf(body), []);
}

/** The switches of these names in the query: `?wait`, `?wait=true`, `?wait=false`. */
export function switchesFrom<Name extends string>(
  query: URLSearchParams,
  names: readonly Name[],
): Readonly<Record<Name, boolean>> {
  const found: Record<string, boolean> = {};
  for (const name of names) found[name] = false;
  const seen = new Set<string>();
  for (const [name, value] of query) {
    if (seen.has(name)) {
      throw new BadRequest(
        400,
        `The query parameter ${name} is given twice; give it once`,
      );
    }
    seen.add(name);
    if (!names.some((known) => known === name)) {
      throw unknown("query parameter", name, names);
    }
    if (!["", "true", "false"].includes(value)) {
      throw invalid(name, value, "true or false");
    }
    found[name] = value !== "false";
  }
  // One for each of `names`, and no other.
  return found as Record<Name, boolean>;
}

function reasonFrom(value: unknown): string {
  if (
    typeof value === "string" && value !== "" &&
    value.length <= HOLD_REASON_MAX_CHARS
  ) return value;
  throw invalid(
    "reason",
    value,
    `a text of 1 to ${HOLD_REASON_MAX_CHARS} characters`,
  );
}

function durationFrom(value: unknown): number {
  const ms = typeof value === "string" ? parseDuration(value) : undefined;
  if (ms !== undefined && ms > 0 && ms <= HOLD_MAX_MS) return ms;
  throw invalid(
    "for",
    value,
    `a duration above 0, ${
      HOLD_MAX_MS / HOUR_MS
    }h at most, such as 30m, 1h30m or 45s`,
  );
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new BadRequest(400, "The body is not UTF-8");
  }
}

/** Of a JSON object that has no others. */
function fieldsOf<Name extends string>(
  text: string,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest(400, "The body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadRequest(
      400,
      `The body is ${shown(value)}: it has to be a JSON object`,
    );
  }
  for (const name of Object.keys(value)) {
    if (!names.some((known) => known === name)) {
      throw unknown("key", name, names);
    }
  }
  // It has no other keys.
  return value as Partial<Record<Name, unknown>>;
}

const unknown = (what: string, name: string, names: readonly string[]) =>
  new BadRequest(
    400,
    `Unknown ${what} ${shown(name)}: ${
      names.length === 0
        ? "none is known here"
        : `known here: ${names.join(", ")}`
    }`,
  );

const invalid = (name: string, value: unknown, allowed: string) =>
  new BadRequest(
    400,
    `Invalid ${name} ${shown(value)}: it has to be ${allowed}`,
  );

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "that is missing";
  return oneLine(
    text.length > SHOWN_MAX_CHARS
      ? `${text.slice(0, SHOWN_MAX_CHARS)}...`
      : text,
  );
}
