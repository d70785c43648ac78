/**
 * Finds the processes that belong to a child: the members of its process group
 * and session, and all its descendants. Reads /proc.
 */
import { namesIn, readText } from "./proc.ts";

/** The fields of /proc/PID/stat that are used here. */
interface Kinship {
  readonly isZombie: boolean;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

type Look = (pid: number) => Kinship | undefined;

/** A longer chain of parents is not followed. */
const GENERATIONS_MAX = 100;

/**
 * Whether process `pid`, which may be a zombie, belongs to the child `leader`;
 * undefined if there is no such process, or if we may not see it.
 */
export function belongsTo(leader: number, pid: number): boolean | undefined {
  const kinship = kinshipOf(pid);
  return kinship === undefined ? undefined : isOf(leader, pid, kinshipOf);
}

/** The living processes at one moment, without those that we may not see. */
export interface ProcessTable {
  /**
   * The processes in the child's group, in its session, or descending from it.
   */
  readonly of: (leader: number) => number[];
  /** A process and its descendants. */
  readonly below: (ancestor: number) => number[];
}

/** All processes as they are now. */
export function readProcesses(): ProcessTable {
  const all = new Map<number, Kinship>();
  for (const name of namesIn("/proc") ?? []) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const kinship = kinshipOf(pid);
    if (kinship !== undefined) all.set(pid, kinship);
  }
  const look: Look = (pid) => all.get(pid);
  const living = [...all].filter(([, { isZombie }]) => !isZombie)
    .map(([pid]) => pid);
  return {
    of: (leader) => living.filter((pid) => isOf(leader, pid, look)),
    below: (ancestor) =>
      living.filter((pid) => descendsFrom(ancestor, pid, look)),
  };
}

function isOf(leader: number, pid: number, look: Look): boolean {
  const kinship = look(pid);
  if (kinship === undefined) return false;
  return kinship.group === leader || kinship.session === leader ||
    descendsFrom(leader, pid, look);
}

function descendsFrom(ancestor: number, pid: number, look: Look): boolean {
  let at: number | undefined = pid;
  for (let count = 0; count < GENERATIONS_MAX && at !== undefined; count++) {
    if (at === ancestor) return true;
    at = look(at)?.parent;
  }
  return false;
}

/**
 * Reads /proc/PID/stat. After the name in parentheses, which may hold any
 * character, come state, parent, group and session (proc_pid_stat(5)).
 */
function kinshipOf(pid: number): Kinship | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const [state, ...numbers] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [parent, group, session] = numbers.map(Number);
  return { isZombie: state === "Z", parent, group, session };
}

/** The real user of a process; undefined if we may not see it. */
export function userOf(pid: number): number | undefined {
  const status = readText(`/proc/${pid}/status`) ?? "";
  const uid = /^Uid:\t(\d+)/m.exec(status)?.[1];
  return uid === undefined ? undefined : Number(uid);
}
