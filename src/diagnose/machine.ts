/** The program, the kernel and the clock. */
import { readKernelFile } from "../host/descriptor/small_file.ts";
import { VERSION } from "../manager/version.ts";
import type { Collector } from "./collector.ts";

const FILE_BYTES = 64 * 1024;

const KERNEL_FILES = [
  "/proc/version",
  "/proc/uptime",
  "/proc/loadavg",
  "/proc/meminfo",
  "/proc/pressure/cpu",
  "/proc/pressure/memory",
  "/proc/pressure/io",
  "/proc/sys/kernel/pid_max",
  "/proc/sys/kernel/threads-max",
  "/proc/sys/fs/file-nr",
  "/proc/sys/fs/inotify/max_user_instances",
  "/proc/sys/fs/inotify/max_user_watches",
  "/proc/sys/fs/inotify/max_queued_events",
  "/sys/devices/system/clocksource/clocksource0/current_clocksource",
];

export const MACHINE: readonly Collector[] = [
  {
    what: "version",
    files: { "version.txt": "version and build of the program that made this" },
    collect: async (contents) => {
      const { deno, v8 } = Deno.version;
      const executable = Deno.execPath();
      contents.append(
        "version.txt",
        `flush-manager version ${VERSION}\ntarget: ${Deno.build.target}\nruntime: deno ${deno}, v8 ${v8}\nexecutable: ${executable}\n`,
      );
      const { size, mtime } = await Deno.stat(executable);
      contents.append(
        "version.txt",
        `size: ${size} bytes, mtime: ${mtime?.toISOString() ?? "-"}\n`,
      );
    },
  },
  {
    what: "kernel",
    files: { "kernel.txt": "the kernel, its load and limits, and the system" },
    collect: async (contents) => {
      for (const path of KERNEL_FILES) {
        const text = readKernelFile(path, FILE_BYTES);
        if (text === undefined) contents.fault(path, "it cannot be read");
        else contents.append("kernel.txt", `${path}:\n${text.trimEnd()}\n\n`);
      }
      const release = await Deno.readTextFile("/etc/os-release");
      const [, name] = /^PRETTY_NAME="?([^"\n]*)/m.exec(release) ?? [];
      contents.append("kernel.txt", `system: ${name}\n`);
    },
  },
  {
    what: "clock",
    files: { "clock.txt": "the time when this was made, and the time zone" },
    collect: (contents) => {
      const now = new Date();
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      contents.append(
        "clock.txt",
        `UTC: ${now.toISOString()}\nlocal: ${now}\nzone: ${timeZone}, ${-now
          .getTimezoneOffset()} minutes from UTC\n`,
      );
    },
  },
];
