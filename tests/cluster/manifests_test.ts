/** The API server takes the manifests of deploy/, and runs their pods where only restricted ones may run. */
import { equal, ok, rejects } from "node:assert/strict";
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { foreign, GREETER, GREETER_FLEET } from "../deploy/workloads.ts";
import { until } from "../e2e/until.ts";
import { tempDirectory } from "../host/temp.ts";
import type { ApiServer } from "./api_server.ts";
import { clusterTest } from "./cluster.ts";
import { RESTRICTED } from "./namespace.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly template?: { readonly spec: object } };
}

const DEFAULT = "default";

/** What the Prometheus operator brings; here they may hold anything. */
const OPERATOR_KINDS = ["PodMonitor", "PrometheusRule"];

async function defineOperatorKinds({ admin }: ApiServer): Promise<void> {
  const group = "monitoring.coreos.com";
  const api = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  for (const kind of OPERATOR_KINDS) {
    const singular = kind.toLowerCase();
    const plural = `${singular}s`;
    const openAPIV3Schema = {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
    };
    await admin.ask("POST", api, {
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        names: { kind, plural, singular },
        scope: "Namespaced",
        versions: [{
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
        }],
      },
    });
    await until(`the kind ${kind}`, async () => {
      const { status } = await admin.ask(
        "GET",
        `/apis/${group}/v1/namespaces/${DEFAULT}/${plural}`,
      );
      return status === 200;
    });
  }
}

/**
 * Makes the namespace, which takes restricted pods alone. The ServiceAccount that
 * each namespace has is made by a controller, which does not run here.
 */
async function prepareNamespace(
  { admin }: ApiServer,
  name: string,
): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  await admin.ask("POST", "/api/v1/namespaces", { metadata: { name } });
  await admin.must("PATCH", path, { metadata: { labels: RESTRICTED } });
  await admin.ask("POST", `${path}/serviceaccounts`, {
    metadata: { name: DEFAULT },
  });
}

/** Takes what kustomize makes of a folder as a user would: first without effect, then with it. */
async function applies(server: ApiServer, folder: string): Promise<void> {
  await using directory = await tempDirectory();
  const file = `${directory.path}/built.yaml`;
  const text = await server.kubectl("kustomize", folder);
  await Deno.writeTextFile(file, text);
  const objects = parseAll(text) as Manifest[];
  await defineOperatorKinds(server);
  for (const { metadata: { namespace = DEFAULT } } of objects) {
    await prepareNamespace(server, namespace);
  }

  // A field that the API server does not know is an error, and so is a warning.
  const apply = ["apply", `--filename=${file}`, "--warnings-as-errors"];
  const tried = linesOf(await server.kubectl(...apply, "--dry-run=server"));
  equal(tried.length, objects.length);
  for (const line of tried) ok(line.endsWith("(server dry run)"), line);

  await server.kubectl(...apply);
  const workload = objects.find(({ spec }) => spec?.template !== undefined)!;
  const { metadata: { name, namespace = DEFAULT }, spec } = workload;
  await server.admin.must("POST", `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name },
    spec: spec!.template!.spec,
  });
  await server.kubectl("delete", "--wait=false", `--filename=${file}`);
  await server.admin.must(
    "DELETE",
    `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`,
  );
}

const linesOf = (text: string): string[] => text.trimEnd().split("\n");

clusterTest("manifests: the greeter", (server) => applies(server, GREETER));

clusterTest(
  "manifests: the greeter as a fleet",
  (server) => applies(server, GREETER_FLEET),
);

for (const kind of ["Deployment", "StatefulSet", "DaemonSet"]) {
  clusterTest(
    `manifests: a ${kind} with all components`,
    async (server) => {
      await using directory = await foreign({
        workload: (workload) => ({
          ...workload,
          kind,
          spec: {
            ...workload.spec,
            ...kind === "StatefulSet" ? { serviceName: "shop" } : {},
          },
        }),
      });
      await applies(server, directory.path);
    },
  );
}

clusterTest(
  "manifests: a field that does not exist, and a pod that is not restricted, are refused",
  async (server) => {
    await using misspelt = await foreign({
      workload: (workload) => ({
        ...workload,
        spec: { ...workload.spec, replica: 3 },
      }),
    });
    await rejects(
      applies(server, misspelt.path),
      /unknown field "spec.replica"/,
    );
    await using loose = await foreign({
      workload: (workload) => {
        const { spec } = workload.spec.template;
        return {
          ...workload,
          spec: {
            ...workload.spec,
            template: {
              ...workload.spec.template,
              spec: { ...spec, hostNetwork: true },
            },
          },
        };
      },
    });
    await rejects(applies(server, loose.path), /would violate PodSecurity/);
  },
);
