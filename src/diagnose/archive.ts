/** The archive: a gzipped tar file that others than its owner cannot read. */
import { packTar } from "modern-tar";
import type { Entry } from "./contents.ts";

/** The default name, in UTC. */
export const archiveName = (at: Date): string => `${baseName(at)}.tar.gz`;

/** The folder in which everything is. */
export const baseName = (at: Date): string => {
  const [date, time] = at.toISOString().split("T");
  const digits = (text: string) => text.replaceAll(/\D/g, "");
  return `flush-manager-diagnose-${digits(date)}-${digits(time.slice(0, 8))}`;
};

const MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** The bytes of the archive, with all entries in one folder. */
export async function packed(
  entries: readonly Entry[],
  folder: string,
  mtime: Date,
): Promise<Uint8Array<ArrayBuffer>> {
  const files = entries.map(({ name, text }) => {
    const body = new TextEncoder().encode(text);
    return {
      header: {
        name: `${folder}/${name}`,
        size: body.length,
        mode: MODE,
        mtime,
      },
      body,
    };
  });
  const tar = await packTar([
    {
      header: {
        name: `${folder}/`,
        size: 0,
        type: "directory",
        mode: DIRECTORY_MODE,
        mtime,
      },
    },
    ...files,
  ]);
  const gzip = new Blob([tar]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(gzip).arrayBuffer());
}

/** A file that gets its name when it is complete. */
export class ArchiveFile {
  readonly #path: string;
  readonly #unfinished: string;
  readonly #file: Deno.FsFile;

  /** Throws where the file cannot be made, or is there already. */
  constructor(path: string) {
    this.#path = path;
    if (isThere(path)) throw new Deno.errors.AlreadyExists("it exists already");
    const [, directory, name] = /^(.*\/)?([^/]*)$/s.exec(path) ?? [];
    this.#unfinished = `${directory ?? ""}.${name}.${Deno.pid}`;
    this.#file = Deno.openSync(this.#unfinished, {
      write: true,
      createNew: true,
      mode: MODE,
    });
  }

  /** Writes all of it. Rejects, and leaves nothing, where it cannot be. */
  async finish(bytes: Uint8Array): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0;) {
        rest = rest.subarray(await this.#file.write(rest));
      }
      await this.#file.sync();
      // Takes the name if nobody has it: a rename alone would replace a file.
      Deno.openSync(this.#path, { write: true, createNew: true, mode: MODE })
        .close();
      await Deno.rename(this.#unfinished, this.#path);
    } catch (error) {
      this.discard();
      throw error;
    }
    this.#file.close();
  }

  /** Removes what there is of it. */
  discard(): void {
    this.#file.close();
    try {
      Deno.removeSync(this.#unfinished);
    } catch {
      // Whoever has removed it before has done what is wanted.
    }
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
