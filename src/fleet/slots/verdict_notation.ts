/**
 * Verdicts, and what members do, as every store keeps them: texts, lists and counts
 * that JSON can hold. Whoever may write to a store may have put anything there, so
 * all that is read is bounded, and what is not of its form counts as absent. Pure.
 */
import type { MemberReading } from "../../control/vocabulary/fleet.ts";
import { shortLine } from "../../core/notation/one_line.ts";
import { NEXT_STEPS } from "../../core/vocabulary/member.ts";
import { type Refusal, type Verdicts, VERDICTS_MAX } from "./slot_store.ts";

/** The longest name of a pod. */
export const NAME_MAX_CHARS = 253;
const WHY_MAX_CHARS = 300;
const COUNT_MAX = 1_000;

/** More slots than anybody has managers. */
const LIMIT_MAX = 1_000_000;

/** The `--fleet-limit` of a holder, as it was written; undefined if it is none. */
export const limitIn = (value: unknown): { readonly limit?: number } =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= LIMIT_MAX
    ? { limit: Number(value) }
    : {};

/** What a member does with its next content, as it was written; undefined if it is none. */
export function nextIn(does: unknown, content: unknown): MemberReading["next"] {
  const kind = NEXT_STEPS.find((step) => step === does);
  return kind !== undefined && isContent(content)
    ? { kind, content }
    : undefined;
}

/** What a store has found under the name of each field. */
export type VerdictFields = Readonly<Record<keyof Verdicts, unknown>>;

/** As they are written: no more than is read again. */
export const writtenVerdicts = (
  { proven, refused, abandoned }: Verdicts,
): Verdicts => ({
  proven: proven.slice(0, VERDICTS_MAX),
  refused: refused.slice(0, VERDICTS_MAX).map(bounded),
  abandoned,
});

export function readVerdicts(
  { proven, refused, abandoned }: VerdictFields,
): Verdicts {
  const refusals = listIn(refused).flatMap(refusalIn);
  return {
    proven: [...new Set(listIn(proven).filter(isContent))]
      .slice(0, VERDICTS_MAX),
    refused: refusals
      .filter(({ content }, index) =>
        refusals.findIndex((one) => one.content === content) === index
      )
      .slice(0, VERDICTS_MAX),
    abandoned: countsIn(abandoned),
  };
}

/** As `digestOf` makes it. */
export const isContent = (value: unknown): value is string =>
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

function countsIn(value: unknown): Readonly<Record<string, number>> {
  if (typeof value !== "object" || value === null) return {};
  const counts = Object.entries(value)
    .filter(([content, count]) =>
      isContent(content) && Number.isInteger(count) && count >= 1 &&
      count <= COUNT_MAX
    );
  return Object.fromEntries(counts.slice(0, VERDICTS_MAX));
}

const listIn = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : [];
