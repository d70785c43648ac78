/** SHA-256. Half a millisecond of start-up that only a manager with paths pays. */
import type { Hash } from "node:crypto";

let createHash: typeof import("node:crypto").createHash | undefined;

/** Loads what the other functions need; undefined where that was done before. */
export function loadDigest(): Promise<void> | undefined {
  return createHash === undefined ? load() : undefined;
}

async function load(): Promise<void> {
  ({ createHash } = await import("node:crypto"));
}

/** A digest that is fed piece by piece; needs that `loadDigest` has resolved. */
export function newDigest(): Hash {
  if (createHash === undefined) throw new Error("The digest is not loaded");
  return createHash("sha256");
}

/** One digest for several; needs the same. */
export const combine = (digests: readonly string[]): string =>
  newDigest().update(digests.join("\n")).digest("hex");
