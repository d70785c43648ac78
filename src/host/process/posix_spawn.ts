/**
 * Starts programs through posix_spawn(3). The child begins with the signal mask
 * and the dispositions of a fresh process, keeps our supplementary groups, and
 * needs no copy of our page tables. `Deno.Command` with a detached fork offers
 * none of the three and takes ten times as long. The caller must wait for the
 * child.
 */
import { type Copy, variablesAt, without } from "../libc/environ.ts";
import { libcCalls } from "../libc/calls.ts";
import { findProgram } from "./program_search.ts";

/**
 * The process group of the program: `session` makes it the leader of a new
 * session and group, `foreground` the leader of a new group in the foreground
 * of our terminal, and `ours` leaves it in our own group.
 */
export type Group = "session" | "foreground" | "ours";

/**
 * The program to start. `argv[0]` is looked up by execvp's rule, with the PATH
 * of the program and in its directory.
 */
export interface Program {
  readonly argv: readonly [string, ...string[]];
  /** Added to our own environment, in place of variables of the same name. */
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string | undefined;
  readonly group: Group;
  /**
   * Our descriptors that become its stdout and stderr; without them it inherits
   * ours.
   */
  readonly stdio?: { readonly stdout: number; readonly stderr: number };
  /**
   * Sockets of listening_sockets.ts that it also inherits, under the same
   * numbers; the caller makes them inheritable.
   */
  readonly sockets?: readonly number[];
}

/** The pid, or the errno(3) that says why there is none. */
export type Launched =
  | { readonly kind: "launched"; readonly pid: number }
  | { readonly kind: "refused"; readonly errno: number };

/**
 * posix_spawnattr_t of glibc, the same on both architectures: flags (short),
 * process group (int), signals to reset (128 bytes), mask (128 bytes), the rest
 * unused here.
 */
const ATTRIBUTES_BYTES = 336;
const SIGNALS_TO_RESET = { at: 8, bytes: 128 } as const;
const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
/** The process group in the attributes is 0, which means a new group. */
const GROUP_FLAGS: Readonly<Record<Group, number>> = {
  session: POSIX_SPAWN_SETSID,
  foreground: POSIX_SPAWN_SETPGROUP,
  ours: 0,
};
const STDIN = 0;
/** posix_spawn_file_actions_t. */
const FILE_ACTIONS_BYTES = 80;
const POINTER_BYTES = 8;

/** The calls that every start needs. */
export const spawnCalls = libcCalls({
  posix_spawnp: {
    parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"],
    result: { struct: ["i32"] },
  },
  memmove: {
    parameters: ["buffer", "u64", "usize"],
    result: { struct: ["u64"] },
  },
  environ: { type: "u64" },
});

/**
 * The calls that a start with another directory, pipes or the terminal needs
 * too.
 */
export const fileActionCalls = libcCalls({
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_addchdir_np: {
    parameters: ["buffer", "buffer"],
    result: "i32",
  },
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
});

export const stdioCalls = libcCalls({
  posix_spawn_file_actions_adddup2: {
    parameters: ["buffer", "i32", "i32"],
    result: "i32",
  },
});

/** Undefined also if libc is older than 2.35. */
export const terminalActionCalls = libcCalls({
  posix_spawn_file_actions_addtcsetpgrp_np: {
    parameters: ["buffer", "i32"],
    result: { struct: ["i32"] },
  },
});

