/**
 * The examples in containers, as far as it can be seen without an engine and
 * without a cluster: flush-manager takes what compose.yaml and the manifests
 * give it, and the manifests fit together and hold to the policy `restricted`.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { fromRoot } from "../../scripts/denort.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import type { Settings } from "../../src/core/vocabulary/settings.ts";
import {
  restrictedFaults,
  type SecuredContainer,
  type SecuredPod,
} from "../deploy/pod_security.ts";
import { kubectl, WITH_KUBECTL } from "../fixtures/kubectl.ts";

interface Container extends SecuredContainer {
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly valueFrom?: { readonly secretKeyRef?: Reference };
  }[];
  readonly ports?: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly hostPort?: number;
  }[];
  readonly readinessProbe?: Probe;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
  }[];
}

interface Reference {
  readonly name: string;
  readonly key: string;
}

interface Probe {
  readonly httpGet?: { readonly port: string };
  readonly tcpSocket?: { readonly port: string };
}

interface Pod extends SecuredPod {
  readonly securityContext: { readonly runAsUser: number };
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
    readonly persistentVolumeClaim?: { readonly claimName: string };
  }[];
}

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly template?: {
      readonly metadata: { readonly labels: { readonly app: string } };
      readonly spec: Pod;
    };
  };
}

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      { readonly image: string; readonly command?: readonly string[] }
    >
  >;
}

/** The image of the Dockerfile, and what is not made by the kustomization. */
const EXAMPLES = [
  { name: "http-sd", image: "http-sd", byHand: [] },
  { name: "cache", image: "birb-nest", byHand: [] },
  { name: "files", image: "callfs", byHand: ["callfs-certs"] },
] as const;

const textOf = (path: string) => Deno.readTextFileSync(fromRoot(path));

/** What flush-manager makes of the arguments of a container. */
function settingsOf(args: readonly string[] = []): Settings {
  const invocation = parseInvocation(args, () => undefined);
  if (invocation.kind !== "run") throw new Error(`is ${invocation.kind}`);
  return invocation.settings;
}

