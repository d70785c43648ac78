/**
 * Documents and blobs of the OCI image format, v1.1
 * (https://github.com/opencontainers/image-spec). Must not know what is in an
 * image.
 */
import { sha256 } from "../shell.ts";

/** Media types that are written or read. */
export const MEDIA = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  empty: "application/vnd.oci.empty.v1+json",
  cyclonedx: "application/vnd.cyclonedx+json",
} as const;

type Annotations = Readonly<Record<string, string>>;

/** What an image is made for. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

/** A reference to a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: Platform;
  readonly annotations?: Annotations;
}

/** A manifest of an image or of what belongs to one. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** A list of manifests. */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Annotations;
}

/** How a container is made of an image, as far as it is used here. */
export interface ImageConfig {
  readonly created: string;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly config: {
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly WorkingDir?: string;
    readonly Labels?: Annotations;
  };
  readonly rootfs: {
    readonly type: "layers";
    readonly diff_ids: readonly string[];
  };
  readonly history?: readonly {
    readonly created?: string;
    readonly created_by?: string;
    readonly empty_layer?: boolean;
  }[];
}

/** A layer, and the digest of what it unpacks to. */
export interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
  /** What made it. */
  readonly by: string;
}

/** An OCI image layout: a directory of blobs that are found by their digest. */
export class Layout {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** An empty one. */
  static async create(directory: string): Promise<Layout> {
    await Deno.mkdir(`${directory}/blobs/sha256`, { recursive: true });
    await Deno.writeTextFile(
      `${directory}/oci-layout`,
      JSON.stringify({ imageLayoutVersion: "1.0.0" }),
    );
    return new Layout(directory);
  }

  async add(
    mediaType: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<Descriptor> {
    const hash = await sha256(bytes);
    await Deno.writeFile(`${this.directory}/blobs/sha256/${hash}`, bytes);
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
  }

  /** The same document gives the same bytes. */
  async addJson(mediaType: string, document: unknown): Promise<Descriptor> {
    return await this.add(
      mediaType,
      new TextEncoder().encode(JSON.stringify(document)),
    );
  }

  /** Compresses a tar archive, by Deno's own gzip: it is as pinned as Deno, and writes no time. */
  async addLayer(tar: Uint8Array<ArrayBuffer>, by: string): Promise<Layer> {
    const diffId = `sha256:${await sha256(tar)}`;
    const packed = new Blob([tar]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
    return { descriptor: await this.add(MEDIA.layer, bytes), diffId, by };
  }

  /** Copies a blob of another layout. */
  async take(from: Layout, { digest }: Descriptor): Promise<void> {
    await Deno.copyFile(from.#pathOf(digest), this.#pathOf(digest));
  }

  /** @throws {Error} if the blob is not there, or not the one that was named */
  async read<T>({ digest }: Descriptor): Promise<T> {
    const bytes = await Deno.readFile(this.#pathOf(digest)).catch((cause) => {
      throw new Error(
        `Cannot read ${this.directory}: it has no blob ${digest}`,
        { cause },
      );
    });
    if (`sha256:${await sha256(bytes)}` !== digest) {
      throw new Error(`Cannot read ${this.directory}: ${digest} is damaged`);
    }
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  async readIndex(): Promise<Index> {
    const path = `${this.directory}/index.json`;
    const text = await Deno.readTextFile(path).catch((cause) => {
      throw new Error(
        `Cannot read ${this.directory}: it is no OCI image layout (it has no index.json)`,
        { cause },
      );
    });
    return JSON.parse(text);
  }

  async writeIndex(index: Index): Promise<void> {
    await Deno.writeTextFile(
      `${this.directory}/index.json`,
      JSON.stringify(index),
    );
  }

  #pathOf(digest: string): string {
    return `${this.directory}/blobs/${digest.replace(":", "/")}`;
  }
}
