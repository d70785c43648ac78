/** The limits and the use of a process's control group, version 1 or 2. */
import { readKernelFile } from "../host/descriptor/small_file.ts";

const ROOT = "/sys/fs/cgroup";
const FILE_BYTES = 64 * 1024;

const FILES: Readonly<Record<string, readonly string[]>> = {
  "": [
    ...["memory.max", "memory.high", "memory.low", "memory.current"],
    ...["memory.peak", "memory.swap.max", "memory.events", "memory.pressure"],
    ...["cpu.max", "cpu.weight", "cpu.stat", "cpu.pressure", "io.pressure"],
    ...["pids.max", "pids.current", "pids.events"],
    ...["cgroup.controllers", "cgroup.events", "cgroup.freeze"],
  ],
  memory: [
    ...["memory.limit_in_bytes", "memory.usage_in_bytes", "memory.failcnt"],
    ...["memory.max_usage_in_bytes", "memory.oom_control"],
  ],
  cpu: ["cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares", "cpu.stat"],
  pids: ["pids.max", "pids.current"],
};

type Read = (path: string) => string | undefined;

/** Each file that can be read, under its path; empty where none can. */
export function controlGroupOf(
  pid: number,
  read: Read = (path) => readKernelFile(path, FILE_BYTES),
): string {
  const lines = (read(`/proc/${pid}/cgroup`) ?? "").split("\n");
  return lines.flatMap((line) => {
    const [, controllers, ...path] = line.split(":");
    if (controllers === undefined) return [];
    return controllers.split(",").flatMap((controller) =>
      (FILES[controller] ?? []).map((file) =>
        shown(`${ROOT}/${controller}`, path.join(":"), file, read)
      )
    );
  }).join("");
}

/** In a container the path may be that outside of it: then the group is at the root. */
function shown(mount: string, path: string, file: string, read: Read): string {
  const places = [`${mount}${path}/${file}`, `${mount}/${file}`]
    .map((place) => place.replace(/\/{2,}/g, "/"));
  for (const place of places) {
    const text = read(place);
    if (text !== undefined) return `${place}:\n${text.trimEnd()}\n\n`;
  }
  return "";
}
