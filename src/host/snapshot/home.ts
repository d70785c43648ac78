/**
 * The snapshot directory DIR and the private one in it, DIR/copies. Owns whose
 * they are and who may write to them: each is opened anew for each use, and looked
 * at before anything in it is trusted.
 */
import { basename, dirname } from "../base/built_in.ts";
import { Directory, inodeAt, ownUser } from "../files/directory.ts";
import {
  ELOOP,
  ENOENT,
  ENOTDIR,
  type Inode,
  SystemError,
} from "../files/inode.ts";

/** The private directory's name in DIR. */
export const COPIES = "copies";
export const DIRECTORY_MODE = 0o700;
const ROOT = 0;
/** Group and others may write, in the bits of chmod(2). */
const WRITABLE_BY_OTHERS = 0o022;

/** So that nothing of somebody else's is ever taken for a leftover. */
const TEMPORARY = ".flush-manager-";

/** A name that nothing has yet. */
export const temporaryName = (): string => `${TEMPORARY}${crypto.randomUUID()}`;

/** In words for the user already. */
export class Refused extends Error {}

export const KERNEL =
  "kernel file systems (/dev, /proc, /sys) are not supported";

/** What is wrong, in words. */
export function whyOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return KERNEL;
  return error instanceof Error ? error.message : String(error);
}

/** Both directories, open. */
export class Home implements Disposable {
  readonly outer: Directory;
  readonly copies: Directory;

  constructor(outer: Directory, copies: Directory) {
    this.outer = outer;
    this.copies = copies;
  }

  [Symbol.dispose](): void {
    this.copies[Symbol.dispose]();
    this.outer[Symbol.dispose]();
  }
}

/**
 * Opens DIR and its private directory. Throws a Refused where either is somebody
 * else's or cannot be private, and a SystemError where one is not there.
 */
export function openHome(directory: string): Home {
  const outer = openOuter(directory);
  try {
    return new Home(outer, openCopies(outer, directory));
  } catch (error) {
    outer[Symbol.dispose]();
    throw error;
  }
}

/** The same; makes what is missing, with mode 0700 whatever the umask. */
export function makeHome(directory: string): Home {
  if (inodeAt(directory) === undefined) makeDirectories(directory);
  const outer = openOuter(directory);
  try {
    // Of an earlier user of ours, or planted: it is in the way, and nothing in it is used.
    if (isForeign(outer.inodeOf(COPIES))) outer.rename(COPIES, temporaryName());
    if (outer.inodeOf(COPIES) === undefined) {
      outer.make(COPIES)[Symbol.dispose]();
    }
    return new Home(outer, openCopies(outer, directory));
  } catch (error) {
    outer[Symbol.dispose]();
    throw error;
  }
}

/** The mode of DIR, if others than our user may take names in it away or put others there. */
export function exposureOf({ outer }: Home): number | undefined {
  const { mode } = outer.inode();
  return (mode & WRITABLE_BY_OTHERS) === 0 ? undefined : mode;
}

/** Why DIR may not be used, if it is there and somebody else's. Looks only. */
export function ownerFault(directory: string): string | undefined {
  try {
    openOuter(directory)[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return error instanceof Refused ? error.message : undefined;
  }
}

/** Makes the directory in its parent, which is made first where it is missing, too. */
function makeDirectories(path: string): void {
  const parent = dirname(path);
  if (inodeAt(parent) === undefined) makeDirectories(parent);
  using above = Directory.at(parent);
  above.make(basename(path))[Symbol.dispose]();
}

const isForeign = (entry: Inode | undefined) =>
  entry !== undefined && entry.uid !== ownUser();

/** Root may do with it what it likes anyway. */
const isTrusted = ({ uid }: Inode) => uid === ROOT || uid === ownUser();

function openOuter(directory: string): Directory {
  const named = inodeAt(directory);
  if (named?.kind === "link" && !isTrusted(named)) {
    throw new Refused(
      `it is a link of user ${named.uid}; use a directory of your own`,
    );
  }
  const outer = Directory.at(directory);
  const entry = outer.inode();
  if (isTrusted(entry)) return outer;
  outer[Symbol.dispose]();
  throw new Refused(
    `it belongs to user ${entry.uid}; use a directory of your own`,
  );
}

function openCopies(outer: Directory, directory: string): Directory {
  const copies = opened(outer, directory);
  try {
    makePrivate(copies, `${directory}/${COPIES}`);
    return copies;
  } catch (error) {
    copies[Symbol.dispose]();
    throw error;
  }
}

function opened(outer: Directory, directory: string): Directory {
  try {
    return outer.open(COPIES);
  } catch (error) {
    const isOther = error instanceof SystemError &&
      (error.errno === ELOOP || error.errno === ENOTDIR);
    if (!isOther) throw error;
    throw new Refused(
      `${directory}/${COPIES} is not a directory; remove it`,
      { cause: error },
    );
  }
}

/** A volume's driver may have given the directory to a group since it was made. */
function makePrivate(copies: Directory, path: string): void {
  const { uid, mode } = copies.inode();
  if (uid !== ownUser()) {
    throw new Refused(`${path} belongs to user ${uid}`);
  }
  if (mode === DIRECTORY_MODE) return;
  copies.chmod(DIRECTORY_MODE);
  if (copies.inode().mode !== DIRECTORY_MODE) {
    throw new Refused(`${path} cannot be made private here (mode 0700)`);
  }
}

/** Whether an error of this module says that the directory is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof SystemError && error.errno === ENOENT;
