/**
 * The dependency list of a release: a CycloneDX 1.5 document made of
 * `deno.lock` and the pinned Deno. Pure: must not read files or the clock.
 */

/** The part of `deno.lock` (version 5) that is read. */
export interface Lock {
  npm?: Record<string, { integrity: string; dependencies?: string[] }>;
}

/** A package of Debian, as its control file names it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** What the document is about. */
export interface SbomInput {
  name: string;
  version: string;
  /** SPDX identifier of the product's licence. */
  license: string;
  /** The pinned version of Deno. */
  deno: string;
  lock: Lock;
  /** Keys of `lock.npm` whose code is in the executables; others only test. */
  runtime: ReadonlySet<string>;
  /** The executables. */
  files: readonly { name: string; sha256: string }[];
  /** Debian packages that an image has besides. */
  packages?: readonly DebianPackage[];
  /** When the sources were committed. */
  time: Date;
  /** SHA-256 of everything above, in hexadecimal; it becomes the serial number. */
  seed: string;
}

/** A CycloneDX component, as far as it is used here. */
export interface Component {
  type: "application" | "library" | "platform";
  "bom-ref": string;
  group?: string;
  name: string;
  version: string;
  scope?: "required" | "excluded";
  purl: string;
  hashes?: { alg: "SHA-512"; content: string }[];
  licenses?: { license: { id: string } }[];
  /** How it differs from what its publisher distributes. */
  pedigree?: { notes: string };
  externalReferences?: {
    type: "distribution";
    url: string;
    hashes: { alg: "SHA-256"; content: string }[];
  }[];
}

/** A CycloneDX document, as far as it is used here. */
export interface Bom {
  $schema: string;
  bomFormat: "CycloneDX";
  specVersion: "1.5";
  serialNumber: string;
  version: 1;
  metadata: { timestamp: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** Builds the document; the same input gives the same bytes. */
export function sbom(input: SbomInput): Bom {
  const packages = Object.entries(input.lock.npm ?? {}).sort();
  const components = packages.map(([key, { integrity }]) =>
    npmComponent(key, integrity, input.runtime.has(key))
  );
  const deno: Component = {
    type: "platform",
    "bom-ref": `pkg:github/denoland/deno@v${input.deno}`,
    name: "deno",
    version: input.deno,
    scope: "required",
    purl: `pkg:github/denoland/deno@v${input.deno}`,
    licenses: [{ license: { id: "MIT" } }],
    pedigree: {
      notes:
        "The ELF entry point blocks signals before it goes on as published (scripts/elf_entry.ts).",
    },
  };
  const product = productComponent(input);
  const debian = (input.packages ?? []).map(debianComponent);
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: serialNumber(input.seed),
    version: 1,
    metadata: { timestamp: input.time.toISOString(), component: product },
    components: [deno, ...components, ...debian],
    dependencies: [
      {
        ref: product["bom-ref"],
        dependsOn: [deno["bom-ref"]].concat(
          packages.filter(([key]) => input.runtime.has(key))
            .map(([key]) => npmPurl(key)),
          debian.map((component) => component["bom-ref"]),
        ),
      },
      { ref: deno["bom-ref"], dependsOn: [] },
      ...packages.map(([key, { dependencies = [] }]) => ({
        ref: npmPurl(key),
        dependsOn: dependencies.map((name) => npmPurl(locked(name, input.lock)))
          .sort(),
      })),
      ...debian.map((component) => ({
        ref: component["bom-ref"],
        dependsOn: [],
      })),
    ],
  };
}

function productComponent(input: SbomInput): Component {
  const purl = `pkg:generic/${input.name}@${input.version}`;
  return {
    type: "application",
    "bom-ref": purl,
    name: input.name,
    version: input.version,
    purl,
    licenses: [{ license: { id: input.license } }],
    externalReferences: input.files.map(({ name, sha256 }) => ({
      type: "distribution",
      url: name,
      hashes: [{ alg: "SHA-256", content: sha256 }],
    })),
  };
}

function debianComponent(
  { name, version, architecture }: DebianPackage,
): Component {
  const purl = `pkg:deb/debian/${name}@${
    encodeURIComponent(version)
  }?arch=${architecture}`;
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    scope: "required",
    purl,
  };
}

function npmComponent(
  key: string,
  integrity: string,
  runtime: boolean,
): Component {
  const { group, name, version } = splitKey(key);
  return {
    type: "library",
    "bom-ref": npmPurl(key),
    ...(group === undefined ? {} : { group }),
    name,
    version,
    scope: runtime ? "required" : "excluded",
    purl: npmPurl(key),
    hashes: [{ alg: "SHA-512", content: hexOfIntegrity(key, integrity) }],
  };
}

/** `@group/name@version` or `name@version`, without what follows in a peer's key. */
function splitKey(key: string) {
  const parts = /^(?:(@[^/]+)\/)?([^@]+)@([^_]+)/.exec(key);
  if (parts === null) {
    throw new Error(`Cannot read deno.lock: ${key} is no name@version`);
  }
  const [, group, name, version] = parts;
  return { group, name, version };
}

/** The package URL (https://github.com/package-url/purl-spec) of a lock's key. */
function npmPurl(key: string): string {
  const { group, name, version } = splitKey(key);
  const namespace = group === undefined ? "" : `${encodeURIComponent(group)}/`;
  return `pkg:npm/${namespace}${name}@${version}`;
}

/** A dependency is named without its version where only one is locked. */
function locked(name: string, lock: Lock): string {
  const keys = Object.keys(lock.npm ?? {});
  const key = keys.find((key) => key === name || key.startsWith(`${name}@`));
  if (key === undefined) {
    throw new Error(`Cannot read deno.lock: it has no entry for ${name}`);
  }
  return key;
}

function hexOfIntegrity(key: string, integrity: string): string {
  const base64 = /^sha512-(.+)$/.exec(integrity)?.[1];
  if (base64 === undefined) {
    throw new Error(
      `Cannot read deno.lock: the integrity of ${key} is no sha512`,
    );
  }
  return Uint8Array.fromBase64(base64).toHex();
}

function serialNumber(seed: string): string {
  const parts = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(seed);
  return `urn:uuid:${parts?.slice(1).join("-")}`;
}
