/** What is ours in the cluster that we run in, and where there is none. */
import assert from "node:assert/strict";
import { openCluster } from "../../src/kubernetes/cluster.ts";
import { FakeKubernetes, NAMESPACE } from "../fixtures/fake_kubernetes.ts";
import { tempDirectory } from "../host/temp.ts";
import "../host/loaded_libc.ts";

Deno.test("cluster: the namespace, the pod and a client that reaches the server", async () => {
  await using api = new FakeKubernetes();
  const variables: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: api.address.host,
    KUBERNETES_SERVICE_PORT: String(api.address.port),
    POD_NAME: "web-0",
  };
  const { client, namespace, pod } = openCluster({
    variable: (name) => variables[name],
    directory: api.directory,
  });
  assert.equal(namespace, NAMESPACE);
  assert.deepEqual(pod, {
    name: "web-0",
    isTold: true,
    uid: undefined,
  });
  const resource = { group: "", version: "v1", plural: "pods" };
  await assert.rejects(
    client.call(
      { verb: "get", resource, namespace, name: "web-0" },
      new AbortController().signal,
    ),
    { kind: "missing" },
  );
  client.close();
});

Deno.test("cluster: what is no pod, and a pod without a service account", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  assert.throws(
    () => openCluster({ variable: () => undefined, directory: path }),
    /this is no pod of Kubernetes$/,
  );
  assert.throws(
    () => openCluster({ variable: () => "1", directory: path }),
    /automountServiceAccountToken: true$/,
  );
});