/** Starts the program; returns undefined if libc cannot do it. */
export function posixSpawn(program: Program): Launched | undefined {
  const calls = spawnCalls();
  if (calls === undefined) return undefined;
  const { workdir, group, stdio } = program;
  const file = fileOf(program);
  if (file === undefined) return { kind: "refused", errno: ENOENT };
  const attributes = new Uint8Array(ATTRIBUTES_BYTES);
  attributes[0] = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
    GROUP_FLAGS[group];
  const { at, bytes } = SIGNALS_TO_RESET;
  attributes.fill(0xff, at, at + bytes);
  const actions = workdir === undefined && stdio === undefined &&
      group !== "foreground"
    ? null
    : fileActions(program);
  if (actions === undefined) return undefined;
  inherited ??= variablesAt(calls.environ, calls.memmove);
  const { argv, envp } = layOut(program, inherited, calls.memmove);
  const pid = new Int32Array(1);
  const result = calls.posix_spawnp(
    pid,
    file,
    actions,
    attributes,
    argv,
    envp,
  );
  // The file actions are on libc's heap.
  if (actions !== null) {
    fileActionCalls()?.posix_spawn_file_actions_destroy(actions);
  }
  const [errno] = new Int32Array(result.buffer);
  return errno === 0
    ? { kind: "launched", pid: pid[0] }
    : { kind: "refused", errno };
}

/**
 * The file for posix_spawnp(3), which searches only our own PATH. With another
 * PATH the program is searched here.
 */
function fileOf(
  { argv: [command], env, workdir }: Program,
): Uint8Array<ArrayBuffer> | undefined {
  const file = env.PATH === undefined || command.includes("/")
    ? command
    : findProgram(command, workdir, env.PATH);
  return file === undefined ? undefined : new TextEncoder().encode(`${file}\0`);
}

const ENOENT = 2;

/** Read once: nothing in this process changes its environment. */
let inherited: readonly bigint[] | undefined;

/**
 * Lays out argv and envp with their strings as C needs them, in one block. The
 * backing store of an ArrayBuffer never moves while it is referenced.
 */
function layOut(
  { argv, env }: Program,
  inherited: readonly bigint[],
  copy: Copy,
) {
  const variables = Object.entries(env).map((pair) => pair.join("="));
  const strings = new TextEncoder().encode(
    [...argv, ...variables].map((text) => `${text}\0`).join(""),
  );
  const kept = without(Object.keys(env), inherited, copy);
  const pointers = argv.length + 1 + variables.length + kept.length + 1;
  const stringsAt = pointers * POINTER_BYTES;
  const block = new Uint8Array(new ArrayBuffer(stringsAt + strings.length));
  block.set(strings, stringsAt);
  const vectors = new BigUint64Array(block.buffer, 0, pointers);
  const [base] = new BigUint64Array(copy(block, 0n, 0n).buffer);
  let slot = 0;
  for (let at = stringsAt; at < block.length; at = block.indexOf(0, at) + 1) {
    // The zero that ends the first vector is there already.
    if (slot === argv.length) slot++;
    vectors[slot++] = base + BigInt(at);
  }
  vectors.set(kept, pointers - 1 - kept.length);
  return {
    argv: block.subarray(0, stringsAt),
    envp: block.subarray((argv.length + 1) * POINTER_BYTES, stringsAt),
  };
}

/**
 * The actions of the child before it looks up the program; undefined if libc is
 * too old for them.
 */
function fileActions(
  { workdir, group, stdio }: Program,
): Uint8Array<ArrayBuffer> | undefined {
  const calls = fileActionCalls();
  if (calls === undefined) return undefined;
  const actions = new Uint8Array(FILE_ACTIONS_BYTES);
  calls.posix_spawn_file_actions_init(actions);
  if (workdir !== undefined) {
    calls.posix_spawn_file_actions_addchdir_np(
      actions,
      new TextEncoder().encode(`${workdir}\0`),
    );
  }
  if (stdio !== undefined) {
    const duplicate = stdioCalls()?.posix_spawn_file_actions_adddup2;
    if (duplicate === undefined) return undefined;
    duplicate(actions, stdio.stdout, 1);
    duplicate(actions, stdio.stderr, 2);
  }
  if (group === "foreground") {
    const takeTerminal = terminalActionCalls()
      ?.posix_spawn_file_actions_addtcsetpgrp_np;
    if (takeTerminal === undefined) return undefined;
    // All signals are blocked in the child at this point, so SIGTTOU does not
    // stop it.
    takeTerminal(actions, STDIN);
  }
  return actions;
}
