/**
 * What we write on a Lease besides its own fields: the content of its holder, and
 * on the first one the verdicts. Whoever may write Leases may have put anything
 * there, so all of it is bounded, and what is not of its form counts as absent. Pure.
 */
import { shortLine } from "../../core/notation/one_line.ts";
import {
  type Holder,
  type Refusal,
  type Verdicts,
  VERDICTS_MAX,
} from "../slots/slot_store.ts";

export type Annotations = Readonly<Record<string, string>>;

const CONTENT = "flush-manager.dev/content";
const TRIAL = "flush-manager.dev/trial";
/** Each of the verdicts has one, so that kubectl can show them apart, and take one away. */
const PROVEN = "flush-manager.dev/proven";
const REFUSED = "flush-manager.dev/refused";
const ABANDONED = "flush-manager.dev/abandoned";

/** The longest name of a pod. */
export const NAME_MAX_CHARS = 253;
const WHY_MAX_CHARS = 300;
/** More than 16 refusals with the longest texts. */
const JSON_MAX_CHARS = 32 * 1024;
const COUNT_MAX = 1_000;

/** `undefined` is an annotation to be taken away. */
export type AnnotationChange = Readonly<Record<string, string | undefined>>;

export const holderAnnotations = (
  holder: Holder | undefined,
): AnnotationChange => ({
  [CONTENT]: holder?.content,
  [TRIAL]: holder?.isTrial ? "true" : undefined,
});

/** The content of a holder; "" where there is none that could be one. */
export function holderContent(
  annotations: Annotations,
): Pick<Holder, "content" | "isTrial"> {
  const content = annotations[CONTENT];
  return isContent(content)
    ? { content, isTrial: annotations[TRIAL] === "true" }
    : { content: "", isTrial: false };
}

export const verdictAnnotations = (
  { proven, refused, abandoned }: Verdicts,
): AnnotationChange => ({
  [PROVEN]: JSON.stringify(proven.slice(0, VERDICTS_MAX)),
  [REFUSED]: JSON.stringify(refused.slice(0, VERDICTS_MAX).map(bounded)),
  [ABANDONED]: JSON.stringify(abandoned),
});

export function verdictsIn(annotations: Annotations): Verdicts {
  const proven = listIn(annotations[PROVEN]).filter(isContent);
  const refused = listIn(annotations[REFUSED]).flatMap(refusalIn);
  return {
    proven: [...new Set(proven)].slice(0, VERDICTS_MAX),
    refused: refused
      .filter(({ content }, index) =>
        refused.findIndex((one) => one.content === content) === index
      )
      .slice(0, VERDICTS_MAX),
    abandoned: countsIn(annotations[ABANDONED]),
  };
}

/** The annotations of a Lease after such changes. */
export function annotated(
  annotations: Annotations,
  ...changes: readonly AnnotationChange[]
): Annotations {
  const all = Object.entries(Object.assign({}, annotations, ...changes));
  return Object.fromEntries(
    all.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** As `digestOf` makes it. */
const isContent = (value: unknown): value is string =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

const bounded = ({ content, by, why, at }: Refusal): Refusal => ({
  content,
  by: shortLine(by, NAME_MAX_CHARS),
  why: shortLine(why, WHY_MAX_CHARS),
  at,
});

function refusalIn(value: unknown): Refusal[] {
  if (typeof value !== "object" || value === null) return [];
  const { content, by, why, at } = value as Record<string, unknown>;
  const isRefusal = isContent(content) && typeof by === "string" &&
    typeof why === "string" && typeof at === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(at);
  return isRefusal ? [bounded({ content, by, why, at })] : [];
}

function countsIn(text: string | undefined): Readonly<Record<string, number>> {
  const value = jsonIn(text);
  if (typeof value !== "object" || value === null) return {};
  const counts = Object.entries(value)
    .filter(([content, count]) =>
      isContent(content) && Number.isInteger(count) && count >= 1 &&
      count <= COUNT_MAX
    );
  return Object.fromEntries(counts.slice(0, VERDICTS_MAX));
}

function listIn(text: string | undefined): readonly unknown[] {
  const value = jsonIn(text);
  return Array.isArray(value) ? value : [];
}

function jsonIn(text: string | undefined): unknown {
  if (text === undefined || text.length > JSON_MAX_CHARS) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
