/** Which oom_score_adj a child begins with, and that ours is as before. */
import assert from "node:assert/strict";
import type { OomScoreAdj } from "../../../src/core/vocabulary/settings.ts";
import { memoryLimitBytes } from "../../../src/host/process/memory_limit.ts";
import { OomScore } from "../../../src/host/process/oom_score.ts";
import "../loaded_libc.ts";

const MIB = 1024 * 1024;
const EROFS = 30;

/** What is written around one start, and what is refused. */
function written(
  setting: OomScoreAdj,
  { own = "0\n", limitMib, errno = 0 }: {
    own?: string | undefined;
    limitMib?: number;
    errno?: number;
  } = {},
) {
  const calls: string[] = [];
  const refusals: string[] = [];
  const score = new OomScore(setting, (why) => refusals.push(why), {
    read: () => own === "" ? undefined : own,
    write: (text) => {
      calls.push(text);
      return errno;
    },
    limitBytes: () => limitMib === undefined ? undefined : limitMib * MIB,
  });
  const start = () => score.around(() => calls.push("start"));
  start();
  return { calls, refusals, start };
}

const TABLE: readonly [
  string,
  OomScoreAdj,
  Parameters<typeof written>[1],
  string[],
][] = [
  ["inherited", "inherit", { limitMib: 128 }, ["start"]],
  ["given", 300, {}, ["300", "start", "0"]],
  ["given below ours", -5, { own: "7\n" }, ["-5", "start", "7"]],
  ["as much above ours as we weigh of the limit", "auto", { limitMib: 256 }, [
    "250",
    "start",
    "0",
  ]],
  ["the same above another one of ours", "auto", {
    own: "500\n",
    limitMib: 256,
  }, ["750", "start", "500"]],
  ["1000 at most", "auto", { own: "998\n", limitMib: 256 }, [
    "1000",
    "start",
    "998",
  ]],
  ["1000 in a limit that we fill", "auto", { limitMib: 48 }, [
    "1000",
    "start",
    "0",
  ]],
  ["hardly above ours on a large machine", "auto", { limitMib: 65_536 }, [
    "1",
    "start",
    "0",
  ]],
];

for (const [what, setting, world, calls] of TABLE) {
  Deno.test(`oom_score: ${what}`, () => {
    assert.deepEqual(written(setting, world).calls, calls);
  });
}

Deno.test("oom_score: where it cannot be written, that is said once and the child inherits", () => {
  const { calls, refusals, start } = written("auto", {
    limitMib: 128,
    errno: EROFS,
  });
  start();
  assert.deepEqual(calls, ["500", "start", "start"]);
  assert.deepEqual(refusals, ["os error 30"]);
});

Deno.test("oom_score: where ours cannot be read, the child inherits", () => {
  const { calls, refusals } = written("auto", { own: "", limitMib: 128 });
  assert.deepEqual(calls, ["start"]);
  assert.deepEqual(refusals, ["it cannot be read"]);
});

const MEMINFO = {
  "/proc/meminfo": "MemTotal:        8388608 kB\nMemFree: 1 kB\n",
};
const V1 = "/sys/fs/cgroup/memory";

const LIMITS: readonly [string, Record<string, string>, number | undefined][] =
  [
    ["nothing can be read", {}, undefined],
    ["there is no limit: the machine's memory", {
      ...MEMINFO,
      "/proc/self/cgroup": "0::/\n",
      "/sys/fs/cgroup/memory.max": "max\n",
    }, 8_192],
    ["in a cgroup namespace", {
      ...MEMINFO,
      "/proc/self/cgroup": "0::/\n",
      "/sys/fs/cgroup/memory.max": "134217728\n",
    }, 128],
    ["the limit is one above ours", {
      ...MEMINFO,
      "/proc/self/cgroup": "0::/a.slice/b.service\n",
      "/sys/fs/cgroup/a.slice/memory.max": "67108864\n",
      "/sys/fs/cgroup/a.slice/b.service/memory.max": "max\n",
    }, 64],
    ["version 1", {
      ...MEMINFO,
      "/proc/self/cgroup": "4:memory:/a\n3:cpu,cpuacct:/\n",
      [`${V1}/a/memory.limit_in_bytes`]: "33554432\n",
      [`${V1}/memory.limit_in_bytes`]: "9223372036854771712\n",
    }, 32],
  ];

for (const [what, files, mib] of LIMITS) {
  Deno.test(`memory_limit: ${what}`, () => {
    const bytes = memoryLimitBytes((path) => files[path]);
    assert.equal(bytes, mib === undefined ? undefined : mib * MIB);
  });
}

Deno.test("memory_limit: this machine's is known", () => {
  assert.ok((memoryLimitBytes() ?? 0) > MIB);
});
