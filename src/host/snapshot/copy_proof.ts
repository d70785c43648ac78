/**
 * Proves that a saved copy is what was saved: its bytes and its names, and of each
 * entry the kind, the owner and the mode. Reads by descriptors and follows no link.
 */
import type { Hash } from "node:crypto";
import type {
  Fingerprint,
  PathPrint,
} from "../../core/vocabulary/fingerprint.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { newDigest } from "../base/digest.ts";
import type { MaybeAsync } from "../base/maybe_async.ts";
import { type Directory, ownUser } from "../files/directory.ts";
import { EntryList, NO_ENTRIES } from "../fingerprint/entry_list.ts";
import type { Selection } from "../fingerprint/selection.ts";
import type { Inode } from "../files/inode.ts";
import { Slices } from "./slices.ts";

/** What a copy may be used for: read by its owner, and nothing else. */
export const COPY_MODES = { file: 0o400, directory: 0o500 } as const;

const CHUNK_BYTES = 256 * 1024;

/** A copy is not what was saved; the message says what is wrong with it. */
export class Damaged extends Error {}

type Held = Exclude<PathPrint, { kind: "fault" }>;

/** What a copy is made of: paths, in the order of its content. */
export interface CopiedPath {
  /** Its name in the copy. */
  readonly name: string;
  readonly selection: Selection;
}

/**
 * Throws a Damaged unless the directory `copy` in `parent` holds this content and
 * nothing else. What `--ignore` leaves out is no content: a program that reads the
 * copy as root may leave such files in it (Python's `__pycache__`).
 */
export const proveCopy = (
  parent: Directory,
  copy: string,
  content: Fingerprint,
  paths: readonly CopiedPath[],
): MaybeAsync<void> => new CopyProof().prove(parent, copy, content, paths);

/**
 * What the directory `copy` in `parent` holds, with the kind and identity of each
 * path as they are there. Throws a Damaged where the copy is not as we make them.
 */
export const readCopy = (
  parent: Directory,
  copy: string,
  content: Fingerprint,
  paths: readonly CopiedPath[],
): MaybeAsync<Fingerprint> =>
  new CopyProof().read(parent, copy, content, paths);

/** What a directory of a copy holds, so far. */
interface CopySum {
  readonly digest: Hash;
  readonly list: EntryList;
  readonly selection: Selection;
}

function addKind(kind: string, label: string, { digest, list }: CopySum): void {
  digest.update(`${kind}\0${label}\0`);
  list.add(label, kind);
}

class CopyProof {
  readonly #slices = new Slices();
  readonly #user = ownUser();
  readonly #chunk = new Uint8Array(CHUNK_BYTES);

  *prove(
    parent: Directory,
    copy: string,
    content: Fingerprint,
    paths: readonly CopiedPath[],
  ): MaybeAsync<void> {
    this.#expect(parent.inodeOf(copy), "directory", "the copy");
    using directory = parent.open(copy);
    const found = new Set(directory.names());
    for (const [at, print] of content.entries()) {
      if (print.kind === "fault") continue;
      const { name } = paths[at];
      if (!found.delete(name)) throw new Damaged(`${name} is missing`);
      if (yield* this.#differs(directory, paths[at], print)) {
        throw new Damaged(`${name} does not hold what was saved`);
      }
    }
    // A watched path counts whatever its name, also one that was missing.
    const names = new Set(paths.map(({ name }) => name));
    for (const name of found) {
      const entry = directory.inodeOf(name);
      // The patterns are the same for all paths; one that is tied to a watched directory matches none here.
      const isIgnored = !names.has(name) &&
        this.#isIgnored(entry, name, "", paths[0].selection);
      if (!isIgnored) throw new Damaged(`${oneLine(name)} was added`);
    }
  }

