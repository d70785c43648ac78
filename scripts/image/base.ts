/**
 * What the executable is put on: the Debian packages that distroless/cc consists
 * of, or an image that somebody has fetched. Must not know what is put there.
 */
import { packTar } from "modern-tar";
import { debianFiles, packagesIn } from "../debian.ts";
import type { Target } from "../denort.ts";
import type { DebianPackage } from "../sbom.ts";
import { must } from "../shell.ts";
import {
  type Descriptor,
  type ImageConfig,
  type Index,
  type Layer,
  type Layout,
  type Manifest,
  MEDIA,
  type Platform,
} from "./oci.ts";

/** OCI's names of the machines. */
export const PLATFORMS: Readonly<Record<Target, Platform>> = {
  x64: { architecture: "amd64", os: "linux" },
  arm64: { architecture: "arm64", os: "linux", variant: "v8" },
};

/** The packages of distroless/cc, without its OpenSSL and libgomp. */
export const PACKAGES: readonly string[] = [
  "base-files",
  "netbase",
  "tzdata",
  "ca-certificates",
  "libc6",
  "libgcc-s1",
];

/** Users and groups of distroless. */
export const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`;
export const GROUP = "root:x:0:\nnobody:x:65534:\ntty:x:5:\nnonroot:x:65532:\n";
const NONROOT = 65532;

/** Where programs look for the certificates that Debian trusts. */
const CERTIFICATES = "etc/ssl/certs/ca-certificates.crt";

/** What is below the executable. */
export interface Base {
  readonly layers: readonly Layer[];
  readonly env: readonly string[];
  readonly packages: readonly DebianPackage[];
  /** The labels that name it. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A directory, a file or a link of a layer. */
export type Entry =
  & { readonly name: string; readonly mode?: number; readonly owner?: number }
  & (
    | { readonly body: string | Uint8Array<ArrayBuffer> }
    | { readonly link: string }
    | { readonly isDirectory: true }
  );

/** A tar archive of the entries, in their order; nothing in it depends on when or by whom it is made. */
export async function tarOf(
  entries: readonly Entry[],
  mtime: Date,
): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await packTar(entries.map((entry) => {
    const { name, owner = 0 } = entry;
    const shared = { mtime, uid: owner, gid: owner, uname: "", gname: "" };
    if ("link" in entry) {
      return {
        header: {
          ...shared,
          name,
          size: 0,
          mode: 0o777,
          type: "symlink" as const,
          linkname: entry.link,
        },
      };
    }
    if ("isDirectory" in entry) {
      const { mode = 0o755 } = entry;
      return {
        header: {
          ...shared,
          name: `${name}/`,
          size: 0,
          mode,
          type: "directory" as const,
        },
      };
    }
    const body = typeof entry.body === "string"
      ? new TextEncoder().encode(entry.body)
      : entry.body;
    const { mode = 0o644 } = entry;
    return { header: { ...shared, name, size: body.length, mode }, body };
  }));
  return new Uint8Array(packed);
}

/**
 * Debian's packages, as the machine's apt can fetch them.
 *
 * @throws {Error} if this is no Debian-like machine, or a package cannot be had
 */
export async function debianBase(
  layout: Layout,
  target: Target,
  time: Date,
): Promise<Base> {
  const root = await debianFiles(target, PACKAGES);
  const packages = await packagesIn(root);
  const versions = packages.map(({ name, version }) => `${name}=${version}`);
  return {
    layers: [
      await layout.addLayer(
        await packedDirectory(root, time),
        `Debian packages: ${versions.join(" ")}`,
      ),
      await layout.addLayer(
        await tarOf(await accounts(root), time),
        "users, groups and trusted certificates",
      ),
    ],
    env: [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      `SSL_CERT_FILE=/${CERTIFICATES}`,
    ],
    packages,
    labels: {},
  };
}

async function packedDirectory(
  root: string,
  time: Date,
): Promise<Uint8Array<ArrayBuffer>> {
  const tar = await Deno.makeTempFile({ prefix: "flush-manager-image-" });
  try {
    await must("pack Debian's packages", "tar", [
      "--create",
      `--file=${tar}`,
      `--directory=${root}`,
      "--format=gnu",
      "--sort=name",
      `--mtime=@${time.getTime() / 1000}`,
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      ".",
    ]);
    return await Deno.readFile(tar);
  } finally {
    await Deno.remove(tar);
  }
}

/** What Debian's installation scripts and distroless add. */
async function accounts(root: string): Promise<Entry[]> {
  const trusted = `${root}/usr/share/ca-certificates/mozilla`;
  const names = Array.from(Deno.readDirSync(trusted), ({ name }) => name);
  const certificates = await Promise.all(
    names.sort().map((name) => Deno.readTextFile(`${trusted}/${name}`)),
  );
  return [
    { name: "etc/passwd", body: PASSWD },
    { name: "etc/group", body: GROUP },
    { name: CERTIFICATES, body: certificates.join("") },
    { name: "home/nonroot", mode: 0o700, owner: NONROOT, isDirectory: true },
  ];
}

/**
 * An image of an OCI layout, for that machine. `what` is the layout's place as
 * the user has named it.
 *
 * @throws {Error} if the layout has none
 */
export async function fetchedBase(
  layout: Layout,
  from: Layout,
  target: Target,
): Promise<Base> {
  const descriptor = await manifestFor(
    from,
    (await from.readIndex()).manifests,
    PLATFORMS[target],
  );
  if (descriptor === undefined) {
    throw new Error(
      `Cannot use ${from.directory}: it has no image for ${
        PLATFORMS[target].architecture
      }`,
    );
  }
  const manifest = await from.read<Manifest>(descriptor);
  const config = await from.read<ImageConfig>(manifest.config);
  const by = (config.history ?? [])
    .filter(({ empty_layer }) => empty_layer !== true)
    .map(({ created_by }) => created_by ?? "");
  for (const layer of manifest.layers) await layout.take(from, layer);
  return {
    layers: manifest.layers.map((layer, at) => ({
      descriptor: layer,
      diffId: config.rootfs.diff_ids[at],
      by: by[at] ?? "base image",
    })),
    env: config.config.Env ?? [],
    packages: [],
    labels: { "org.opencontainers.image.base.digest": descriptor.digest },
  };
}

/** The image for a platform; looks into indexes too. */
async function manifestFor(
  layout: Layout,
  descriptors: readonly Descriptor[],
  platform: Platform,
): Promise<Descriptor | undefined> {
  for (const descriptor of descriptors) {
    if (descriptor.mediaType === MEDIA.index) {
      const { manifests } = await layout.read<Index>(descriptor);
      const found = await manifestFor(layout, manifests, platform);
      if (found !== undefined) return found;
      continue;
    }
    const { config } = await layout.read<Manifest>(descriptor);
    if (config.mediaType !== MEDIA.config) continue;
    const { architecture, os } = await layout.read<ImageConfig>(config);
    if (architecture === platform.architecture && os === platform.os) {
      return descriptor;
    }
  }
}
