/**
 * The programs of a cluster: etcd, as Debian has it, and the API server and
 * kubectl, which Go makes of `kubernetes/`. Owns where they are and why they
 * cannot be had; must not know what they are run for.
 */
import { ROOT } from "../../scripts/denort.ts";
import { asInit } from "../e2e/namespaces.ts";
import { must, onPath, run, sha256 } from "../../scripts/shell.ts";

/** Paths or names of programs that can be run. */
export interface Programs {
  readonly etcd: string;
  /** Its first argument is kube-apiserver or kubectl. */
  readonly kubernetes: string;
}

const MODULE = `${ROOT}tests/cluster/kubernetes`;
const CACHE = `${ROOT}.cache/cluster`;

/** Why the programs cannot be had on this machine; undefined where they can. */
export async function reasonAgainst(): Promise<string | undefined> {
  if (!await onPath("etcd")) return "there is no etcd (Debian: etcd-server)";
  if (!await onPath("go")) return "there is no Go";
  if (!await onPath("openssl")) return "there is no openssl";
  if (!await onPath("setpriv")) {
    return "there is no setpriv (Debian: util-linux)";
  }
  const found = await goVersion();
  const wanted = inModule(/^go (\d+\.\d+)/m);
  if (isOlder(found, wanted)) {
    return `Go is version ${found}, and Kubernetes needs ${wanted}`;
  }
  return asInit().missing;
}

/**
 * Makes the API server when there is none of this source yet. Go keeps what it
 * has compiled in a cache of its own, so that only the first time is long.
 *
 * @throws {Error} if Go cannot build it
 */
export async function makePrograms(): Promise<Programs> {
  const source = ["go.mod", "go.sum", "main.go"]
    .map((name) => Deno.readTextFileSync(`${MODULE}/${name}`));
  const text = [await goVersion(), ...source].join("\n");
  const hash = await sha256(new TextEncoder().encode(text));
  const kubernetes = `${CACHE}/kubernetes-${hash.slice(0, 16)}`;
  if (!await exists(kubernetes)) await build(kubernetes);
  return { etcd: "etcd", kubernetes };
}

async function build(path: string): Promise<void> {
  console.error("Building the API server; the first time takes minutes");
  await Deno.mkdir(CACHE, { recursive: true });
  // Another run may be building it as well: each renames its own.
  const work = await Deno.makeTempDir({ dir: CACHE });
  try {
    await must("build the API server", "go", [
      "build",
      "-trimpath",
      "-buildvcs=false",
      `-ldflags=-s -w ${versionFlags()}`,
      ...["-o", `${work}/kubernetes`, "."],
    ], { cwd: MODULE, env: { CGO_ENABLED: "0" } });
    await Deno.rename(`${work}/kubernetes`, path);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Kubernetes' own build sets these: without them servers and clients say version 0. */
function versionFlags(): string {
  const version = inModule(/^\s*k8s\.io\/kubernetes (v[\d.]+)/m);
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version)!;
  const variables = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
  };
  return ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
    .flatMap((name) =>
      Object.entries(variables).map(([key, value]) =>
        `-X ${name}.${key}=${value}`
      )
    ).join(" ");
}

function inModule(pattern: RegExp): string {
  const found = pattern.exec(Deno.readTextFileSync(`${MODULE}/go.mod`));
  if (found === null) throw new Error(`go.mod has no ${pattern}`);
  return found[1];
}

/** As "1.26.8". */
async function goVersion(): Promise<string> {
  const { stdout } = await run("go", ["version"], { cwd: MODULE });
  return /\bgo(\d+\.\d+(?:\.\d+)?)/.exec(stdout)?.[1] ?? "unknown";
}

function isOlder(found: string, wanted: string): boolean {
  const [major, minor] = found.split(".").map(Number);
  const [wantedMajor, wantedMinor] = wanted.split(".").map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
