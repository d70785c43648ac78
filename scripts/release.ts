/**
 * `deno task release`: fills `dist/release/` with everything that a release
 * consists of. The same commit gives the same bytes. Must not publish anything.
 */
import { compile } from "./compile.ts";
import { denoPin, ROOT, type Target } from "./denort.ts";
import { Progress } from "./progress.ts";
import { type Lock, sbom } from "./sbom.ts";
import { must, script, sha256 } from "./shell.ts";
import { smokeTest } from "./smoke.ts";
import { taskOptions } from "./task_options.ts";

const FOLDER = "dist/release/";
const RELEASE = ROOT + FOLDER;
const TARGETS: readonly Target[] = ["x64", "arm64"];

/** Files that go into an archive beside the executable. */
const DOCUMENTS: readonly string[] = ["LICENSE", "docs/flush-manager.1"];

interface Manifest {
  version: string;
  license: string;
}

async function release(): Promise<void> {
  const manifest: Manifest = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.json`),
  );
  const { version } = manifest;
  const time = await sourceTime();
  await Deno.remove(RELEASE, { recursive: true }).catch(() => {});
  await Deno.mkdir(RELEASE, { recursive: true });
  const files: { name: string; sha256: string }[] = [];
  const add = async (name: string) => {
    const hash = await sha256(await Deno.readFile(RELEASE + name));
    files.push({ name, sha256: hash });
  };
  using progress = new Progress("release", { total: 3 * TARGETS.length + 1 });
  let done = 0;
  for (const target of TARGETS) {
    const name = `flush-manager-${version}-linux-${target}`;
    progress.step(done++, `compiling for ${target}`);
    progress.tell(await compile({ target, output: FOLDER + name }));
    progress.step(done++, `trying ${name}`);
    progress.tell(await smokeTest(RELEASE + name, target, version));
    await add(name);
  }
  progress.step(done++, "listing the dependencies");
  const bom = await makeSbom(manifest, files, time);
  for (const { name } of [...files]) {
    progress.step(done++, `packing ${name}`);
    await archive(name, time);
    await add(`${name}.tar.gz`);
  }
  const bomName = `flush-manager-${version}.cdx.json`;
  await Deno.writeTextFile(RELEASE + bomName, bom);
  await add(bomName);
  const sums = files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).sort();
  await Deno.writeTextFile(`${RELEASE}SHA256SUMS`, sums.join(""));
  progress.tell(`${FOLDER} holds ${files.length} files and SHA256SUMS`);
}

/**
 * The time that goes into archives: of the commit, so that it does not depend
 * on when it is built (https://reproducible-builds.org/specs/source-date-epoch).
 */
async function sourceTime(): Promise<Date> {
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

/** Packs one executable and its documents into `<name>.tar.gz`. */
async function archive(name: string, time: Date): Promise<void> {
  const staging = await Deno.makeTempDir({ prefix: "flush-manager-release-" });
  try {
    const folder = `${staging}/${name}`;
    await Deno.mkdir(folder);
    await Deno.copyFile(RELEASE + name, `${folder}/flush-manager`);
    for (const document of DOCUMENTS) {
      const base = document.replace(/.*\//, "");
      await Deno.copyFile(ROOT + document, `${folder}/${base}`);
    }
    await must(`pack ${name}`, "tar", [
      "--create",
      `--file=${staging}/archive.tar`,
      `--directory=${staging}`,
      "--format=ustar",
      "--sort=name",
      `--mtime=@${time.getTime() / 1000}`,
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "--mode=u=rwX,go=rX",
      name,
    ]);
    // Deno's own gzip: it is as pinned as Deno, and writes no time.
    const tar = await Deno.open(`${staging}/archive.tar`);
    const packed = tar.readable.pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(`${RELEASE}${name}.tar.gz`, packed);
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
}

/** The SBOM's text. */
async function makeSbom(
  { version, license }: Manifest,
  files: readonly { name: string; sha256: string }[],
  time: Date,
): Promise<string> {
  const lockText = await Deno.readTextFile(`${ROOT}deno.lock`);
  const lock: Lock = JSON.parse(lockText);
  const seed = await sha256(new TextEncoder().encode(
    JSON.stringify([version, lockText, files]),
  ));
  const bom = sbom({
    name: "flush-manager",
    version,
    license,
    deno: await denoPin(),
    lock,
    runtime: await runtimePackages(),
    files,
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

if (import.meta.main) {
  await script("release", async () => {
    taskOptions(Deno.args, {});
    await release();
  });
}
