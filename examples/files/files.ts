/** Files: their content in a back end, what is known of them in the metadata, changed under a lock. */
import type { Backend, Content } from "./backends/backend.ts";
import type { Locks } from "./locks.ts";
import type { FileRow, Metadata } from "./metadata.ts";
import type { MetadataCache } from "./metadata_cache.ts";
import { reasonOf, Refusal } from "./refusal.ts";

/** An upload as it comes in. */
export interface Upload {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** As the client says; undefined when it does not. */
  readonly length: number | undefined;
  readonly contentType: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

interface Parts {
  readonly backends: readonly Backend[];
  readonly metadata: Metadata;
  readonly locks: Locks;
  readonly cache: MetadataCache;
  /** Told of content that could not be removed: it takes space, and is no file any more. */
  readonly onLeft: (object: string, why: string) => void;
}

export class Files {
  readonly #parts: Parts;

  /** New files go to the first of the back ends. */
  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The file and its content. */
  async open(path: string): Promise<FileRow & Pick<Content, "body">> {
    const { cache } = this.#parts;
    const cached = cache.get(path);
    const opened = cached && await this.#contentOf(cached);
    if (cached !== undefined && opened !== undefined) {
      return { ...cached, body: opened.body };
    }
    cache.forget(path);
    // Its content is removed when it is replaced: so it may be gone when the
    // metadata have just been read, and then there are newer ones.
    let before: string | undefined;
    while (true) {
      const row = await this.find(path);
      const content = await this.#contentOf(row);
      if (content !== undefined) {
        cache.keep(row);
        return { ...row, body: content.body };
      }
      if (row.object === before) {
        throw new Refusal(
          500,
          `Content is missing: ${row.backend} holds no ${row.object}`,
        );
      }
      before = row.object;
    }
  }

  async find(path: string): Promise<FileRow> {
    const row = await this.#parts.metadata.find(path);
    if (row === undefined) throw new Refusal(404, `File not found: ${path}`);
    return row;
  }

  /** Makes the upload the file of that path: all of it, or the file stays as it was. */
  async put(path: string, upload: Upload): Promise<FileRow> {
    const { metadata, locks, backends: [backend], cache } = this.#parts;
    await using lock = await locks.acquire(path);
    const object = `${path}@${lock.token}`;
    const { body, length, contentType, signal } = upload;
    const stored = await backend.put(object, body, length, signal);
    const file = {
      path,
      backend: backend.name,
      object,
      contentType,
      ...stored,
    };
    let before;
    try {
      before = await metadata.put(file, lock.token);
    } catch (error) {
      if (error instanceof Refusal && error.status === 409) {
        await this.#remove({ backend: backend.name, object });
      }
      throw error;
    }
    cache.forget(path);
    if (before !== undefined) await this.#remove(before);
    return { ...file, updatedAt: new Date() };
  }

  async remove(path: string): Promise<void> {
    const { metadata, locks, cache } = this.#parts;
    await using lock = await locks.acquire(path);
    const before = await metadata.remove(path, lock.token);
    cache.forget(path);
    if (before === undefined) throw new Refusal(404, `File not found: ${path}`);
    await this.#remove(before);
  }

  async #contentOf(row: FileRow): Promise<Content | undefined> {
    const content = await this.#backend(row.backend).get(row.object);
    if (content === undefined || content.size === row.size) return content;
    await content.body.cancel();
    throw new Refusal(
      500,
      `Content is damaged: ${row.backend} holds ${content.size} bytes of ${row.object}, and it had ${row.size}`,
    );
  }

  async #remove(
    { backend, object }: Pick<FileRow, "backend" | "object">,
  ): Promise<void> {
    try {
      await this.#backend(backend).remove(object);
    } catch (error) {
      this.#parts.onLeft(object, reasonOf(error));
    }
  }

  #backend(name: string): Backend {
    const backend = this.#parts.backends.find((each) => each.name === name);
    if (backend !== undefined) return backend;
    throw new Refusal(
      503,
      `Back end ${name} is not configured, and holds the content of this file`,
    );
  }
}
