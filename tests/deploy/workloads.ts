/** Kustomizations for the tests: those of deploy/, and all components on a workload that knows nothing of them. */
import { fromRoot } from "../../scripts/denort.ts";
import { tempDirectory } from "../host/temp.ts";

export const KUSTOMIZE = fromRoot("deploy/kustomize");

/** The folders that can be built as they are. */
export const GREETER = `${KUSTOMIZE}/base`;
export const GREETER_FLEET = `${KUSTOMIZE}/overlays/fleet`;

/** What the components are. */
export const COMPONENTS: readonly string[] = [
  ...Deno.readDirSync(`${KUSTOMIZE}/components`),
].map(({ name }) => name).sort();

/** In an order in which each finds what it needs. */
const ALL = [
  ...["install", "control-socket", "service-account", "fleet"],
  ...["fleet-members", "control-port", "pod-monitor", "alerts"],
];

/** One that has a second container, and names that others are a part of. */
const FOREIGN = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "my-shop" },
  spec: {
    selector: { matchLabels: { app: "shop" } },
    template: {
      metadata: {
        labels: { "app": "shop", "app.kubernetes.io/name": "shop" },
      },
      spec: {
        securityContext: {
          runAsNonRoot: true,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: "web",
            image: "registry.example.com/web:1.0.0",
            command: ["nginx", "-c", "{config}/nginx.conf"],
            args: ["-g", "daemon off;"],
            env: [
              { name: "FLUSH_MANAGER_CONFIG", value: "/etc/web" },
              { name: "FLUSH_MANAGER_FLEET_LIMIT", value: "2" },
            ],
            ports: [{ name: "http", containerPort: 8080 }],
            volumeMounts: [{ name: "config", mountPath: "/etc/web" }],
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ["ALL"] },
            },
          },
          {
            name: "sidecar",
            image: "registry.example.com/sidecar:1.0.0",
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ["ALL"] },
            },
          },
        ],
        volumes: [{ name: "config", configMap: { name: "shop" } }],
      },
    },
  },
};

type Workload = typeof FOREIGN;

/** What a test changes: the components, or the workload. */
export interface Change {
  readonly components?: readonly string[];
  readonly workload?: (workload: Workload) => unknown;
}

/** A directory with that workload and its kustomization; removed at the end of the scope. */
export async function foreign({ components = ALL, workload }: Change = {}) {
  const directory = await tempDirectory();
  const { path } = directory;
  // kustomize takes paths that are relative and lead through no link.
  await copyAll(`${KUSTOMIZE}/components`, `${path}/flush-manager`);
  const changed = structuredClone(FOREIGN);
  // JSON is YAML.
  const texts = {
    "workload.yaml": workload?.(changed) ?? changed,
    "kustomization.yaml": {
      namespace: "shop",
      resources: ["workload.yaml"],
      components: components.map((name) => `flush-manager/${name}`),
      images: [{
        name: "flush-manager",
        newName: "registry.example.com/flush-manager",
        newTag: "1.0.0",
      }],
    },
  };
  for (const [name, content] of Object.entries(texts)) {
    await Deno.writeTextFile(`${path}/${name}`, JSON.stringify(content));
  }
  return directory;
}

/** Copies a folder of folders of files. */
export async function copyAll(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyAll(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
