/**
 * The directory of `--fleet-dir`: whether it can be used, and one manager at a time
 * in it. It is opened anew for each use, and no link is followed in it, so that
 * nobody else can lead us elsewhere.
 */
// @ts-types="../../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import {
  Directory,
  inodeAt,
  type OpenFile,
  ownUser,
} from "../../host/files/directory.ts";
import {
  ELOOP,
  ENOENT,
  ENOTDIR,
  type Inode,
  inodeCalls,
  SystemError,
} from "../../host/files/inode.ts";
import { isLocked, lockCalls } from "../../host/socket/path_lock.ts";
import { StoreUnreachable } from "../slots/slot_store.ts";

const ROOT = 0;
/** Bits of chmod(2). */
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;
/** A manager is done within a millisecond, unless it is stopped in the middle. */
const LOCK_WAIT_MS = 2_000;
const LOCK_PAUSE_MS = 5;
/** Verdicts are the largest: some 40 of at most 500 characters. */
const TEXT_MAX_BYTES = 64 * 1024;

export class FleetDirectory {
  readonly #path: string;
  readonly #group: string;

  constructor(path: string, group: string) {
    this.#path = path;
    this.#group = group;
  }

  get verdictsName(): string {
    return `${this.#group}.verdicts`;
  }

  slotName(index: number): string {
    return `${this.#group}-${index}.slot`;
  }

  memberName(uid: string): string {
    return `${this.#memberPrefix}${uid}`;
  }

  /** Of all files that managers show themselves in, in order. */
  memberNames(directory: Directory): string[] {
    return directory.names()
      .filter((name) => name.startsWith(this.#memberPrefix))
      .sort();
  }

  pathOf(name: string): string {
    return `${this.#path}/${name}`;
  }

  /**
   * Finds out whether so many slots can be kept here, also by writing a file.
   * Throws a StoreUnreachable.
   */
  check(limit: number): void {
    if (inodeCalls() === undefined || lockCalls() === undefined) {
      throw this.#unusable("it needs glibc, which cannot be loaded here");
    }
    this.beside((directory) => {
      const names = [this.#lockName, this.verdictsName];
      for (let index = 0; index < limit; index++) {
        names.push(this.slotName(index));
      }
      for (const name of names) {
        const entry = directory.inodeOf(name);
        if (entry !== undefined) this.#checkEntry(name, entry);
      }
      using _lock = this.#openOrCreate(directory, this.#lockName);
      const proof = `.flush-manager-${crypto.randomUUID()}`;
      directory.create(proof)[Symbol.dispose]();
      directory.remove(proof);
    });
  }

  /** Runs `act` beside other managers. Throws a StoreUnreachable. */
  beside<T>(act: (directory: Directory) => T): T {
    return this.#explained(() => {
      using directory = this.#open();
      return act(directory);
    });
  }

  /**
   * Runs `act` while no other manager of the group does. Throws a
   * StoreUnreachable, or the signal's reason.
   */
  async alone<T>(
    signal: AbortSignal,
    act: (directory: Directory) => T,
  ): Promise<T> {
    signal.throwIfAborted();
    const endsAt = performance.now() + LOCK_WAIT_MS;
    for (;;) {
      const done = this.#explained(() => {
        using directory = this.#open();
        using lock = this.#openOrCreate(directory, this.#lockName);
        return isLocked(lock) ? { value: act(directory) } : undefined;
      });
      if (done !== undefined) return done.value;
      if (performance.now() > endsAt) {
        const path = this.pathOf(this.#lockName);
        throw this.#unusable(`another process holds ${path}`);
      }
      await delay(LOCK_PAUSE_MS, { signal });
    }
  }

  /** A file of ours for a slot; made if it is missing. */
  openSlot(directory: Directory, index: number): OpenFile {
    return this.#openOrCreate(directory, this.slotName(index));
  }

  /** A file of ours to be shown in; made if it is missing. */
  openMember(directory: Directory, uid: string): OpenFile {
    return this.#openOrCreate(directory, this.memberName(uid));
  }

