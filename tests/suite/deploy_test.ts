/** What the manifests of deploy/ must have, and that its absence is found. */
import { deepEqual } from "node:assert/strict";
import { fromRoot } from "../../scripts/denort.ts";
import { manifestFaults } from "../../scripts/docs_deploy.ts";

const manifest = await Deno.readTextFile(
  fromRoot("deploy/kustomize/base/deployment.yaml"),
);
const faultsOf = (text: string) =>
  manifestFaults("m", text).map(({ text }) => text);

Deno.test("the manifest says why a container ended and what it needs", () => {
  deepEqual(faultsOf(manifest), []);
});

Deno.test("what it lacks is found", () => {
  const table: [RegExp, string, string[]][] = [
    [/ *terminationMessagePolicy: .*/, "", [
      "container greeter: terminationMessagePolicy is not FallbackToLogsOnError",
    ]],
    [/memory: 256Mi/, "cpu: 100m", [
      "container greeter: resources.limits.memory is missing",
      "container greeter: the CPU limit 100m is less than 200m",
    ]],
    [/memory: 256Mi/, "memory: 256Mi\n              cpu: 0.2", []],
    [
      / containers:/,
      " initContainers: [{ name: copy }]\n      containers:",
      [
        "container copy: terminationMessagePolicy is not FallbackToLogsOnError",
        "container copy: resources.requests.cpu is missing",
        "container copy: resources.requests.memory is missing",
        "container copy: resources.limits.memory is missing",
      ],
    ],
  ];
  for (const [pattern, other, faults] of table) {
    deepEqual(faultsOf(manifest.replace(pattern, other)), faults);
  }
});
