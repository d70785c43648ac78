/**
 * Generators: scripts in a directory, one for each path, that print a list of
 * targets. Each is run by the interpreter of its ending, because the files of a
 * ConfigMap, or of a copy of it, cannot be executed; with a limit of time, and
 * with no variable of the worker's.
 */
import { readTargets, type Request, type Targets } from "./targets.ts";

const INTERPRETERS: Readonly<Record<string, readonly string[]>> = {
  sh: ["sh"],
  py: ["python3"],
  ts: [
    Deno.execPath(),
    "run",
    "--no-config",
    "--no-prompt",
    "--quiet",
    "--allow-net",
  ],
  // A list that never changes.
  json: ["cat"],
};

/** More is no list of targets. */
const OUTPUT_MAX_BYTES = 16 * 1_024 * 1_024;
const TRACEBACK_MAX_CHARACTERS = 8_192;

/** Why there is no list. `name` is the type that operators see. */
export class GenerationError extends Error {
  readonly traceback: string;

  constructor(type: string, message: string, written: string) {
    super(message);
    this.name = type;
    this.traceback = written.trim().slice(-TRACEBACK_MAX_CHARACTERS) ||
      `${type}: ${message}`;
  }
}

/**
 * Runs the generator of a request; its parameters are arguments (`env=prod`).
 *
 * @throws {GenerationError}
 */
export async function generate(
  directory: string,
  { name, query }: Pick<Request, "name" | "query">,
  limitMs: number,
): Promise<Targets> {
  const [path, interpreter] = await find(directory, name);
  const parameters = [...new URLSearchParams(query)].map(([key, value]) =>
    `${key}=${value}`
  );
  const [command, ...args] = [...interpreter, path];
  const child = new Deno.Command(command, {
    args: interpreter[0] === "cat" ? args : [...args, ...parameters],
    cwd: directory,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? "/",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // A group of its own: what the script has started ends with it.
    detached: true,
  }).spawn();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(child.pid);
  }, limitMs);
  try {
    const [output, errors] = await Promise.all([
      textOf(child.stdout, child.pid),
      textOf(child.stderr, child.pid),
    ]);
    const { code, signal } = await child.status;
    if (isLate) {
      throw new GenerationError(
        "TimeoutError",
        "Generator exceeded timeout limit",
        errors,
      );
    }
    if (code !== 0) {
      const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
      throw new GenerationError(
        "GeneratorError",
        `Generator ended with ${how}`,
        errors,
      );
    }
    try {
      return readTargets(output);
    } catch (error) {
      throw new GenerationError(
        "OutputError",
        `Generator ${(error as Error).message}`,
        errors,
      );
    }
  } finally {
    clearTimeout(timer);
    killGroup(child.pid);
  }
}

async function find(
  directory: string,
  name: string,
): Promise<[string, readonly string[]]> {
  for (const [ending, interpreter] of Object.entries(INTERPRETERS)) {
    const path = `${directory}/${name}.${ending}`;
    const isThere = await Deno.stat(path).then(
      ({ isFile }) => isFile,
      () => false,
    );
    if (isThere) return [path, interpreter];
  }
  const endings = Object.keys(INTERPRETERS).join(", ");
  throw new GenerationError(
    "GeneratorNotFoundError",
    `There is no generator ${name} with one of the endings ${endings}`,
    "",
  );
}

async function textOf(
  stream: ReadableStream<Uint8Array>,
  pid: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > OUTPUT_MAX_BYTES) {
      killGroup(pid);
      break;
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

/** The names of all generators. The kubelet's own entries begin with "..". */
export async function namesIn(
  directory: string,
  below = "",
): Promise<readonly string[]> {
  const names: string[] = [];
  for await (
    const { name, isDirectory } of Deno.readDir(`${directory}/${below}`)
  ) {
    if (name.startsWith(".")) continue;
    const [, stem, ending] = /^(.+)\.(\w+)$/.exec(name) ?? [];
    if (isDirectory) {
      names.push(...await namesIn(directory, `${below}${name}/`));
    } else if (ending in INTERPRETERS) names.push(`${below}${stem}`);
  }
  return names.toSorted();
}

/** One word for all that is in the directory: another one after any change. */
export async function digestOf(directory: string, below = ""): Promise<string> {
  const parts: string[] = [];
  const entries = await Array.fromAsync(Deno.readDir(`${directory}/${below}`));
  for (
    const { name, isDirectory } of entries.toSorted((a, b) =>
      a.name < b.name ? -1 : 1
    )
  ) {
    if (name.startsWith(".")) continue;
    const path = `${below}${name}`;
    parts.push(
      path,
      isDirectory
        ? await digestOf(directory, `${path}/`)
        : await sha256(await Deno.readFile(`${directory}/${path}`)),
    );
  }
  return await sha256(new TextEncoder().encode(parts.join("\n")));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
