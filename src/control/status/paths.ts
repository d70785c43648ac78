/** What the child has of each watched path, and what lies on the disk. Pure. */
import {
  againstBase,
  type Fingerprint,
  isProvisional,
  type PathPrint,
} from "../../core/vocabulary/fingerprint.ts";
import type { Running } from "../../core/vocabulary/state.ts";
import type { Journal } from "../vocabulary/journal.ts";
import type { PathStatus } from "../vocabulary/status.ts";
import { moment } from "./moments.ts";

/** `accepted` is what was decided on last for the child that serves; it was not told of it where that is not asked for. */
type Contents = Readonly<
  Record<"running" | "accepted" | "disk" | "rejected", PathPrint | undefined>
>;

/** `child` is the one that serves. */
export const pathsOf = (
  { watched, seen }: Pick<Journal, "watched" | "seen">,
  child: Running | undefined,
): readonly PathStatus[] =>
  watched.map((path, at) => {
    const contents = {
      running: child?.given[at],
      accepted: child?.baseline[at],
      disk: seen?.[at],
      rejected: rejectedOf(child)?.[at],
    };
    return {
      path,
      ...stateOf(contents),
      ...factsOf(contents.disk),
      ...digestsOf(contents),
    };
  });

const rejectedOf = (child: Running | undefined): Fingerprint | undefined =>
  child?.pending.kind === "rejected"
    ? child.pending.candidate.content
    : undefined;

function stateOf(
  { running, accepted, disk, rejected }: Contents,
): Pick<PathStatus, "status" | "detail"> {
  // The child that has a file cannot be given a directory, nor the other way round.
  const found = disk !== undefined && accepted !== undefined
    ? againstBase(accepted, disk)
    : disk;
  if (found?.kind === "fault") {
    return { status: "unreadable", detail: found.detail };
  }
  const detail = found?.coarse === undefined
    ? null
    : `it ${found.coarse}; its metadata are compared in place of its content`;
  if (found === undefined || running === undefined) {
    return { status: "unknown", detail };
  }
  if (isSame(running, found)) return { status: "current", detail };
  if (accepted !== undefined && isSame(accepted, found)) {
    return { status: "ignored", detail };
  }
  return rejected !== undefined && isSame(rejected, found)
    ? { status: "rejected", detail }
    : { status: "pending", detail };
}

/** The same content; if one of them was not read, the same metadata. */
function isSame(one: PathPrint, other: PathPrint): boolean {
  if (one.kind === "fault" || other.kind === "fault") return false;
  return isProvisional(one.identity) || isProvisional(other.identity)
    ? one.metadata === other.metadata
    : one.identity === other.identity;
}

const factsOf = (
  disk: PathPrint | undefined,
): Pick<PathStatus, "kind" | "size_bytes" | "modified_at"> =>
  disk === undefined || disk.kind === "fault"
    ? { kind: null, size_bytes: null, modified_at: null }
    : {
      kind: disk.kind,
      size_bytes: disk.size,
      modified_at: moment(disk.mtimeMs),
    };

const digestsOf = (
  { running, disk }: Contents,
): Pick<PathStatus, "running_sha256" | "disk_sha256"> => ({
  running_sha256: digestOf(running),
  disk_sha256: digestOf(disk),
});

/** What stands in for content that was not read, or is compared by its metadata, is no digest. */
const DIGEST = /^[0-9a-f]{64}$/;

const digestOf = (print: PathPrint | undefined): string | null =>
  print !== undefined && print.kind !== "fault" && DIGEST.test(print.identity)
    ? print.identity
    : null;
