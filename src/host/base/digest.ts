/** SHA-256. */
import { createHash, type Hash } from "node:crypto";

/** A digest that is fed piece by piece. */
export const newDigest = (): Hash => createHash("sha256");

/** One digest for several. */
export const combine = (digests: readonly string[]): string =>
  newDigest().update(digests.join("\n")).digest("hex");
