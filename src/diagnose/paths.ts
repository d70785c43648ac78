/** The watched paths: what lies there, on which mount, and how full the file system is. */
import { formatBytes } from "../core/notation/bytes.ts";
import { oneLine } from "../core/notation/one_line.ts";
import { absolutePath } from "../host/base/absolute_path.ts";
import { readKernelFile } from "../host/descriptor/small_file.ts";
import { fileSystemOf } from "../host/files/file_system.ts";
import type { Collector } from "./collector.ts";
import { listBelow, listParts, type Say } from "./listing.ts";
import { type Mount, mountOf, mountsIn } from "./mounts.ts";

/** A machine with thousands of containers has so many mounts. */
const MOUNTINFO_BYTES = 1024 * 1024;

/** A collector for each path: one that does not answer takes its own time only. */
export function pathCollectors(paths: readonly string[]): Collector[] {
  return paths.map((path, index) => {
    const file = `paths/${index + 1}.txt`;
    return {
      what: `path ${oneLine(path)}`,
      files: {
        [file]: `${
          oneLine(path)
        }: parts, directory, mount and file system; each line has inode, type and mode, links, owner, group, size, mtime, ctime, name`,
      },
      collect: (contents) =>
        tell(absolutePath(path), (line) => contents.append(file, `${line}\n`)),
    };
  });
}

async function tell(path: string, say: Say): Promise<void> {
  const mounts = mountsIn(
    readKernelFile("/proc/self/mountinfo", MOUNTINFO_BYTES) ?? "",
  );
  say(`# ${oneLine(path)}, part by part`);
  await listParts(path, say);
  const real = await Deno.realPath(path).catch(() => undefined);
  if (real !== undefined && real !== path) {
    say(`# ${oneLine(real)}, where it leads to`);
    await listParts(real, say);
  }
  const isDirectory = real !== undefined &&
    (await Deno.stat(real)).isDirectory;
  const directory = isDirectory ? real : parentOf(path);
  say(`# the directory ${oneLine(directory)}`);
  await listBelow(directory, say);
  for (const place of new Set([directory, real ?? path])) {
    await tellMount(place, mounts, say);
  }
}

async function tellMount(
  path: string,
  mounts: readonly Mount[],
  say: Say,
): Promise<void> {
  const real = await Deno.realPath(path).catch(() => undefined);
  if (real === undefined) {
    return path === "/"
      ? undefined
      : await tellMount(parentOf(path), mounts, say);
  }
  say(`# the file system of ${oneLine(real)}`);
  say(mountOf(real, mounts)?.line ?? "its mount is not known");
  const system = await fileSystemOf(real);
  if (system === undefined) return say("how full it is, is not known");
  const { totalBytes, availableBytes, files, freeFiles } = system;
  say(
    `${formatBytes(availableBytes)} of ${
      formatBytes(totalBytes)
    } and ${freeFiles} of ${files} inodes are free`,
  );
}

const parentOf = (path: string): string =>
  path.slice(0, path.lastIndexOf("/")) || "/";
