/** The shape of a log record, and how one is made. Pure. */
import type { LogLevel } from "./settings.ts";

/** One log record before it has a time. */
export interface Message {
  readonly level: LogLevel;
  /**
   * What it tells of, in snake_case. The name is a contract: it stays when the
   * text is worded otherwise.
   */
  readonly event: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, Field>>;
}

/** What a field of a record may be; a list is one in JSON too. */
export type Field = string | number | boolean | null | readonly string[];

type Fields = Message["fields"];

const at =
  (level: LogLevel) =>
  (event: string, text: string, fields: Fields = {}): Message => ({
    level,
    event,
    text,
    fields,
  });

/** What the manager itself does, for whoever looks into it. */
export const trace = at("trace");
/** Every step, for whoever looks closely. */
export const debug = at("debug");
/** What an operator wants to see. */
export const info = at("info");
/**
 * What an operator should look into, although the child runs as before: content
 * was refused, something is tried again, a facility works less well.
 */
export const warn = at("warn");
/**
 * What an operator must see: the child has failed, could not be started or
 * stopped, or was not told of its new content.
 */
export const error = at("error");
/** Go's `%v` of a string slice: `[a b]`. */
export const list = (items: readonly string[]) => `[${items.join(" ")}]`;
