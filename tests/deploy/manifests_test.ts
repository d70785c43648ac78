/** What the manifests say in several places is the same, and flush-manager can use what they give to it. */
import { deepEqual, equal, ok } from "node:assert/strict";
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { fromRoot } from "../../scripts/denort.ts";
import { prometheusRuleText } from "../../scripts/prometheus_rule_text.ts";
import { parseClientCall } from "../../src/cli/client_call.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { unknownVariables } from "../../src/cli/unknown_variables.ts";
import { build, type Manifest } from "./kustomize.ts";
import { placesAt, type YamlMap } from "./nodes.ts";
import {
  restrictedFaults,
  type SecuredContainer,
  type SecuredPod,
} from "./pod_security.ts";
import { foreign, GREETER, GREETER_FLEET, KUSTOMIZE } from "./workloads.ts";

interface Container extends SecuredContainer {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly hostPort?: number;
  }[];
  readonly volumeMounts?: readonly Mount[];
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
}

interface Probe {
  readonly exec?: { readonly command: readonly string[] };
  readonly httpGet?: { readonly port: string };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
}

interface Pod extends SecuredPod {
  readonly serviceAccountName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly YamlMap[];
}

await using foreignDirectory = await foreign();
const BUILT = {
  greeter: build(GREETER),
  "greeter as a fleet": build(GREETER_FLEET),
  "workload with all components": build(foreignDirectory.path),
};

const one = (objects: readonly Manifest[], kind: string) =>
  objects.find((object) => object.kind === kind)!;

const podOf = (objects: readonly Manifest[]) =>
  placesAt(one(objects, "Deployment"), "spec.template.spec")[0].value as Pod;

/** How the first container starts flush-manager: its words, and its variables. */
function invocationOf(objects: readonly Manifest[]) {
  const [{ command = [], args = [], env = [] }] = podOf(objects).containers;
  const variables = new Map(env.map(({ name, value }) => [name, value]));
  const words = [...command.slice(1), ...args];
  const invocation = parseInvocation(words, (name) => variables.get(name));
  if (invocation.kind !== "run") throw new Error(`is ${invocation.kind}`);
  return { variables, settings: invocation.settings };
}

for (const [name, objects] of Object.entries(BUILT)) {
  const pod = podOf(objects);
  const [container] = pod.containers;

  Deno.test(`manifests: ${name}: flush-manager can use its options and variables`, () => {
    const { variables, settings } = invocationOf(objects);
    deepEqual(unknownVariables([...variables.keys()]), []);
    const mounted = (container.volumeMounts ?? []).map((mount) =>
      mount.mountPath
    );
    for (const { path } of settings.configs) {
      ok(mounted.some((mount) => path.startsWith(mount)), path);
    }
  });

  Deno.test(`manifests: ${name}: the pod holds to the policy restricted`, () => {
    deepEqual(restrictedFaults(pod), []);
  });

  Deno.test(`manifests: ${name}: each mount is of a volume, and no configuration is a subPath`, () => {
    const volumes = pod.volumes.map(({ name }) => name);
    equal(new Set(volumes).size, volumes.length);
    const all: readonly Container[] = [
      ...pod.containers,
      ...pod.initContainers ?? [],
    ];
    for (const { volumeMounts = [] } of all) {
      for (const mount of volumeMounts) {
        ok(volumes.includes(mount.name), mount.name);
        const isProgram = mount.name === "flush-manager-program";
        ok(isProgram || mount.subPath === undefined, mount.name);
      }
      const paths = volumeMounts.map(({ mountPath }) => mountPath);
      equal(new Set(paths).size, paths.length);
    }
  });

  Deno.test(`manifests: ${name}: no name of the components is left over`, () => {
    equal(/\bNAME\b/.test(JSON.stringify(objects)), false);
  });
}

Deno.test("manifests: the stop has the time that it may take", () => {
  const { settings } = invocationOf(BUILT.greeter);
  const { terminationGracePeriodSeconds } = podOf(BUILT.greeter);
  // SIGKILL, and the slot of a fleet that is given back.
  const spare = 2_000;
  const needed = settings.drainDelayMs + settings.stopTimeoutMs + spare;
  ok(terminationGracePeriodSeconds! * 1_000 > needed, String(needed));
});

Deno.test("manifests: the liveness probe asks by the executable and the socket of the image", () => {
  const [{ livenessProbe, volumeMounts }] = podOf(BUILT.greeter).containers;
  const [program, name, ...words] = livenessProbe?.exec?.command ?? [];
  equal(program, "/usr/local/bin/flush-manager");
  const call = parseClientCall("health", words, () => undefined);
  ok(name === "health" && call !== "help" && call.command.kind === name);
  equal(call.command.probe, "live");
  deepEqual(call.address, {
    kind: "unix",
    path: "/run/flush-manager/control.sock",
  });
  const mounts = volumeMounts!.map(({ mountPath }) => mountPath);
  ok(mounts.includes("/run/flush-manager"));
});

