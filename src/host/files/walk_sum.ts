/** What one walk over a path adds up to: two digests, of the content and of the metadata. */
import type { Hash } from "node:crypto";
import { isProvisional } from "../../core/vocabulary/fingerprint.ts";
import { newDigest } from "../base/digest.ts";

/** `names` reads no file: of all that is not remembered, only the metadata are told. */
export type WalkDepth = "names" | "metadata" | "content";

/** What one walk adds up to. */
export interface Sum {
  readonly depth: WalkDepth;
  readonly content: Hash;
  readonly metadata: Hash;
  /** Sizes of the files so far. */
  bytes: number;
  entries: number;
  provisional: boolean;
  /** What there is too much of to read all; undefined where there is not. */
  coarse: string | undefined;
}

/** Of a walk that begins. */
export const newSum = (depth: WalkDepth): Sum => ({
  depth,
  content: newDigest(),
  metadata: newDigest(),
  bytes: 0,
  entries: 0,
  provisional: false,
  coarse: undefined,
});

/** A regular file, or one of its names. */
export function addFile(
  label: string,
  size: number,
  { metadata, identity }: {
    readonly metadata: string;
    readonly identity: string;
  },
  sum: Sum,
): void {
  sum.provisional ||= isProvisional(identity);
  sum.bytes += size;
  sum.content.update(`file\0${label}\0${identity}\0`);
  sum.metadata.update(`file\0${label}\0${metadata}\0`);
}

/** An entry that has no content. */
export function addOther(text: string, sum: Sum): void {
  sum.content.update(text);
  sum.metadata.update(text);
}
