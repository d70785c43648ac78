/** Each rule of the policy `restricted` finds what breaks it. */
import { deepEqual } from "node:assert/strict";
import { restrictedFaults, type SecuredPod } from "./pod_security.ts";

const GOOD = {
  securityContext: {
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  },
  containers: [{
    name: "app",
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
  }],
  volumes: [{ name: "config", configMap: { name: "app" } }],
};
const [APP] = GOOD.containers;

/** The pod with a container whose security context has this too. */
const withContext = (securityContext: object): SecuredPod => ({
  ...GOOD,
  containers: [{
    ...APP,
    securityContext: { ...APP.securityContext, ...securityContext },
  }],
});

Deno.test("pod security: a pod that holds to the policy has no faults", () => {
  deepEqual(restrictedFaults(GOOD), []);
  const drop = { drop: ["ALL"], add: ["NET_BIND_SERVICE"] };
  deepEqual(restrictedFaults(withContext({ capabilities: drop })), []);
});

const BAD: readonly [SecuredPod, string[]][] = [
  [{ ...GOOD, hostNetwork: true }, ["the pod shares a namespace of its host"]],
  [{ ...GOOD, hostPID: true }, ["the pod shares a namespace of its host"]],
  [{ ...GOOD, hostIPC: true }, ["the pod shares a namespace of its host"]],
  [
    {
      ...GOOD,
      securityContext: { ...GOOD.securityContext, sysctls: [{}] },
    },
    ["the pod sets sysctls"],
  ],
  [
    { ...GOOD, volumes: [{ name: "node", hostPath: { path: "/" } }] },
    ["volume node is of the kind hostPath"],
  ],
  [
    { containers: [{ name: "bare" }], initContainers: GOOD.containers },
    [
      "container app may run as root",
      "container app has no seccomp profile",
      "container bare may gain privileges",
      "container bare does not drop ALL capabilities",
      "container bare may run as root",
      "container bare has no seccomp profile",
    ],
  ],
  [withContext({ privileged: true }), ["container app is privileged"]],
  [
    withContext({ capabilities: { drop: ["ALL"], add: ["SYS_PTRACE"] } }),
    ["container app adds capabilities"],
  ],
  [withContext({ runAsUser: 0 }), ["container app runs as root"]],
  [withContext({ runAsNonRoot: false }), ["container app may run as root"]],
  [
    withContext({ seccompProfile: { type: "Unconfined" } }),
    ["container app has no seccomp profile"],
  ],
  [
    withContext({ procMount: "Unmasked" }),
    ["container app has another /proc"],
  ],
  [
    { ...GOOD, containers: [{ ...APP, ports: [{ hostPort: 80 }] }] },
    ["container app takes a port of its host"],
  ],
];

for (const [index, [pod, faults]] of BAD.entries()) {
  Deno.test(`pod security: ${faults.at(-1)} (${index})`, () => {
    deepEqual(restrictedFaults(pod), faults);
  });
}