  *read(
    parent: Directory,
    copy: string,
    content: Fingerprint,
    paths: readonly CopiedPath[],
  ): MaybeAsync<Fingerprint> {
    this.#expect(parent.inodeOf(copy), "directory", "the copy");
    using directory = parent.open(copy);
    const found: PathPrint[] = [];
    for (const [at, print] of content.entries()) {
      if (print.kind === "fault") {
        found.push(print);
        continue;
      }
      const entry = directory.inodeOf(paths[at].name);
      const kind = entry?.kind === "directory" ? "directory" : "file";
      const list = new EntryList(print.entries ?? NO_ENTRIES);
      const identity = yield* this.#identity(directory, paths[at], kind, list);
      const size = kind === "file" ? entry?.size ?? 0 : print.size;
      const { entries: _, ...facts } = print;
      const held: Held = { ...facts, kind, identity, size };
      found.push(
        kind === "file" ? held : { ...held, entries: list.entries() },
      );
    }
    return found;
  }

  *#differs(
    parent: Directory,
    path: CopiedPath,
    { kind, identity }: Held,
  ): MaybeAsync<boolean> {
    return (yield* this.#identity(parent, path, kind)) !== identity;
  }

  *#identity(
    parent: Directory,
    path: CopiedPath,
    kind: Held["kind"],
    list?: EntryList,
  ): MaybeAsync<string> {
    const { name } = path;
    this.#expect(parent.inodeOf(name), kind, name);
    return kind === "file"
      ? yield* this.#fileIdentity(parent, name)
      : yield* this.#directoryIdentity(parent, path, list);
  }

  *#fileIdentity(parent: Directory, name: string): MaybeAsync<string> {
    using file = parent.openFile(name);
    // What was opened may be another one than what was looked at.
    this.#expect(file.inode(), "file", name);
    const digest = newDigest();
    for (;;) {
      yield* this.#slices.breathe();
      const size = file.read(this.#chunk);
      if (size === 0) return digest.digest("hex");
      digest.update(this.#chunk.subarray(0, size));
    }
  }

  /** As the Fingerprinter adds up a directory; its entries are added to `list`. */
  *#directoryIdentity(
    parent: Directory,
    { name, selection }: CopiedPath,
    list = new EntryList(NO_ENTRIES),
  ): MaybeAsync<string> {
    const sum = { digest: newDigest(), list, selection };
    yield* this.#addEntries(parent, name, "", sum);
    return sum.digest.digest("hex");
  }

  *#addEntries(
    parent: Directory,
    name: string,
    prefix: string,
    sum: CopySum,
  ): MaybeAsync<void> {
    using directory = parent.open(name);
    for (const entryName of directory.names().sort()) {
      yield* this.#slices.breathe();
      const label = `${prefix}${entryName}`;
      const entry = directory.inodeOf(entryName);
      if (this.#isIgnored(entry, entryName, label, sum.selection)) continue;
      switch (entry?.kind) {
        case "file": {
          this.#expect(entry, "file", label);
          const identity = yield* this.#fileIdentity(directory, entryName);
          sum.digest.update(`file\0${label}\0${identity}\0`);
          sum.list.add(label, identity);
          break;
        }
        case "directory":
          this.#expect(entry, "directory", label);
          addKind("directory", label, sum);
          yield* this.#addEntries(directory, entryName, `${label}/`, sum);
          break;
        case "link":
          // What could not be read is kept as a link to itself.
          if (directory.readLink(entryName) !== entryName) {
            throw new Damaged(`${oneLine(label)} is another link`);
          }
          addKind("unreadable", label, sum);
          break;
        default:
          throw new Damaged(
            `${oneLine(label)} is neither a file nor a directory`,
          );
      }
    }
  }

  /** Whether an entry is none of the content. It is of our user all the same, since nobody else may write here. */
  #isIgnored(
    entry: Inode | undefined,
    name: string,
    label: string,
    selection: Selection,
  ): boolean {
    return entry?.uid === this.#user &&
      selection.ignores(name, label, entry.kind === "directory");
  }

  #expect(
    entry: Inode | undefined,
    kind: keyof typeof COPY_MODES,
    name: string,
  ): void {
    const what = oneLine(name);
    if (entry === undefined) throw new Damaged(`${what} is missing`);
    if (entry.kind !== kind) {
      throw new Damaged(`${what} is no ${kind} any more`);
    }
    if (entry.uid !== this.#user) {
      throw new Damaged(`${what} belongs to user ${entry.uid}`);
    }
    if (entry.mode === COPY_MODES[kind]) return;
    throw new Damaged(`${what} has mode 0${entry.mode.toString(8)}`);
  }
}
