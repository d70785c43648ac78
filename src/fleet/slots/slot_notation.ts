/**
 * Holders and verdicts as text, for stores that keep text. What another version
 * has added is left out; what is missing or of another kind makes the text unknown.
 * Pure.
 */
import type { Holder, Refusal, Verdicts } from "./slot_store.ts";

export const textOfHolder = (
  { name, uid, content, isTrial }: Holder,
): string => JSON.stringify({ name, uid, content, isTrial });

/** Undefined: the text is none of a holder. */
export function holderOf(text: string): Holder | undefined {
  const value = objectOf(text);
  if (!isHolder(value)) return undefined;
  const { name, uid, content, isTrial } = value;
  return { name, uid, content, isTrial };
}

export const textOfVerdicts = (
  { proven, refused, abandoned }: Verdicts,
): string => JSON.stringify({ proven, refused, abandoned });

/** Undefined: the text is none of verdicts. */
export function verdictsOf(text: string): Verdicts | undefined {
  const value = objectOf(text);
  if (value === undefined) return undefined;
  const { proven, refused, abandoned } = value;
  return isList(proven, isText) && isList(refused, isRefusal) &&
      isCounts(abandoned)
    ? {
      proven,
      refused: refused.map(({ content, by, why, at }) => ({
        content,
        by,
        why,
        at,
      })),
      abandoned,
    }
    : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function objectOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === "string";

const areTexts = (...values: readonly unknown[]) => values.every(isText);

const isList = <T>(
  value: unknown,
  isItem: (item: unknown) => item is T,
): value is readonly T[] => Array.isArray(value) && value.every(isItem);

const isHolder = (value: unknown): value is Holder =>
  isObject(value) && areTexts(value.name, value.uid, value.content) &&
  typeof value.isTrial === "boolean";

const isRefusal = (value: unknown): value is Refusal =>
  isObject(value) &&
  areTexts(value.content, value.by, value.why, value.at);

const isCounts = (value: unknown): value is Verdicts["abandoned"] =>
  isObject(value) &&
  Object.values(value).every((count) => Number.isInteger(count));
