/** The settings of a manager as they are told to others: as JSON, and without secrets. Pure. */
import {
  createRedaction,
  type Redaction,
  secretsIn,
} from "../../core/notation/redaction.ts";
import { REDACTED } from "../../core/notation/redaction_rules.ts";
import type { Settings } from "../../core/vocabulary/settings.ts";

/** The names of variables are told, no value of one. */
export function shownSettings(settings: Settings): unknown {
  const env = new Map([...settings.env.keys()].map((name) => [name, REDACTED]));
  return redactionFor(settings).value(plain({ ...settings, env }));
}

/** For texts about these settings. */
export const redactionFor = ({ env }: Settings): Redaction =>
  createRedaction(secretsIn(env));

/** Hides the values of variables alone, in what programs have printed. */
export const hiding = ({ env }: Settings): Redaction =>
  createRedaction(secretsIn(env), []);

/** What JSON can tell, with the names in the style of /status. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof RegExp) return value.source;
  if (value instanceof Map) {
    return Object.fromEntries(
      [...value].map(([key, item]) => [key, plain(item)]),
    );
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [snakeCase(key), plain(item)]),
  );
}

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
