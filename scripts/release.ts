/**
 * `deno task release`: fills `dist/release/` with everything that a release
 * consists of. The same commit gives the same bytes. Must not publish anything.
 */
import { compile } from "./compile.ts";
import { ROOT, type Target } from "./denort.ts";
import { Progress } from "./progress.ts";
import { makeSbom, readManifest, sourceTime } from "./provenance.ts";
import { reproducibleTar } from "./reproducible_tar.ts";
import { must, script, sha256 } from "./shell.ts";
import { smokeTest } from "./smoke.ts";
import { taskOptions } from "./task_options.ts";

const FOLDER = "dist/release/";
const RELEASE = ROOT + FOLDER;
const TARGETS: readonly Target[] = ["x64", "arm64"];

/** Files that go into an archive beside the executable. */
const DOCUMENTS: readonly string[] = ["LICENSE", "docs/flush-manager.1"];

async function release(): Promise<void> {
  const { version } = await readManifest();
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
  const bom = await makeSbom({ files, time });
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
      ...reproducibleTar({
        output: `${staging}/archive.tar`,
        directory: staging,
        time,
      }),
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

if (import.meta.main) {
  await script("release", async () => {
    taskOptions(Deno.args, {});
    await release();
  });
}
