/**
 * Finds the file of a program, by one rule for the child, checks, actions,
 * probes and `check`. Looks at files; starts nothing.
 */
import { absolutePath } from "../base/absolute_path.ts";

/**
 * The PATH that is used if there is none, as execvp(3) and posix_spawnp(3) of
 * glibc do.
 */
const PATH_DEFAULT = "/bin:/usr/bin";

/**
 * Returns the file that `command` names, as an absolute path, by execvp's rule
 * in the program's own directory and with its own PATH. PATH is searched only
 * for a name without a slash. A file that may not be executed is returned only
 * if there is no other. Undefined if there is no file.
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
    // A file that we may not look at exists.
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

/**
 * Whether the mode lets us execute the file. Our supplementary groups are not
 * known, so the right of any group counts.
 */
export function mayExecute(path: string): boolean {
  try {
    const { mode, uid, isDirectory } = Deno.statSync(path);
    const bits = mode ?? 0;
    const ours = Deno.statSync("/proc/self").uid;
    if (ours === 0) return isDirectory || (bits & 0o111) !== 0;
    return (bits & (ours === uid ? 0o100 : 0o011)) !== 0;
  } catch {
    // The mode is not known; an attempt to start the file will show it.
    return true;
  }
}
