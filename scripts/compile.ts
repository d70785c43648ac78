/**
 * `deno task compile`: makes one executable of the program. It is bundled
 * first, because a package costs megabytes in an executable and its code next
 * to nothing, then compiled from a directory that holds nothing else. Owns the
 * executable's permissions; must not know what the program does.
 */
import { LIBC_PATHS } from "../src/host/libc/paths.ts";
import {
  denoPin,
  type Denort,
  denortPlaces,
  fromRoot,
  HOST,
  ROOT,
  type Target,
  TRIPLES,
} from "./denort.ts";
import { blockSignalsAtEntry } from "./elf_entry.ts";
import { Progress } from "./progress.ts";
import { message, must, script, sha256 } from "./shell.ts";
import { taskOptions } from "./task_options.ts";

/** The first module of the program; it unblocks what its ELF entry point blocks. */
const MAIN = "main.ts";

/** What to compile, for which machine, into which file. */
export interface CompileOptions {
  /** The first module; relative to the repository. */
  entry?: string;
  /** The executable; relative to the repository. */
  output?: string;
  target?: Target;
  /** Whether to leave an executable alone that was made of the same inputs. */
  ifStale?: boolean;
  /** Told of the beginning of each of the `STEPS`; nothing if nothing is stale. */
  onStep?: (done: number, what: string) => void;
}

/** To bundle, to compile, to change the ELF entry point. */
export const STEPS = 3;

/**
 * The narrowest rights the program works with. Reading and running are not
 * bounded: which files it watches and which program it starts is the user's
 * choice at run time, and sending a signal needs the right to run anything. So
 * are writing (`--snapshot-dir`) and the network (probes and HTTP actions). The
 * host's name spreads replicas. It never imports code at run time.
 */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-env",
  "--allow-run",
  "--allow-write",
  "--allow-net",
  "--allow-sys=hostname",
  `--allow-ffi=${LIBC_PATHS.join(",")}`,
  "--deny-import",
];

/**
 * Without a code cache: it saves nearly four milliseconds of CPU time in the
 * forty-three of a whole short life, nothing in a read-only container, and Deno
 * would keep it under a predictable name in /tmp, where another user may have
 * put one first.
 */
const COMPILE = [
  "compile",
  "--quiet",
  "--no-check",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--no-code-cache",
  // The work is too small to share among threads: fewer of them start earlier.
  // One heap that is collected in small, whole steps stays small: marking in
  // increments let it grow to four times its size over 2,000 quick restarts.
  // Code that is interpreted fast enough is not compiled between two children.
  "--v8-flags=--single-threaded,--no-incremental-marking,--optimize-for-size,--no-sparkplug",
];

/**
 * Variables that `deno compile` may see. Others (`OTEL_*`, `DENO_V8_FLAGS`)
 * would be baked into the executable and make it depend on who built it.
 */
