/**
 * What we write on a Lease besides its own fields: the content of its holder, and
 * on the first one the verdicts; on that of a member what it does. Whoever may write
 * Leases may have put anything there, so all of it is bounded, and what is not of its
 * form counts as absent. Pure.
 */
import type { ShownMember } from "../slots/member_board.ts";
import type { Holder, Verdicts } from "../slots/slot_store.ts";
import {
  isContent,
  limitIn,
  nextIn,
  readVerdicts,
  writtenVerdicts,
} from "../slots/verdict_notation.ts";

export type Annotations = Readonly<Record<string, string>>;

const CONTENT = "flush-manager.dev/content";
const TRIAL = "flush-manager.dev/trial";
const LIMIT = "flush-manager.dev/limit";
/** What a member does with the next content, and which that is. */
const DOES = "flush-manager.dev/does";
const NEXT = "flush-manager.dev/next";
/** Each of the verdicts has one, so that kubectl can show them apart, and take one away. */
const PROVEN = "flush-manager.dev/proven";
const REFUSED = "flush-manager.dev/refused";
const ABANDONED = "flush-manager.dev/abandoned";

/** More than 16 refusals with the longest texts. */
const JSON_MAX_CHARS = 32 * 1024;

/** `undefined` is an annotation to be taken away. */
export type AnnotationChange = Readonly<Record<string, string | undefined>>;

export const holderAnnotations = (
  holder: Holder | undefined,
): AnnotationChange => ({
  [CONTENT]: holder?.content,
  [TRIAL]: holder?.isTrial ? "true" : undefined,
  [LIMIT]: holder?.limit?.toString(),
});

/** The content of a holder; "" where there is none that could be one. And its limit, if it tells one. */
export function holderContent(
  annotations: Annotations,
): Pick<Holder, "content" | "isTrial" | "limit"> {
  const content = annotations[CONTENT];
  const limit = limitIn(Number(annotations[LIMIT]));
  return isContent(content)
    ? { content, isTrial: annotations[TRIAL] === "true", ...limit }
    : { content: "", isTrial: false, ...limit };
}

export const memberAnnotations = (
  { runs, next }: ShownMember,
): AnnotationChange => ({
  [CONTENT]: runs,
  [DOES]: next?.kind,
  [NEXT]: next?.content,
});

export function memberIn(annotations: Annotations): ShownMember {
  const { [CONTENT]: runs, [DOES]: does, [NEXT]: next } = annotations;
  return { runs: isContent(runs) ? runs : undefined, next: nextIn(does, next) };
}

export function verdictAnnotations(verdicts: Verdicts): AnnotationChange {
  const { proven, refused, abandoned } = writtenVerdicts(verdicts);
  return {
    [PROVEN]: JSON.stringify(proven),
    [REFUSED]: JSON.stringify(refused),
    [ABANDONED]: JSON.stringify(abandoned),
  };
}

export const verdictsIn = (annotations: Annotations): Verdicts =>
  readVerdicts({
    proven: jsonIn(annotations[PROVEN]),
    refused: jsonIn(annotations[REFUSED]),
    abandoned: jsonIn(annotations[ABANDONED]),
  });

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

function jsonIn(text: string | undefined): unknown {
  if (text === undefined || text.length > JSON_MAX_CHARS) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
