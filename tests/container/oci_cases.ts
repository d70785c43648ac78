/**
 * The image of `deno task image`: the same bytes each time, two machines, labels
 * and SBOMs; and the ways in which people use it. Must not test how the manager
 * behaves.
 */
import assert from "node:assert/strict";
import { debianFiles } from "../../scripts/debian.ts";
import { HOST, ROOT } from "../../scripts/denort.ts";
import { PLATFORMS } from "../../scripts/image/base.ts";
import {
  type Descriptor,
  type ImageConfig,
  type Index,
  Layout,
  type Manifest,
  MEDIA,
} from "../../scripts/image/oci.ts";
import { must, run, sha256 } from "../../scripts/shell.ts";
import { type Bench, containerTest } from "./harness.ts";

const CHILD = "/usr/local/bin/child";
const NAME = "docker.io/library/flush-manager:1.0.0";
const DEBIAN = "gcr.io/distroless/cc-debian12:nonroot";

/** Runs the task, and returns what it says of the image. */
async function build(
  output: string,
  options: readonly string[] = [],
  umask = "022",
  zone = "UTC",
): Promise<string> {
  const command = `umask ${umask}; exec "$0" run -A scripts/image.ts "$@"`;
  const args = [`--output=${output}`, ...options];
  const said = await must(
    "make the image",
    "sh",
    ["-c", command, Deno.execPath(), ...args],
    {
      cwd: ROOT,
      env: { TZ: zone, SOURCE_DATE_EPOCH: "1700000000" },
    },
  );
  return /sha256:[0-9a-f]{64}/.exec(said)?.[0] ?? said;
}

let archive: Promise<{ path: string; digest: string }> | undefined;

/** The archive for both machines; it is made once. */
function built(bench: Bench) {
  const make = async () => {
    const path = `${await bench.directory()}/image.tar`;
    return { path, digest: await build(path) };
  };
  return archive ??= make();
}

/** The archive as a directory. */
async function unpacked(bench: Bench): Promise<Layout> {
  const { path } = await built(bench);
  const directory = await bench.directory();
  await must("unpack the image", "tar", ["-xf", path, "-C", directory]);
  return new Layout(directory);
}

async function manifestsIn(layout: Layout): Promise<readonly Descriptor[]> {
  const { manifests: [index] } = await layout.readIndex();
  const { manifests } = await layout.read<Index>(index);
  return manifests;
}

let loaded: Promise<string> | undefined;

/** Loads the archive into the engine, and returns the image's name there. */
function load(bench: Bench): Promise<string> {
  const take = async () => {
    const { path } = await built(bench);
    await bench.podman("load", "--quiet", `--input=${path}`);
    return NAME;
  };
  return loaded ??= take();
}

containerTest("image: the same sources give the same bytes", async (bench) => {
  const { path, digest } = await built(bench);
  const other = `${await bench.directory()}/again.tar`;
  // Compiled anew, by somebody with other habits, elsewhere.
  await Deno.remove(`${ROOT}dist/image/flush-manager-${HOST}`);
  assert.equal(await build(other, [], "077", "Asia/Tokyo"), digest);
  assert.equal(
    await sha256(await Deno.readFile(other)),
    await sha256(await Deno.readFile(path)),
  );
});

containerTest(
  "image: an index has x64 and arm64, with labels",
  async (bench) => {
    const layout = await unpacked(bench);
    const images = (await manifestsIn(layout))
      .filter(({ artifactType }) => artifactType === undefined);
    assert.deepEqual(
      images.map(({ platform }) => platform),
      [PLATFORMS.x64, PLATFORMS.arm64],
    );
    for (const image of images) {
      const { config: descriptor, annotations } = await layout.read<Manifest>(
        image,
      );
      const { config, architecture, rootfs } = await layout.read<ImageConfig>(
        descriptor,
      );
      assert.equal(architecture, image.platform?.architecture);
      assert.equal(config.User, "65532:65532");
      assert.deepEqual(config.Entrypoint, ["/usr/local/bin/flush-manager"]);
      assert.equal(rootfs.diff_ids.length, 3);
      const label = (name: string) =>
        config.Labels?.[`org.opencontainers.image.${name}`];
      assert.equal(label("title"), "flush-manager");
      assert.equal(label("version"), "1.0.0");
      assert.equal(label("licenses"), "MIT");
      assert.equal(label("created"), "2023-11-14T22:13:20.000Z");
      assert.match(label("revision") ?? "", /^([0-9a-f]{40}|unknown)$/);
      assert.deepEqual(annotations, config.Labels);
    }
  },
);

