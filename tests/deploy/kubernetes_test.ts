/** What the manifest for Kubernetes says in several places is the same, and flush-manager can use its options. */
import { deepEqual, equal, notEqual } from "node:assert/strict";
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { fromRoot } from "../../scripts/denort.ts";
import { EXECUTABLE } from "../e2e/harness.ts";

const MANIFEST = fromRoot("deploy/kubernetes.yaml");
const SCRAPE = fromRoot("deploy/prometheus.yaml");

const read = (path: string) => parseAll(Deno.readTextFileSync(path));

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { name: string; containerPort: number }[];
  readonly readinessProbe: { httpGet: { path: string; port: string } };
  readonly livenessProbe: { httpGet: { path: string; port: string } };
  readonly volumeMounts: readonly { name: string; mountPath: string }[];
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly clusterIP?: string;
    readonly publishNotReadyAddresses?: boolean;
    readonly selector: unknown;
    readonly ports: readonly { name: string; port: number }[];
    readonly template: {
      readonly metadata: { readonly labels: unknown };
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
}

const objects = read(MANIFEST) as KubernetesObject[];
const deployment = objects.find(({ kind }) => kind === "Deployment")!.spec;
const [container] = deployment.template.spec.containers;
const port = container.ports.find(({ name }) => name === "flush-manager")!;

Deno.test("the manifest's probes and its scrape meet the control endpoint", () => {
  const address = `--control=tcp:0.0.0.0:${port.containerPort}`;
  equal(container.args.filter((arg) => arg === address).length, 1);
  equal(container.args.includes("--control=auto"), true);
  deepEqual(
    [container.readinessProbe.httpGet, container.livenessProbe.httpGet],
    [
      { path: "/readyz", port: port.name },
      { path: "/livez", port: port.name },
    ],
  );
  const mounts = container.volumeMounts.map(({ mountPath }) => mountPath);
  const token = container.args.find((arg) => arg.includes("token-file="))!;
  for (
    const path of ["/run/flush-manager", token.replace(/.*=|\/[^/]*$/g, "")]
  ) {
    equal(mounts.includes(path), true, path);
  }
});

Deno.test("Prometheus finds all replicas by the headless Service", () => {
  const { metadata, spec } = objects.find((each) =>
    each.kind === "Service" && each.spec.clusterIP === "None"
  )!;
  equal(spec.publishNotReadyAddresses, true);
  deepEqual(spec.selector, deployment.template.metadata.labels);
  deepEqual(spec.ports.map(({ name, port }) => [name, port]), [
    [port.name, port.containerPort],
  ]);
  const [{ scrape_configs: [{ dns_sd_configs: [found] }] }] = read(SCRAPE) as [
    {
      scrape_configs: [
        { dns_sd_configs: [{ names: string[]; type: string; port: number }] },
      ];
    },
  ];
  deepEqual(found, {
    names: [`${metadata.name}.default.svc.cluster.local`],
    type: "A",
    port: port.containerPort,
  });
});

Deno.test("flush-manager can use the manifest's options", async () => {
  const { code, stderr } = await new Deno.Command(EXECUTABLE, {
    args: ["check", ...container.args],
    clearEnv: true,
    stdin: "null",
  }).output();
  // The greeter is not installed here: that is a fault, with 1.
  notEqual(code, 2, new TextDecoder().decode(stderr));
});
