/**
 * Takes over what a service manager (systemd, `podman --sdnotify=container`)
 * has given to the manager and not to the child: the socket for the message
 * that the service is ready (sd_notify(3)), the interval of its watchdog
 * (sd_watchdog_enabled(3)), and the sockets that it has opened
 * (sd_listen_fds(3)). Owns these variables; no program that we start gets them.
 */
import { libcCalls } from "../libc/calls.ts";
import { repeatedErrno } from "../libc/errno.ts";
import { pipeCalls } from "../descriptor/pipe.ts";
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  unixName,
} from "../socket/unix_socket.ts";

/** Our environment. `get` may throw where a value is not UTF-8. */
export interface Variables {
  readonly get: (name: string) => string | undefined;
  readonly has: (name: string) => boolean;
  readonly delete: (name: string) => void;
}

/**
 * Sends a state to the service manager; returns the reason if that fails, and
 * otherwise undefined. While the service manager is too busy to take more
 * datagrams, the state is kept and sent later, in order.
 */
export type Tell = (state: string) => string | undefined;

/** What the service manager has given to us. */
export interface Given {
  /** Undefined if the service manager wants no messages. */
  readonly tell: Tell | undefined;
  /** The interval in which to send WATCHDOG=1; undefined without a watchdog. */
  readonly watchdogMs: number | undefined;
  /** The number of sockets, from descriptor 3 on. */
  readonly sockets: number;
}

const LISTEN = [
  "LISTEN_PID",
  "LISTEN_FDS",
  "LISTEN_FDNAMES",
  "LISTEN_PIDFDID",
] as const;

/**
 * Removes the variables that are meant for process `pid` from the environment,
 * and returns their meaning. Variables for another process stay. Call it before
 * anything is started.
 */
export function takeOver(variables: Variables, pid: number): Given {
  const read = (name: string) => {
    try {
      return variables.get(name);
    } catch {
      // It is not UTF-8.
      return undefined;
    }
  };
  const isOurs = (name: string) => read(name) === String(pid);
  const path = read("NOTIFY_SOCKET");
  const usec = Number(read("WATCHDOG_USEC"));
  const isWatched = variables.has("WATCHDOG_USEC") &&
    (isOurs("WATCHDOG_PID") || !variables.has("WATCHDOG_PID"));
  const sockets = isOurs("LISTEN_PID") ? Number(read("LISTEN_FDS")) : 0;
  const taken = [
    "NOTIFY_SOCKET",
    ...isWatched ? ["WATCHDOG_USEC", "WATCHDOG_PID"] : [],
    ...isOurs("LISTEN_PID") ? LISTEN : [],
  ];
  for (const name of taken) {
    if (variables.has(name)) variables.delete(name);
  }
  const tell = path === undefined ? undefined : teller(path);
  return {
    tell,
    watchdogMs: tell !== undefined && isWatched && isInRange(usec)
      ? Math.max(1, Math.floor(usec / PINGS_PER_LIMIT / USEC_PER_MS))
      : undefined,
    sockets: Number.isSafeInteger(sockets) && sockets > 0 ? sockets : 0,
  };
}

const USEC_PER_MS = 1_000;
/** As sd_watchdog_enabled(3) recommends. */
const PINGS_PER_LIMIT = 2;
/** One day. A longer watchdog would be useless, and a timer has a limit too. */
const WATCHDOG_MAX_USEC = 86_400_000_000;

const isInRange = (usec: number) => usec > 0 && usec <= WATCHDOG_MAX_USEC;

export const serviceCalls = libcCalls({
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: {
    parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"],
    result: "i64",
  },
});

const SOCK_DGRAM = 2;
const MSG_NOSIGNAL = 0x4000;
const EAGAIN = 11;
const ENOBUFS = 105;
/** So many states wait for a busy service manager; the oldest is given up for another one. */
const WAITING_MAX = 32;
const RETRY_MS = 50;

/** Sends datagrams to the socket of that name, and those again that it had no room for. */
function teller(path: string): Tell {
  const waiting: string[] = [];
  /** Returns the last failure that is none of a busy service manager. */
  const sendAll = (): string | undefined => {
    let failure: string | undefined;
    for (let next = waiting.at(0); next !== undefined; next = waiting.at(0)) {
      const sent = send(path, next);
      if (sent === EAGAIN || sent === ENOBUFS) {
        setTimeout(sendAll, RETRY_MS);
        break;
      }
      waiting.shift();
      if (sent !== 0) {
        failure = typeof sent === "string" ? sent : `${path}: os error ${sent}`;
      }
    }
    return failure;
  };
  return (state) => {
    const isBusy = waiting.length > 0;
    if (waiting.length === WAITING_MAX) waiting.shift();
    waiting.push(state);
    return isBusy ? undefined : sendAll();
  };
}

/**
 * Sends one datagram from a new socket, because there are few of them. Returns 0,
 * the errno, or the reason why it cannot be sent at all.
 */
function send(path: string, state: string): number | string {
  const calls = serviceCalls();
  if (calls === undefined) return "this needs glibc";
  const name = addressOf(path);
  if (name === undefined) return `${path} is no name of a socket`;
  const text = new TextEncoder().encode(state);
  let fd = -1;
  const opened = repeatedErrno(() =>
    fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
  );
  if (opened !== 0) return opened;
  const sent = repeatedErrno(() =>
    Number(
      calls.sendto(
        fd,
        text,
        BigInt(text.length),
        MSG_NOSIGNAL,
        name,
        name.length,
      ),
    )
  );
  pipeCalls()?.close(fd);
  return sent;
}

export const monotonicCalls = libcCalls({
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
});

const CLOCK_MONOTONIC = 1;
const NS_PER_US = 1_000n;
const US_PER_S = 1_000_000n;

/** Microseconds of CLOCK_MONOTONIC, by which a service manager knows what was said after its signal; undefined without libc. */
export function monotonicUsec(): bigint | undefined {
  const time = new BigInt64Array(2);
  const result = monotonicCalls()?.clock_gettime(
    CLOCK_MONOTONIC,
    new Uint8Array(time.buffer),
  );
  if (result !== 0) return undefined;
  const [s, ns] = time;
  return s * US_PER_S + ns / NS_PER_US;
}

/** A path, or an abstract name, which begins with @ and ends with its length (sd_notify(3)). */
function addressOf(path: string): Uint8Array<ArrayBuffer> | undefined {
  if (path.startsWith("/")) return unixName(path);
  if (!path.startsWith("@")) return undefined;
  const name = unixName(path);
  if (name === undefined) return undefined;
  const family = 2;
  name[family] = 0;
  return name.slice(0, family + new TextEncoder().encode(path).length);
}
