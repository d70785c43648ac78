/** Who a manager is among the holders of Leases. */
import assert from "node:assert/strict";
import { openLeaseStore } from "../../../src/fleet/leases/open_lease_store.ts";
import { openCluster } from "../../../src/kubernetes/cluster.ts";
import { FakeKubernetes } from "../../fixtures/fake_kubernetes.ts";
import "../../host/loaded_libc.ts";

const RULES = { group: "web", limit: 1, memberLeases: false };
const CONTENT = "a".repeat(64);
const forever = () => new AbortController().signal;

/** A container of this pod. */
function container(api: FakeKubernetes, variables: Record<string, string>) {
  const { host, port } = api.address;
  const all: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: String(port),
    ...variables,
  };
  const { directory } = api;
  return openCluster({ variable: (name) => all[name], directory });
}

Deno.test("open lease store: containers of one pod are two managers, and so is one that was started again", async () => {
  await using api = new FakeKubernetes();
  const pod = { POD_NAME: "web-0", POD_UID: "u-1" };
  const [one, other] = [1, 2].map(() =>
    openLeaseStore(container(api, pod), RULES)
  );
  assert.match(one.identity.uid, /^u-1\.[0-9a-f]{8}$/);
  assert.notEqual(one.identity.uid, other.identity.uid);
  const views = await Promise.all(
    [one, other].map((store) => store.read(forever())),
  );
  const taken = await Promise.all([one, other].map((store, index) => {
    const holder = { ...store.identity, content: CONTENT, isTrial: false };
    const change = { index: 0, holder, verdicts: undefined };
    return store.change(views[index], change, forever());
  }));
  assert.deepEqual(taken.sort(), [false, true]);
  const renewed = await Promise.all(
    [one, other].map((store) => store.renew(0, forever())),
  );
  assert.deepEqual(renewed.sort(), [false, true]);
  one.close();
  other.close();
});

Deno.test("open lease store: what a pod does is shown where that is asked for, and the pod is known", async () => {
  await using api = new FakeKubernetes();
  const rules = { ...RULES, memberLeases: true };
  const pod = { POD_NAME: "web-0", POD_UID: "u-1" };
  const store = openLeaseStore(container(api, pod), rules);
  await store.board?.show({ runs: CONTENT, next: undefined }, forever());
  const { members } = await store.board!.members(forever());
  assert.deepEqual(members, [
    { name: "web-0", runs: CONTENT, next: undefined },
  ]);
  store.close();
  const plain = openLeaseStore(container(api, pod), RULES);
  assert.equal(plain.board, undefined);
  plain.close();
  for (const half of ["POD_NAME", "POD_UID"]) {
    const nobody = container(api, { [half]: "u-1" });
    assert.throws(
      () => openLeaseStore(nobody, rules),
      /^Error: Cannot use --kubernetes-members: nobody tells which pod this is: .*set POD_NAME and POD_UID by the downward API$/,
    );
    nobody.client.close();
  }
});

Deno.test("open lease store: without a pod the host has a uid of its own", async () => {
  await using api = new FakeKubernetes();
  const store = openLeaseStore(container(api, {}), RULES);
  assert.equal(store.identity.name, Deno.hostname());
  assert.match(store.identity.uid, /^[0-9a-f-]{36}$/);
  store.close();
});
