/**
 * Owns the snapshot directory: copies of the watched paths' content, each below
 * the digest of what it holds, and a link to the one in use. A copy appears
 * under its name only when it is complete and proven, by a look of its own, to
 * be the content that was asked for.
 *
 * Must not decide which content is used or kept, and removes nothing but what
 * it has named itself. The directory belongs to one manager at a time.
 */
import { basename, resolve } from "node:path/posix";
import {
  type Fingerprint,
  isProvisional,
  type PathPrint,
} from "../../core/vocabulary/fingerprint.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { physicalPath } from "../files/config_paths.ts";
import { combine } from "../base/digest.ts";
import { nestingFault } from "./nesting.ts";
import { fingerprintOf } from "../files/fingerprinter.ts";
import {
  DIRECTORY_MODE,
  FILE_MODE_MIN,
  makeDirectory,
  Refused,
  TreeCopy,
} from "./tree_copy.ts";

export interface SnapshotOptions {
  /** Made when it is missing. */
  readonly directory: string;
  /** At least one, in the order of the fingerprints' entries. */
  readonly paths: readonly string[];
}

export type SaveResult =
  | { readonly kind: "saved" }
  /** The paths do not hold this content, or it was never read as a whole: look again. */
  | { readonly kind: "moved" }
  /** The paths hold it, and it cannot be copied. `detail` is one line. */
  | { readonly kind: "failed"; readonly detail: string };

export type CaptureResult =
  | { readonly kind: "captured"; readonly content: Fingerprint }
  | Exclude<SaveResult, { kind: "saved" }>;

const CURRENT = "current";
/** So that nothing of somebody else's is ever taken for a leftover. */
const TEMPORARY = ".flush-manager-";
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * SaveResult contents as DIR/<digest>/<name>, and DIR/current -> <digest>. The
 * digest is the SHA-256 over the identities of the paths (a path that is a
 * fault has none and is left out); the name is the path's own, with its index
 * in front where two paths have the same.
 *
 * Fingerprints must come from a `Fingerprinter` that compares content.
 */
