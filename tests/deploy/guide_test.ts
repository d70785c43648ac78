/** The files that docs/fleet.md shows can be built as it says, and flush-manager can use them. */
import { deepEqual, equal, ok } from "node:assert/strict";
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { unknownVariables } from "../../src/cli/unknown_variables.ts";
import { kubectl, WITH_KUBECTL } from "../fixtures/kubectl.ts";
import { guideFiles } from "./guide.ts";
import { build, type Manifest } from "./kustomize.ts";
import { placesAt } from "./nodes.ts";
import { restrictedFaults, type SecuredPod } from "./pod_security.ts";

Deno.test("guide: its kustomization makes a fleet that flush-manager can run", async () => {
  await using directory = await guideFiles();
  const objects = build(directory.path);
  const deployment = objects.find(({ kind }) => kind === "Deployment")!;
  const pod = placesAt(deployment, "spec.template.spec")[0].value as
    & SecuredPod
    & {
      containers: [
        { command: string[]; env: { name: string; value: string }[] },
      ];
    };
  deepEqual(restrictedFaults(pod), []);
  const [{ command: [program, ...words], env }] = pod.containers;
  equal(program, "/usr/local/bin/flush-manager");
  const variables = new Map(env.map(({ name, value }) => [name, value]));
  deepEqual(unknownVariables([...variables.keys()]), []);
  const invocation = parseInvocation(words, (name) => variables.get(name));
  ok(invocation.kind === "run");
  const { command, args } = invocation.settings;
  deepEqual([command, args], [
    "nginx",
    ["-c", "{config}/nginx.conf", "-g", "daemon off;"],
  ]);
});

Deno.test(
  "guide: the real kustomize makes of it what the tests look at",
  WITH_KUBECTL,
  async () => {
    await using directory = await guideFiles();
    const { code, said } = await kubectl(["kustomize", directory.path]);
    equal(code, 0, said);
    const byKind = (objects: readonly Manifest[]) =>
      new Map(objects.map((object) => [object.kind, object]));
    deepEqual(
      byKind(build(directory.path)),
      byKind(parseAll(said) as Manifest[]),
    );
  },
);
