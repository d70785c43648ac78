/**
 * The API server of these tests is a real one: it knows its tokens, keeps to its
 * Roles, and has what it has written after it was killed.
 */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { until } from "../e2e/until.ts";
import { tempDirectory } from "../host/temp.ts";
import { clusterTest } from "./cluster.ts";
import { Namespace, type PolicyRule } from "./namespace.ts";
import {
  claimsOf,
  expiredToken,
  issuedEarlier,
} from "./service_account_token.ts";
import type { ApiServer } from "./api_server.ts";

const LEASES: PolicyRule = {
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  verbs: ["get", "list", "create"],
};
const LEASE = { metadata: { name: "web-0" }, spec: { holderIdentity: "web" } };

/** A namespace with a pod, whose ServiceAccount may do this. */
async function withPod(server: ApiServer, rules: readonly PolicyRule[]) {
  const namespace = await Namespace.create(server);
  await namespace.serviceAccount("web");
  if (rules.length > 0) await namespace.grant("web", rules);
  return { namespace, pod: await namespace.pod("web-0", "web") };
}

clusterTest(
  "api server: a pod's token is its owner, by name and uid",
  async (server) => {
    const { namespace, pod } = await withPod(server, [LEASES]);
    const token = await namespace.token(pod);
    deepEqual(claimsOf(token)["kubernetes.io"].pod, {
      name: pod.name,
      uid: pod.uid,
    });
    using client = server.client(token);
    const made = await client.must<{ metadata: { resourceVersion: string } }>(
      "POST",
      namespace.path("leases"),
      LEASE,
    );
    match(made.metadata.resourceVersion, /^\d+$/);
    // It is written when the answer is on its way.
    const { verb, user, objectRef, responseStatus } = await until(
      "the request in the audit log",
      () =>
        server.audit().find(({ objectRef }) =>
          objectRef?.namespace === namespace.name
        ),
    );
    deepEqual(
      [verb, user.username, objectRef?.resource, responseStatus?.code],
      ["create", `system:serviceaccount:${namespace.name}:web`, "leases", 201],
    );
  },
);

clusterTest(
  "api server: without the rule of a Role it is 403, which names the verb",
  async (server) => {
    const { namespace, pod } = await withPod(server, [LEASES]);
    using client = server.client(await namespace.token(pod));
    equal((await client.ask("GET", namespace.path("leases"))).status, 200);
    const { status, message } = await client.ask(
      "DELETE",
      namespace.path("leases/web-0"),
    );
    equal(status, 403);
    match(message, /cannot delete resource "leases" in API group/);
  },
);

clusterTest(
  "api server: without a Role it is 403, and with it no longer",
  async (server) => {
    const { namespace, pod } = await withPod(server, []);
    using client = server.client(await namespace.token(pod));
    const asked = async () =>
      (await client.ask("GET", namespace.path("leases"))).status;
    equal(await asked(), 403);
    await namespace.grant("web", [LEASES]);
    equal(await asked(), 200);
    await namespace.revoke("web", [LEASES]);
    equal(await asked(), 403);
  },
);

clusterTest(
  "api server: a token that is over is 401, like one of a pod that is gone",
  async (server) => {
    const { namespace, pod } = await withPod(server, [LEASES]);
    const token = await namespace.token(pod);
    const asked = async (token: string) => {
      using client = server.client(token);
      return (await client.ask("GET", namespace.path("leases"))).status;
    };
    const key = server.tokenKey;
    equal(await asked(await issuedEarlier(token, 60, key)), 200);
    equal(await asked(await expiredToken(token, key)), 401);

    await namespace.removePod(pod);
    using orphan = server.client(token);
    equal((await orphan.ask("GET", namespace.path("leases"))).status, 401);
  },
);

clusterTest(
  "api server: one that was killed answers nothing, and has all of it afterwards",
  async (server) => {
    const { namespace, pod } = await withPod(server, [LEASES]);
    using client = server.client(await namespace.token(pod));
    await client.must("POST", namespace.path("leases"), LEASE);
    await server.kill();
    await rejects(client.ask("GET", namespace.path("leases")), TypeError);
    await server.restart();
    const { spec } = await client.must<typeof LEASE>(
      "GET",
      namespace.path("leases/web-0"),
    );
    equal(spec.holderIdentity, "web");
  },
);

clusterTest(
  "api server: a change of what was changed meanwhile is 409",
  async (server) => {
    const { namespace } = await withPod(server, []);
    const path = namespace.path("leases/web-0");
    const made = await server.admin.must<object>(
      "POST",
      namespace.path("leases"),
      LEASE,
    );
    equal((await server.admin.ask("PUT", path, made)).status, 200);
    const changed = { ...made, spec: { holderIdentity: "other" } };
    equal((await server.admin.ask("PUT", path, changed)).status, 200);
    const { status, message } = await server.admin.ask("PUT", path, made);
    equal(status, 409);
    match(message, /the object has been modified/);
  },
);

clusterTest(
  "api server: the directory of a pod is laid out as the kubelet does",
  async (server) => {
    const { namespace, pod } = await withPod(server, [LEASES]);
    await using directory = await tempDirectory();
    const token = await namespace.token(pod);
    await namespace.writeServiceAccount(directory.path, token);
    const read = (name: string) =>
      Deno.readTextFileSync(`${directory.path}/${name}`);
    deepEqual([read("token"), read("namespace"), read("ca.crt")], [
      token,
      namespace.name,
      server.ca,
    ]);
    equal(Deno.readLinkSync(`${directory.path}/token`), "..data/token");
    const next = await namespace.token(pod);
    await namespace.writeServiceAccount(directory.path, next);
    equal(read("token"), next);
  },
);

clusterTest(
  "api server: pods that Pod Security's level restricted forbids are refused",
  async (server) => {
    const { namespace } = await withPod(server, []);
    const { status, message } = await server.admin.ask(
      "POST",
      namespace.path("pods"),
      {
        metadata: { name: "loose" },
        spec: {
          serviceAccountName: "web",
          containers: [{ name: "app", image: "app" }],
        },
      },
    );
    equal(status, 403);
    match(message, /violates PodSecurity "restricted:latest"/);
  },
);

clusterTest("api server: kubectl asks it", async (server) => {
  const { namespace, pod } = await withPod(server, []);
  const asked = ["get", "pods", "--output=name", "--namespace"];
  equal(
    await server.kubectl(...asked, namespace.name),
    `pod/${pod.name}\n`,
  );
});
