/** Counts and hashes a body that passes. */
import { createHash } from "node:crypto";
import type { Stored } from "./backend.ts";

export class Measured
  extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  /** What has passed so far. */
  readonly stored: () => Stored;

  constructor() {
    const hash = createHash("sha256");
    let size = 0;
    super({
      transform(chunk, controller) {
        hash.update(chunk);
        size += chunk.length;
        controller.enqueue(chunk);
      },
    });
    this.stored = () => ({ size, sha256: hash.copy().digest("hex") });
  }
}
