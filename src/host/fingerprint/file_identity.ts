/**
 * The identity of a file's content: its SHA-256 if the content was read, and
 * otherwise a text made of the metadata. Remembers what was read; does not know
 * of directories.
 */
import { provisionalIdentity } from "../../core/vocabulary/fingerprint.ts";
import type { Compare } from "../../core/vocabulary/settings.ts";
import { monotonicNow } from "../base/clock.ts";
import type { MaybeAsync } from "../base/maybe_async.ts";
import { type Metadata, metadataOf } from "../files/metadata.ts";
import type { ReadMemory } from "./read_memory.ts";
import { LARGE_BYTES, readRegularFile } from "../files/regular_file.ts";
import type { Sum } from "./walk_sum.ts";

/**
 * The content of a path that is read. Files beyond it are judged by their
 * metadata.
 */
export const BYTES_MAX = 1024 ** 3;
export const BYTES_TEXT = "1 GiB";

/** The identity of content that is not read because there is too much of it. */
export const coarseIdentity = (metadata: string) => `metadata:${metadata}`;

/** A file may be replaced between a look at its metadata and the read of its content. */
export interface Identified {
  readonly identity: string;
  /** The metadata of the state that the identity belongs to. */
  readonly info: Metadata;
}

/** The identities of the files of one path. */
export class FileIdentities {
  readonly #compare: Compare;
  readonly #memory: ReadMemory;
  readonly #breathe: (bytes: number) => MaybeAsync<void>;

  /**
   * `breathe` lets the event loop take a turn when it is time for that; it gets
   * the number of bytes that were read since.
   */
  constructor(
    compare: Compare,
    memory: ReadMemory,
    breathe: (bytes: number) => MaybeAsync<void>,
  ) {
    this.#compare = compare;
    this.#memory = memory;
    this.#breathe = breathe;
  }

  /**
   * Reads the file if `sum.depth` allows a read and one is needed. Throws the
   * errors of `readRegularFile`.
   */
  *identityOf(
    path: string,
    info: Deno.FileInfo,
    sum: Sum,
  ): MaybeAsync<Identified> {
    yield* this.#breathe(0);
    const metadata = metadataOf(info);
    if (this.#compare === "metadata") {
      const { mtime, dev, ino } = info;
      return { identity: `${mtime?.getTime()}:${dev}:${ino}`, info };
    }
    if (sum.bytes + info.size > BYTES_MAX) {
      sum.coarse ??= `holds more than ${BYTES_TEXT}`;
      return { identity: coarseIdentity(metadata), info };
    }
    const { depth } = sum;
    const large = info.size > LARGE_BYTES;
    const reads = depth === "content" || (depth === "metadata" && !large);
    const known = this.#memory.identityOf(metadata, reads);
    if (known !== undefined) return { identity: known, info };
    if (!reads) return { identity: provisionalIdentity(metadata), info };
    const readAt = monotonicNow();
    const reading = yield* readRegularFile(path, this.#breathe);
    // If the file was written or replaced while it was read, the digest belongs
    // to neither state.
    const isWhole = reading !== undefined && reading.info.size <= LARGE_BYTES;
    const after = isWhole ? reading.info : Deno.statSync(path);
    const state = metadataOf(after);
    if (reading === undefined || state !== metadataOf(reading.info)) {
      return { identity: provisionalIdentity(state), info: after };
    }
    const { info: read, digest } = reading;
    this.#memory.remember(path, read, digest, readAt);
    return { identity: digest, info: read };
  }
}
