/**
 * Starts programs through posix_spawn(3): the child begins with the mask and
 * dispositions of a fresh process, keeps our supplementary groups, and costs no
 * copy of our page tables (a tenth of `Deno.Command`'s detached fork, which
 * offers none of the three). Waiting for the child is the caller's business.
 */
import { type Copy, variablesAt, without } from "../libc/environ.ts";
import { libcCalls } from "../libc/calls.ts";
import { findProgram } from "./program_search.ts";

/**
 * Where it runs: as the leader of a session and process group of its own, as
 * that of a group of its own in front of our terminal, or in our group.
 */
export type Group = "session" | "foreground" | "ours";

/** What to start: `argv[0]` is looked up by execvp's rule, with the PATH and in the directory that the program gets. */
export interface Program {
  readonly argv: readonly [string, ...string[]];
  /** Added to our own environment, in place of variables of the same name. */
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string | undefined;
  readonly group: Group;
  /** Descriptors of ours that become its stdout and stderr; without them it gets ours. */
  readonly stdio?: { readonly stdout: number; readonly stderr: number };
  /** Sockets of listening_sockets.ts that it gets besides, under the same numbers; the caller shares them. */
  readonly sockets?: readonly number[];
}

/** The pid, or the number that says why there is none (errno(3)). */
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
/** The attributes name 0 for a process group: one of its own. */
const GROUP_FLAGS: Readonly<Record<Group, number>> = {
  session: POSIX_SPAWN_SETSID,
  foreground: POSIX_SPAWN_SETPGROUP,
  ours: 0,
};
const STDIN = 0;
/** posix_spawn_file_actions_t. */
const FILE_ACTIONS_BYTES = 80;
const POINTER_BYTES = 8;

/** What every start needs. */
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

/** What some need besides: another directory, pipes, or the terminal. */
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

/** Undefined where libc is older than 2.35, too. */
export const terminalActionCalls = libcCalls({
  posix_spawn_file_actions_addtcsetpgrp_np: {
    parameters: ["buffer", "i32"],
    result: { struct: ["i32"] },
  },
});

/** Starts the program; undefined where there is no libc to do it with. */
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
  // What was added to them is on libc's heap.
  if (actions !== null) {
    fileActionCalls()?.posix_spawn_file_actions_destroy(actions);
  }
  const [errno] = new Int32Array(result.buffer);
  return errno === 0
    ? { kind: "launched", pid: pid[0] }
    : { kind: "refused", errno };
}

/** What posix_spawnp(3) is to look for: it knows our PATH only, so with another one we have looked. */
function fileOf(
  { argv: [command], env, workdir }: Program,
): Uint8Array<ArrayBuffer> | undefined {
  const file = env.PATH === undefined || command.includes("/")
    ? command
    : findProgram(command, workdir, env.PATH);
  return file === undefined ? undefined : new TextEncoder().encode(`${file}\0`);
}

const ENOENT = 2;

/** Nothing in this process changes its environment. */
let inherited: readonly bigint[] | undefined;

/**
 * Vectors and strings as C wants them, in one block. The backing store of an
 * ArrayBuffer never moves while it is referenced.
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

/** What the child does before the program is looked up; undefined where libc is too old for it. */
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
    // All signals are blocked there, so that no SIGTTOU stops it.
    takeTerminal(actions, STDIN);
  }
  return actions;
}
