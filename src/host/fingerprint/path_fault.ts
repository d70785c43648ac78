/** Describes why a watched path has no fingerprint, in words for the user. */
import type { PathPrint } from "../../core/vocabulary/fingerprint.ts";
import { oneLine } from "../../core/notation/one_line.ts";

type PathFault = Extract<PathPrint, { kind: "fault" }>;

/** The path holds more than the limits allow. */
export class TooLarge extends Error {}

/**
 * A fault of one entry of a watched directory: `label` is its path in there,
 * and `cause` is what is wrong with it.
 */
class EntryFault extends Error {
  readonly label: string;

  constructor(label: string, cause: unknown) {
    super(label, { cause });
    this.label = label;
  }
}

/**
 * Adds the entry to the error. An error stays as it is if it concerns no single
 * entry, or if it is NotFound, which is worth another attempt.
 */
export function atEntry(label: string, error: unknown): unknown {
  const kept = error instanceof EntryFault || error instanceof TooLarge ||
    error instanceof Deno.errors.NotFound;
  return kept ? error : new EntryFault(label, error);
}

/** The fault of a path that has no content, or that may not be read. */
export function pathFault(
  kind: "unreadable" | "unsupported",
  detail: string,
): PathFault {
  return { kind: "fault", fault: kind, detail };
}

/** The fault for the error with which a walk has ended. */
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
