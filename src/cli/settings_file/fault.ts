/** What is wrong in a settings file, and the lines that say so. Pure. */
import { describePlace, type FilePlace } from "../given.ts";
import { moreFaults } from "../../core/notation/more_faults.ts";
import { UsageError } from "../values/basic.ts";

/** A place in the text. */
export interface Spot {
  readonly offset: number;
}

export interface Fault {
  readonly spot: Spot;
  /** Of the setting, with dots between the keys that lead to it; empty for the file as a whole. */
  readonly key: string;
  /** What was found and what is allowed; shows nothing that may be secret. */
  readonly text: string;
  /** Where the same was before. */
  readonly first?: Spot;
}

/** A settings file that cannot be used: one line for each fault. */
export class UnusableSettings extends UsageError {
  constructor(lines: readonly string[], count: number) {
    super(lines[0], lines, count);
  }
}

/** More than fit a screen help nobody. */
export const FAULTS_MAX = 50;

/** The lines for the faults, in the order of the text. */
export function refuseFile(
  path: string,
  text: string,
  faults: readonly Fault[],
): UnusableSettings {
  const sorted = faults.toSorted((a, b) => a.spot.offset - b.spot.offset);
  const lines = sorted.slice(0, FAULTS_MAX).map((fault) => {
    const place = describePlace(placeOf(path, text, fault.spot));
    const key = fault.key === "" ? "" : `${fault.key}: `;
    const first = fault.first === undefined
      ? ""
      : ` (first in line ${placeOf(path, text, fault.first).line})`;
    return `Cannot use ${place}: ${key}${fault.text}${first}`;
  });
  const more = sorted.length - lines.length;
  return new UnusableSettings(
    more === 0 ? lines : [...lines, `Cannot use ${path}: ${moreFaults(more)}`],
    sorted.length,
  );
}

/** Columns count characters, as editors do. */
export function placeOf(
  path: string,
  text: string,
  { offset }: Spot,
): FilePlace {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  const column = [...before[before.length - 1]].length + 1;
  return { path, line: before.length, column };
}