for (const { name, image, byHand } of EXAMPLES) {
  const resources = parseAll(
    textOf(`examples/${name}/kubernetes.yaml`),
  ) as Resource[];
  const pods = resources.flatMap(({ spec }) => spec?.template?.spec ?? []);
  const own = pods.filter(({ containers: [first] }) => first.image === image);

  Deno.test(`${name}: compose.yaml has arguments that flush-manager takes`, () => {
    const [{ services }] = parseAll(
      textOf(`examples/${name}/compose.yaml`),
    ) as [Compose];
    const parts = Object.values(services).filter((each) =>
      each.image === image
    );
    equal(parts.length, own.length);
    for (const { command } of parts) settingsOf(command);
  });

  Deno.test(`${name}: the pods hold to the policy restricted`, () => {
    ok(own.length > 0);
    deepEqual(pods.flatMap(restrictedFaults), []);
  });

  Deno.test(`${name}: the pods run as the user of the Dockerfile, with what they need mounted`, () => {
    const [, user] =
      /^USER (\d+):\d+$/m.exec(textOf(`examples/${name}/Dockerfile`)) ?? [];
    for (const { securityContext, containers: [container] } of own) {
      equal(String(securityContext.runAsUser), user);
      const mounted = container.volumeMounts?.map((each) => each.mountPath) ??
        [];
      const { configs, environmentSources, snapshotDir } = settingsOf(
        container.args,
      );
      const paths = [...configs, ...environmentSources].map(({ path }) => path);
      for (const path of [...paths, snapshotDir ?? ""]) {
        ok(mounted.some((each) => `${path}/`.startsWith(`${each}/`)), path);
      }
    }
    for (const { volumes, containers } of pods) {
      deepEqual(
        containers.flatMap(({ volumeMounts = [] }) =>
          volumeMounts.map((mount) => mount.name)
        ).toSorted(),
        volumes.map((volume) => volume.name).toSorted(),
      );
    }
  });

  Deno.test(`${name}: a pod has the time that a stop may take`, () => {
    for (
      const { terminationGracePeriodSeconds = 30, containers: [{ args }] }
        of own
    ) {
      const { stopTimeoutMs, drainDelayMs } = settingsOf(args);
      // SIGKILL, and the end of flush-manager.
      const needed = stopTimeoutMs + drainDelayMs + 2_000;
      ok(terminationGracePeriodSeconds * 1_000 > needed);
    }
  });

  Deno.test(`${name}: services and probes lead to ports that there are`, () => {
    const portsOf = ({ containers }: Pod) =>
      containers.flatMap(({ ports = [] }) => ports.map((port) => port.name));
    for (const { kind, metadata, spec } of resources) {
      if (kind !== "Service") continue;
      const [found] = resources.filter((each) =>
        each.spec?.template?.metadata.labels.app === spec?.selector?.app
      );
      ok(found?.spec?.template !== undefined, metadata.name);
      const ports = portsOf(found.spec.template.spec);
      for (const { targetPort } of spec?.ports ?? []) {
        ok(ports.includes(targetPort), `${metadata.name}: ${targetPort}`);
      }
    }
    for (const pod of pods) {
      for (const { readinessProbe } of pod.containers) {
        const { httpGet, tcpSocket } = readinessProbe ?? {};
        const port = httpGet?.port ?? tcpSocket?.port;
        ok(port === undefined || portsOf(pod).includes(port), `port ${port}`);
      }
    }
    // The hosts that are waited for are those of Services.
    const services = resources.filter(({ kind }) => kind === "Service")
      .map(({ metadata }) => metadata.name);
    for (const { containers: [{ args }] } of own) {
      for (const each of settingsOf(args).waitFor) {
        ok(each.kind === "tcp" && services.includes(each.host));
      }
    }
  });

  Deno.test(
    `${name}: the kustomization makes all that the pods take`,
    WITH_KUBECTL,
    async () => {
      const { code, said } = await kubectl([
        "kustomize",
        fromRoot(`examples/${name}`),
      ]);
      equal(code, 0, said);
      const built = parseAll(said) as Resource[];
      const has = (kind: string, wanted: string, key?: string) =>
        built.some((each) =>
          each.kind === kind && each.metadata.name === wanted &&
          (key === undefined || Object.hasOwn(each.data ?? {}, key))
        );
      for (const { volumes, containers } of pods) {
        for (const { configMap, secret, persistentVolumeClaim } of volumes) {
          const claim = persistentVolumeClaim?.claimName;
          const secretName = secret?.secretName;
          ok(configMap === undefined || has("ConfigMap", configMap.name));
          ok(claim === undefined || has("PersistentVolumeClaim", claim));
          ok(
            secretName === undefined || has("Secret", secretName) ||
              (byHand as readonly string[]).includes(secretName),
          );
        }
        for (const { env = [] } of containers) {
          for (const { valueFrom } of env) {
            const { name, key } = valueFrom?.secretKeyRef ?? {};
            ok(
              name === undefined || has("Secret", name, key),
              `${name} ${key}`,
            );
          }
        }
      }
      for (
        const { containers: [{ args, volumeMounts = [] }], volumes } of own
      ) {
        for (const { path } of settingsOf(args).configs) {
          const mount = volumeMounts.find((each) =>
            path.startsWith(`${each.mountPath}/`)
          );
          const volume = volumes.find((each) => each.name === mount?.name);
          if (volume?.configMap === undefined) continue;
          const key = path.slice(`${mount?.mountPath}/`.length);
          ok(has("ConfigMap", volume.configMap.name, key), path);
        }
      }
    },
  );
}

Deno.test(
  "http-sd: the kustomization has all generators of the folder",
  WITH_KUBECTL,
  async () => {
    const { said } = await kubectl([
      "kustomize",
      fromRoot("examples/http-sd"),
    ]);
    const generators = (parseAll(said) as Resource[]).find(({ metadata }) =>
      metadata.name === "http-sd-generators"
    );
    const names = Array.from(
      Deno.readDirSync(fromRoot("examples/http-sd/generators")),
      (entry) => entry.name,
    );
    deepEqual(Object.keys(generators?.data ?? {}).toSorted(), names.toSorted());
  },
);
