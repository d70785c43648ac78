/** The shape of a log record, and how one is made. Pure. */
import type { LogLevel } from "./settings.ts";

/** One log record before it has a time. */
export interface Message {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

type Fields = Message["fields"];
/** What the manager itself does, for whoever looks into it. */
export const trace = (text: string, fields: Fields = {}): Message => ({
  level: "trace",
  text,
  fields,
});
/** Every step, for whoever looks closely. */
export const debug = (text: string, fields: Fields = {}): Message => ({
  level: "debug",
  text,
  fields,
});
/** What an operator wants to see. */
export const info = (text: string, fields: Fields = {}): Message => ({
  level: "info",
  text,
  fields,
});
/** What an operator should look into, although nothing has failed. */
export const warn = (text: string, fields: Fields = {}): Message => ({
  level: "warn",
  text,
  fields,
});
/** What an operator must see. */
export const error = (text: string, fields: Fields = {}): Message => ({
  level: "error",
  text,
  fields,
});
/** Go's `%v` of a string slice: `[a b]`. */
export const list = (items: readonly string[]) => `[${items.join(" ")}]`;
