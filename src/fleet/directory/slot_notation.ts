/**
 * Holders, members and verdicts as the text of a file. What another version has added is
 * left out; text that is not of its form at all is unknown. Pure.
 */
import type { MemberReading } from "../../control/vocabulary/fleet.ts";
import { shortLine } from "../../core/notation/one_line.ts";
import type { Holder, Verdicts } from "../slots/slot_store.ts";
import {
  isContent,
  limitIn,
  NAME_MAX_CHARS,
  nextIn,
  readVerdicts,
  writtenVerdicts,
} from "../slots/verdict_notation.ts";

export const textOfHolder = (
  { name, uid, content, isTrial, limit }: Holder,
): string => JSON.stringify({ name, uid, content, isTrial, limit });

/** Undefined: the text is none of a holder. */
export function holderOf(text: string): Holder | undefined {
  const { name, uid, content, isTrial, limit } = fieldsOf(text);
  return typeof name === "string" && typeof uid === "string" &&
      isContent(content) && typeof isTrial === "boolean"
    ? {
      name: shortLine(name, NAME_MAX_CHARS),
      uid,
      content,
      isTrial,
      ...limitIn(limit),
    }
    : undefined;
}

export const textOfMember = ({ name, runs, next }: MemberReading): string =>
  JSON.stringify({ name, runs, does: next?.kind, next: next?.content });

/** Undefined: the text is none of a member. */
export function memberOf(text: string): MemberReading | undefined {
  const { name, runs, does, next } = fieldsOf(text);
  return typeof name === "string" && (runs === undefined || isContent(runs))
    ? {
      name: shortLine(name, NAME_MAX_CHARS),
      runs,
      next: nextIn(does, next),
    }
    : undefined;
}

export const textOfVerdicts = (verdicts: Verdicts): string =>
  JSON.stringify(writtenVerdicts(verdicts));

/** Undefined: the text is none of verdicts. */
export function verdictsOf(text: string): Verdicts | undefined {
  const { proven, refused, abandoned } = fieldsOf(text);
  return Array.isArray(proven) && Array.isArray(refused) && isObject(abandoned)
    ? readVerdicts({ proven, refused, abandoned })
    : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
