/**
 * Reaps children that we have not started: orphans that the kernel gives to us
 * as PID 1 or as a subreaper (an attribute that survives exec, so our caller
 * may have set it), and children that our process had before it executed
 * flush-manager. Never takes the status of a child that the runtime waits for:
 * each dead process is first looked at (waitid with WNOWAIT) and then waited
 * for by its own pid.
 */
import { libcCalls } from "../libc/calls.ts";
import { repeatedErrno } from "../libc/errno.ts";

const PR_SET_CHILD_SUBREAPER = 36;
const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
/** We have no child, dead or alive. */
const ECHILD = 10;
const SIGINFO_BYTES = 128;
/** si_pid in a siginfo_t of 64-bit Linux. */
const SI_PID_INDEX = 16 / 4;
/**
 * The most processes that are reaped in one turn: 10,000 would block the event
 * loop for half a second.
 */
const BATCH = 256;

const subreaperCalls = libcCalls({
  prctl: {
    parameters: ["i32", "u64", "u64", "u64", "u64"],
    result: "i32",
  },
});

/**
 * Makes us the subreaper of our descendants (prctl(2)); undefined without libc.
 */
export function becomeSubreaper(): "done" | "refused" | undefined {
  const calls = subreaperCalls();
  if (calls === undefined) return undefined;
  const failed = calls.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n);
  return failed ? "refused" : "done";
}

export const reapingCalls = libcCalls({
  waitid: { parameters: ["i32", "i32", "buffer", "i32"], result: "i32" },
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
});

/** The calls to libc that reaping needs; a test may replace them. */
export type ReapingCalls = NonNullable<ReturnType<typeof reapingCalls>>;

export interface Reaper {
  /**
   * Reaps dead orphans; call it on SIGCHLD and whenever a pid is no longer
   * managed.
   */
  readonly reap: () => void;
  /** The number of orphans that were reaped so far. */
  readonly reaped: () => number;
  /** Why orphans are not reaped; undefined where they are, as far as is known. */
  readonly fault: () => string | undefined;
}

export interface ReaperOptions {
  /** Whether another part of the manager waits for this pid. */
  readonly isManaged: (pid: number) => boolean;
  /** Called once if the kernel does not let us wait. */
  readonly onRefused: (errno: number) => void;
  /** A test may replace the kernel. */
  readonly load?: () => ReapingCalls | undefined;
  readonly errnoOf?: (call: () => number) => number;
}

/**
 * Makes a reaper that never waits for a pid for which `isManaged` returns true,
 * and that does nothing if libc cannot be loaded. A dead managed child at the
 * head of the kernel's list hides the processes behind it until the runtime has
 * taken its status.
 */
export function createReaper(
  {
    isManaged,
    onRefused,
    load = reapingCalls,
    errnoOf = repeatedErrno,
  }: ReaperOptions,
): Reaper {
  const info = new Int32Array(SIGINFO_BYTES / 4);
  let count = 0;
  let refusedBy: number | undefined;
  let again: number | undefined;

  const look = (calls: ReapingCalls) =>
    calls.waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT);

  /** The pid of one dead child; 0 if there is none. */
  const peek = (calls: ReapingCalls) => {
    info[SI_PID_INDEX] = 0;
    if (look(calls) === 0) return info[SI_PID_INDEX];
    const errno = errnoOf(() => look(calls));
    if (errno !== 0 && errno !== ECHILD) {
      refusedBy = errno;
      onRefused(errno);
    }
    return 0;
  };

  const reap = () => {
    const calls = load();
    if (calls === undefined || refusedBy !== undefined) return;
    for (let left = BATCH; left > 0; left--) {
      const pid = peek(calls);
      if (pid === 0 || isManaged(pid)) return;
      if (calls.waitpid(pid, null, WNOHANG) === pid) count++;
    }
    again ??= setTimeout(() => {
      again = undefined;
      reap();
    }, 0);
  };
  const fault = () => {
    if (load() === undefined) return "libc cannot be loaded";
    return refusedBy === undefined
      ? undefined
      : `waitid was refused (os error ${refusedBy})`;
  };
  return { reap, reaped: () => count, fault };
}
