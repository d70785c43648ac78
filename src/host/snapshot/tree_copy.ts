/**
 * Copies files and directories as the Fingerprinter sees them: through links, as
 * far as that goes, and regular files only. Copies are for our user alone, to read.
 */
import type { MaybeAsync } from "../base/maybe_async.ts";
import { awaiting } from "../base/maybe_async.ts";
import { namesBelow, statEntry } from "../fingerprint/directory_entries.ts";
import {
  type Directory,
  inodeAt,
  type OpenFile,
  openFile,
} from "../files/directory.ts";
import { ELOOP, ENOTDIR, SystemError } from "../files/inode.ts";
import { DEPTH_MAX, ENTRIES_MAX } from "../fingerprint/path_walk.ts";
import type { Selection } from "../fingerprint/selection.ts";
import { ownWrite } from "../signal/write_signals.ts";
import { COPY_MODES } from "./copy_proof.ts";
import { Refused } from "./home.ts";
import { Slices } from "./slices.ts";

const CHUNK_BYTES = 256 * 1024;

/** What has this name cannot be copied. Something else may have had it a moment ago. */
class NotCopyable extends Refused {}

/** Whether an error says that a path is not what it was when it was looked at. */
export const isOfOtherKind = (error: unknown): boolean =>
  error instanceof NotCopyable || error instanceof Deno.errors.NotADirectory ||
  (error instanceof SystemError &&
    (error.errno === ENOTDIR || error.errno === ELOOP));

/** What is to be copied. */
interface Copied {
  readonly source: string;
  readonly name: string;
  /** Its path in the watched directory; empty for the watched path itself. */
  readonly label: string;
  readonly selection: Selection;
  /** The directories on the way here, as device and inode. */
  readonly above: readonly string[];
}

/** Copies one watched path as the Fingerprinter sees it: through links, as far as that goes. */
export class TreeCopy {
  readonly #forbidden: string;
  readonly #slices = new Slices();
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  #entries = 0;

  /** `forbidden` is the real path of a directory that no link may lead into. */
  constructor(forbidden: string) {
    this.#forbidden = forbidden;
  }

  /** Copies what `selection` takes of the path. */
  copy(
    source: string,
    parent: Directory,
    name: string,
    selection: Selection,
  ): MaybeAsync<void> {
    return this.#copy(
      { source, name, label: "", selection, above: [] },
      parent,
    );
  }

  *#copy(entry: Copied, parent: Directory): MaybeAsync<void> {
    const { source, name, label, selection, above } = entry;
    yield* this.#slices.breathe();
    if (above.length > 0) {
      const kind = kindOf(source);
      const isLeftOut = kind.isDirectory &&
        selection.leavesOutDirectory(name, label);
      if (isLeftOut) return;
      // The same to the Fingerprinter, for everyone and for root: a link to itself.
      if (kind.isUnreadable) return parent.symlink(name, name);
    }
    const real = followed(source);
    if (isWithin(real, this.#forbidden)) {
      throw new Refused(`${source} leads into the snapshot directory`);
    }
    const info = Deno.statSync(real);
    if (info.isFile) return yield* this.#copyFile(real, parent, name);
    if (!info.isDirectory) throw neither(source);
    using target = parent.make(name);
    const inside = [...above, `${info.dev}:${info.ino}`];
    yield* this.#copyEntries({ ...entry, above: inside }, real, target);
    target.chmod(COPY_MODES.directory);
  }

  *#copyEntries(
    { source, label, selection, above }: Copied,
    real: string,
    target: Directory,
  ): MaybeAsync<void> {
    // A loop: the Fingerprinter, too, sees only that there is a directory.
    if (above.indexOf(above[above.length - 1]) < above.length - 1) return;
    if (above.length > DEPTH_MAX) {
      throw new Refused(`${source} is nested deeper than ${DEPTH_MAX}`);
    }
    for (const { name } of Deno.readDirSync(real)) {
      if (name.startsWith("..")) continue;
      const inside = label === "" ? name : `${label}/${name}`;
      if (selection.leavesOut(name, inside)) continue;
      if (++this.#entries > ENTRIES_MAX) {
        throw new Refused(`${source} has more than ${ENTRIES_MAX} entries`);
      }
      const entry = { source: `${source}/${name}`, name, label: inside };
      yield* this.#copy({ ...entry, selection, above }, target);
    }
  }

  *#copyFile(real: string, parent: Directory, name: string): MaybeAsync<void> {
    using source = openFile(real);
    const { kind, size } = source.inode();
    // Another one may have come since the look.
    if (kind !== "file") throw neither(real);
    using target = parent.create(name);
    // What is appended meanwhile makes it other content, and need not be copied.
    for (let copied = 0; copied < size;) {
      yield* this.#slices.breathe();
      const bytes = source.read(this.#chunk);
      if (bytes === 0) break;
      copied += bytes;
      yield* awaiting(written(target, this.#chunk.subarray(0, bytes)));
    }
    target.chmod(COPY_MODES.file);
  }
}

const written = (file: OpenFile, bytes: Uint8Array<ArrayBuffer>) =>
  ownWrite(() => file.write(bytes));

const neither = (path: string) =>
  new NotCopyable(`${path} is neither a file nor a directory`);

/** What an entry is to the Fingerprinter; `isUnreadable` if it may not be looked into. */
function kindOf(
  path: string,
): { readonly isDirectory: boolean; readonly isUnreadable: boolean } {
  const entry = statEntry(path);
  if (typeof entry === "string") {
    return { isDirectory: false, isUnreadable: entry === "unreadable" };
  }
  const { isDirectory } = entry;
  const isUnreadable = isDirectory &&
    namesBelow(path, ENTRIES_MAX) === undefined;
  return { isDirectory, isUnreadable };
}

function followed(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (inodeAt(path) === undefined) throw error;
    throw new NotCopyable(`${path} is a dangling link`);
  }
}

/** Whether the path is the directory or below it, as texts. */
export const isWithin = (path: string, directory: string) =>
  path === directory ||
  path.startsWith(directory === "/" ? directory : `${directory}/`);
