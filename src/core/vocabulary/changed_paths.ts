/**
 * Which watched paths differ between two fingerprints, and which entries of a
 * watched directory. Pure.
 */
import {
  differs,
  type Entries,
  type Fingerprint,
  isAlike,
} from "./fingerprint.ts";

/** One entry of a watched directory, and what became of it. */
export interface ChangedEntry {
  readonly how: "changed" | "added" | "removed";
  /** Its path in the directory. */
  readonly label: string;
}

/** One watched path that differs. */
export interface ChangedPath {
  readonly path: string;
  /** Empty for a file, and for a directory whose entries are not known. */
  readonly entries: readonly ChangedEntry[];
}

/** How many entries of one directory a list names, and how long it is. */
export interface ListLimits {
  readonly entries: number;
  readonly chars: number;
}

/** The paths whose content differs from `base`, by the rule of `firstDifference`. */
export const pathsThatDiffer = (
  paths: readonly string[],
  base: Fingerprint,
  seen: Fingerprint,
): ChangedPath[] =>
  changedPaths(paths, base, seen, (at) => differs(base[at], seen[at]));

/**
 * The paths of which a child finds something else than the child before it, among
 * them those that it does not find any more.
 */
export const pathsWithNews = (
  paths: readonly string[],
  previous: Fingerprint,
  content: Fingerprint,
): ChangedPath[] =>
  changedPaths(
    paths,
    previous,
    content,
    (at) => !isAlike([previous[at]], [content[at]]),
  );

/**
 * The same as one list: the path of each entry that changed, or the directory
 * itself where its entries are not known, or are too many. Of what does not fit
 * into the limits, the rest is left out.
 */
export function listOf(
  changed: readonly ChangedPath[],
  limits: ListLimits,
): string[] {
  const list: string[] = [];
  let room = limits.chars;
  for (const { path, entries } of changed) {
    const inside = entries.map(({ label }) => within(path, label));
    const isNamed = entries.length > 0 && entries.length <= limits.entries &&
      lengthOf(inside) <= room;
    const next = isNamed ? inside : [path];
    room -= lengthOf(next);
    if (room < 0) break;
    list.push(...next);
  }
  return list;
}

const lengthOf = (texts: readonly string[]) =>
  texts.reduce((sum, { length }) => sum + length + 1, 0);

const within = (path: string, label: string) =>
  path.endsWith("/") ? path + label : `${path}/${label}`;

function changedPaths(
  paths: readonly string[],
  before: Fingerprint,
  after: Fingerprint,
  isChanged: (at: number) => boolean,
): ChangedPath[] {
  return after.flatMap((print, at) => {
    if (!isChanged(at)) return [];
    const earlier = before[at];
    const entries = print.kind === "fault" || earlier.kind === "fault" ||
        print.entries === undefined || earlier.entries === undefined
      ? []
      : changedEntries(earlier.entries, print.entries);
    return [{ path: paths[at], entries }];
  });
}

/**
 * Of a directory that was added or removed with what is in it, only the latter is
 * told. In the order of the names.
 */
export function changedEntries(
  before: Entries,
  after: Entries,
): ChangedEntry[] {
  const [from, endBefore, endAfter] = withoutCommonEnds(before, after);
  const earlier = new Map<string, string>();
  for (let at = from; at < endBefore; at++) {
    earlier.set(before.labels[at], before.identities[at]);
  }
  const changed: ChangedEntry[] = [];
  for (let at = from; at < endAfter; at++) {
    const label = after.labels[at];
    const identity = earlier.get(label);
    earlier.delete(label);
    if (identity === after.identities[at]) continue;
    changed.push({ how: identity === undefined ? "added" : "changed", label });
  }
  for (const label of earlier.keys()) changed.push({ how: "removed", label });
  changed.sort((one, other) => byParts(one.label, other.label));
  return changed.filter(({ label }, at) =>
    changed[at + 1]?.label.startsWith(`${label}/`) !== true
  );
}

/** Both lists begin, and end, with the same entries: where they differ, as a range of each. */
function withoutCommonEnds(
  before: Entries,
  after: Entries,
): [from: number, endBefore: number, endAfter: number] {
  const isSame = (one: number, other: number) =>
    before.labels[one] === after.labels[other] &&
    before.identities[one] === after.identities[other];
  let [endBefore, endAfter] = [before.labels.length, after.labels.length];
  const shortest = Math.min(endBefore, endAfter);
  let from = 0;
  while (from < shortest && isSame(from, from)) from++;
  while (
    endBefore > from && endAfter > from && isSame(endBefore - 1, endAfter - 1)
  ) {
    endBefore--;
    endAfter--;
  }
  return [from, endBefore, endAfter];
}

/** A directory stands right before what is in it. */
function byParts(one: string, other: string): number {
  const [a, b] = [one, other].map((label) => label.replaceAll("/", "\0"));
  return a < b ? -1 : 1;
}
