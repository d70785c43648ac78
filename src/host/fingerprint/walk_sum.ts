/**
 * Collects the result of one walk over a path: two digests, of the content and
 * of the metadata.
 */
import type { Hash } from "node:crypto";
import {
  type Entries,
  isProvisional,
} from "../../core/vocabulary/fingerprint.ts";
import { newDigest } from "../base/digest.ts";
import { EntryList, NO_ENTRIES } from "./entry_list.ts";

/**
 * `names` reads no file: content that is not remembered is judged by its
 * metadata.
 */
export type WalkDepth = "names" | "metadata" | "content";

/** The result of a walk so far. */
export interface Sum {
  readonly depth: WalkDepth;
  readonly content: Hash;
  readonly metadata: Hash;
  /** Sizes of the files so far. */
  bytes: number;
  entries: number;
  provisional: boolean;
  /**
   * Which limit the path exceeds, so that it is not read completely; undefined
   * if it exceeds none.
   */
  coarse: string | undefined;
  /** What a directory holds, unless there is more than was looked at. */
  readonly list: EntryList;
  isPartial: boolean;
}

/** The empty result with which a walk begins; `before` is what an earlier one has found. */
export const newSum = (
  depth: WalkDepth,
  before: Entries = NO_ENTRIES,
): Sum => ({
  depth,
  content: newDigest(),
  metadata: newDigest(),
  bytes: 0,
  entries: 0,
  provisional: false,
  coarse: undefined,
  list: new EntryList(before),
  isPartial: false,
});

/** Adds a regular file, by one of its names. */
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
  sum.list.add(label, identity);
}

/** Adds an entry that has no content; `facts` are all that is known of it. */
export function addOther(
  kind: string,
  label: string,
  sum: Sum,
  facts?: string,
): void {
  const text = `${kind}\0${label}\0${facts === undefined ? "" : `${facts}\0`}`;
  sum.content.update(text);
  sum.metadata.update(text);
  sum.list.add(label, facts ?? kind);
}
