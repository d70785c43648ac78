/** Which files of control groups are read, in both versions. */
import { equal } from "node:assert/strict";
import { controlGroupOf } from "../../src/diagnose/control_group.ts";

const of = (files: Readonly<Record<string, string>>) =>
  controlGroupOf(7, (path) => files[path]);

Deno.test("version 2: the group's own files, in a container those of the root", () => {
  equal(
    of({
      "/proc/7/cgroup": "0::/a:b\n",
      "/sys/fs/cgroup/a:b/memory.max": "1024\n",
      "/sys/fs/cgroup/memory.max": "max\n",
      "/sys/fs/cgroup/pids.max": "5\n",
    }),
    "/sys/fs/cgroup/a:b/memory.max:\n1024\n\n/sys/fs/cgroup/pids.max:\n5\n\n",
  );
});

Deno.test("version 1: by controller", () => {
  equal(
    of({
      "/proc/7/cgroup": "4:cpu,cpuacct:/x\n3:memory:/x\n1:name=systemd:/x\n",
      "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9\n",
      "/sys/fs/cgroup/cpu/cpu.shares": "2\n",
    }),
    "/sys/fs/cgroup/cpu/cpu.shares:\n2\n\n/sys/fs/cgroup/memory/x/memory.limit_in_bytes:\n9\n\n",
  );
});

Deno.test("a process that is not there has none", () => {
  equal(of({}), "");
});