Deno.test("manifests: the kubelet has seen that a pod is ready before the next one may reload", () => {
  const { settings } = invocationOf(BUILT.greeter);
  const [{ readinessProbe, ports }] = podOf(BUILT.greeter).containers;
  const { httpGet, periodSeconds, timeoutSeconds } = readinessProbe!;
  const port = ports?.find(({ name }) => name === httpGet?.port);
  const [listen] = settings.listen;
  ok(listen.kind === "tcp" && listen.port === port?.containerPort);
  const { ready } = settings;
  const shownForMs = (ready.threshold - 1) * ready.intervalMs;
  ok(shownForMs >= (periodSeconds + timeoutSeconds) * 1_000);
});

Deno.test("manifests: the group is named after the workload, and its limit stays", () => {
  const { settings } = invocationOf(BUILT["greeter as a fleet"]);
  equal(settings.fleet?.group, "greeter");
  equal(settings.fleet?.canary, true);
  const other = invocationOf(BUILT["workload with all components"]);
  equal(other.settings.fleet?.group, "my-shop");
  equal(other.settings.fleet?.limit, 2);
});

Deno.test("manifests: the image has the executable where init container and probes expect it", async () => {
  const [{ command, volumeMounts }, sidecar] =
    podOf(BUILT["workload with all components"]).containers;
  const dockerfile = await Deno.readTextFile(fromRoot("Dockerfile.distroless"));
  const path = "/usr/local/bin/flush-manager";
  ok(dockerfile.includes(`ENTRYPOINT ["${path}"]`));
  deepEqual(command, [path, "--", "nginx", "-c", "{config}/nginx.conf"]);
  const program = volumeMounts!.find(({ mountPath }) => mountPath === path);
  equal(program?.subPath, "flush-manager");
  equal(sidecar.volumeMounts, undefined);
});

for (
  const [name, namespace] of [
    ["greeter as a fleet", "default"],
    ["workload with all components", "shop"],
  ] as const
) {
  Deno.test(`manifests: ${name}: its ServiceAccount has each Role, in its namespace`, () => {
    const objects = BUILT[name];
    const { serviceAccountName } = podOf(objects);
    const account = one(objects, "ServiceAccount");
    equal(account.metadata.name, serviceAccountName);
    const [roles, bindings] = ["Role", "RoleBinding"].map((wanted) =>
      objects.filter(({ kind }) => kind === wanted)
    );
    deepEqual(
      bindings.map(({ subjects, roleRef }) => ({ subjects, roleRef })),
      roles.map(({ metadata }) => ({
        subjects: [
          { kind: "ServiceAccount", name: serviceAccountName, namespace },
        ],
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "Role",
          name: metadata.name,
        },
      })),
    );
    ok(roles.length > 0);
    for (const { metadata } of objects) equal(metadata.namespace, namespace);
  });
}

Deno.test("manifests: Prometheus finds all replicas by the headless Service, or by the PodMonitor", () => {
  const objects = BUILT["workload with all components"];
  const { metadata, spec } = one(objects, "Service");
  const labels = { "app.kubernetes.io/name": "shop" };
  deepEqual(spec, {
    clusterIP: "None",
    publishNotReadyAddresses: true,
    selector: labels,
    ports: [{ name: "flush-manager", port: 9913, targetPort: "flush-manager" }],
  });
  const { settings } = invocationOf(objects);
  deepEqual(settings.control.addresses, [
    { kind: "auto" },
    { kind: "tcp", host: "0.0.0.0", port: 9913 },
  ]);
  const [{ ports }] = podOf(objects).containers;
  deepEqual(ports?.at(-1), { name: "flush-manager", containerPort: 9913 });
  const [{ scrape_configs: [scrape] }] = read("deploy/prometheus.yaml") as [
    { scrape_configs: [{ job_name: string; dns_sd_configs: unknown }] },
  ];
  equal(metadata.name, "my-shop-managers");
  deepEqual(scrape.dns_sd_configs, [{
    names: ["greeter-managers.default.svc.cluster.local"],
    type: "A",
    port: 9913,
  }]);
  const monitor = one(objects, "PodMonitor").spec as YamlMap;
  deepEqual(monitor.selector, { matchLabels: labels });
  const [endpoint] = monitor.podMetricsEndpoints as [
    { port: string; relabelings: YamlMap[] },
  ];
  equal(endpoint.port, "flush-manager");
  // The alerts look for this job, as deploy/prometheus.yaml names it.
  const job = endpoint.relabelings.find(({ targetLabel }) =>
    targetLabel === "job"
  );
  equal(job?.replacement, scrape.job_name);
});

Deno.test("manifests: the PrometheusRule has the alerts of deploy/alerts.yaml: scripts/dev alerts writes it", async () => {
  const alerts = await Deno.readTextFile(fromRoot("deploy/alerts.yaml"));
  const path = `${KUSTOMIZE}/components/alerts/prometheus-rule.yaml`;
  equal(await Deno.readTextFile(path), prometheusRuleText(alerts));
  const rule = one(BUILT["workload with all components"], "PrometheusRule");
  deepEqual([rule.spec], read("deploy/alerts.yaml"));
});

const read = (path: string) => parseAll(Deno.readTextFileSync(fromRoot(path)));
