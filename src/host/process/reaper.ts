/**
 * Reaps children that we have not started: orphans that were given to us as PID 1
 * or as a subreaper (an attribute that outlives exec, so it may be our caller's),
 * and what our process had started before it became us. Never takes the status of
 * a child that the runtime waits for itself: each dead process is peeked at first
 * (waitid with WNOWAIT) and waited for by its own pid.
 */
import { libcCalls } from "../libc/calls.ts";
import { repeatedErrno } from "../libc/errno.ts";

const PR_SET_CHILD_SUBREAPER = 36;
const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
/** There is no child, dead or alive. */
const ECHILD = 10;
const SIGINFO_BYTES = 128;
/** si_pid in a siginfo_t of 64-bit Linux. */
const SI_PID_INDEX = 16 / 4;
/** 10,000 at once would block the event loop for half a second. */
const BATCH = 256;

const subreaperCalls = libcCalls({
  prctl: {
    parameters: ["i32", "u64", "u64", "u64", "u64"],
    result: "i32",
  },
});

/** Makes orphaned descendants ours to reap (prctl(2)); undefined where there is no libc to ask with. */
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

/** The parts of libc that reaping needs; a test may bring its own. */
export type ReapingCalls = NonNullable<ReturnType<typeof reapingCalls>>;

export interface Reaper {
  /** Looks for dead orphans; call it on SIGCHLD and whenever a pid is managed no more. */
  readonly reap: () => void;
  /** How many orphans were reaped so far. */
  readonly reaped: () => number;
  /** Why orphans are not reaped; undefined where they are, as far as is known. */
  readonly fault: () => string | undefined;
}

export interface ReaperOptions {
  /** Whether somebody else waits for this pid. */
  readonly isManaged: (pid: number) => boolean;
  /** Told once, where the kernel does not let us wait. */
  readonly onRefused: (errno: number) => void;
  /** Another kernel, for tests. */
  readonly load?: () => ReapingCalls | undefined;
  readonly errnoOf?: (call: () => number) => number;
}

/**
 * A reaper that leaves alone every pid for which `isManaged` holds, and does
 * nothing where libc cannot be loaded. A managed child at the head of the
 * kernel's list hides those behind it until the runtime has taken its status.
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

  /** The pid of one dead child, 0 when there is none. */
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
