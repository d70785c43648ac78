/** What managers show each other as Leases of the real API server, and what keeps each to its own. */
import { deepEqual, rejects } from "node:assert/strict";
// @ts-types="../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { fromRoot } from "../../scripts/denort.ts";
import { LeaseBoard } from "../../src/fleet/leases/lease_board.ts";
import { openLeaseStore } from "../../src/fleet/leases/open_lease_store.ts";
import type { ShownMember } from "../../src/fleet/slots/member_board.ts";
import { openCluster } from "../../src/kubernetes/cluster.ts";
import { until } from "../e2e/until.ts";
import { tempDirectory } from "../host/temp.ts";
import type { ApiServer } from "./api_server.ts";
import { clusterTest } from "./cluster.ts";
import { Namespace } from "./namespace.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
const IDLE: ShownMember = { runs: A, next: undefined };
const WAITING: ShownMember = { runs: A, next: { kind: "waits", content: B } };
const RULES = [{
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  verbs: ["get", "list", "create", "update", "patch"],
}];

const forever = () => new AbortController().signal;

/** A namespace whose pod web-a may do all that the components allow. */
async function podOf(server: ApiServer, directory: string) {
  const namespace = await Namespace.create(server);
  await namespace.serviceAccount("web-fleet");
  await namespace.grant("web-fleet", RULES);
  const pod = await namespace.pod("web-a", "web-fleet");
  await namespace.writeServiceAccount(directory, await namespace.token(pod));
  const variables: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: server.host,
    KUBERNETES_SERVICE_PORT: String(server.port),
  };
  const variable = (name: string) => variables[name];
  return { namespace, pod, cluster: openCluster({ variable, directory }) };
}

clusterTest(
  "lease board: what is shown takes the place of what was shown before, and belongs to the pod",
  async (server) => {
    await using directory = await tempDirectory();
    const { namespace, pod, cluster } = await podOf(server, directory.path);
    const board = new LeaseBoard({ ...cluster, group: "web", pod });
    await board.show(WAITING, forever());
    await board.show(IDLE, forever());
    deepEqual(await board.members(forever()), {
      members: [{ name: "web-a", ...IDLE }],
      isPartial: false,
    });
    const path = namespace.path("leases/web.web-a");
    const { metadata: { annotations, ownerReferences } } = await server.admin
      .must<{ metadata: Record<string, unknown> }>("GET", path);
    deepEqual(annotations, { "flush-manager.dev/content": A });
    const { name, uid } = pod;
    deepEqual(ownerReferences, [{ apiVersion: "v1", kind: "Pod", name, uid }]);
    cluster.client.close();
  },
);

const POLICIES = "/apis/admissionregistration.k8s.io/v1";

/** The policy of the guide, for another namespace. */
function policyFor(namespace: string): readonly [path: string, object][] {
  const guide = Deno.readTextFileSync(fromRoot("docs/fleet.md"));
  const [, text] = /```yaml\n(apiVersion: admissionregistration[^]*?)```/.exec(
    guide,
  )!;
  const own = text.replaceAll(
    "serviceaccount:shop:",
    () => `serviceaccount:${namespace}:`,
  )
    .replaceAll(
      /(name|policyName): flush-manager-fleet-members/g,
      `$1: ${namespace}`,
    );
  const [policy, binding] = parseAll(own) as object[];
  return [
    [`${POLICIES}/validatingadmissionpolicies`, policy],
    [`${POLICIES}/validatingadmissionpolicybindings`, binding],
  ];
}

clusterTest(
  "lease board: the policy of the guide binds the Lease of a member to its pod, and leaves the slots",
  async (server) => {
    await using directory = await tempDirectory();
    const { namespace, pod, cluster } = await podOf(server, directory.path);
    const policy = policyFor(namespace.name);
    for (const [path, object] of policy) {
      await server.admin.must("POST", path, object);
    }
    try {
      const board = (name: string) =>
        new LeaseBoard({ ...cluster, group: "web", pod: { ...pod, name } });
      const bound =
        /a pod writes the Leases of the slots, and the one of its own name/;
      await until(
        "a policy in effect",
        () =>
          board("web-b").show(IDLE, forever()).then(
            () => false,
            ({ message }) => bound.test(message),
          ),
      );
      await rejects(board("web-b").show(WAITING, forever()), bound);
      await board("web-a").show(WAITING, forever());
      const rules = { group: "web", limit: 1, memberLeases: false };
      const store = openLeaseStore(cluster, rules);
      const holder = { ...store.identity, content: A, isTrial: false };
      const change = { index: 0, holder, verdicts: undefined };
      const view = await store.read(forever());
      deepEqual(await store.change(view, change, forever()), true);
      store.close();
    } finally {
      for (const [path] of policy) {
        await server.admin.must("DELETE", `${path}/${namespace.name}`);
      }
    }
  },
);
