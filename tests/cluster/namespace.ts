/**
 * A namespace with ServiceAccounts, their Roles, pods that nobody runs, and the
 * tokens that the API server issues for them. Lays out what a kubelet mounts into
 * a pod; must not know who uses it.
 */
import { until } from "../e2e/until.ts";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import type { ApiServer } from "./api_server.ts";

/** One rule of a Role. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Pod {
  readonly name: string;
  readonly uid: string;
  readonly serviceAccount: string;
}

interface Made {
  readonly metadata: { readonly name: string; readonly uid: string };
}

/** Labels of a namespace that only takes pods that hold to Pod Security's strictest level. */
export const RESTRICTED = {
  "pod-security.kubernetes.io/enforce": "restricted",
};

/** What that level asks for. */
const RESTRICTED_POD = {
  securityContext: {
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  },
  containerSecurityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
  },
};

export class Namespace {
  readonly name: string;
  readonly #server: ApiServer;

  private constructor(server: ApiServer, name: string) {
    this.#server = server;
    this.name = name;
  }

  /** One of its own, for restricted pods. */
  static async create(server: ApiServer): Promise<Namespace> {
    const name = `test-${crypto.randomUUID()}`;
    await server.admin.must("POST", "/api/v1/namespaces", {
      metadata: { name, labels: RESTRICTED },
    });
    return new Namespace(server, name);
  }

  /** The path of a resource in this namespace: "leases", "pods/web-0/status". */
  path(resource: string): string {
    const [kind] = resource.split(/[/?]/);
    const group = GROUPS[kind] ?? "api/v1";
    return `/${group}/namespaces/${this.name}/${resource}`;
  }

  /** Makes a ServiceAccount, which may do nothing. */
  async serviceAccount(name: string): Promise<void> {
    await this.#make("serviceaccounts", { metadata: { name } });
  }

  /** Lets a ServiceAccount do this, by a Role of its name, and waits until it may. */
  async grant(name: string, rules: readonly PolicyRule[]): Promise<void> {
    await this.#make("roles", { metadata: { name }, rules });
    await this.#make("rolebindings", {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: this.name }],
    });
    await until("a Role in effect", () => this.#may(name, rules[0]));
  }

  /** Takes away what `grant` gave with these rules, and waits until it is gone. */
  async revoke(name: string, rules: readonly PolicyRule[]): Promise<void> {
    const { admin } = this.#server;
    await admin.must("DELETE", this.path(`rolebindings/${name}`));
    await admin.must("DELETE", this.path(`roles/${name}`));
    await until(
      "a Role without effect",
      async () => !await this.#may(name, rules[0]),
    );
  }

  /** The API server learns of a Role by watching it: a moment passes. */
  async #may(name: string, rule: PolicyRule): Promise<boolean> {
    const [resource, subresource] = rule.resources[0].split("/");
    const { status } = await this.#server.admin.must<
      { status: { allowed: boolean } }
    >("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      spec: {
        user: `system:serviceaccount:${this.name}:${name}`,
        resourceAttributes: {
          namespace: this.name,
          group: rule.apiGroups[0],
          verb: rule.verbs[0],
          ...{ resource, subresource, name: rule.resourceNames?.[0] },
        },
      },
    });
    return status.allowed;
  }

  /** Makes a pod. Nothing runs it, but it has a name and a uid. */
  async pod(name: string, serviceAccount: string): Promise<Pod> {
    const { containerSecurityContext, ...pod } = RESTRICTED_POD;
    const { metadata: { uid } } = await this.#make("pods", {
      metadata: { name },
      spec: {
        ...pod,
        serviceAccountName: serviceAccount,
        containers: [{
          name: "app",
          image: "app",
          securityContext: containerSecurityContext,
        }],
      },
    });
    return { name, uid, serviceAccount };
  }

  /** Ends a pod at once; its tokens hold no longer. */
  async removePod({ name }: Pod): Promise<void> {
    await this.#server.admin.must(
      "DELETE",
      `${this.path(`pods/${name}`)}?gracePeriodSeconds=0`,
    );
  }

  /** A token that the API server issues for this pod, as the kubelet asks for it. */
  async token({ name, uid, serviceAccount }: Pod): Promise<string> {
    const { status } = await this.#server.admin.must<
      { status: { token: string } }
    >("POST", this.path(`serviceaccounts/${serviceAccount}/token`), {
      spec: {
        expirationSeconds: 3_600,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    });
    return status.token;
  }

  /**
   * Writes the directory that a pod has at
   * /var/run/secrets/kubernetes.io/serviceaccount, as the kubelet does; again for
   * a new token.
   */
  async writeServiceAccount(directory: string, token: string): Promise<void> {
    await writeVolume(directory, {
      token,
      namespace: this.name,
      "ca.crt": this.#server.ca,
    });
  }

  async #make(resource: string, object: unknown): Promise<Made> {
    return await this.#server.admin.must("POST", this.path(resource), object);
  }
}

/** The API groups of resources that are not in the oldest one. */
const GROUPS: Readonly<Record<string, string>> = {
  leases: "apis/coordination.k8s.io/v1",
  roles: "apis/rbac.authorization.k8s.io/v1",
  rolebindings: "apis/rbac.authorization.k8s.io/v1",
  events: "apis/events.k8s.io/v1",
};
