/**
 * `deno task image`: the image of flush-manager as an OCI archive for x64 and
 * arm64, with an SBOM for each. It needs no container engine, no registry and no
 * root; the same commit on the same packages gives the same bytes.
 *
 *   --base DIR       an OCI image layout to build on; Debian's packages unless given
 *   --target NAME    x64 or arm64; both unless given
 *   --output FILE    dist/flush-manager-VERSION.oci.tar unless given
 */
import { compile, parseTarget } from "./compile.ts";
import { fromRoot, ROOT, type Target } from "./denort.ts";
import {
  type Base,
  debianBase,
  type Entry,
  fetchedBase,
  PLATFORMS,
  tarOf,
} from "./image/base.ts";
import {
  type Descriptor,
  type ImageConfig,
  type Index,
  Layout,
  type Manifest,
  MEDIA,
} from "./image/oci.ts";
import { Progress } from "./progress.ts";
import { makeSbom, readManifest, revision, sourceTime } from "./provenance.ts";
import { reproducibleTar } from "./reproducible_tar.ts";
import { must, script, sha256 } from "./shell.ts";
import { taskOptions } from "./task_options.ts";

/** By number, which is all that `runAsNonRoot: true` can judge. */
const USER = 65532;
const SBOM = "usr/local/share/doc/flush-manager/sbom.cdx.json";

/** What is built, and where it goes. */
export interface ImageOptions {
  /** Of an OCI image layout. */
  readonly base?: string;
  readonly targets?: readonly Target[];
  readonly output?: string;
  readonly onStep?: (done: number, what: string) => void;
}

/** What came of it. */
export interface Built {
  readonly output: string;
  /** Of the index of the images. */
  readonly digest: string;
}

const TARGETS: readonly Target[] = ["x64", "arm64"];
/** To compile and to pack, for each target. */
const STEPS = 2;

