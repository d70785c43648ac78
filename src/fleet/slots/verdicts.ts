/**
 * What the fleet knows of contents, and how that changes. Pure: nothing here is
 * written. A function returns the same value where nothing has changed, so that
 * nothing has to be written.
 */
import { shortLine } from "../../core/notation/one_line.ts";
import type { SlotVerdict } from "../../core/vocabulary/event.ts";
import {
  type Holder,
  type Refusal,
  type Verdicts,
  VERDICTS_MAX,
} from "./slot_store.ts";

/** So many holders may vanish while they try a content; then it is refused. */
const VANISHED_MAX = 2;
/** Everybody reads it, and a Lease has little room. */
const WHY_MAX_CHARS = 200;

/** What a manager tells of a content that it has used. */
export interface Report {
  readonly content: string;
  readonly verdict: SlotVerdict;
  /** Whether an operator has asked for it although it may be refused. */
  readonly isForced: boolean;
  /** The name of that manager. */
  readonly by: string;
  /** In ISO 8601. */
  readonly at: string;
}

export const isProven = (verdicts: Verdicts, content: string): boolean =>
  verdicts.proven.includes(content);

export const refusalOf = (
  verdicts: Verdicts,
  content: string,
): Refusal | undefined =>
  verdicts.refused.find((refusal) => refusal.content === content);

/** The verdicts after this report. */
export function withReport(verdicts: Verdicts, report: Report): Verdicts {
  const { content, verdict } = report;
  return verdict.kind === "proven"
    ? withProof(verdicts, content, report.isForced)
    : withRefusal(verdicts, {
      ...report,
      why: shortLine(verdict.why, WHY_MAX_CHARS),
    });
}

/**
 * A proof does not lift the refusal of another manager, which has seen the content
 * fail, unless an operator has forced it. It does lift a refusal for which nobody
 * has seen more than that holders vanished.
 */
function withProof(
  verdicts: Verdicts,
  content: string,
  isForced: boolean,
): Verdicts {
  const isKept = refusalOf(verdicts, content) !== undefined && !isForced &&
    verdicts.abandoned[content] === undefined;
  if (isKept) return verdicts;
  const isKnown = isProven(verdicts, content) &&
    refusalOf(verdicts, content) === undefined &&
    verdicts.abandoned[content] === undefined;
  return isKnown ? verdicts : {
    proven: newestFirst(content, verdicts.proven),
    refused: verdicts.refused.filter((refusal) => refusal.content !== content),
    abandoned: without(verdicts.abandoned, content),
  };
}

/** Of two refusals of one content the first one stays: what it says is why nobody else uses it. */
function withRefusal(
  verdicts: Verdicts,
  { content, by, why, at }: Refusal,
): Verdicts {
  const isPresumed = verdicts.abandoned[content] !== undefined;
  if (refusalOf(verdicts, content) !== undefined && !isPresumed) {
    return verdicts;
  }
  return {
    proven: verdicts.proven.filter((proven) => proven !== content),
    refused: [
      { content, by, why, at },
      ...verdicts.refused.filter((refusal) => refusal.content !== content),
    ].slice(0, VERDICTS_MAX),
    abandoned: without(verdicts.abandoned, content),
  };
}

/**
 * The verdicts after a holder of the first slot has vanished. If that was during a
 * trial, the content may be why: after the second one it is refused. The count is
 * kept beside that refusal and shows that it is only presumed.
 */
export function withVanished(
  verdicts: Verdicts,
  { content, name, isTrial }: Holder,
  at: string,
): Verdicts {
  const isDecided = isProven(verdicts, content) ||
    refusalOf(verdicts, content) !== undefined;
  if (!isTrial || isDecided) return verdicts;
  const count = (verdicts.abandoned[content] ?? 0) + 1;
  const abandoned = Object.fromEntries(
    [[content, count], ...Object.entries(without(verdicts.abandoned, content))]
      .slice(0, VERDICTS_MAX),
  );
  if (count < VANISHED_MAX) return { ...verdicts, abandoned };
  const why = `${count} managers vanished while they tried it`;
  const refused = [{ content, by: name, why, at }, ...verdicts.refused]
    .slice(0, VERDICTS_MAX);
  return { ...verdicts, refused, abandoned };
}

/**
 * The verdicts after an operator has cleared the contents whose names begin so; ""
 * is all of them. What is cleared is unknown again, and is tried by one manager.
 */
export function withoutRefusals(verdicts: Verdicts, prefix: string): Verdicts {
  const refused = verdicts.refused
    .filter(({ content }) => !content.startsWith(prefix));
  const abandoned = Object.entries(verdicts.abandoned)
    .filter(([content]) => !content.startsWith(prefix));
  const isSame = refused.length === verdicts.refused.length &&
    abandoned.length === Object.keys(verdicts.abandoned).length;
  return isSame
    ? verdicts
    : { ...verdicts, refused, abandoned: Object.fromEntries(abandoned) };
}

const newestFirst = (content: string, contents: readonly string[]) =>
  [content, ...contents.filter((other) => other !== content)]
    .slice(0, VERDICTS_MAX);

const without = (counts: Verdicts["abandoned"], content: string) =>
  Object.fromEntries(
    Object.entries(counts).filter(([counted]) => counted !== content),
  );