const KEPT_ENV = [
  "PATH",
  "HOME",
  "XDG_CACHE_HOME",
  "DENO_DIR",
  "DENO_TLS_CA_STORE",
  "DENO_CERT",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/** Deno's own download hangs for ever on a network that drops packets. */
const COMPILE_TIMEOUT_MS = 180_000;

/** Compiles, or finds that there is no need to; returns what is to be said, mostly a line. */
export async function compile(
  {
    entry = MAIN,
    output = "dist/flush-manager",
    target = HOST,
    ifStale = false,
    onStep = () => {},
  }: CompileOptions = {},
): Promise<string> {
  const pin = await denoPin();
  if (Deno.version.deno !== pin) {
    throw new Error(
      `Cannot compile with Deno ${Deno.version.deno}: the project is pinned to ${pin}; run scripts/dev compile`,
    );
  }
  const from = fromRoot(entry);
  const to = fromRoot(output);
  const stampPath = `${ROOT}.cache/stamps/${encodeURIComponent(to)}`;
  const stamp = await fingerprint(from, target);
  if (ifStale && await isFresh(to, stampPath, stamp)) {
    return `${output} is up to date`;
  }
  await Deno.mkdir(to.replace(/[^/]+$/, ""), { recursive: true });
  const { place, window } = await build(from, to, target, onStep);
  await Deno.mkdir(`${ROOT}.cache/stamps`, { recursive: true });
  await Deno.writeTextFile(stampPath, stamp);
  const size = ((await Deno.stat(to)).size / 1e6).toFixed(1);
  const line =
    `compiled ${output} for linux ${target}, ${size} MB, denort from ${place.from}`;
  return window === "" ? line : `${line}\n${window}`;
}

interface Built {
  /** Where denort is from. */
  place: Denort;
  /** Why signals can be lost before the runtime listens; empty if they are not. */
  window: string;
}

/** Bundles and compiles; the finished file appears under its name at once. */
async function build(
  from: string,
  to: string,
  target: Target,
  onStep: (done: number, what: string) => void,
): Promise<Built> {
  const clean = await Deno.makeTempDir({ prefix: "flush-manager-compile-" });
  try {
    onStep(0, "bundling the modules");
    const bundle = await bundleInto(clean, from);
    for (const { name } of Deno.readDirSync(clean)) {
      // The files' times go into the executable.
      await Deno.utime(`${clean}/${name}`, 0, 0);
    }
    const made = `${clean}/program`;
    onStep(1, `compiling for ${target}`);
    const place = await compileWithFirst(clean, bundle, made, target);
    onStep(2, "blocking signals at the entry point");
    const window = from === fromRoot(MAIN) ? await closeSignalWindow(made) : "";
    const part = `${to}.${Deno.pid}.part`;
    await Deno.copyFile(made, part);
    await Deno.rename(part, to);
    return { place, window };
  } finally {
    await Deno.remove(clean, { recursive: true });
  }
}

/**
 * Makes the executable block signals at its entry point, so that none of its
 * first moments is lost. It is done after `deno compile`, which copies denort
 * byte for byte: so it works wherever denort came from, also where Deno
 * downloads it, and denort is held against its hash as it was published.
 *
 * @returns a line that says why signals can be lost, or nothing
 */
export async function closeSignalWindow(executable: string): Promise<string> {
  const bytes = await Deno.readFile(executable);
  let isChanged: boolean;
  try {
    isChanged = blockSignalsAtEntry(bytes);
  } catch (error) {
    return `signals that arrive before the runtime listens will be lost: ${
      message(error)
    }`;
  }
  if (isChanged) await Deno.writeFile(executable, bytes);
  return "";
}

/**
 * Bundles the program into a directory and returns the path of its first file.
 * What is imported dynamically stays in files of its own, which are parsed when
 * they are asked for: to parse 100 KB takes 2.7 ms.
 */
async function bundleInto(directory: string, from: string): Promise<string> {
  const options = "bundle --quiet --minify --platform deno --code-splitting";
  await must(`bundle ${from}`, Deno.execPath(), [
    ...options.split(" "),
    "--frozen",
    "--outdir",
    directory,
    from,
  ], { cwd: ROOT });
  return `${directory}/${from.replace(/^.*\/|\.[^.]+$/g, "")}.js`;
}

/** Tries the places denort may come from, and says every reason if none does. */
async function compileWithFirst(
  cwd: string,
  bundle: string,
  made: string,
  target: Target,
): Promise<Denort> {
  const args = [...COMPILE, ...PERMISSIONS, "--target", TRIPLES[target]];
  const kept = KEPT_ENV.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const failures: string[] = [];
  try {
    for await (const place of denortPlaces(target)) {
      const env: Record<string, string> = Object.fromEntries(kept);
      if (place.path !== undefined) env.DENORT_BIN = place.path;
      try {
        await must(
          `compile with the denort of ${place.from}`,
          Deno.execPath(),
          [...args, "--output", made, bundle],
          { cwd, env, clearEnv: true, timeoutMs: COMPILE_TIMEOUT_MS },
        );
        return place;
      } catch (error) {
        failures.push(message(error));
      }
    }
  } catch (error) {
    failures.push(message(error));
  }
  throw new Error(failures.join("\n  "));
}

/** SHA-256 over everything that can change the executable. */
async function fingerprint(from: string, target: Target): Promise<string> {
  const info = await must(
    `read the modules of ${from}`,
    Deno.execPath(),
    ["info", "--json", "--frozen", from],
    { cwd: ROOT },
  );
  const graph: { modules: { kind?: string; local?: string }[] } = JSON.parse(
    info,
  );
  const files = graph.modules
    .flatMap(({ kind, local }) => kind === "npm" || !local ? [] : [local])
    .filter((path) => path.startsWith(ROOT))
    .concat(`${ROOT}deno.json`, `${ROOT}deno.lock`)
    // How it is bundled, and what it begins with.
    .concat(`${ROOT}scripts/compile.ts`, `${ROOT}scripts/elf_entry.ts`)
    .sort();
  const parts = [Deno.version.deno, target, ...COMPILE, ...PERMISSIONS];
  for (const file of files) {
    parts.push(
      file.slice(ROOT.length),
      await sha256(await Deno.readFile(file)),
    );
  }
  return await sha256(new TextEncoder().encode(parts.join("\n")));
}

async function isFresh(to: string, stampPath: string, stamp: string) {
  const seen = await Deno.readTextFile(stampPath).catch(() => undefined);
  const made = await Deno.stat(to).catch(() => undefined);
  return seen === stamp && made?.isFile === true;
}

/** Reads `--target`; Docker's name of x64 is accepted too. */
export function parseTarget(value: string): Target {
  if (value === "x64" || value === "amd64") return "x64";
  if (value === "arm64") return "arm64";
  throw new Error(
    `Cannot compile for --target ${value}: it is none of x64, arm64`,
  );
}

if (import.meta.main) {
  await script("compile", async () => {
    const args = taskOptions(Deno.args, {
      string: ["target", "entry", "output"],
      boolean: ["if-stale"],
    });
    using progress = new Progress("compile", { total: STEPS });
    const line = await compile({
      entry: args.entry,
      output: args.output,
      target: args.target ? parseTarget(args.target) : HOST,
      ifStale: args["if-stale"],
      onStep: (done, what) => progress.step(done, what),
    });
    progress[Symbol.dispose]();
    console.error(line);
  });
}
