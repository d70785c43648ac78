/**
 * Where a program is: one rule for the child, checks, actions, probes and
 * `check`. Looks at files; starts nothing.
 */
import { absolutePath } from "../base/absolute_path.ts";

/** Where a program is looked for without PATH: what execvp(3) and posix_spawnp(3) of glibc do. */
const PATH_DEFAULT = "/bin:/usr/bin";

/**
 * The file that `command` names, by execvp's rule in the program's own directory
 * and with its own PATH, as an absolute path: PATH is searched only for a name
 * without a slash, and one that may not be executed is the answer only where
 * there is no other. Undefined where there is none.
 */
export function findProgram(
  command: string,
  workdir: string | undefined,
  path: string | undefined,
): string | undefined {
  const from = (file: string) => absolutePath(file, workdir);
  if (command.includes("/")) {
    return exists(from(command)) ? from(command) : undefined;
  }
  if (command === "") return undefined;
  const files = (path ?? PATH_DEFAULT).split(":")
    .map((directory) => from(`${directory || "."}/${command}`))
    .filter((file) => exists(file) && !isDirectory(file));
  return files.find((file) => isReachable(file) && mayExecute(file)) ??
    files.at(0);
}

export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    // A file that may not be looked at is there all the same.
    return error instanceof Deno.errors.PermissionDenied;
  }
}

export function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function isReachable(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** As far as the mode tells; our supplementary groups are not known, so the right of any group counts. */
export function mayExecute(path: string): boolean {
  try {
    const { mode, uid, isDirectory } = Deno.statSync(path);
    const bits = mode ?? 0;
    const ours = Deno.statSync("/proc/self").uid;
    if (ours === 0) return isDirectory || (bits & 0o111) !== 0;
    return (bits & (ours === uid ? 0o100 : 0o011)) !== 0;
  } catch {
    // No verdict: the attempt will tell.
    return true;
  }
}
