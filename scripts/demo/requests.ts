/**
 * What a client has seen of one part of the demo: how many requests nobody
 * answered, for how long, and the row of marks that shows it.
 */
import type { Sample } from "./client.ts";
import { COLUMNS, type Style, styled } from "./screen.ts";

/** What the service answers with, as far as it is shown. */
export interface Revision {
  readonly revision: string;
}

/** What one part of the demo cost the client. */
export interface Cost {
  readonly requests: number;
  /** Requests that nobody answered. */
  readonly lost: number;
  /** The longest time from one answer to the next, in milliseconds. */
  readonly gapMs: number;
}

/** Of the samples of one part; the first one is an answer from before it. */
export function costOf(samples: readonly Sample<Revision>[]): Cost {
  const answered = samples.filter(({ answer }) => answer !== undefined);
  const gaps = answered.slice(1).map(({ at }, index) =>
    at - answered[index].at
  );
  return {
    requests: samples.length,
    lost: samples.length - answered.length,
    gapMs: Math.max(0, ...gaps),
  };
}

const STYLES: Readonly<Record<string, Style>> = {
  "1": "blue",
  "2": "green",
  "3": "magenta",
};
/** What stands before and after the marks of a row. */
const BESIDE = 16;
/** Marks that are shown before the moment that matters. */
const BEFORE = 20;

/**
 * One mark a request: the revision that answered, or a dot where nobody did.
 * The row is around the first lost request, else around the first answer with
 * another revision, else the latest ones.
 */
export function marksOf(samples: readonly Sample<Revision>[]): string {
  const room = COLUMNS - BESIDE;
  const [first] = samples;
  const changes = (one: Sample<Revision>) =>
    one.answer !== undefined && one.answer.revision !== first.answer?.revision;
  const isLost = ({ answer }: Sample<Revision>) => answer === undefined;
  const lost = samples.findIndex(isLost);
  const matters = lost >= 0 ? lost : samples.findIndex(changes);
  const from = matters < 0
    ? samples.length - room
    : Math.min(matters - BEFORE, samples.length - room);
  const shown = samples.slice(Math.max(0, from)).slice(0, room);
  return runs(shown.map(({ answer }) => answer?.revision ?? "·"))
    .map(([mark, count]) => styled(mark.repeat(count), STYLES[mark] ?? "red"))
    .join("");
}

/** Equal neighbours as one, with their count. */
function runs(marks: readonly string[]): [mark: string, count: number][] {
  const found: [string, number][] = [];
  for (const mark of marks) {
    const last = found.at(-1);
    if (last?.[0] === mark) last[1]++;
    else found.push([mark, 1]);
  }
  return found;
}
