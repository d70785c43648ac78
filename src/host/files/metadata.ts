/** The metadata of a file, as texts that can be compared. */
import { fileTimeMs } from "./file_time.ts";

/** Both the runtime's and node:fs's type have these fields. */
export interface Metadata {
  readonly dev: number;
  readonly ino: number | null;
  readonly size: number;
  readonly mtime: Date | null;
  readonly ctime: Date | null;
}

/** The metadata as one text. Equal texts do not prove equal content. */
export const metadataOf = ({ dev, ino, size, mtime, ctime }: Metadata) =>
  `${dev}:${ino}:${size}:${fileTimeMs(mtime)}:${fileTimeMs(ctime)}`;

/** Identifies a file, whatever its names. */
export const keyOf = ({ dev, ino }: Pick<Metadata, "dev" | "ino">) =>
  `${dev}:${ino}`;