  /** A file that was found there; undefined if it is none of our user's. */
  openFound(directory: Directory, name: string): OpenFile | undefined {
    const entry = directory.inodeOf(name);
    return entry?.kind === "file" && entry.uid === ownUser()
      ? directory.openFile(name)
      : undefined;
  }

  #open(): Directory {
    const named = inodeAt(this.#path);
    if (named?.kind === "link" && !isTrusted(named, ownUser())) {
      throw this.#unusable(
        `it is a link of user ${named.uid}; use a directory of your own`,
      );
    }
    const directory = Directory.at(this.#path);
    const why = exposureOf(directory.inode(), ownUser());
    if (why === undefined) return directory;
    directory[Symbol.dispose]();
    throw this.#unusable(why);
  }

  /** Runs `act`; what goes wrong is a StoreUnreachable. */
  #explained<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (error instanceof SystemError) throw this.#unusable(whyOf(error));
      throw error;
    }
  }

  /** A group has no dot in its name. */
  get #memberPrefix(): string {
    return `${this.#group}.member-`;
  }

  get #lockName(): string {
    return `${this.#group}.lock`;
  }

  #openOrCreate(directory: Directory, name: string): OpenFile {
    const file = directory.openOrCreate(name);
    try {
      this.#checkEntry(name, file.inode());
      return file;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  #checkEntry(name: string, { kind, uid }: Inode): void {
    const path = this.pathOf(name);
    if (kind === "link") throw this.#unusable(`${path} is a link; remove it`);
    if (kind !== "file") {
      throw this.#unusable(`${path} is not a regular file; remove it`);
    }
    if (uid !== ownUser()) {
      throw this.#unusable(
        `${path} belongs to user ${uid}; run all managers of the group as one user`,
      );
    }
  }

  #unusable(why: string): StoreUnreachable {
    return new StoreUnreachable(
      `cannot use the fleet directory ${this.#path}: ${why}`,
    );
  }
}

/** Whether the open file is still at its name: a lock on another one protects nothing. */
export const isAt = (
  directory: Directory,
  name: string,
  file: OpenFile,
): boolean => directory.inodeOf(name)?.key === file.inode().key;

/** The text of a file, as far as it is read; undefined if there is none. */
export function textIn(directory: Directory, name: string): string | undefined {
  if (directory.inodeOf(name) === undefined) return undefined;
  using file = directory.openFile(name);
  return textOf(file);
}

export function textOf(file: OpenFile): string {
  const bytes = new Uint8Array(Math.min(file.inode().size, TEXT_MAX_BYTES));
  for (let length = 0;;) {
    const more = file.read(bytes.subarray(length));
    length += more;
    if (more === 0) return new TextDecoder().decode(bytes.subarray(0, length));
  }
}

/** Puts this text in the place of what is there. */
export function rewrite(file: OpenFile, text: string): void {
  file.empty();
  file.write(new TextEncoder().encode(text));
}

/** Root may do with it what it likes anyway. */
const isTrusted = ({ uid }: Pick<Inode, "uid">, user: number) =>
  uid === ROOT || uid === user;

/** Why somebody else could put other files in the place of those of our user. */
export function exposureOf(
  entry: Pick<Inode, "uid" | "mode">,
  user: number,
): string | undefined {
  const { uid, mode } = entry;
  if (!isTrusted(entry, user)) {
    return `it belongs to user ${uid}; use a directory of your own`;
  }
  const isExposed = (mode & WRITABLE_BY_ALL) !== 0 && (mode & STICKY) === 0;
  return isExposed
    ? `everybody may replace files in it (mode 0${
      mode.toString(8)
    }); use one that only this user may write to`
    : undefined;
}

function whyOf({ errno, message }: SystemError): string {
  switch (errno) {
    case ENOENT:
      return "it does not exist; make it first";
    case ENOTDIR:
      return "it is not a directory";
    case ELOOP:
      return "a file in it is a link; remove it";
    default:
      return message;
  }
}
