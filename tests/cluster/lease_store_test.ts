/** The slots of a fleet as Leases of the real API server. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import type { LeaseStore } from "../../src/fleet/leases/lease_store.ts";
import { openLeaseStore } from "../../src/fleet/leases/open_lease_store.ts";
import {
  type FleetView,
  NO_VERDICTS,
  StoreUnreachable,
} from "../../src/fleet/slots/slot_store.ts";
import { openCluster } from "../../src/kubernetes/cluster.ts";
import type { ApiServer } from "./api_server.ts";
import { clusterTest } from "./cluster.ts";
import { Namespace, type PolicyRule } from "./namespace.ts";

/** All that a store of one slot needs; one of several lists them, too. */
const VERBS = ["get", "create", "update"];
const A = "a".repeat(64);

const NEVER = new AbortController().signal;

/** Pods of one fleet, each with a store. */
class Fleet implements AsyncDisposable {
  readonly namespace: Namespace;
  readonly #server: ApiServer;
  readonly #directories: string[] = [];
  readonly #stores: LeaseStore[] = [];
  readonly rules: readonly PolicyRule[];

  private constructor(
    server: ApiServer,
    namespace: Namespace,
    rules: readonly PolicyRule[],
  ) {
    this.#server = server;
    this.namespace = namespace;
    this.rules = rules;
  }

  static async create(server: ApiServer, verbs = VERBS): Promise<Fleet> {
    const namespace = await Namespace.create(server);
    await namespace.serviceAccount("web");
    const rules = [
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs },
    ];
    await namespace.grant("web", rules);
    return new Fleet(server, namespace, rules);
  }

  /** The store of a manager in a new pod. */
  async store(name: string, limit = 1): Promise<LeaseStore> {
    const pod = await this.namespace.pod(name, "web");
    const directory = Deno.makeTempDirSync({ prefix: "flush-manager-test-" });
    this.#directories.push(directory);
    const token = await this.namespace.token(pod);
    await this.namespace.writeServiceAccount(directory, token);
    const variables: Record<string, string> = {
      KUBERNETES_SERVICE_HOST: this.#server.host,
      KUBERNETES_SERVICE_PORT: String(this.#server.port),
    };
    const variable = (name: string) => variables[name];
    const cluster = openCluster({ variable, directory });
    const store = openLeaseStore(cluster, {
      ...{ group: "web", limit },
      memberLeases: false,
    });
    ok(store.identity.uid.startsWith(`${pod.uid}.`));
    this.#stores.push(store);
    return store;
  }

  async lease(index = 0): Promise<Lease> {
    const path = this.namespace.path(`leases/web-${index}`);
    return await this.#server.admin.must("GET", path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) store.close();
    for (const directory of this.#directories) {
      await Deno.remove(directory, { recursive: true });
    }
  }
}

interface Lease {
  readonly spec: {
    readonly holderIdentity: string;
    readonly leaseTransitions: number;
    readonly renewTime: string;
  };
}

async function take(
  store: LeaseStore,
  view: FleetView,
  index = 0,
): Promise<boolean> {
  const holder = { ...store.identity, content: A, isTrial: true };
  return await store.change(
    view,
    { index, holder, verdicts: undefined },
    NEVER,
  );
}

clusterTest(
  "lease store: of many managers that ask at once one gets the slot, renews it and gives it back with a verdict",
  async (server) => {
    await using fleet = await Fleet.create(server);
    const stores = await Promise.all(
      ["a", "b", "c", "d", "e"].map((name) => fleet.store(`web-${name}`)),
    );
    for (let round = 0; round < 3; round++) {
      const views = await Promise.all(stores.map((store) => store.read(NEVER)));
      const taken = await Promise.all(
        stores.map((store, index) => take(store, views[index])),
      );
      equal(taken.filter((isTaken) => isTaken).length, 1);
      const store = stores[taken.indexOf(true)];
      const { spec: { holderIdentity, renewTime } } = await fleet.lease();
      equal(holderIdentity, `${store.identity.name}_${store.identity.uid}`);
      ok(await store.renew(0, NEVER));
      ok((await fleet.lease()).spec.renewTime > renewTime);
      const view = await store.read(NEVER);
      equal(view.slots[0].holder?.uid, store.identity.uid);
      const verdicts = { ...NO_VERDICTS, proven: [A] };
      const change = { index: 0, holder: undefined, verdicts };
      ok(await store.change(view, change, NEVER));
      equal(await store.renew(0, NEVER), false);
    }
    equal((await fleet.lease()).spec.leaseTransitions, 2);
    const last = await stores[0].read(NEVER);
    deepEqual(last.verdicts.proven, [A]);
    equal(last.slots[0].holder, undefined);
  },
);

clusterTest(
  "lease store: a verdict of somebody else does not cost a holder its slot",
  async (server) => {
    await using fleet = await Fleet.create(server, [...VERBS, "list"]);
    const [one, other] = [
      await fleet.store("web-a", 2),
      await fleet.store("web-b", 2),
    ];
    ok(await take(one, await one.read(NEVER)));
    ok(await take(other, await other.read(NEVER), 1));
    const view = await other.read(NEVER);
    const { holder } = view.slots[0];
    const verdicts = { ...NO_VERDICTS, abandoned: { [A]: 1 } };
    ok(await other.change(view, { index: 0, holder, verdicts }, NEVER));
    ok(await one.renew(0, NEVER));
    ok(await other.renew(1, NEVER));
    deepEqual((await one.read(NEVER)).verdicts, verdicts);
  },
);

clusterTest(
  "lease store: each verb that is needed is named when the Role lacks it",
  async (server) => {
    await using fleet = await Fleet.create(server, ["get"]);
    const store = await fleet.store("web-a");
    const needs = (verb: string) => (error: unknown) => {
      ok(error instanceof StoreUnreachable);
      match(
        error.message,
        new RegExp(`the Role needs ${verb} on leases\\.coord`),
      );
      return true;
    };
    await rejects(take(store, await store.read(NEVER)), needs("create"));
    const several = await fleet.store("web-b", 2);
    await rejects(several.read(NEVER), needs("list"));
    await fleet.namespace.revoke("web", fleet.rules);
    await rejects(store.read(NEVER), needs("get"));
  },
);
