/**
 * What the watched paths hold, as one value, and how two such values differ. Pure:
 * the host takes fingerprints.
 */

/** Why the content of a path cannot be used. */
export type Fault = "missing" | "unreadable" | "unsupported";

/**
 * One watched path, seen through all symlinks.
 *
 * `identity` is what two states are compared by: equal identities mean "no
 * change". With content comparison it is derived from the SHA-256 of the
 * bytes; a large file whose content was not read yet has a provisional identity
 * derived from its metadata instead, which never equals one derived from content.
 */
export type PathPrint =
  | {
    readonly kind: "file" | "directory";
    readonly identity: string;
    /** What the file system tells of it, and of all in it, without the content; equal values do not prove equal content. */
    readonly metadata: string;
    /** Why the identity is derived from metadata alone, for good; undefined where it is not. */
    readonly coarse?: string;
    readonly dev: number;
    readonly ino: number;
    /** Bytes of a file; sum of the bytes of a directory's files. */
    readonly size: number;
    readonly mtimeMs: number;
    /** What a directory holds; undefined for a file, and where it is not known. */
    readonly entries?: Entries;
  }
  | {
    readonly kind: "fault";
    readonly fault: Fault;
    /** For the log: what is wrong, without the path. */
    readonly detail: string;
  };

/**
 * The entries of a directory and of those below it, in the order of the walk over
 * it: the path of each in the directory, and what it is compared by. Two lists of
 * 50,000 entries share all strings that are equal in them.
 */
export interface Entries {
  readonly labels: readonly string[];
  readonly identities: readonly string[];
}

const PROVISIONAL = "provisional:";

/** The identity of content that was not read, known by its metadata only. */
export const provisionalIdentity = (metadata: string) => PROVISIONAL + metadata;

/** Whether an identity stands in for content that was not read. */
export const isProvisional = (identity: string) =>
  identity.startsWith(PROVISIONAL);

/** One entry for each watched path, in the order of the settings. */
export type Fingerprint = readonly PathPrint[];

/**
 * What was seen of a path, as a fault if it was a file in `base` and is a directory
 * now, or the other way round: no child could read that.
 */
export function againstBase(base: PathPrint, seen: PathPrint): PathPrint {
  if (base.kind === "fault" || seen.kind === "fault") return seen;
  if (base.kind === seen.kind) return seen;
  return {
    kind: "fault",
    fault: "unsupported",
    detail: `was a ${base.kind}, is a ${seen.kind} now`,
  };
}

/**
 * The first path whose content differs from `base`; undefined when none does.
 * A path that cannot be read now says nothing about its content, so it never
 * differs; one that `base` could not read differs as soon as it can be.
 */
export function firstDifference(
  base: Fingerprint,
  seen: Fingerprint,
): number | undefined {
  const index = seen.findIndex((print, at) => differs(base[at], print));
  return index < 0 ? undefined : index;
}

/** The same for one path. */
export const differs = (base: PathPrint, seen: PathPrint): boolean =>
  againstBase(base, seen).kind !== "fault" &&
  identityOf(base) !== identityOf(seen);

/** Whether both hold the same content, and cannot read the same paths. */
export const isSame = (one: Fingerprint, other: Fingerprint): boolean =>
  one.every((print, at) => identityOf(print) === identityOf(other[at]));

/** Whether a child finds the same in copies of both: where a path cannot be read, nothing, whatever the fault is. */
export const isAlike = (one: Fingerprint, other: Fingerprint): boolean =>
  one.every((print, at) =>
    print.kind === "fault"
      ? other[at].kind === "fault"
      : isSame([print], [other[at]])
  );

/**
 * Whether nothing has changed between two looks. A look that read a large file
 * gives it another identity than a look that did not, so those two are compared by
 * metadata.
 */
export function isUnchanged(before: Fingerprint, seen: Fingerprint): boolean {
  return seen.every((print, at) => {
    const earlier = before[at];
    if (identityOf(print) === identityOf(earlier)) return true;
    if (print.kind === "fault" || earlier.kind === "fault") return false;
    return isProvisional(print.identity) !== isProvisional(earlier.identity) &&
      print.metadata === earlier.metadata;
  });
}

/**
 * Whether a path that had content (or was not there) is an empty file now:
 * more often a writer between truncate and write than a configuration.
 */
export function isEmptied(base: Fingerprint, seen: Fingerprint): boolean {
  return seen.some((print, at) => {
    if (print.kind !== "file" || print.size > 0) return false;
    const before = base[at];
    return before.kind === "fault" || before.size > 0;
  });
}

/**
 * Whether every path that differs from `base` is another inode now: not
 * written into, but replaced as a whole.
 */
export function isReplaced(base: Fingerprint, seen: Fingerprint): boolean {
  return seen.every((print, at) => {
    const before = base[at];
    if (identityOf(print) === identityOf(before)) return true;
    return print.kind === "file" && before.kind === "file" &&
      (print.ino !== before.ino || print.dev !== before.dev);
  });
}

/** Files below this size are written in one go; growth says nothing about them. */
const GROWTH_MIN_BYTES = 1024 * 1024;

/**
 * Whether a large file of `seen` is still being appended to since `before`:
 * the same inode, longer than it was.
 */
export function isGrowing(before: Fingerprint, seen: Fingerprint): boolean {
  return seen.some((print, at) => {
    const earlier = before[at];
    return print.kind === "file" && earlier.kind === "file" &&
      print.ino === earlier.ino && print.dev === earlier.dev &&
      print.size > earlier.size && print.size >= GROWTH_MIN_BYTES;
  });
}

function identityOf(print: PathPrint): string {
  return print.kind === "fault" ? `fault:${print.fault}` : print.identity;
}