containerTest(
  "image: an SBOM refers to each, and names all that is in it",
  async (bench) => {
    const layout = await unpacked(bench);
    const all = await manifestsIn(layout);
    const sboms = all.filter(({ artifactType }) => artifactType !== undefined);
    const subjects: (string | undefined)[] = [];
    for (const descriptor of sboms) {
      const { artifactType, subject, layers } = await layout.read<Manifest>(
        descriptor,
      );
      assert.equal(artifactType, MEDIA.cyclonedx);
      subjects.push(subject?.digest);
      const bom = await layout.read<{ components: { purl: string }[] }>(
        layers[0],
      );
      const found = bom.components.map(({ purl }) => purl).join("\n");
      const { architecture } =
        PLATFORMS[subjects.length === 1 ? "x64" : "arm64"];
      for (const name of ["libc6", "libgcc-s1"]) {
        assert.match(
          found,
          new RegExp(`^pkg:deb/debian/${name}@.+\\?arch=${architecture}$`, "m"),
        );
      }
      assert.match(found, /^pkg:github\/denoland\/deno@v/m);
      assert.match(found, /^pkg:npm\/js-yaml@/m);
    }
    assert.deepEqual(
      subjects,
      all.filter(({ artifactType }) => artifactType === undefined)
        .map(({ digest }) => digest),
    );
  },
);

containerTest("image: on a base that somebody has fetched", async (bench) => {
  const layout = await unpacked(bench);
  const output = `${await bench.directory()}/on-base.tar`;
  const target = [`--base=${layout.directory}`, `--target=${HOST}`];
  await build(output, target);
  const directory = await bench.directory();
  await must("unpack the image", "tar", ["-xf", output, "-C", directory]);
  const made = new Layout(directory);
  const [image] = await manifestsIn(made);
  const manifest = await made.read<Manifest>(image);
  const { config, rootfs } = await made.read<ImageConfig>(manifest.config);
  assert.equal(rootfs.diff_ids.length, 4);
  assert.match(
    config.Labels?.["org.opencontainers.image.base.digest"] ?? "",
    /^sha256:/,
  );
  assert.ok(config.Env?.some((one) => one.startsWith("SSL_CERT_FILE=")));
});

containerTest(
  "image: a base that is none is refused in one line",
  async (bench) => {
    const empty = await bench.directory();
    const { code, stderr } = await run(Deno.execPath(), [
      ...["run", "-A", "scripts/image.ts", `--target=${HOST}`],
      `--base=${empty}`,
      `--output=${empty}/image.tar`,
    ], { cwd: ROOT });
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(
        `^image: Cannot read ${empty}: it is no OCI image layout \\(it has no index.json\\)$`,
        "m",
      ),
    );
    assert.deepEqual([...Deno.readDirSync(empty)], []);
  },
);

containerTest(
  "image: it runs, without privileges, and holds its SBOM",
  async (bench) => {
    await using container = bench.start({
      image: await load(bench),
      args: ["--", CHILD, "--masks", "--ready-line"],
    });
    const ids = await container.line("ids: ");
    assert.match(ids, / uid=65532 /);
    const sbom = `${await bench.directory()}/sbom.json`;
    await container.podman("stop", "--time=600");
    assert.equal(await container.exitCode(), 0);
    await bench.podman(
      "cp",
      `${container.name}:/usr/local/share/doc/flush-manager/sbom.cdx.json`,
      sbom,
    );
    assert.match(await Deno.readTextFile(sbom), /"bomFormat": "CycloneDX"/);
  },
);

