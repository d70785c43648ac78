/** Each folder of deploy/kustomize can be built, here and by the real kustomize, which agree. */
import { deepEqual, equal, match, throws } from "node:assert/strict";
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { kubectl, WITH_KUBECTL } from "../fixtures/kubectl.ts";
import { build, type Manifest } from "./kustomize.ts";
import {
  type Change,
  COMPONENTS,
  foreign,
  GREETER,
  GREETER_FLEET,
} from "./workloads.ts";

const byName = (objects: readonly Manifest[]) =>
  objects.toSorted((one, other) => {
    const [a, b] = [one, other].map(({ kind, metadata }) =>
      `${kind} ${metadata.name}`
    );
    return a < b ? -1 : 1;
  });

async function agrees(directory: string): Promise<void> {
  const { code, said } = await kubectl(["kustomize", directory]);
  equal(code, 0, said);
  const real = parseAll(said) as Manifest[];
  deepEqual(byName(build(directory)), byName(real), directory);
}

Deno.test(
  "kustomize: the real one makes the same of each folder",
  WITH_KUBECTL,
  async () => {
    for (const directory of [GREETER, GREETER_FLEET]) await agrees(directory);
    await using directory = await foreign();
    await agrees(directory.path);
  },
);

Deno.test(
  "kustomize: the real one makes the same of a StatefulSet and of a DaemonSet",
  WITH_KUBECTL,
  async () => {
    for (const kind of ["StatefulSet", "DaemonSet"]) {
      await using directory = await foreign({
        workload: (workload) => ({ ...workload, kind }),
      });
      await agrees(directory.path);
    }
  },
);

/** What cannot be built, and what is said of it: here, and by the real one. */
const REFUSED: readonly [what: string, Change, here: RegExp, real: RegExp][] = [
  [
    "a workload with a ServiceAccount is given no other one",
    {
      components: ["service-account"],
      workload: (workload) => {
        const { spec } = workload.spec.template;
        return withPod(workload, { ...spec, serviceAccountName: "shop" });
      },
    },
    /serviceAccountName is "shop"/,
    /testing value \/spec\/template\/spec\/serviceAccountName failed/,
  ],
  [
    "a fleet needs a ServiceAccount",
    { components: ["fleet"] },
    /spec.template.spec.serviceAccountName is in 1 objects, or not there/,
    /spec.template.spec.serviceAccountName` is missing/,
  ],
  [
    "flush-manager is put in front of a command that is written out",
    {
      components: ["install"],
      workload: (workload) => {
        const { spec } = workload.spec.template;
        const [{ command: _, ...first }] = spec.containers;
        return withPod(workload, { ...spec, containers: [first] });
      },
    },
    /nothing to add to at .*command\/0/,
    /doc is missing path: .*command\/0/,
  ],
  [
    "a component adds to a list of variables that is there",
    {
      components: ["control-port"],
      workload: (workload) => {
        const { spec } = workload.spec.template;
        const [{ env: _, ...first }] = spec.containers;
        return withPod(workload, { ...spec, containers: [first] });
      },
    },
    /nothing to add to at .*env\/-/,
    /doc is missing path: .*env\/-/,
  ],
];

const withPod = <W extends { spec: { template: object } }>(
  workload: W,
  spec: unknown,
) => ({
  ...workload,
  spec: { ...workload.spec, template: { ...workload.spec.template, spec } },
});

for (const [what, change, here, real] of REFUSED) {
  Deno.test(`kustomize: ${what}`, async () => {
    await using directory = await foreign(change);
    throws(() => build(directory.path), here);
  });
  Deno.test(`kustomize: the real one too: ${what}`, WITH_KUBECTL, async () => {
    await using directory = await foreign(change);
    const { code, said } = await kubectl(["kustomize", directory.path]);
    equal(code, 1);
    match(said, real);
  });
}

Deno.test("kustomize: the tests use every component", async () => {
  await using directory = await foreign();
  const [kustomization] = parseAll(
    await Deno.readTextFile(`${directory.path}/kustomization.yaml`),
  ) as [{ components: string[] }];
  deepEqual(
    kustomization.components.map((path) => path.replace(/.*\//, "")).sort(),
    COMPONENTS,
  );
});
