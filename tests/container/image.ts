/**
 * The image that container tests run: the final stage of the project's own
 * Dockerfile, built without a network on a base made of the Debian packages
 * that distroless/cc consists of. Owns podman's storage for the test run; must
 * not know what is tested.
 */
import { compile } from "../../scripts/compile.ts";
import { debianFiles } from "../../scripts/debian.ts";
import { HOST, ROOT } from "../../scripts/denort.ts";
import { GROUP, PACKAGES, PASSWD } from "../../scripts/image/base.ts";
import { message, must, onPath } from "../../scripts/shell.ts";
import { childBinary } from "../fixtures/build.ts";
import { HANG_MS } from "../fixtures/limits.ts";

/** The image under test, and the same on a base without /tmp. */
export const IMAGE = "localhost/flush-manager:test";
export const IMAGE_WITHOUT_TMP = "localhost/flush-manager:no-tmp";

/** The name that the Dockerfile gives its base. */
const BASE = "gcr.io/distroless/cc-debian12:nonroot";
const BASE_WITHOUT_TMP = "localhost/cc-debian12:no-tmp";

/** What the tests need to run containers. */
export interface Engine {
  /** Options of podman and buildah that choose the storage. */
  readonly storage: readonly string[];
  /** Options that come before podman's subcommand. */
  readonly podman: readonly string[];
  /** Path of the program that containers supervise. */
  readonly child: string;
  /** Scratch directory of the test run, with podman's storage. */
  readonly work: string;
  /** Podman's run-time state. */
  readonly state: string;
}

/**
 * Options of every `podman run`: a locked-down container, and no feature that
 * a machine without systemd or with version 1 control groups lacks.
 */
export const RUN_OPTIONS: readonly string[] = [
  "--network=none",
  "--ulimit=nofile=1024:1024",
  "--ulimit=nproc=1024:1024",
  "--read-only",
  "--read-only-tmpfs=false",
  "--cap-drop=all",
  "--security-opt=no-new-privileges",
];

/**
 * Makes the base images, in a storage of their own, so that the machine's real
 * images of those names are left alone, and shows that containers run.
 *
 * @throws {Error} with the reason why they cannot run here
 */
export async function startEngine(): Promise<Engine> {
  for (const program of ["podman", "buildah", "runc"]) {
    if (!await onPath(program)) {
      throw new Error(`there is no ${program} on this machine`);
    }
  }
  const child = await childBinary();
  await Deno.mkdir(`${ROOT}.cache`, { recursive: true });
  const work = await Deno.makeTempDir({
    dir: `${ROOT}.cache`,
    prefix: "containers-",
  });
  // Podman refuses a longer path than 50 characters for its run-time state.
  const state = await Deno.makeTempDir({ dir: "/tmp", prefix: "containers-" });
  const storage = [`--root=${work}/storage`, `--runroot=${state}`];
  const engine: Engine = {
    storage,
    podman: [...storage, "--runtime=runc", "--cgroup-manager=cgroupfs"],
    child,
    work,
    state,
  };
  try {
    await importBases(engine);
    // A program that has nothing to do with the product: what fails here is
    // the machine's fault.
    await must("run a container", "podman", [
      ...engine.podman,
      "run",
      "--rm",
      ...RUN_OPTIONS,
      `--volume=${child}:/child:ro`,
      BASE,
      "/child",
      "--exit-after",
      "0:0",
    ], { timeoutMs: HANG_MS });
  } catch (error) {
    await stopEngine(engine);
    throw error;
  }
  return engine;
}

/**
 * Builds the images under test.
 *
 * @throws {Error} if the project's own files are at fault
 */
export async function buildImages(engine: Engine): Promise<void> {
  try {
    await compile({ ifStale: true });
    await buildImage(engine, BASE, IMAGE);
    await buildImage(engine, BASE_WITHOUT_TMP, IMAGE_WITHOUT_TMP);
  } catch (error) {
    await stopEngine(engine);
    throw error;
  }
}

/** Removes every container and image of the test run. */
export async function stopEngine(engine: Engine): Promise<void> {
  await must("remove the containers", "podman", [
    ...engine.podman,
    "rm",
    "--all",
    "--force",
    "--time=0",
  ]).catch((error) => console.error(message(error)));
  await Deno.remove(engine.work, { recursive: true });
  await Deno.remove(engine.state, { recursive: true });
}

/** Assembles distroless/cc from Debian's packages, with and without /tmp. */
async function importBases({ podman, work }: Engine): Promise<void> {
  const files = await debianFiles(HOST, PACKAGES);
  const base = `${work}/base`;
  await must("copy the base image", "cp", ["--archive", files, base]);
  await Deno.mkdir(`${base}/home/nonroot`);
  await Deno.writeTextFile(`${base}/etc/passwd`, PASSWD);
  await Deno.writeTextFile(`${base}/etc/group`, GROUP);
  const variants: [string, string[]][] = [
    [BASE, []],
    [BASE_WITHOUT_TMP, ["--exclude=./tmp"]],
  ];
  for (const [name, excludes] of variants) {
    const tar = `${work}/base.tar`;
    await must("pack the base image", "tar", [
      "--create",
      `--file=${tar}`,
      "--owner=0",
      "--group=0",
      ...excludes,
      `--directory=${base}`,
      ".",
    ]);
    await must("import the base image", "podman", [
      ...podman,
      "import",
      "--change=USER=65532",
      tar,
      name,
    ]);
    await Deno.remove(tar);
  }
}

/**
 * Builds the Dockerfile's final stage. Its first stage, which needs a network,
 * is replaced by a directory that holds what that stage makes.
 */
async function buildImage(
  { storage, work }: Engine,
  base: string,
  tag: string,
): Promise<void> {
  const out = `${work}/build/bin-out`;
  await Deno.mkdir(out, { recursive: true });
  await Deno.copyFile(`${ROOT}dist/flush-manager`, `${out}/flush-manager`);
  await Deno.remove(`${out}/manager`).catch(() => {});
  await Deno.symlink("flush-manager", `${out}/manager`);
  const run = `${work}/build/run-out/flush-manager`;
  await Deno.mkdir(run, { recursive: true });
  await Deno.chmod(run, 0o1777);
  await must(`build ${tag}`, "buildah", [
    ...storage,
    "build",
    "--quiet",
    "--runtime=runc",
    "--pull=never",
    `--build-arg=BASE_IMAGE=${base}`,
    "--build-arg=VERSION=test",
    `--build-context=build=${work}/build`,
    `--tag=${tag}`,
    `--file=${ROOT}Dockerfile.distroless`,
    work,
  ]);
}
