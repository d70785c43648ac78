/** Finds out why a program could not be started, from the file system rather than from an error's text. */
import type { SpawnFailure } from "../../core/vocabulary/event.ts";
import {
  exists,
  findProgram,
  isDirectory,
  mayExecute,
} from "./program_search.ts";

/**
 * The file of the program, or why it cannot be run, as far as the file system
 * shows.
 */
export type CommandFinding =
  | { readonly kind: "found"; readonly path: string }
  | {
    readonly kind: "failed";
    readonly code: "not-found" | "not-executable";
    readonly detail: string;
  };

/**
 * Examines a command without running it; `path` is the PATH that the program
 * gets. The path that is found is absolute.
 */
export function explainCommand(
  command: string,
  workdir: string | undefined,
  path = Deno.env.get("PATH"),
): CommandFinding {
  const notExecutable = (detail: string) =>
    ({ kind: "failed", code: "not-executable", detail }) as const;
  if (workdir !== undefined) {
    const why = whyNoWorkdir(workdir);
    if (why !== undefined) {
      return notExecutable(`working directory ${workdir} ${why}`);
    }
  }
  const file = findProgram(command, workdir, path);
  if (file === undefined) {
    const detail = command.includes("/")
      ? "no such file"
      : "not found in PATH; give its full path";
    return { kind: "failed", code: "not-found", detail };
  }
  if (isDirectory(file)) return notExecutable("is a directory");
  if (!mayExecute(file)) return notExecutable("permission denied");
  return lacksInterpreter(file)
    ? notExecutable(NO_INTERPRETER)
    : { kind: "found", path: file };
}

const NO_INTERPRETER =
  "its interpreter (the #! line or the dynamic loader) does not exist";
const NO_FORMAT = "not an executable format (a script needs a #! line)";
const FOREIGN_FORMAT =
  "not an executable format for this machine (another architecture, or an incomplete file)";

/** Why a program cannot be started in this directory; undefined if it can. */
function whyNoWorkdir(path: string): string | undefined {
  try {
    const { isDirectory } = Deno.statSync(path);
    if (!isDirectory) return "is not a directory";
    return mayExecute(path)
      ? undefined
      : "cannot be entered: permission denied";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "does not exist";
    if (error instanceof Deno.errors.PermissionDenied) {
      return "cannot be entered: permission denied";
    }
    return "cannot be entered";
  }
}

/**
 * Why a program was not started: the errno of posix_spawn(3), or the error of
 * the runtime.
 */
export type Refusal =
  | { readonly errno: number }
  | { readonly error: unknown };

/** The kernel's answer: ENOENT, EACCES, ENOEXEC, or another one in words. */
type Verdict =
  | "missing"
  | "denied"
  | "unknown-format"
  | { readonly detail: string };

/**
 * Errors of a start for which shells have an exit code of their own (errno(3)).
 */
const ENOENT = 2;
const ENOEXEC = 8;
const EACCES = 13;

/** The other errors that execve(2) and clone(2) document, in libc's words. */
const ERRORS: Readonly<Record<number, string>> = {
  1: "Operation not permitted",
  5: "Input/output error",
  7: "Argument list too long",
  11: "Resource temporarily unavailable",
  12: "Cannot allocate memory",
  20: "Not a directory",
  22: "Invalid argument",
  23: "Too many open files in system",
  24: "Too many open files",
  26: "Text file busy",
  36: "File name too long",
  38: "Function not implemented",
  40: "Too many levels of symbolic links",
  80: "Accessing a corrupted shared library",
};

function verdictOfErrno(errno: number): Verdict {
  if (errno === ENOENT) return "missing";
  if (errno === EACCES) return "denied";
  if (errno === ENOEXEC) return "unknown-format";
  const text = ERRORS[errno];
  const number = `os error ${errno}`;
  return { detail: text === undefined ? number : `${text} (${number})` };
}

function verdictOfError(error: unknown): Verdict {
  if (error instanceof Deno.errors.NotFound) return "missing";
  if (error instanceof Deno.errors.PermissionDenied) return "denied";
  const detail = error instanceof Error ? error.message : String(error);
  // The runtime has neither a class nor a code for ENOEXEC; its number is the kernel's.
  return detail.endsWith(`(os error ${ENOEXEC})`)
    ? "unknown-format"
    : { detail };
}

/**
 * Explains the failure of a start as a shell would: not found (127), or found
 * but not executable (126). Any other failure is a passing lack of resources
 * (EAGAIN, ENOMEM, EMFILE, ETXTBSY), which is worth another attempt.
 */
export function explainRefusal(
  refusal: Refusal,
  command: string,
  workdir: string | undefined,
  path = Deno.env.get("PATH"),
): SpawnFailure {
  const verdict = "errno" in refusal
    ? verdictOfErrno(refusal.errno)
    : verdictOfError(refusal.error);
  const finding = explainCommand(command, workdir, path);
  if (finding.kind === "failed") {
    return { kind: finding.code, detail: finding.detail };
  }
  if (verdict === "missing") {
    return { kind: "not-executable", detail: NO_INTERPRETER };
  }
  if (verdict === "denied") {
    return { kind: "not-executable", detail: "permission denied" };
  }
  if (verdict === "unknown-format") {
    const detail = hasKnownFormat(finding.path) ? FOREIGN_FORMAT : NO_FORMAT;
    return { kind: "not-executable", detail };
  }
  return { kind: "transient", detail: verdict.detail };
}

/**
 * Whether the #! line of the file names a program by its full path that does
 * not exist.
 */
function lacksInterpreter(path: string): boolean {
  const [, interpreter] = /^#![ \t]*(\/[^ \t\n]+)/.exec(headOf(path) ?? "") ??
    [];
  return interpreter !== undefined && !exists(interpreter);
}

/** The longest #! line (execve(2)). */
const HEAD_BYTES = 256;

/**
 * The first bytes of the file, one character for each; undefined if it cannot
 * be read, which is no obstacle to execution.
 */
function headOf(path: string): string | undefined {
  try {
    using file = Deno.openSync(path);
    const head = new Uint8Array(HEAD_BYTES);
    const size = file.readSync(head) ?? 0;
    return String.fromCharCode(...head.subarray(0, size));
  } catch {
    return undefined;
  }
}

function hasKnownFormat(path: string): boolean {
  const head = headOf(path);
  return head === undefined || head.startsWith("\x7fELF") ||
    head.startsWith("#!");
}
