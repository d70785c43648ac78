/**
 * Debian packages unpacked into a directory, for any architecture, without
 * changing the system and without root: apt works on lists and caches of its
 * own. Must not know what the packages are for.
 */
import { ROOT, type Target } from "./denort.ts";
import type { DebianPackage } from "./sbom.ts";
import { must, onPath, sha256 } from "./shell.ts";

/** Debian's names of the architectures. */
const ARCHITECTURES: Readonly<Record<Target, string>> = {
  x64: "amd64",
  arm64: "arm64",
};

/** Counts up when the form of the directories under `.cache/` changes. */
const FORM = 3;
/** Where images without dpkg say what they are made of, for scanners. */
const STATUS = "var/lib/dpkg/status.d";

/**
 * A directory that holds the files of exactly these packages (without what
 * they depend on), taken from the sources that the machine's apt is set up
 * with, and their control files in var/lib/dpkg/status.d/. It is kept under `.cache/`; the caller must not write to it.
 *
 * @throws {Error} if this is no Debian-like machine, or a package cannot be had
 */
export async function debianFiles(
  target: Target,
  packages: readonly string[],
): Promise<string> {
  const name = packages.join(" ");
  const hash = await sha256(new TextEncoder().encode(`${FORM} ${name}`));
  const root = `${ROOT}.cache/debian/${target}-${hash.slice(0, 16)}`;
  if (await Deno.stat(root).then(() => true, () => false)) return root;
  for (const program of ["apt-get", "dpkg-deb"]) {
    if (!await onPath(program)) {
      throw new Error(
        `Cannot get the Debian packages ${name}: there is no ${program} on this machine`,
      );
    }
  }
  await Deno.mkdir(`${ROOT}.cache/debian`, { recursive: true });
  const work = await Deno.makeTempDir({ dir: `${ROOT}.cache/debian` });
  try {
    const debs = await download(work, ARCHITECTURES[target], packages);
    const unpacked = `${work}/root`;
    await Deno.mkdir(unpacked);
    for (const deb of debs) {
      await must(`unpack ${deb}`, "dpkg-deb", ["-x", deb, unpacked]);
      await keepControl(deb, unpacked);
    }
    await Deno.chmod(unpacked, 0o755);
    await Deno.rename(unpacked, root).catch((error) => {
      // Another process was faster.
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    });
    return root;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function keepControl(deb: string, unpacked: string): Promise<void> {
  const control = await must(`read ${deb}`, "dpkg-deb", ["-f", deb]);
  const directory = `${unpacked}/${STATUS}`;
  await Deno.mkdir(directory, { recursive: true });
  const path = `${directory}/${packageOf(control).name}`;
  await Deno.writeTextFile(path, control);
  // Whatever the caller's umask is.
  await Deno.chmod(directory, 0o755);
  await Deno.chmod(path, 0o644);
}

/** What the control files of such a directory say, by name. */
export async function packagesIn(root: string): Promise<DebianPackage[]> {
  const names = Array.from(
    Deno.readDirSync(`${root}/${STATUS}`),
    ({ name }) => name,
  ).sort();
  return await Promise.all(
    names.map(async (name) =>
      packageOf(await Deno.readTextFile(`${root}/${STATUS}/${name}`))
    ),
  );
}

function packageOf(control: string): DebianPackage {
  const field = (name: string) =>
    new RegExp(`^${name}: (.+)$`, "m").exec(control)?.[1] ?? "";
  return {
    name: field("Package"),
    version: field("Version"),
    architecture: field("Architecture"),
  };
}

/** Downloads the packages into `work`, and returns their files. */
async function download(
  work: string,
  architecture: string,
  packages: readonly string[],
): Promise<string[]> {
  const debs = `${work}/debs`;
  for (const directory of ["lists/partial", "archives/partial", "debs"]) {
    await Deno.mkdir(`${work}/${directory}`, { recursive: true });
  }
  await Deno.writeTextFile(`${work}/status`, "");
  const user = Deno.uid() === 0 ? ["-o", "APT::Sandbox::User=root"] : [];
  const options = [
    "-qq",
    ...user,
    "-o",
    `APT::Architecture=${architecture}`,
    "-o",
    `APT::Architectures=${architecture}`,
    "-o",
    `Dir::State=${work}`,
    "-o",
    `Dir::State::status=${work}/status`,
    "-o",
    `Dir::Cache=${work}`,
  ];
  await must("read Debian's package lists", "apt-get", [...options, "update"]);
  await must(
    `download the Debian packages ${packages.join(" ")}`,
    "apt-get",
    [...options, "download", ...packages],
    { cwd: debs },
  );
  const names = Array.from(Deno.readDirSync(debs), ({ name }) => name).sort();
  return names.map((name) => `${debs}/${name}`);
}
