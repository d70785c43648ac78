/** What processes use, against what the runtime and the kernel's own files say. */
import { equal, ok } from "node:assert/strict";
import {
  COUNTED_MAX,
  countedDescriptors,
  groupUsage,
  ownUsage,
  type ResourceUsage,
} from "../../../src/host/process/usage.ts";
import "../loaded_libc.ts";
import { alone, tempDirectory, until } from "../temp.ts";

/** Beyond kernel.pid_max, which is 2^22 at most. */
const NOBODY = 2 ** 22 + 1;

/** A shell in a session of its own, which runs `script`; its whole group ends with the scope. */
function shell(script: string) {
  const child = new Deno.Command("sh", {
    args: ["-c", script],
    detached: true,
    stdin: "null",
  }).spawn();
  return {
    pid: child.pid,
    usage: () => groupUsage(child.pid),
    [Symbol.asyncDispose]: async () => {
      Deno.kill(-child.pid, "SIGKILL");
      await child.status;
    },
  };
}

const found = (usage: ResourceUsage | undefined): ResourceUsage => {
  ok(usage !== undefined);
  return usage;
};

const listed = (pid: number) => [...Deno.readDirSync(`/proc/${pid}/fd`)].length;

const linkOf = (path: string): string | undefined => {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
};

/** What fixtures/own_usage.ts says. */
interface OwnUsage {
  readonly usage: ResourceUsage;
  readonly counted: number;
  readonly listed: number;
  readonly threads: number;
  readonly residentBytes: number;
}

const ownUsageWith = async (moreFiles: number): Promise<OwnUsage> =>
  JSON.parse(await alone("own_usage.ts", { args: [String(moreFiles)] }));

Deno.test("our own use is that of the kernel's files", async () => {
  const told = await ownUsageWith(7);
  const { usage } = told;
  equal(usage.processes, 1);
  equal(usage.threads, told.threads);
  equal(usage.openDescriptors, told.listed);
  equal(told.counted, told.listed);
  const resident = usage.residentBytes / told.residentBytes;
  ok(resident > 0.9 && resident < 1.1, `${resident} of VmRSS`);
});

Deno.test("not more than so many descriptors are counted", async () => {
  const { usage, counted, listed } = await ownUsageWith(COUNTED_MAX + 100);
  equal(counted, COUNTED_MAX);
  equal(usage.openDescriptors, TELLS_DESCRIPTORS ? listed : COUNTED_MAX);
});

/** Whether the size of the directory is the number of descriptors, as since Linux 6.2. */
const TELLS_DESCRIPTORS = Deno.statSync("/proc/self/fd").size > 0;

Deno.test("our own processor time grows as we work", async () => {
  const before = found(ownUsage()).cpuSeconds;
  await until("a busy loop is seen", () => {
    const end = performance.now() + 20;
    while (performance.now() < end);
    return found(ownUsage()).cpuSeconds >= before + 0.1;
  });
});

/** User time and system time are each rounded to ticks of 10 ms. */
const TICK_ERROR_SECONDS = 0.03;

/** By proc_pid_stat(5). */
function ownTicks(): { readonly own: number; readonly ofChildren: number } {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  const [, , , , , , , , , , , user, system, ofChildren] = stat
    .slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  return { own: user + system, ofChildren };
}

Deno.test("our own use has nothing of our children's", async () => {
  await new Deno.Command("sh", {
    args: ["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"],
  }).output();
  const before = ownTicks();
  ok(before.ofChildren > 5, `${before.ofChildren} ticks of children`);
  const seconds = found(ownUsage()).cpuSeconds;
  // The tests beside this one are threads of the same process.
  const after = ownTicks();
  const text = `${before.own} to ${after.own} ticks, and ${seconds} s`;
  ok(seconds >= before.own / 100 - TICK_ERROR_SECONDS, text);
  ok(seconds <= after.own / 100 + TICK_ERROR_SECONDS, text);
});

Deno.test("all of a group count, and nobody else", async () => {
  await using one = shell("sleep 600 & sleep 600 & exec 8>/dev/zero; wait");
  await using other = shell("sleep 600 & wait");
  await until(
    "all run",
    () => one.usage()?.processes === 3 && other.usage()?.processes === 2,
  );
  const usage = found(one.usage());
  equal(usage.threads, 3);
  ok(usage.residentBytes > 0);
  equal(found(groupUsage(one.pid, 2)).processes, 2);
  await until(
    "the shell has opened its own",
    () => linkOf(`/proc/${one.pid}/fd/8`) === "/dev/zero",
  );
  equal(
    found(groupUsage(one.pid, 1)).openDescriptors,
    listed(one.pid),
  );
});

Deno.test("who has left the session is no member", async () => {
  await using directory = await tempDirectory();
  const file = `${directory.path}/pid`;
  await using child = shell(
    `setsid sh -c 'echo $$ > ${file}.part; mv ${file}.part ${file}; exec sleep 600' & sleep 600 & wait`,
  );
  await until("it has left", async () => {
    const { isFile } = await Deno.lstat(file).catch(() => ({ isFile: false }));
    return isFile;
  });
  await until("two are left", () => child.usage()?.processes === 2);
  Deno.kill(Number(Deno.readTextFileSync(file)), "SIGKILL");
});

Deno.test("the time of a member that has ended stays", async () => {
  await using child = shell(
    "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; sleep 600",
  );
  await until(
    "the loop is over",
    () => {
      const usage = child.usage();
      return usage?.processes === 2 && usage.cpuSeconds > 0.05 &&
        isAsleep(child.pid);
    },
  );
  const { cpuSeconds } = found(child.usage());
  equal(found(child.usage()).cpuSeconds, cpuSeconds);
});

/** Whether the last child of a process is `sleep`; between two of them it has none. */
function isAsleep(pid: number): boolean {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
  const last = children.trim().split(" ").at(-1);
  return last !== undefined && last !== "" &&
    Deno.readTextFileSync(`/proc/${last}/comm`) === "sleep\n";
}

Deno.test("a zombie runs no more, and its time still counts", async () => {
  await using directory = await tempDirectory();
  const gate = `${directory.path}/gate`;
  Deno.writeTextFileSync(gate, "");
  // `exec` keeps the parent from waiting for what it has started.
  await using child = shell(
    `sh -c 'while [ -e ${gate} ]; do sleep 0.02; done' & exec sleep 600`,
  );
  await until("both run", () => (child.usage()?.processes ?? 0) >= 2);
  Deno.removeSync(gate);
  await until("one is left", () => child.usage()?.processes === 1);
  equal(found(child.usage()).threads, 1);
});

Deno.test("without libc nothing is known", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      new URL("../../fixtures/usage_without_libc.ts", import.meta.url).href,
    ],
    stdin: "null",
  }).output();
  equal(new TextDecoder().decode(stdout), "undefined undefined\n");
});

Deno.test("nobody is there", () => {
  equal(groupUsage(NOBODY), undefined);
  equal(countedDescriptors(NOBODY), 0);
  equal(countedDescriptors(Deno.pid, 0), 0);
  equal(countedDescriptors(Deno.pid, 2), 2);
});
