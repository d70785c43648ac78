/** Makes the fingerprint of a path that can be read. */
import {
  type PathPrint,
  provisionalIdentity,
} from "../../core/vocabulary/fingerprint.ts";
import { fileTimeMs } from "../files/file_time.ts";
import { type Metadata, metadataOf } from "../files/metadata.ts";
import { faultOf } from "./path_fault.ts";

export type Found = Exclude<PathPrint, { kind: "fault" }>;

/** Everything but the identity of the content. */
export const factsOf = (info: Metadata) => ({
  metadata: metadataOf(info),
  dev: info.dev,
  ino: info.ino ?? 0,
  size: info.size,
  mtimeMs: fileTimeMs(info.mtime),
});

const NAMELESS = "unknown";

/** Whether it took too long to find out even the metadata of all entries. */
export const isNameless = (print: PathPrint): boolean =>
  print.kind !== "fault" && print.metadata === NAMELESS;

/**
 * The fingerprint of a directory whose metadata are not known yet; it cannot be
 * compared with any other.
 */
export function nameless(path: string): PathPrint {
  try {
    const facts = { ...factsOf(Deno.statSync(path)), metadata: NAMELESS };
    const identity = provisionalIdentity(facts.metadata);
    return { kind: "directory", identity, ...facts };
  } catch (error) {
    return faultOf(error);
  }
}
