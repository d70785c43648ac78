/**
 * Copies files and directories as the Fingerprinter sees them: through links, as
 * far as that goes, and regular files only. Private copies: for our user alone.
 */
import { basename } from "node:path/posix";
import { namesBelow, statEntry } from "../files/directory_entries.ts";
import { DEPTH_MAX, ENTRIES_MAX } from "../files/path_walk.ts";
import { LARGE_BYTES } from "../files/regular_file.ts";
import { ownWrite } from "../signal/write_signals.ts";

export const DIRECTORY_MODE = 0o700;
const FILE_MODE_MAX = 0o600;
export const FILE_MODE_MIN = 0o400;
/** Work between two turns of the event loop. */
const SLICE_MS = 5;

/** Copies one watched path as the Fingerprinter sees it: through links, as far as that goes. */
export class TreeCopy {
  readonly #forbidden: string;
  #entries = 0;
  #sliceEndsAt = performance.now() + SLICE_MS;

  /** `forbidden` is the real path of a directory that no link may lead into. */
  constructor(forbidden: string) {
    this.#forbidden = forbidden;
  }

  /** `above` are the directories on the way here, as device and inode. */
  async copy(
    source: string,
    target: string,
    above: readonly string[],
  ): Promise<void> {
    await this.#breathe();
    if (above.length > 0 && isUnreadable(source)) return makeUnreadable(target);
    const real = followed(source);
    if (isWithin(real, this.#forbidden)) {
      throw new Refused(`${source} leads into the snapshot directory`);
    }
    const info = Deno.statSync(real);
    if (info.isFile) return await copyFile(real, target, info);
    if (!info.isDirectory) {
      throw new Refused(`${source} is neither a file nor a directory`);
    }
    makeDirectory(target);
    const key = `${info.dev}:${info.ino}`;
    // A loop: the Fingerprinter, too, sees only that there is a directory.
    if (above.includes(key)) return;
    if (above.length >= DEPTH_MAX) {
      throw new Refused(`${source} is nested deeper than ${DEPTH_MAX}`);
    }
    for (const { name } of Deno.readDirSync(real)) {
      if (name.startsWith("..")) continue;
      if (++this.#entries > ENTRIES_MAX) {
        throw new Refused(`${source} has more than ${ENTRIES_MAX} entries`);
      }
      const next = [...above, key];
      await this.copy(`${source}/${name}`, `${target}/${name}`, next);
    }
  }

  async #breathe(): Promise<void> {
    if (performance.now() <= this.#sliceEndsAt) return;
    await new Promise((done) => setTimeout(done, 0));
    this.#sliceEndsAt = performance.now() + SLICE_MS;
  }
}

/** In words for the user already. */
export class Refused extends Error {}

async function copyFile(
  source: string,
  target: string,
  info: Deno.FileInfo,
): Promise<void> {
  await ownWrite(() =>
    info.size > LARGE_BYTES
      ? Deno.copyFile(source, target)
      : Deno.copyFileSync(source, target)
  );
  const mode = (info.mode ?? FILE_MODE_MAX) & FILE_MODE_MAX;
  Deno.chmodSync(target, mode | FILE_MODE_MIN);
}

/** Whether the Fingerprinter sees an entry that may not be looked into. */
function isUnreadable(path: string): boolean {
  const entry = statEntry(path);
  if (typeof entry === "string") return entry === "unreadable";
  return entry.isDirectory && namesBelow(path, ENTRIES_MAX) === undefined;
}

/** The same to the Fingerprinter, for everyone and for root: a link to itself. */
function makeUnreadable(target: string): void {
  Deno.symlinkSync(basename(target), target);
}

/** The mode of mkdir is subject to the umask. */
export function makeDirectory(path: string): void {
  Deno.mkdirSync(path);
  Deno.chmodSync(path, DIRECTORY_MODE);
}

function followed(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Refused(`${path} is a dangling link`, { cause: error });
  }
}

/** Whether the path is the directory or below it, as texts. */
export const isWithin = (path: string, directory: string) =>
  path === directory ||
  path.startsWith(directory === "/" ? directory : `${directory}/`);
