/** Our client of the API of Kubernetes, against the real one. */
import { equal, match, ok, rejects } from "node:assert/strict";
import { ApiClient } from "../../src/kubernetes/api/api_client.ts";
import type { ApiCall, Verb } from "../../src/kubernetes/api/api_call.ts";
import {
  ApiFault,
  type FaultKind,
} from "../../src/kubernetes/api/api_fault.ts";
import { ServiceAccount } from "../../src/kubernetes/api/service_account.ts";
import { podIdentity } from "../../src/kubernetes/pod_identity.ts";
import { until } from "../e2e/until.ts";
import type { ApiServer } from "./api_server.ts";
import { clusterTest } from "./cluster.ts";
import { Namespace, type Pod } from "./namespace.ts";
import { expiredToken } from "./service_account_token.ts";

const NEVER = new AbortController().signal;

/** A client in a pod of its own, which may do this with Leases. */
class Caller implements AsyncDisposable {
  readonly namespace: Namespace;
  readonly pod: Pod;
  readonly client: ApiClient;
  readonly directory: string;

  constructor(server: ApiServer, namespace: Namespace, pod: Pod) {
    this.namespace = namespace;
    this.pod = pod;
    this.directory = Deno.makeTempDirSync({ prefix: "flush-manager-test-" });
    this.client = new ApiClient({
      address: { host: server.host, port: server.port },
      account: new ServiceAccount(this.directory),
    });
  }

  static async create(
    server: ApiServer,
    verbs: readonly Verb[],
  ): Promise<Caller> {
    const namespace = await Namespace.create(server);
    await namespace.serviceAccount("web");
    await namespace.grant("web", [
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs },
    ]);
    const pod = await namespace.pod("web-0", "web");
    const caller = new Caller(server, namespace, pod);
    await caller.use(await namespace.token(pod));
    return caller;
  }

  /** Mounts this token. */
  use(token: string): Promise<void> {
    return this.namespace.writeServiceAccount(this.directory, token);
  }

  async call(call: Pick<ApiCall, "verb" | "name" | "body">): Promise<Lease> {
    const resource = {
      group: "coordination.k8s.io",
      version: "v1",
      plural: "leases",
    };
    const namespace = this.namespace.name;
    return await this.client.call(
      { resource, namespace, ...call },
      NEVER,
    ) as Lease;
  }

  create = () => this.call({ verb: "create", body: LEASE });
  get = () => this.call({ verb: "get", name: "web-0" });

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await Deno.remove(this.directory, { recursive: true });
  }
}

interface Lease {
  readonly metadata: { readonly resourceVersion: string };
}

const LEASE = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "web-0" },
  spec: { holderIdentity: "web-0", leaseDurationSeconds: 15 },
};

const fault =
  (kind: FaultKind, status: number | undefined, message: RegExp) =>
  (error: unknown) => {
    ok(error instanceof ApiFault, String(error));
    equal(error.kind, kind, error.message);
    equal(error.status, status);
    match(error.message, message);
    return true;
  };

clusterTest(
  "api calls: a Lease is made once, and changed in the version that was read",
  async (server) => {
    await using caller = await Caller.create(server, [
      "create",
      "get",
      "update",
    ]);
    await rejects(caller.get(), fault("missing", 404, /answered 404/));
    const made = await caller.create();
    await rejects(caller.create(), fault("exists", 409, /already exists/));
    const change = { verb: "update", name: "web-0", body: made } as const;
    await caller.call(change);
    const other = { ...LEASE, ...made, spec: { holderIdentity: "web-1" } };
    const changed = await caller.call({ ...change, body: other });
    ok(
      Number(changed.metadata.resourceVersion) >
        Number(made.metadata.resourceVersion),
    );
    await rejects(
      caller.call(change),
      fault("conflict", 409, /the object has been modified/),
    );
  },
);

clusterTest(
  "api calls: a verb that the Role lacks is named",
  async (server) => {
    await using caller = await Caller.create(server, ["create", "get"]);
    await caller.create();
    await rejects(
      caller.call({ verb: "update", name: "web-0", body: LEASE }),
      fault(
        "refused",
        403,
        new RegExp(
          `the Role needs update on leases\\.coordination\\.k8s\\.io in namespace ${caller.namespace.name}$`,
        ),
      ),
    );
  },
);

