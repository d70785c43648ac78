/**
 * The policy `restricted` of the Pod Security Standards, as far as manifests can
 * break it (Kubernetes 1.34). The API server itself judges in tests/cluster.
 */

/** What the policy looks at in a container. */
export interface SecuredContainer {
  readonly name: string;
  readonly ports?: readonly { readonly hostPort?: number }[];
  readonly securityContext?: SecurityContext & {
    readonly allowPrivilegeEscalation?: boolean;
    readonly privileged?: boolean;
    readonly procMount?: string;
    readonly capabilities?: {
      readonly add?: readonly string[];
      readonly drop?: readonly string[];
    };
  };
}

interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type: string };
}

/** What the policy looks at in the specification of a pod. */
export interface SecuredPod {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext & {
    readonly sysctls?: readonly unknown[];
  };
  readonly containers: readonly SecuredContainer[];
  readonly initContainers?: readonly SecuredContainer[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

/** All other kinds of volumes are refused. */
const VOLUMES: readonly string[] = [
  ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"],
  ...["persistentVolumeClaim", "projected", "secret"],
];
const PROFILES: readonly unknown[] = ["RuntimeDefault", "Localhost"];

/** What breaks the policy, one line for each. */
export function restrictedFaults(pod: SecuredPod): string[] {
  const { containers, initContainers = [], volumes = [] } = pod;
  const host = [pod.hostNetwork, pod.hostPID, pod.hostIPC].includes(true)
    ? ["the pod shares a namespace of its host"]
    : [];
  const sysctls = (pod.securityContext?.sysctls ?? []).length > 0
    ? ["the pod sets sysctls"]
    : [];
  const kinds = volumes.flatMap(({ name, ...kind }) =>
    Object.keys(kind).filter((kind) => !VOLUMES.includes(kind))
      .map((kind) => `volume ${name} is of the kind ${kind}`)
  );
  const all = [...initContainers, ...containers];
  return [
    ...[...host, ...sysctls, ...kinds],
    ...all.flatMap((container) =>
      containerFaults(pod, container).map((fault) =>
        `container ${container.name} ${fault}`
      )
    ),
  ];
}

function containerFaults(
  { securityContext: ofPod = {} }: SecuredPod,
  { securityContext: own = {}, ports = [] }: SecuredContainer,
): string[] {
  const { add = [], drop = [] } = own.capabilities ?? {};
  const user = own.runAsUser ?? ofPod.runAsUser;
  const profile = (own.seccompProfile ?? ofPod.seccompProfile)?.type;
  const table: [boolean, string][] = [
    [own.privileged === true, "is privileged"],
    [own.allowPrivilegeEscalation !== false, "may gain privileges"],
    [!drop.includes("ALL"), "does not drop ALL capabilities"],
    [add.some((name) => name !== "NET_BIND_SERVICE"), "adds capabilities"],
    [(own.runAsNonRoot ?? ofPod.runAsNonRoot) !== true, "may run as root"],
    [user === 0, "runs as root"],
    [!PROFILES.includes(profile), "has no seccomp profile"],
    [(own.procMount ?? "Default") !== "Default", "has another /proc"],
    [
      ports.some(({ hostPort }) => hostPort !== undefined),
      "takes a port of its host",
    ],
  ];
  return table.filter(([isBroken]) => isBroken).map(([, fault]) => fault);
}
