/** What the cache holds of a key, and what is written down when it changes. */

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

/**
 * What a key has since one write. A removed key has its version for as long as
 * an earlier write could still come late.
 */
export interface Entry {
  readonly key: string;
  /** null: removed. */
  readonly value: Json;
  /** Counts the writes of the key, from 1. */
  readonly version: number;
  /** When the value ends, in ISO 8601. */
  readonly expires_at: string | null;
  readonly updated_at: string;
}

/** Whether there is nothing to be had of the key. */
export const isGone = (entry: Entry): boolean =>
  entry.value === null ||
  (entry.expires_at !== null && Date.parse(entry.expires_at) <= Date.now());

const isText = (value: unknown): value is string => typeof value === "string";

/** The entry that a message of the stream holds; undefined: it holds none. */
export function entryOf(text: string): Entry | undefined {
  try {
    const entry = JSON.parse(text);
    const { key, version, value, expires_at, updated_at } = entry;
    const isEntry = isText(key) && Number.isSafeInteger(version) &&
      version > 0 && value !== undefined && isText(updated_at) &&
      (expires_at === null || isText(expires_at));
    return isEntry ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** One for each key: that of the highest version. */
export function latestOf(entries: readonly Entry[]): readonly Entry[] {
  const latest = new Map<string, Entry>();
  for (const entry of entries) {
    const known = latest.get(entry.key);
    if (known === undefined || known.version < entry.version) {
      latest.set(entry.key, entry);
    }
  }
  return [...latest.values()];
}
