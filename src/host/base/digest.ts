/** SHA-256. */
import { createHash, type Hash } from "node:crypto";

/** A digest that gets its input piece by piece. */
export const newDigest = (): Hash => createHash("sha256");

/** Combines several digests into one. */
export const combine = (digests: readonly string[]): string =>
  newDigest().update(digests.join("\n")).digest("hex");
