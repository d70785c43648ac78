/**
 * Finds out how much memory our processes may use together, as the kernel
 * counts it for its OOM killer.
 */
import { readSmallFile } from "../descriptor/small_file.ts";

const CGROUP = "/sys/fs/cgroup";
const KIB = 1024;

/**
 * The smallest limit of our memory cgroup and of those above it (version 1 or
 * 2), or the memory of the machine if that is less; undefined if neither can be
 * read.
 */
export function memoryLimitBytes(
  read: (path: string) => string | undefined = readSmallFile,
): number | undefined {
  const memberships = (read("/proc/self/cgroup") ?? "").split("\n");
  const limits = memberships.flatMap((line) => {
    // number:controllers:path (cgroups(7)).
    const [, controllers, path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") return pathsUp(CGROUP, path, "memory.max");
    return controllers?.split(",").includes("memory")
      ? pathsUp(`${CGROUP}/memory`, path, "memory.limit_in_bytes")
      : [];
  }).map((path) => numberIn(read(path)));
  const [, kib] = /^MemTotal:\s+(\d+) kB$/m.exec(read("/proc/meminfo") ?? "") ??
    [];
  const all = [...limits, kib === undefined ? undefined : Number(kib) * KIB];
  const known = all.filter((bytes) => bytes !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
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

/** The number in the text; `max` means no limit, and is undefined. */
function numberIn(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? "";
  return /^\d+$/.test(trimmed) ? Number(trimmed) : undefined;
}