/** How an image of an application names its program, so that arguments do not replace it. */
async function ways(bench: Bench): Promise<[string, readonly string[]][]> {
  const directory = await bench.directory();
  await Deno.writeTextFile(
    `${directory}/flush-manager.yaml`,
    `config: ""\ncommand: ${CHILD}\nargs: [--ready-line]\n`,
  );
  return [
    ["variables", [
      `--env=FLUSH_MANAGER_COMMAND=${CHILD}`,
      "--env=FLUSH_MANAGER_CONFIG=",
    ]],
    ["a settings file", [
      `--volume=${directory}:/etc/flush-manager:ro`,
      "--env=FLUSH_MANAGER_SETTINGS=/etc/flush-manager/flush-manager.yaml",
    ]],
  ];
}

containerTest(
  "image: arguments of a run leave the program that variables or a settings file name",
  async (bench) => {
    const image = await load(bench);
    for (const [way, options] of await ways(bench)) {
      await using checking = bench.start({
        image,
        run: options,
        args: ["check"],
      });
      assert.equal(await checking.exitCode(), 0, way);
      await checking.line(`ok: run: ${CHILD}`);
      await using quiet = bench.start({
        image,
        run: options,
        args: ["--log-level", "info"],
      });
      await quiet.line("Child process started with PID: ");
      assert.equal(quiet.occurrences("DEBUG: "), 0);
      await quiet.podman("stop", "--time=600");
      assert.equal(await quiet.exitCode(), 0, way);
    }
  },
);

containerTest(
  "image: an init container hands the executable to an image that has none",
  async (bench) => {
    const tools = await bench.directory();
    // As an emptyDir is.
    await Deno.chmod(tools, 0o777);
    await using init = bench.start({
      image: await load(bench),
      run: [`--volume=${tools}:/tools`],
      args: ["install", "/tools"],
    });
    assert.equal(await init.exitCode(), 0);
    await init.line("installed: /tools/flush-manager");
    await using container = bench.start({
      image: DEBIAN,
      run: [`--volume=${tools}:/tools:ro`, "--user=1000:1000"],
      args: ["/tools/flush-manager", "--", CHILD, "--exit-after", "0:7"],
    });
    assert.equal(await container.exitCode(), 7);
  },
);

/** Builds an image on a root file system whose C library is musl, as Alpine's. */
async function onMusl(
  bench: Bench,
  name: string,
  steps: readonly string[],
): Promise<string> {
  const context = await bench.directory();
  const musl = await debianFiles(HOST, ["musl"]);
  await must("copy musl", "cp", ["--archive", musl, `${context}/musl`]);
  const dockerfile = ["FROM scratch", "COPY musl/ /", ...steps].join("\n");
  await Deno.writeTextFile(`${context}/Dockerfile`, `${dockerfile}\n`);
  const tag = `localhost/flush-manager-musl:${name}`;
  await bench.buildah(
    "build",
    ...["--quiet", "--runtime=runc", "--pull=never", `--tag=${tag}`],
    ...[`--file=${context}/Dockerfile`, context],
  );
  return tag;
}

const COPY = `COPY --from=${NAME}`;
const EXECUTABLE = `${COPY} /usr/local/bin/flush-manager /usr/local/bin/`;

containerTest(
  "image: without glibc, the engine says that there is no such file",
  async (bench) => {
    await load(bench);
    await using container = bench.start({
      image: await onMusl(bench, "bare", [EXECUTABLE]),
      args: ["/usr/local/bin/flush-manager", "--version"],
    });
    assert.notEqual(await container.exitCode(), 0);
    await container.line(
      "exec /usr/local/bin/flush-manager: no such file or directory",
    );
  },
);

containerTest(
  "image: beside musl, with glibc's files copied from the image",
  async (bench) => {
    await load(bench);
    const [triplet, loader] = HOST === "x64"
      ? ["x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2"]
      : ["aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1"];
    await using container = bench.start({
      image: await onMusl(bench, "with-glibc", [
        `${COPY} /lib/${triplet} /lib/${triplet}`,
        `${COPY} ${loader} ${loader}`,
        EXECUTABLE,
      ]),
      args: [
        ...["/usr/local/bin/flush-manager", "--", CHILD],
        ...["--orphans", "5:10-50", "--exit-after", "500:7", "--ready-line"],
      ],
    });
    assert.equal(await container.exitCode(), 7);
    assert.equal(container.occurrences("orphans are not reaped"), 0);
  },
);
