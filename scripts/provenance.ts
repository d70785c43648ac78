/**
 * What a release and an image say about where they come from: the version, the
 * time of the sources, the SBOM. Must not build anything.
 */
import { denoPin, ROOT } from "./denort.ts";
import { type DebianPackage, type Lock, sbom } from "./sbom.ts";
import { must, sha256 } from "./shell.ts";

/** The part of deno.json that is read. */
export interface Manifest {
  version: string;
  license: string;
}

/** Of deno.json. */
export const readManifest = async (): Promise<Manifest> =>
  JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));

/**
 * The time that goes into archives: of the commit, so that it does not depend
 * on when it is built (https://reproducible-builds.org/specs/source-date-epoch).
 */
export async function sourceTime(): Promise<Date> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH");
  const seconds = given ??
    await must("read the time of the commit", "git", [
      "-C",
      ROOT,
      "log",
      "-1",
      "--format=%ct",
    ]).catch(() => "0");
  if (!/^\d+\s*$/.test(seconds)) {
    throw new Error(
      `Cannot read SOURCE_DATE_EPOCH: ${seconds} is no number of seconds`,
    );
  }
  return new Date(Number(seconds) * 1000);
}

/** The commit, or `unknown` outside of a clone. */
export async function revision(): Promise<string> {
  const args = ["-C", ROOT, "rev-parse", "HEAD"];
  const commit = await must("read the commit", "git", args)
    .catch(() => "unknown");
  return commit.trim();
}

/** What an SBOM is about. */
export interface SbomSubject {
  /** The executables. */
  readonly files: readonly { name: string; sha256: string }[];
  readonly time: Date;
  /** Debian packages that an image has besides. */
  readonly packages?: readonly DebianPackage[];
}

/** The SBOM's text. */
export async function makeSbom(
  { files, time, packages = [] }: SbomSubject,
): Promise<string> {
  const { version, license } = await readManifest();
  const lockText = await Deno.readTextFile(`${ROOT}deno.lock`);
  const lock: Lock = JSON.parse(lockText);
  const seed = await sha256(new TextEncoder().encode(
    JSON.stringify([version, lockText, files, packages]),
  ));
  const bom = sbom({
    name: "flush-manager",
    version,
    license,
    deno: await denoPin(),
    lock,
    runtime: await runtimePackages(),
    files,
    packages,
    time,
    seed,
  });
  return `${JSON.stringify(bom, null, 2)}\n`;
}

/** Keys of the lock's packages that the program's own modules lead to. */
async function runtimePackages(): Promise<Set<string>> {
  const graph: {
    modules: { npmPackage?: string }[];
    npmPackages: Record<string, { dependencies: string[] }>;
  } = JSON.parse(
    await must("read the modules of main.ts", Deno.execPath(), [
      "info",
      "--json",
      "--frozen",
      `${ROOT}main.ts`,
    ], { cwd: ROOT }),
  );
  const found = new Set<string>();
  const queue = graph.modules.flatMap(({ npmPackage }) => npmPackage ?? []);
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (found.has(key)) continue;
    found.add(key);
    queue.push(...graph.npmPackages[key]?.dependencies ?? []);
  }
  return found;
}
