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
    const isFew = entries.length > 0 && entries.length <= limits.entries;
    const inside = isFew
      ? entries.map(({ label }) => within(path, label))
      : [path];
    const next = lengthOf(inside) <= room ? inside : [path];
    room -= lengthOf(next);
    if (room < 0) break;
    list.push(...next);
  }
  // A pattern and a path may both lead to one file.
  return [...new Set(list)];
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
 * told. In the order of a walk, which both lists have: very many entries are
 * compared without sorting or looking them up.
 */
export function changedEntries(
  before: Entries,
  after: Entries,
): ChangedEntry[] {
  const changed: ChangedEntry[] = [];
  const [earlier, later] = [before.labels, after.labels];
  let [from, to] = [0, 0];
  while (from < earlier.length || to < later.length) {
    const [gone, come] = [earlier[from], later[to]];
    if (gone === come) {
      if (before.identities[from++] !== after.identities[to++]) {
        changed.push({ how: "changed", label: come });
      }
    } else if (isFirst(gone, come)) {
      changed.push({ how: "removed", label: gone });
      from++;
    } else {
      changed.push({ how: "added", label: come });
      to++;
    }
  }
  return changed.filter(({ label }, at) =>
    changed[at + 1]?.label.startsWith(`${label}/`) !== true
  );
}

/** Whether a walk comes to `one` before `other`: to a directory right before what is in it. */
function isFirst(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return other === undefined;
  return one.replaceAll("/", "\0") < other.replaceAll("/", "\0");
}