export class Snapshots {
  readonly #directory: string;
  readonly #paths: readonly string[];
  readonly #names: readonly string[];
  /** What changes the directory over several turns of the event loop takes its turn. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ directory, paths }: SnapshotOptions) {
    this.#directory = resolve(physicalPath(directory));
    this.#paths = paths;
    this.#names = namesOf(paths);
  }

  /**
   * Makes DIR (mode 0700) if it is missing, removes what an earlier manager left
   * there, except what DIR/current leads to, and proves that DIR can be used.
   * Throws an Error with one line for the user, without having made anything
   * when DIR and a watched path lie within each other.
   */
  async prepare(): Promise<void> {
    try {
      const feedback = nestingFault(this.#directory, this.#paths);
      if (feedback !== undefined) throw new Refused(feedback);
      await this.#make();
      const kept = this.#currentDigest();
      // First, because the leftovers may be what fills the disk.
      await this.#sweep(kept === undefined ? [] : [kept]);
      await this.#prove();
    } catch (error) {
      throw new Error(
        oneLine(
          `Cannot use snapshot directory ${this.#directory}: ${whyOf(error)}`,
        ),
        { cause: error },
      );
    }
  }

  /**
   * Copies the paths, unless this content is there already and undamaged; makes
   * DIR again if somebody has removed it. Never rejects, and leaves nothing behind but a complete copy.
   */
  save(content: Fingerprint): Promise<SaveResult> {
    return this.#inTurn(() => this.#save(content));
  }

  /**
   * Copies what the paths hold now, whatever that is, and tells what is in the
   * copy. Paths that are a fault in `content` are left out. Never rejects.
   */
  capture(content: Fingerprint): Promise<CaptureResult> {
    return this.#inTurn(async () => {
      try {
        return await this.#capture(content);
      } catch (error) {
        // A path has gone since the look.
        const cause = error instanceof Refused ? error.cause : error;
        return cause instanceof Deno.errors.NotFound
          ? { kind: "moved" }
          : { kind: "failed", detail: oneLine(whyOf(error)) };
      }
    });
  }

  /**
   * Makes DIR/current lead to this saved content by renaming a symlink over it,
   * so that there is no moment without it. Throws an Error with one line for
   * the user when that fails; DIR/current is then what it was.
   */
  activate(content: Fingerprint): void {
    const current = `${this.#directory}/${CURRENT}`;
    const next = `${this.#directory}/${TEMPORARY}next`;
    try {
      const digest = digestOf(content);
      if (!exists(`${this.#directory}/${digest}`)) {
        throw new Error("the saved configuration is gone");
      }
      removeLink(next);
      Deno.symlinkSync(digest, next);
      Deno.renameSync(next, current);
    } catch (error) {
      removeLink(next);
      throw new Error(oneLine(`Cannot switch ${current}: ${whyOf(error)}`), {
        cause: error,
      });
    }
  }

  /** Whether this content is still there. */
  isSaved(content: Fingerprint): boolean {
    return exists(`${this.#directory}/${digestOf(content)}`);
  }

  /**
   * Where the index-th watched path is in this content, or, without one, below
   * DIR/current, which never changes its name. Absolute. There is nothing where
   * the path is a fault in the content.
   */
  pathOf(index: number, content?: Fingerprint): string {
    const parent = content === undefined ? CURRENT : digestOf(content);
    return `${this.#directory}/${parent}/${this.#names[index]}`;
  }

  /**
   * Removes every saved content but these, also that of DIR/current. Never
   * rejects: what cannot be removed is left for the next time.
   */
  async prune(keep: readonly Fingerprint[]): Promise<void> {
    await this.#inTurn(() => this.#sweep(keep.map(digestOf))).catch(() => {});
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #save(content: Fingerprint): Promise<SaveResult> {
    if (content.some((print) => isProvisional(identityOf(print)))) {
      return { kind: "moved" };
    }
    const coarse = content.findIndex((print) => coarseOf(print) !== undefined);
    if (coarse >= 0) {
      const detail = `${this.#paths[coarse]} ${coarseOf(content[coarse])}`;
      return { kind: "failed", detail: oneLine(detail) };
    }
    try {
      return await this.#attempt(content);
    } catch (error) {
      // What moves while it is copied can fail in any way: the paths themselves tell.
      return await matches(content, this.#paths)
        ? { kind: "failed", detail: oneLine(whyOf(error)) }
        : { kind: "moved" };
    }
  }

  async #make(): Promise<void> {
    if (exists(this.#directory)) return;
    await Deno.mkdir(this.#directory, { recursive: true });
    await Deno.chmod(this.#directory, DIRECTORY_MODE);
  }

  async #attempt(content: Fingerprint): Promise<SaveResult> {
    await this.#make();
    const home = `${this.#directory}/${digestOf(content)}`;
    if (exists(home) && await this.#holds(home, content)) {
      return { kind: "saved" };
    }
    return await this.#withScratch(async (scratch): Promise<SaveResult> => {
      const copy = `${scratch}/copy`;
      await this.#copy(content, copy);
      if (!await this.#holds(copy, content)) return { kind: "moved" };
      // One that was damaged; removed with the rest of the scratch.
      if (exists(home)) Deno.renameSync(home, `${scratch}/damaged`);
      Deno.renameSync(copy, home);
      return { kind: "saved" };
    });
  }

  async #capture(content: Fingerprint): Promise<CaptureResult> {
    await this.#make();
    return await this.#withScratch(async (scratch): Promise<CaptureResult> => {
      const copy = `${scratch}/copy`;
      await this.#copy(content, copy);
      const seen = await fingerprintOf(
        this.#names.map((name) => `${copy}/${name}`),
        "content",
      );
      const captured = content.map((print, at): PathPrint => {
        const found = seen[at];
        if (print.kind === "fault" || found.kind === "fault") return print;
        const { kind, identity, size } = found;
        return { ...print, kind, identity, size };
      });
      const home = `${this.#directory}/${digestOf(captured)}`;
      if (exists(home)) Deno.renameSync(home, `${scratch}/before`);
      Deno.renameSync(copy, home);
      return { kind: "captured", content: captured };
    });
  }

  async #copy(content: Fingerprint, into: string): Promise<void> {
    makeDirectory(into);
    const forbidden = Deno.realPathSync(this.#directory);
    for (const [index, print] of content.entries()) {
      if (print.kind === "fault") continue;
      const target = `${into}/${this.#names[index]}`;
      await new TreeCopy(forbidden).copy(this.#paths[index], target, []);
    }
  }

  async #holds(directory: string, content: Fingerprint): Promise<boolean> {
    return await matches(
      content,
      this.#names.map((name) => `${directory}/${name}`),
    );
  }

  /** A directory for the work and no longer; only our own user may look into it, whatever DIR allows. */
  async #withScratch<T>(work: (scratch: string) => Promise<T>): Promise<T> {
    const scratch = await Deno.makeTempDir({
      dir: this.#directory,
      prefix: TEMPORARY,
    });
    try {
      // The umask may have taken it from us, too.
      await Deno.chmod(scratch, DIRECTORY_MODE);
      return await work(scratch);
    } finally {
      await removeTree(scratch);
    }
  }

  /** Some file systems can be written but know no links or modes, or may not be read by us. */
  async #prove(): Promise<void> {
    await this.#withScratch(async (scratch) => {
      const file = `${scratch}/probe`;
      await Deno.writeTextFile(file, "probe");
      await Deno.chmod(file, FILE_MODE_MIN);
      await Deno.symlink("probe", `${scratch}/link`);
      await Deno.readTextFile(`${scratch}/link`);
    });
  }

  async #sweep(kept: readonly string[]): Promise<void> {
    for (const { name } of [...Deno.readDirSync(this.#directory)]) {
      const stale = DIGEST.test(name) && !kept.includes(name);
      if (stale || name.startsWith(TEMPORARY)) {
        await removeTree(`${this.#directory}/${name}`);
      }
    }
  }

  #currentDigest(): string | undefined {
    const current = `${this.#directory}/${CURRENT}`;
    if (!exists(current)) return undefined;
    if (!Deno.lstatSync(current).isSymlink) {
      throw new Refused(`${current} is not a symbolic link`);
    }
    return basename(Deno.readLinkSync(current));
  }
}

