/** What a file system tells of a file without its content. */
import { fileTimeMs } from "./file_time.ts";

/** Of the runtime, or of node:fs. */
export interface Metadata {
  readonly dev: number;
  readonly ino: number | null;
  readonly size: number;
  readonly mtime: Date | null;
  readonly ctime: Date | null;
}

/** As one text; equal texts do not prove equal content. */
export const metadataOf = ({ dev, ino, size, mtime, ctime }: Metadata) =>
  `${dev}:${ino}:${size}:${fileTimeMs(mtime)}:${fileTimeMs(ctime)}`;

/** Which file it is, whatever its names. */
export const keyOf = ({ dev, ino }: Pick<Metadata, "dev" | "ino">) =>
  `${dev}:${ino}`;
