/** Finds out why a program could not be started, from the file system rather than from an error's text. */
import type { SpawnFailure } from "../core/event.ts";

/** Where the program is, or why it cannot be run, as far as the file system tells. */
export type CommandFinding =
  | { readonly kind: "found"; readonly path: string }
  | {
    readonly kind: "failed";
    readonly code: "not-found" | "not-executable";
    readonly detail: string;
  };

/** Looks at a command without running it; `path` is what PATH is for it. */
export function explainCommand(
  command: string,
  workdir: string | undefined,
  path = Deno.env.get("PATH"),
): CommandFinding {
  const notExecutable = (detail: string) =>
    ({ kind: "failed", code: "not-executable", detail }) as const;
  if (workdir !== undefined && !isDirectory(workdir)) {
    return notExecutable(`working directory ${workdir} does not exist`);
  }
  const file = findExecutable(command, workdir, path);
  if (file === undefined) {
    const detail = command.includes("/")
      ? "no such file"
      : "not found in PATH; give its full path";
    return { kind: "failed", code: "not-found", detail };
  }
  if (isDirectory(file)) return notExecutable("is a directory");
  if (!mayExecute(file)) return notExecutable("permission denied");
  return { kind: "found", path: file };
}

/** Why a program was not started: what posix_spawn(3) has returned, or the runtime thrown. */
export type Refusal =
  | { readonly errno: number }
  | { readonly error: unknown };

/** What the kernel said: ENOENT, EACCES, or something else in words. */
type Verdict = "missing" | "denied" | { readonly detail: string };

/** Errors of a start that have a shell's exit code of their own (errno(3)). */
const ENOENT = 2;
const EACCES = 13;

/** The other errors that execve(2) and clone(2) document, in libc's words. */
const ERRORS: Readonly<Record<number, string>> = {
  1: "Operation not permitted",
  5: "Input/output error",
  7: "Argument list too long",
  8: "Exec format error",
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
  const text = ERRORS[errno];
  const number = `os error ${errno}`;
  return { detail: text === undefined ? number : `${text} (${number})` };
}

function verdictOfError(error: unknown): Verdict {
  if (error instanceof Deno.errors.NotFound) return "missing";
  if (error instanceof Deno.errors.PermissionDenied) return "denied";
  return { detail: error instanceof Error ? error.message : String(error) };
}

/**
 * What the shell would say: not found (127), found but not executable (126), or
 * a passing lack of something (EAGAIN, ENOMEM, EMFILE, ETXTBSY), worth a retry.
 */
export function explainRefusal(
  refusal: Refusal,
  command: string,
  workdir: string | undefined,
): SpawnFailure {
  const verdict = "errno" in refusal
    ? verdictOfErrno(refusal.errno)
    : verdictOfError(refusal.error);
  const finding = explainCommand(command, workdir);
  if (finding.kind === "failed") {
    return { kind: finding.code, detail: finding.detail };
  }
  if (verdict === "missing") {
    const detail =
      "its interpreter (the #! line or the dynamic loader) does not exist";
    return { kind: "not-executable", detail };
  }
  if (verdict === "denied") {
    return { kind: "not-executable", detail: "permission denied" };
  }
  if (!hasKnownFormat(finding.path)) {
    const detail = "not an executable format (a script needs a #! line)";
    return { kind: "not-executable", detail };
  }
  return { kind: "transient", detail: verdict.detail };
}

/** The file that `command` names, by execvp's rule: PATH is searched only for a name without a slash. */
export function findExecutable(
  command: string,
  workdir: string | undefined,
  path = Deno.env.get("PATH"),
): string | undefined {
  if (command.includes("/")) {
    const file = command.startsWith("/") || workdir === undefined
      ? command
      : `${workdir}/${command}`;
    return exists(file) ? file : undefined;
  }
  for (const directory of (path ?? "/usr/bin:/bin").split(":")) {
    const file = `${directory || "."}/${command}`;
    if (command !== "" && exists(file) && !isDirectory(file)) return file;
  }
  return undefined;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    // A file that may not be looked at is there all the same.
    return error instanceof Deno.errors.PermissionDenied;
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function mayExecute(path: string): boolean {
  try {
    return ((Deno.statSync(path).mode ?? 0) & 0o111) !== 0;
  } catch {
    // No verdict: the attempt will tell.
    return true;
  }
}

const ELF = [0x7f, 0x45, 0x4c, 0x46];
const SHEBANG = [0x23, 0x21];

function hasKnownFormat(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    const head = new Uint8Array(4);
    file.readSync(head);
    return ELF.every((byte, at) => head[at] === byte) ||
      SHEBANG.every((byte, at) => head[at] === byte);
  } catch {
    // Executable but not readable is allowed: no verdict.
    return true;
  }
}