/** Builds the archive. */
export async function buildImage(
  { base, targets = TARGETS, output, onStep = () => {} }: ImageOptions = {},
): Promise<Built> {
  const { version } = await readManifest();
  const time = await sourceTime();
  const work = await Deno.makeTempDir({ prefix: "flush-manager-image-" });
  try {
    const layout = await Layout.create(`${work}/layout`);
    const from = base === undefined ? undefined : new Layout(fromRoot(base));
    const manifests: Descriptor[] = [];
    const sboms: Descriptor[] = [];
    for (const [at, target] of targets.entries()) {
      onStep(at * STEPS, `compiling for ${target}`);
      const executable = `dist/image/flush-manager-${target}`;
      await compile({ target, output: executable, ifStale: true });
      onStep(at * STEPS + 1, `packing the image for ${target}`);
      const below = from === undefined
        ? await debianBase(layout, target, time)
        : await fetchedBase(layout, from, target);
      const made = await addImage(layout, { target, executable, below, time });
      manifests.push(made.image);
      sboms.push(made.sbom);
    }
    // An engine takes the first that suits its machine: SBOMs suit none.
    const index = await layout.addJson(
      MEDIA.index,
      {
        schemaVersion: 2,
        mediaType: MEDIA.index,
        manifests: [...manifests, ...sboms],
      } satisfies Index,
    );
    await layout.writeIndex(named(index, version));
    const archive = output ?? `dist/flush-manager-${version}.oci.tar`;
    await pack(layout.directory, fromRoot(archive), time);
    return { output: archive, digest: index.digest };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** The index under the name that engines give to what they load. */
const named = (index: Descriptor, version: string): Index => ({
  schemaVersion: 2,
  mediaType: MEDIA.index,
  manifests: [{
    ...index,
    annotations: {
      "io.containerd.image.name": `docker.io/library/flush-manager:${version}`,
      "org.opencontainers.image.ref.name": `flush-manager:${version}`,
    },
  }],
});

/** What the image for one machine is made of. */
interface Parts {
  readonly target: Target;
  readonly executable: string;
  readonly below: Base;
  readonly time: Date;
}

/** Adds an image and its SBOM. */
async function addImage(
  layout: Layout,
  { target, executable, below, time }: Parts,
): Promise<{ image: Descriptor; sbom: Descriptor }> {
  const platform = PLATFORMS[target];
  const bytes = await Deno.readFile(fromRoot(executable));
  const bom = await makeSbom({
    files: [{ name: "flush-manager", sha256: await sha256(bytes) }],
    time,
    packages: below.packages,
  });
  const own = await layout.addLayer(
    await tarOf(await files(bytes, bom), time),
    "flush-manager",
  );
  const layers = [...below.layers, own];
  const labels = await labelsOf(time, below);
  const config = await layout.addJson(
    MEDIA.config,
    {
      created: time.toISOString(),
      ...platform,
      config: {
        User: `${USER}:${USER}`,
        Env: below.env,
        Entrypoint: ["/usr/local/bin/flush-manager"],
        WorkingDir: "/",
        Labels: labels,
      },
      rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(({ by }) => ({
        created: time.toISOString(),
        created_by: by,
      })),
    } satisfies ImageConfig,
  );
  const image = await layout.addJson(
    MEDIA.manifest,
    {
      schemaVersion: 2,
      mediaType: MEDIA.manifest,
      config,
      layers: layers.map(({ descriptor }) => descriptor),
      annotations: labels,
    } satisfies Manifest,
  );
  return {
    image: { ...image, platform },
    sbom: await addSbom(layout, image, bom, time),
  };
}

/** An artifact that refers to the image: registries list it among its referrers. */
async function addSbom(
  layout: Layout,
  subject: Descriptor,
  bom: string,
  time: Date,
): Promise<Descriptor> {
  const document = await layout.add(
    MEDIA.cyclonedx,
    new TextEncoder().encode(bom),
  );
  const manifest = await layout.addJson(
    MEDIA.manifest,
    {
      schemaVersion: 2,
      mediaType: MEDIA.manifest,
      artifactType: MEDIA.cyclonedx,
      config: await layout.addJson(MEDIA.empty, {}),
      layers: [{
        ...document,
        annotations: { "org.opencontainers.image.title": "sbom.cdx.json" },
      }],
      subject,
      annotations: { "org.opencontainers.image.created": time.toISOString() },
    } satisfies Manifest,
  );
  return {
    ...manifest,
    artifactType: MEDIA.cyclonedx,
    platform: { architecture: "unknown", os: "unknown" },
  };
}

/** The same as the last stage of Dockerfile.distroless, and the SBOM. */
async function files(
  executable: Uint8Array<ArrayBuffer>,
  bom: string,
): Promise<Entry[]> {
  const license = await Deno.readFile(`${ROOT}LICENSE`);
  const documents = SBOM.replace(/\/[^/]+$/, "");
  return [
    ...["usr", "usr/local", "usr/local/bin"].map(directory),
    { name: "usr/local/bin/flush-manager", mode: 0o755, body: executable },
    { name: "usr/local/bin/manager", link: "flush-manager" },
    ...["usr/local/share", "usr/local/share/doc", documents].map(directory),
    { name: `${documents}/LICENSE`, body: license },
    { name: SBOM, body: bom },
    directory("run"),
    {
      name: "run/flush-manager",
      mode: 0o1777,
      owner: USER,
      isDirectory: true,
    },
  ];
}

const directory = (name: string): Entry => ({ name, isDirectory: true });

async function labelsOf(
  time: Date,
  { labels }: Base,
): Promise<Record<string, string>> {
  const { version, license } = await readManifest();
  const image = "org.opencontainers.image";
  return {
    ...labels,
    [`${image}.created`]: time.toISOString(),
    [`${image}.description`]:
      "PID 1 that restarts its program when the configuration changed",
    [`${image}.licenses`]: license,
    [`${image}.revision`]: await revision(),
    [`${image}.title`]: "flush-manager",
    [`${image}.version`]: version,
  };
}

async function pack(
  layout: string,
  output: string,
  time: Date,
): Promise<void> {
  const part = `${output}.${Deno.pid}.part`;
  try {
    await must("pack the image", "tar", [
      ...reproducibleTar({ output: part, directory: layout, time }),
      "blobs",
      "index.json",
      "oci-layout",
    ]);
    await Deno.rename(part, output);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}

if (import.meta.main) {
  await script("image", async () => {
    const { base, target, output } = taskOptions(Deno.args, {
      string: ["base", "target", "output"],
    });
    const targets = target === undefined ? TARGETS : [parseTarget(target)];
    using progress = new Progress("image", { total: STEPS * targets.length });
    const built = await buildImage({
      ...{ base, targets, output },
      onStep: (done, what) => progress.step(done, what),
    });
    progress.say(`${built.output}: ${built.digest}`);
  });
}
