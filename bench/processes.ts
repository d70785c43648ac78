/**
 * What the kernel says about a supervisor: its processes without the stamping
 * child, their memory, processor time and context switches.
 */

/** Processor time and switches since the processes began. */
export interface Usage {
  readonly cpuMs: number;
  readonly switches: number;
}

/** Memory of a supervisor, in MiB. */
export interface Memory {
  readonly rss: number;
  readonly anon: number;
}

const TICK_MS = 10;

/** The process and its descendants, without those that run `program`. */
export function family(pid: number, program: string): number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat !== undefined) parents.set(Number(name), Number(stat[1]));
  }
  const members = [pid];
  for (const member of members) {
    for (const [one, parent] of parents) {
      if (parent === member) members.push(one);
    }
  }
  return members.filter((one) => exeOf(one) !== program);
}

/** Sum over the processes. */
export function memoryOf(pids: readonly number[]): Memory {
  let rss = 0, anon = 0;
  for (const pid of pids) {
    const status = read(`/proc/${pid}/status`);
    rss += field(status, "VmRSS") / 1024;
    anon += field(status, "RssAnon") / 1024;
  }
  return { rss, anon };
}

/** Sum over the threads that live now; nanosecond resolution. */
export function usageOf(pids: readonly number[]): Usage {
  let cpuMs = 0, switches = 0;
  for (const pid of pids) {
    for (const { name } of list(`/proc/${pid}/task`)) {
      const task = `/proc/${pid}/task/${name}`;
      cpuMs += Number(read(`${task}/schedstat`).split(" ")[0]) / 1e6;
      switches += field(read(`${task}/status`), "voluntary_ctxt_switches");
    }
  }
  return { cpuMs, switches };
}

/** utime + stime in milliseconds, threads that ended included; resolution of a tick. */
export function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = statOf(pid);
    return sum + (Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0)) * TICK_MS;
  }, 0);
}

/** The fields of /proc/PID/stat from the state on. */
function statOf(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === ""
    ? undefined
    : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function exeOf(pid: number): string {
  try {
    return Deno.readLinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

function list(directory: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(directory)];
  } catch {
    return [];
  }
}

/** Empty when the process is gone. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
