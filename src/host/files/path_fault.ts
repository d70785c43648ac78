/** What keeps a watched path from having a fingerprint, in words for the user. */
import type { PathPrint } from "../../core/vocabulary/fingerprint.ts";
import { oneLine } from "../../core/notation/one_line.ts";

type PathFault = Extract<PathPrint, { kind: "fault" }>;

/** There is more of it than is looked at. */
export class TooLarge extends Error {}

/** An entry of a watched directory, by its path in there, and in `cause` what is wrong with it. */
class EntryFault extends Error {
  readonly label: string;

  constructor(label: string, cause: unknown) {
    super(label, { cause });
    this.label = label;
  }
}

/** The error with the entry that it is about, unless it is about no single one or passes. */
export function atEntry(label: string, error: unknown): unknown {
  const kept = error instanceof EntryFault || error instanceof TooLarge ||
    error instanceof Deno.errors.NotFound;
  return kept ? error : new EntryFault(label, error);
}

/** A path of a kind that has no content, or that may not be read. */
export function pathFault(
  kind: "unreadable" | "unsupported",
  detail: string,
): PathFault {
  return { kind: "fault", fault: kind, detail };
}

/** The fault that a look at a path has ended with. */
export function faultOf(error: unknown): PathFault {
  if (error instanceof EntryFault) {
    const inner = faultOf(error.cause);
    return { ...inner, detail: `${oneLine(error.label)}: ${inner.detail}` };
  }
  if (error instanceof Deno.errors.NotFound) {
    return { kind: "fault", fault: "missing", detail: "does not exist" };
  }
  if (error instanceof TooLarge) return pathFault("unsupported", error.message);
  if (error instanceof Deno.errors.PermissionDenied) {
    return pathFault("unreadable", "permission denied");
  }
  if (error instanceof Deno.errors.NotCapable) {
    return pathFault(
      "unsupported",
      "is in a kernel file system (/dev, /proc, /sys)",
    );
  }
  const why = error instanceof Error ? error.message : String(error);
  return pathFault("unreadable", why);
}
