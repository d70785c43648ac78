/**
 * What a service manager (systemd, `podman --sdnotify=container`) has given to
 * us, and not to the child: where it hears that the service is ready
 * (sd_notify(3)), how often its watchdog wants to hear of us
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

/** Tells the service manager something; the reason why not, or undefined when it was told. */
export type Tell = (state: string) => string | undefined;

/** What it has given to us. */
export interface Given {
  /** Undefined where it does not want to hear. */
  readonly tell: Tell | undefined;
  /** How often WATCHDOG=1 is due; undefined where it is not. */
  readonly watchdogMs: number | undefined;
  /** Sockets from descriptor 3 on. */
  readonly sockets: number;
}

const LISTEN = [
  "LISTEN_PID",
  "LISTEN_FDS",
  "LISTEN_FDNAMES",
  "LISTEN_PIDFDID",
] as const;

/**
 * Takes what is meant for process `pid` out of the environment. What names
 * another process stays as it is. Call it before anything is started.
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
/** A day: beyond it a watchdog watches nothing, and a timer has a limit too. */
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

/** Sends datagrams to the socket of that name, from a new socket each: there are few. */
const teller = (path: string): Tell => (state) => {
  const calls = serviceCalls();
  if (calls === undefined) return "this needs glibc";
  const name = addressOf(path);
  if (name === undefined) return `${path} is no name of a socket`;
  const text = new TextEncoder().encode(state);
  let fd = -1;
  const opened = repeatedErrno(() =>
    fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
  );
  if (opened !== 0) return `os error ${opened}`;
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
  return sent === 0 ? undefined : `${path}: os error ${sent}`;
};

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
