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

/** Looks at a command without running it. */
export function explainCommand(
  command: string,
  workdir: string | undefined,
): CommandFinding {
  const notExecutable = (detail: string) =>
    ({ kind: "failed", code: "not-executable", detail }) as const;
  if (workdir !== undefined && !isDirectory(workdir)) {
    return notExecutable(`working directory ${workdir} does not exist`);
  }
  const path = findExecutable(command, workdir);
  if (path === undefined) {
    const detail = command.includes("/")
      ? "no such file"
      : "not found in PATH; give its full path";
    return { kind: "failed", code: "not-found", detail };
  }
  if (isDirectory(path)) return notExecutable("is a directory");
  if (!mayExecute(path)) return notExecutable("permission denied");
  return { kind: "found", path };
}

/**
 * What the shell would say: not found (127), found but not executable (126), or
 * a passing lack of something (EAGAIN, ENOMEM, EMFILE, ETXTBSY), worth a retry.
 */
export function explainSpawnError(
  error: unknown,
  command: string,
  workdir: string | undefined,
): SpawnFailure {
  const finding = explainCommand(command, workdir);
  if (finding.kind === "failed") {
    return { kind: finding.code, detail: finding.detail };
  }
  if (error instanceof Deno.errors.NotFound) {
    const detail =
      "its interpreter (the #! line or the dynamic loader) does not exist";
    return { kind: "not-executable", detail };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { kind: "not-executable", detail: "permission denied" };
  }
  if (!hasKnownFormat(finding.path)) {
    const detail = "not an executable format (a script needs a #! line)";
    return { kind: "not-executable", detail };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { kind: "transient", detail };
}

/** The file that `command` names, by execvp's rule: PATH is searched only for a name without a slash. */
export function findExecutable(
  command: string,
  workdir: string | undefined,
): string | undefined {
  if (command.includes("/")) {
    const path = command.startsWith("/") || workdir === undefined
      ? command
      : `${workdir}/${command}`;
    return exists(path) ? path : undefined;
  }
  for (
    const directory of (Deno.env.get("PATH") ?? "/usr/bin:/bin").split(":")
  ) {
    const path = `${directory || "."}/${command}`;
    if (command !== "" && exists(path) && !isDirectory(path)) return path;
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
