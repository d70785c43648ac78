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
import type { Inode } from "../files/inode.ts";
import { Slices } from "./slices.ts";

/** What a copy may be used for: read by its owner, and nothing else. */
export const COPY_MODES = { file: 0o400, directory: 0o500 } as const;

const CHUNK_BYTES = 256 * 1024;

/** A copy is not what was saved; the message says what is wrong with it. */
export class Damaged extends Error {}

type Held = Exclude<PathPrint, { kind: "fault" }>;

/**
 * Throws a Damaged unless the directory `copy` in `parent` holds this content and
 * nothing else; `names` are those of the paths, in the order of the content.
 */
export const proveCopy = (
  parent: Directory,
  copy: string,
  content: Fingerprint,
  names: readonly string[],
): MaybeAsync<void> => new CopyProof().prove(parent, copy, content, names);

/**
 * What the directory `copy` in `parent` holds, with the kind and identity of each
 * path as they are there. Throws a Damaged where the copy is not as we make them.
 */
export const readCopy = (
  parent: Directory,
  copy: string,
  content: Fingerprint,
  names: readonly string[],
): MaybeAsync<Fingerprint> =>
  new CopyProof().read(parent, copy, content, names);

/** What a directory of a copy holds, so far. */
interface CopySum {
  readonly digest: Hash;
  readonly list: EntryList;
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
    names: readonly string[],
  ): MaybeAsync<void> {
    this.#expect(parent.inodeOf(copy), "directory", "the copy");
    using directory = parent.open(copy);
    const found = new Set(directory.names());
    for (const [at, print] of content.entries()) {
      if (print.kind === "fault") continue;
      const name = names[at];
      if (!found.delete(name)) throw new Damaged(`${name} is missing`);
      if (yield* this.#differs(directory, name, print)) {
        throw new Damaged(`${name} does not hold what was saved`);
      }
    }
    for (const name of found) throw new Damaged(`${oneLine(name)} was added`);
  }

  *read(
    parent: Directory,
    copy: string,
    content: Fingerprint,
    names: readonly string[],
  ): MaybeAsync<Fingerprint> {
    this.#expect(parent.inodeOf(copy), "directory", "the copy");
    using directory = parent.open(copy);
    const found: PathPrint[] = [];
    for (const [at, print] of content.entries()) {
      if (print.kind === "fault") {
        found.push(print);
        continue;
      }
      const entry = directory.inodeOf(names[at]);
      const kind = entry?.kind === "directory" ? "directory" : "file";
      const list = new EntryList(print.entries ?? NO_ENTRIES);
      const identity = yield* this.#identity(directory, names[at], kind, list);
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
    name: string,
    { kind, identity }: Held,
  ): MaybeAsync<boolean> {
    return (yield* this.#identity(parent, name, kind)) !== identity;
  }

  *#identity(
    parent: Directory,
    name: string,
    kind: Held["kind"],
    list?: EntryList,
  ): MaybeAsync<string> {
    this.#expect(parent.inodeOf(name), kind, name);
    return kind === "file"
      ? yield* this.#fileIdentity(parent, name)
      : yield* this.#directoryIdentity(parent, name, list);
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
    name: string,
    list = new EntryList(NO_ENTRIES),
  ): MaybeAsync<string> {
    const sum = { digest: newDigest(), list };
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
