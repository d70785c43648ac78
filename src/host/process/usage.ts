/**
 * What processes use of the machine, as /proc tells: our own, and all of a
 * child's process group or session. Cheap enough for every scrape: the members
 * are found by two calls for each process of the machine, and of each member one
 * short file is read.
 */
import { libcCalls } from "../libc/calls.ts";
import { namesIn, readInto } from "./proc.ts";

export interface ResourceUsage {
  /** Also of those that have ended and that a member has waited for. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Of those whose descriptors we may count. */
  readonly openDescriptors: number;
  readonly threads: number;
  readonly processes: number;
}

export const usageCalls = libcCalls({
  getpgid: { parameters: ["i32"], result: "i32" },
  getsid: { parameters: ["i32"], result: "i32" },
  getpagesize: { parameters: [], result: "i32" },
  statx: {
    parameters: ["i32", "buffer", "i32", "u32", "buffer"],
    result: "i32",
  },
});

type UsageCalls = NonNullable<ReturnType<typeof usageCalls>>;

/** Of so many members the use is told, and of no others. */
export const MEMBERS_MAX = 1_000;
/** So many descriptors are counted in all, where the kernel does not tell their number: that takes 8 ms. */
export const COUNTED_MAX = 4_096;
/** USER_HZ, the unit of times in /proc, on x86-64 and arm64. */
const TICKS_PER_SECOND = 100;
/** The line has 52 numbers and a name of 64 bytes at most. */
const STAT_BYTES = 1_024;
const AT_FDCWD = -100;
const STATX_SIZE = 0x200;
const STATX_BYTES = 256;
const STATX_SIZE_OFFSET = 40;
/** `.` and `..`. */
const ITSELF = 2;

/** What we use, without our children; undefined where there is no libc or no /proc. */
export function ownUsage(): ResourceUsage | undefined {
  const calls = usageCalls();
  const stat = statOf(Deno.pid);
  if (calls === undefined || stat === undefined) return undefined;
  return sumOf(calls, [{ ...stat, waitedTicks: 0 }]);
}

/**
 * What a process, its group and its session use together; undefined where nobody
 * of them is there, and where there is no libc or no /proc.
 */
export function groupUsage(
  leader: number,
  maxMembers = MEMBERS_MAX,
): ResourceUsage | undefined {
  const calls = usageCalls();
  if (calls === undefined) return undefined;
  const stats = membersOf(calls, leader, maxMembers)
    .flatMap((pid) => statOf(pid) ?? []);
  return stats.length === 0 ? undefined : sumOf(calls, stats);
}

/** What /proc/PID/stat tells of a process (proc_pid_stat(5)). */
interface Stat {
  readonly pid: number;
  readonly isZombie: boolean;
  readonly ticks: number;
  /** Of children that have ended and were waited for. */
  readonly waitedTicks: number;
  readonly threads: number;
  readonly pages: number;
}

function membersOf(
  calls: UsageCalls,
  leader: number,
  maxMembers: number,
): number[] {
  const members: number[] = [];
  for (const name of namesIn("/proc") ?? []) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const isMember = pid === leader || calls.getpgid(pid) === leader ||
      calls.getsid(pid) === leader;
    if (isMember && members.push(pid) === maxMembers) break;
  }
  return members;
}

/** One buffer for all: 500 fresh ones for every scrape would be garbage by the megabyte. */
const line = new Uint8Array(new ArrayBuffer(STAT_BYTES));

function statOf(pid: number): Stat | undefined {
  const text = readInto(line, `/proc/${pid}/stat`);
  if (text === undefined || text === "") return undefined;
  // After the name in parentheses, which may hold anything: the third field.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (field: number) => Number(fields[field - 3]);
  return {
    pid,
    isZombie: fields[0] === "Z",
    ticks: number(14) + number(15),
    waitedTicks: number(16) + number(17),
    threads: number(20),
    pages: number(24),
  };
}

function sumOf(calls: UsageCalls, stats: readonly Stat[]): ResourceUsage {
  const pageBytes = calls.getpagesize();
  let ticks = 0;
  let pages = 0;
  let openDescriptors = 0;
  let leftToCount = COUNTED_MAX;
  let threads = 0;
  let processes = 0;
  for (const stat of stats) {
    ticks += stat.ticks + stat.waitedTicks;
    if (stat.isZombie) continue;
    pages += stat.pages;
    const told = toldDescriptors(calls, stat.pid);
    const counted = told ?? countedDescriptors(stat.pid, leftToCount);
    if (told === undefined) leftToCount -= counted;
    openDescriptors += counted;
    threads += stat.threads;
    processes++;
  }
  return {
    cpuSeconds: ticks / TICKS_PER_SECOND,
    residentBytes: pages * pageBytes,
    openDescriptors,
    threads,
    processes,
  };
}

const status = new Uint8Array(new ArrayBuffer(STATX_BYTES));

/** The size of the directory, since Linux 6.2 (proc_pid_fd(5)); undefined before. */
function toldDescriptors(calls: UsageCalls, pid: number): number | undefined {
  const name = new TextEncoder().encode(`/proc/${pid}/fd\0`);
  const failed = calls.statx(AT_FDCWD, name, 0, STATX_SIZE, status);
  // 0 may also be the truth; then there is nothing to count.
  return failed ? undefined : sizeIn(status) || undefined;
}

/** For kernels that do not tell the number; `most` at most. */
export function countedDescriptors(pid: number, most = COUNTED_MAX): number {
  if (most === 0) return 0;
  // Of our own, one is the directory's that is being read.
  const besides = ITSELF + (pid === Deno.pid ? 1 : 0);
  const names = namesIn(`/proc/${pid}/fd`, most + besides);
  return names === undefined ? 0 : Math.min(names.length - besides, most);
}

const sizeIn = (statx: Uint8Array<ArrayBuffer>) =>
  Number(new DataView(statx.buffer).getBigUint64(STATX_SIZE_OFFSET, true));
