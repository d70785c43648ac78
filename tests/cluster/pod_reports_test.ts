/** What is told of reloads on the pod itself, on the real API server. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { Message } from "../../src/core/vocabulary/message.ts";
import { openCluster } from "../../src/kubernetes/cluster.ts";
import { openPodCondition } from "../../src/kubernetes/pod/pod_condition.ts";
import { openPodEvents } from "../../src/kubernetes/pod/pod_events.ts";
import { until } from "../e2e/until.ts";
import { rejection } from "../kubernetes/pod/pod_bench.ts";
import type { ApiServer } from "./api_server.ts";
import { clusterTest } from "./cluster.ts";
import { Namespace, type PolicyRule } from "./namespace.ts";

const EVENTS: PolicyRule = {
  apiGroups: ["events.k8s.io"],
  resources: ["events"],
  verbs: ["create", "patch"],
};
const CONDITION: PolicyRule = {
  apiGroups: [""],
  resources: ["pods/status"],
  resourceNames: ["web-0"],
  verbs: ["patch"],
};

/** A pod that may do this, and what it logs. */
async function podWith(server: ApiServer, rules: readonly PolicyRule[]) {
  const namespace = await Namespace.create(server);
  await namespace.serviceAccount("web");
  if (rules.length > 0) await namespace.grant("web", rules);
  const pod = await namespace.pod("web-0", "web");
  const directory = Deno.makeTempDirSync({ prefix: "flush-manager-test-" });
  const token = await namespace.token(pod);
  await namespace.writeServiceAccount(directory, token);
  const variables: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: server.host,
    KUBERNETES_SERVICE_PORT: String(server.port),
    KUBERNETES_SERVICE_ACCOUNT_DIR: directory,
  };
  const messages: Message[] = [];
  return {
    namespace,
    pod,
    messages,
    options: () => ({
      cluster: openCluster({ variable: (name) => variables[name] }),
      log: (message: Message) => void messages.push(message),
    }),
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

interface SeenEvent {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly uid: string };
  readonly series?: { readonly count: number };
}

clusterTest(
  "pod reports: Events of the pod become a series, which kubectl shows",
  async (server) => {
    await using bench = await podWith(server, [EVENTS]);
    const { namespace, pod } = bench;
    const seen = async () =>
      (await server.admin.must<{ items: SeenEvent[] }>(
        "GET",
        namespace.path("events"),
      )).items;
    const events = openPodEvents(bench.options());
    const { then, now } = rejection("exit code 1");
    events.onChange(then, now);
    await until("the Event", async () => (await seen()).length === 1);
    for (let count = 0; count < 3; count++) events.onChange(then, now);
    await events.close();
    const [event] = await seen();
    equal(event.reason, "ConfigRejected");
    equal(event.series?.count, 4);
    deepEqual([event.regarding.kind, event.regarding.uid], ["Pod", pod.uid]);
    const described = await server.kubectl(
      ...["--namespace", namespace.name, "describe", "pod", "web-0"],
    );
    match(
      described,
      /Warning +ConfigRejected .*flush-manager.*rejected: exit c/,
    );
    deepEqual(bench.messages, []);
  },
);

interface SeenPod {
  readonly status: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

clusterTest(
  "pod reports: the condition of the pod, beside another one",
  async (server) => {
    await using bench = await podWith(server, [CONDITION]);
    const { namespace } = bench;
    const path = namespace.path("pods/web-0/status");
    await server.admin.must("PATCH", path, {
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
    const conditions = async () => {
      const { status } = await server.admin.must<SeenPod>("GET", path);
      return (status.conditions ?? [])
        .map(({ type, status }) => `${type} ${status}`).sort();
    };
    const condition = openPodCondition(bench.options());
    const { then, now } = rejection("exit code 1");
    condition.onChange(then, then);
    await until(
      "the condition",
      async () =>
        (await conditions()).includes("flush-manager.dev/ConfigCurrent True"),
    );
    condition.onChange(then, now);
    await condition.close();
    deepEqual(await conditions(), [
      "Ready True",
      "flush-manager.dev/ConfigCurrent False",
    ]);
    deepEqual(bench.messages, []);
  },
);

clusterTest(
  "pod reports: a pod of the same name that came later is left alone",
  async (server) => {
    await using bench = await podWith(server, [CONDITION]);
    const { cluster, log } = bench.options();
    const earlier = {
      ...cluster.pod,
      uid: crypto.randomUUID(),
    };
    const condition = openPodCondition({
      cluster: { ...cluster, pod: earlier },
      log,
    });
    const { then } = rejection("");
    condition.onChange(then, then);
    await until("a fault", () => bench.messages.length > 0);
    await condition.close();
    match(bench.messages[0].text, /answered 422: .*uid.* immutable/);
    const path = bench.namespace.path("pods/web-0");
    const { status } = await server.admin.must<SeenPod>("GET", path);
    equal(status.conditions, undefined);
  },
);