/** Whether what the content has of each path is what these paths hold now. */
async function matches(
  content: Fingerprint,
  paths: readonly string[],
): Promise<boolean> {
  const had = content.filter(({ kind }) => kind !== "fault");
  const where = paths.filter((_, index) => content[index].kind !== "fault");
  const seen = await fingerprintOf(where, "content");
  return had.every((print, at) =>
    print.kind === seen[at].kind && identityOf(print) === identityOf(seen[at])
  );
}

const identityOf = (print: PathPrint) =>
  print.kind === "fault" ? "" : print.identity;

const coarseOf = (print: PathPrint) =>
  print.kind === "fault" ? undefined : print.coarse;

const digestOf = (content: Fingerprint) => combine(content.map(identityOf));

function namesOf(paths: readonly string[]): readonly string[] {
  const plain = paths.map((path) => basename(resolve(path)));
  const indexed = plain.map((name, index) => `${index}-${name}`);
  const names = plain.map((name, index) =>
    plain.indexOf(name) === plain.lastIndexOf(name) ? name : indexed[index]
  );
  // A path may be called like the indexed name of another one.
  return new Set(names).size === names.length ? names : indexed;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function removeLink(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Most often it is not there; else the link cannot be made and says why.
  }
}

async function removeTree(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch {
    // Left for the next time.
  }
}

function whyOf(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "kernel file systems (/dev, /proc, /sys) are not supported";
  }
  return error instanceof Error ? error.message : String(error);
}