clusterTest(
  "api calls: a token that is over is refused, and the next one is used when it is there",
  async (server) => {
    await using caller = await Caller.create(server, ["create", "get"]);
    await caller.create();
    const token = await caller.namespace.token(caller.pod);
    await caller.use(await expiredToken(token, server.tokenKey));
    await rejects(
      caller.get(),
      fault("refused", 401, /the token in .*\/token is not accepted$/),
    );
    await caller.use(token);
    await caller.get();
  },
);

clusterTest(
  "api calls: the token of the API server tells which pod we are",
  async (server) => {
    await using caller = await Caller.create(server, ["get"]);
    const token = new ServiceAccount(caller.directory).token();
    const identity = podIdentity(token, () => undefined, "host");
    equal(identity.name, caller.pod.name);
    equal(identity.uid, caller.pod.uid);
  },
);

clusterTest(
  "api calls: a server that was killed and restarted is called as before",
  async (server) => {
    await using caller = await Caller.create(server, ["create", "get"]);
    await caller.create();
    await server.kill();
    await rejects(
      caller.get(),
      fault("unreachable", undefined, /connection refused/i),
    );
    await server.restart();
    await until("an answer", () => caller.get().then(() => true, () => false));
  },
);

clusterTest(
  "api calls: a server that accepts and answers nothing is given up in time",
  async (server) => {
    await using caller = await Caller.create(server, ["create", "get"]);
    await caller.create();
    await server.freeze();
    try {
      await rejects(
        caller.get(),
        fault("unreachable", undefined, /no answer within \S+$/),
      );
    } finally {
      server.thaw();
    }
    await caller.get();
  },
);

/**
 * Gives the requests of this namespace's ServiceAccounts no room (API Priority and
 * Fairness), until the end of the scope. One at a time is answered all the same.
 */
async function withoutRoom(
  { admin }: ApiServer,
  { name }: Namespace,
): Promise<AsyncDisposable> {
  const api = "/apis/flowcontrol.apiserver.k8s.io/v1";
  const metadata = { name };
  await admin.must("POST", `${api}/prioritylevelconfigurations`, {
    metadata,
    spec: {
      type: "Limited",
      limited: {
        nominalConcurrencyShares: 0,
        borrowingLimitPercent: 0,
        limitResponse: { type: "Reject" },
      },
    },
  });
  await admin.must("POST", `${api}/flowschemas`, {
    metadata,
    spec: {
      priorityLevelConfiguration: { name },
      matchingPrecedence: 2,
      rules: [{
        subjects: [{
          kind: "ServiceAccount",
          serviceAccount: { namespace: name, name: "*" },
        }],
        resourceRules: [{
          verbs: ["*"],
          apiGroups: ["*"],
          resources: ["*"],
          namespaces: ["*"],
        }],
      }],
    },
  });
  const parts = ["flowschemas", "prioritylevelconfigurations"];
  return {
    [Symbol.asyncDispose]: async () => {
      for (const part of parts) {
        await admin.must("DELETE", `${api}/${part}/${name}`);
      }
    },
  };
}

clusterTest(
  "api calls: a server that has no room for us says when to ask again",
  async (server) => {
    await using caller = await Caller.create(server, ["create", "get"]);
    await caller.create();
    const refusals: ApiFault[] = [];
    const isAnswered = () =>
      caller.get().then(() => true, (error) => {
        if (!(error instanceof ApiFault)) throw error;
        refusals.push(error);
        return false;
      });
    {
      await using _ = await withoutRoom(server, caller.namespace);
      await until("a refusal", async () => {
        await Promise.all(Array.from({ length: 10 }, isAnswered));
        return refusals.length > 0;
      });
    }
    await until("an answer", isAnswered);
    const [{ kind, status, retryAfterMs }] = refusals;
    equal(kind, "unreachable");
    equal(status, 429);
    equal(retryAfterMs, 1_000);
  },
);
