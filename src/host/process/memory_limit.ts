/**
 * Finds out how much memory our processes may use together, as the kernel
 * counts it for its OOM killer.
 */
import { readSmallFile } from "../descriptor/small_file.ts";

const CGROUP = "/sys/fs/cgroup";
const KIB = 1024;
const TOTAL = "MemTotal:";

/**
 * The smallest limit of our memory cgroup and of those above it (version 1 or
 * 2), or the memory of the machine if that is less; undefined if neither can be
 * read. It is read before the first start, so there are no regular expressions
 * here: compiling one takes longer than reading the files.
 */
export function memoryLimitBytes(
  read: (path: string) => string | undefined = readSmallFile,
): number | undefined {
  let least = Infinity;
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    for (const file of limitFiles(line)) {
      least = Math.min(least, numberAt(read(file), 0) ?? least);
    }
  }
  const machine = read("/proc/meminfo");
  const at = machine?.indexOf(TOTAL) ?? -1;
  const kib = at === -1 ? undefined : numberAt(machine, at + TOTAL.length);
  if (kib !== undefined) least = Math.min(least, kib * KIB);
  return least === Infinity ? undefined : least;
}

/** The files that hold the limits of a membership, `number:controllers:path` (cgroups(7)). */
function limitFiles(membership: string): string[] {
  const [, controllers, ...path] = membership.split(":");
  if (controllers === undefined) return [];
  if (controllers === "") return pathsUp(CGROUP, path.join(":"), "memory.max");
  return controllers.split(",").includes("memory")
    ? pathsUp(`${CGROUP}/memory`, path.join(":"), "memory.limit_in_bytes")
    : [];
}

/**
 * The paths of the file in the directory of the cgroup and in those above it,
 * up to the mount point.
 */
function pathsUp(mount: string, path: string, name: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return Array.from(
    { length: parts.length + 1 },
    (_, depth) => [mount, ...parts.slice(0, depth), name].join("/"),
  );
}

/** The number after blanks at this index; undefined for `max`, which means no limit. */
function numberAt(text: string | undefined, at: number): number | undefined {
  const number = Number.parseInt(text?.slice(at) ?? "", 10);
  return Number.isNaN(number) ? undefined : number;
}
