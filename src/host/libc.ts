/**
 * The few calls to libc that Deno has no word for. Loaded on first use and in
 * groups, because each symbol costs a quarter of a millisecond; where no libc
 * can be loaded every group is undefined and the callers do without.
 *
 * Only "buffer" and integer parameters are used: they need no more than the
 * permission for the library's path. Buffers are read and written during the
 * call only.
 */
import { LIBC_PATHS } from "./libc_paths.ts";

/**
 * These are on the way to the child's start, so they say that they return a
 * struct of one number, which the ABI returns like the number: for such a
 * symbol the runtime compiles no trampoline, which takes longer than the call.
 */
const START_CALLS = {
  posix_spawnp: {
    parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"],
    result: { struct: ["i32"] },
  },
  memmove: {
    parameters: ["buffer", "u64", "usize"],
    result: { struct: ["u64"] },
  },
  pthread_sigmask: {
    parameters: ["i32", "buffer", "buffer"],
    result: { struct: ["i32"] },
  },
  environ: { type: "u64" },
} as const;

const FILE_ACTION_CALLS = {
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_addchdir_np: {
    parameters: ["buffer", "buffer"],
    result: "i32",
  },
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
} as const;

const STDIO_CALLS = {
  posix_spawn_file_actions_adddup2: {
    parameters: ["buffer", "i32", "i32"],
    result: "i32",
  },
} as const;

/** Only `poll` waits, and it does so on a thread of the runtime's pool. */
const PIPE_CALLS = {
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  poll: {
    parameters: ["buffer", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
  read: { parameters: ["i32", "buffer", "usize"], result: "i64" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i64" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

const SOCKET_CALLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  __errno_location: { parameters: [], result: "u64" },
} as const;

const REAPING_CALLS = {
  waitid: { parameters: ["i32", "i32", "buffer", "i32"], result: "i32" },
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
} as const;

const SUBREAPER_CALLS = {
  prctl: {
    parameters: ["i32", "u64", "u64", "u64", "u64"],
    result: "i32",
  },
} as const;

const STATX_CALLS = {
  statx: {
    parameters: ["i32", "buffer", "i32", "u32", "buffer"],
    result: "i32",
  },
} as const;

const TERMINAL_CALLS = {
  getpgrp: { parameters: [], result: "i32" },
  tcgetpgrp: { parameters: ["i32"], result: "i32" },
  tcsetpgrp: { parameters: ["i32", "i32"], result: "i32" },
} as const;

/** Where libc was found; null once it is known to be nowhere. */
let knownPath: string | null | undefined;

function open<S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.StaticForeignLibraryInterface<S> | undefined {
  if (knownPath === null) return undefined;
  const candidates = knownPath === undefined ? LIBC_PATHS : [knownPath];
  for (const path of candidates) {
    try {
      const library = Deno.dlopen(path, symbols);
      knownPath = path;
      return library.symbols;
    } catch {
      // Another distribution's path, or no permission for it: try the next.
    }
  }
  knownPath ??= null;
  return undefined;
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The calls of each kind, or undefined where libc cannot be loaded. */
export const libc = {
  start: lazy(() => open(START_CALLS)),
  fileActions: lazy(() => open(FILE_ACTION_CALLS)),
  stdio: lazy(() => open(STDIO_CALLS)),
  pipes: lazy(() => open(PIPE_CALLS)),
  sockets: lazy(() => open(SOCKET_CALLS)),
  reaping: lazy(() => open(REAPING_CALLS)),
  subreaper: lazy(() => open(SUBREAPER_CALLS)),
  statx: lazy(() => open(STATX_CALLS)),
  terminal: lazy(() => open(TERMINAL_CALLS)),
} as const;
