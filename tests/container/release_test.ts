/**
 * What a release is made with: the pins, the proof of denort, the SBOM. Needs
 * no container, network or compiled executable.
 */
import assert from "node:assert/strict";
import { parseTarget } from "../../scripts/compile.ts";
import { cutDenort, denoPin, ROOT } from "../../scripts/denort.ts";
import { type Lock, sbom } from "../../scripts/sbom.ts";

Deno.test("the Dockerfile's Deno is the pinned one", async () => {
  const dockerfile = await Deno.readTextFile(`${ROOT}Dockerfile.distroless`);
  const version = /^ARG DENO_VERSION=(.+)$/m.exec(dockerfile)?.[1];
  assert.deepEqual(version, await denoPin());
});

/** An ELF header that says where its section header table is. */
function elf(size: number, offset: number, entries: number) {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  view.setUint16(4, 0x0201);
  view.setBigUint64(0x28, BigInt(offset), true);
  view.setUint16(0x3a, 64, true);
  view.setUint16(0x3c, entries, true);
  return bytes;
}

Deno.test("cutDenort() drops what follows the section header table", () => {
  assert.deepEqual(cutDenort(elf(1000, 100, 3)).length, 100 + 3 * 64);
  assert.deepEqual(cutDenort(elf(292, 100, 3)).length, 292);
});

Deno.test("cutDenort() refuses what is no complete ELF file", () => {
  for (
    const [bytes, reason] of [
      [new Uint8Array(0), "Cannot take denort from a program"],
      [new Uint8Array(200), "it is no ELF file"],
      [elf(291, 100, 3), "it is cut short"],
    ] as const
  ) {
    assert.throws(() => cutDenort(bytes), new RegExp(reason));
  }
});

Deno.test("parseTarget() takes Docker's names, and no machine it cannot serve", () => {
  assert.equal(parseTarget("amd64"), "x64");
  assert.equal(parseTarget("x64"), "x64");
  assert.equal(parseTarget("arm64"), "arm64");
  assert.throws(() => parseTarget("riscv64"), /riscv64/);
});

Deno.test("sbom() tells runtime dependencies from those of the tests", () => {
  const lock: Lock = {
    npm: {
      "@scope/used@1.2.3": { integrity: "sha512-AAE=", dependencies: ["deep"] },
      "deep@2.0.0": { integrity: "sha512-/w==" },
      "tests-only@3.0.0_deep@2.0.0": { integrity: "sha512-AA==" },
    },
  };
  const bom = sbom({
    name: "product",
    version: "9.8.7",
    license: "MIT",
    deno: "1.0.0",
    lock,
    runtime: new Set(["@scope/used@1.2.3", "deep@2.0.0"]),
    files: [{ name: "product-linux", sha256: "ab" }],
    time: new Date(0),
    seed: "0123456789abcdef0123456789abcdef",
  });
  assert.deepEqual(
    bom.serialNumber,
    "urn:uuid:01234567-89ab-cdef-0123-456789abcdef",
  );
  assert.deepEqual(
    bom.components.map(({ purl, scope, hashes }) => [
      purl,
      scope,
      hashes?.[0].content,
    ]),
    [
      ["pkg:github/denoland/deno@v1.0.0", "required", undefined],
      ["pkg:npm/%40scope/used@1.2.3", "required", "0001"],
      ["pkg:npm/deep@2.0.0", "required", "ff"],
      ["pkg:npm/tests-only@3.0.0", "excluded", "00"],
    ],
  );
  assert.deepEqual(bom.dependencies, [
    {
      ref: "pkg:generic/product@9.8.7",
      dependsOn: [
        "pkg:github/denoland/deno@v1.0.0",
        "pkg:npm/%40scope/used@1.2.3",
        "pkg:npm/deep@2.0.0",
      ],
    },
    { ref: "pkg:github/denoland/deno@v1.0.0", dependsOn: [] },
    {
      ref: "pkg:npm/%40scope/used@1.2.3",
      dependsOn: ["pkg:npm/deep@2.0.0"],
    },
    { ref: "pkg:npm/deep@2.0.0", dependsOn: [] },
    { ref: "pkg:npm/tests-only@3.0.0", dependsOn: [] },
  ]);
});
