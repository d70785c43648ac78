/**
 * http-sd in containers, as far as it can be seen without an engine and without
 * a cluster: the kustomization can be built, and flush-manager takes the
 * arguments that it and compose.yaml give.
 */
import { deepEqual, equal } from "node:assert/strict";
import { parseAll } from "@std/yaml/parse";
import { fromRoot, ROOT } from "../../../scripts/denort.ts";
import { must, onPath, run } from "../../../scripts/shell.ts";

interface Resource {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: {
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
}

interface Container {
  readonly image: string;
  readonly args?: readonly string[];
}

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      { readonly image: string; readonly command?: readonly string[] }
    >
  >;
}

const FOLDER = `${ROOT}examples/http-sd`;
const HAS_KUBECTL = await onPath("kubectl");
if (!HAS_KUBECTL) {
  console.error("SKIPPED the kustomization of http-sd: there is no kubectl");
}

/** Server and worker find nothing wrong but that the files of a container are not here. */
async function accepts(
  commands: readonly (readonly string[])[],
): Promise<void> {
  equal(commands.length, 2);
  for (const args of commands) {
    const { stdout, stderr } = await run(fromRoot("dist/flush-manager"), [
      "check",
      ...args,
    ]);
    equal(stderr, "");
    const faults = stdout.split("\n").filter((line) =>
      /^(fault|note):/.test(line)
    )
      .filter((line) => !line.includes(" /etc/http-sd/"));
    deepEqual(faults, []);
  }
}

Deno.test({
  name:
    "http-sd: the kustomization has all generators, and arguments that flush-manager takes",
  ignore: !HAS_KUBECTL,
  fn: async () => {
    const text = await must("build the kustomization", "kubectl", [
      "kustomize",
      FOLDER,
    ]);
    const resources = parseAll(text) as Resource[];
    const generators = resources.find(({ metadata }) =>
      metadata.name === "http-sd-generators"
    );
    const names = Array.from(
      Deno.readDirSync(`${FOLDER}/generators`),
      ({ name }) => name,
    );
    deepEqual(Object.keys(generators?.data ?? {}).toSorted(), names.toSorted());
    await accepts(
      resources.flatMap(({ spec }) => spec?.template?.spec.containers ?? [])
        .filter(({ image }) => image === "http-sd").map(({ args = [] }) =>
          args
        ),
    );
  },
});

Deno.test("http-sd: compose.yaml has arguments that flush-manager takes", async () => {
  const [compose] = parseAll(
    await Deno.readTextFile(`${FOLDER}/compose.yaml`),
  ) as [Compose];
  await accepts(
    Object.values(compose.services).filter(({ image }) => image === "http-sd")
      .map(({ command = [] }) => command),
  );
});
