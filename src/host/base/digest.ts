/** SHA-256. */
import type { Hash } from "node:crypto";
import { nodeCrypto } from "./built_in.ts";

/** A digest that gets its input piece by piece. */
export const newDigest = (): Hash => nodeCrypto().createHash("sha256");

/** Combines several digests into one. */
export const combine = (digests: readonly string[]): string =>
  newDigest().update(digests.join("\n")).digest("hex");
