/**
 * What every script here needs of the outside: running a program, hashing a
 * file, failing in one line. Must not know what is being built.
 */

/** How `run` starts a program. */
export interface RunOptions {
  /** Working directory; the caller's when absent. */
  cwd?: string;
  /** Variables added to the environment. */
  env?: Record<string, string>;
  /** Whether `env` is the whole environment. */
  clearEnv?: boolean;
  /** Time after which the program is killed. */
  timeoutMs?: number;
}

/** How a program ended and what it wrote. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program without standard input, and waits for it.
 *
 * @throws {Deno.errors.NotFound} if there is no such program
 */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env, clearEnv, timeoutMs }: RunOptions = {},
): Promise<RunResult> {
  const output = await new Deno.Command(command, {
    args: [...args],
    cwd,
    // What it writes may end up in a message of ours.
    env: { NO_COLOR: "1", ...env },
    clearEnv,
    stdin: "null",
    signal: timeoutMs === undefined
      ? undefined
      : AbortSignal.timeout(timeoutMs),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    code: output.code,
    stdout: text(output.stdout),
    stderr: text(output.stderr),
  };
}

/**
 * Runs a program that is expected to succeed, and returns what it wrote to its
 * standard output.
 *
 * @param what what the program is run for, as in "Cannot <what>"
 */
export async function must(
  what: string,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(command, args, options).catch((cause) => {
    throw new Error(`Cannot ${what}: ${command}: ${message(cause)}`, { cause });
  });
  if (result.code !== 0) {
    throw new Error(
      `Cannot ${what}: ${command} ended with ${result.code}: ${
        gist(result.stderr || result.stdout)
      }`,
    );
  }
  return result.stdout;
}

/** The lines of a program's complaint that say something, as one line. */
export function gist(text: string): string {
  const lines = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !/^(Stack backtrace|\d+: <)/.test(line));
  return lines.slice(0, 5).join("; ") || "it said nothing";
}

/** The message of whatever was thrown. */
export function message(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** SHA-256 of the bytes, in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}

/** Whether there is a program of that name on this path, PATH unless given. */
export async function onPath(
  program: string,
  path = Deno.env.get("PATH") ?? "",
): Promise<boolean> {
  for (const directory of path.split(":")) {
    const found = await Deno.stat(`${directory}/${program}`).catch(() => null);
    if (found?.isFile && ((found.mode ?? 0) & 0o111) !== 0) return true;
  }
  return false;
}

/** Runs a script's `main` and ends the process; a failure is one line, code 1. */
export async function script(name: string, main: () => Promise<void>) {
  try {
    await main();
  } catch (error) {
    console.error(`${name}: ${message(error)}`);
    Deno.exit(1);
  }
}
