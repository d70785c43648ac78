/** Which pod we are. Pure. */

export interface PodIdentity {
  /** Of the pod; where nobody tells it, of the host, which mostly has the same. */
  readonly name: string;
  /** Whether the name is that of the pod for sure. */
  readonly isTold: boolean;
  /** Of the pod; undefined where nobody tells it. */
  readonly uid: string | undefined;
}

/**
 * The token that the kubelet mounts is bound to the pod, and names it in its
 * claims. They are only read, not verified: the API server verifies the token, and
 * what we are called gives no rights. A token of another kind does not tell, so the
 * variables POD_NAME and POD_UID are next, from the downward API; in a pod, the
 * host has the name of the pod.
 */
export function podIdentity(
  token: string | undefined,
  variable: (name: string) => string | undefined,
  hostname: string,
): PodIdentity {
  const pod = podIn(token ?? "");
  const name = pod.name ?? nameOf(variable("POD_NAME"));
  return {
    name: name ?? hostname,
    isTold: name !== undefined,
    uid: pod.uid ?? uidOf(variable("POD_UID")),
  };
}

interface Known {
  readonly name: string | undefined;
  readonly uid: string | undefined;
}

const NOTHING: Known = { name: undefined, uid: undefined };

/** The pod that the claims of a token name (a JSON Web Token, RFC 7519). */
function podIn(token: string): Known {
  const [, payload = ""] = token.split(".");
  try {
    const bytes = Uint8Array.fromBase64(payload, { alphabet: "base64url" });
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    const pod = claims?.["kubernetes.io"]?.pod;
    return { name: nameOf(pod?.name), uid: uidOf(pod?.uid) };
  } catch {
    return NOTHING;
  }
}

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const UID = /^[0-9A-Za-z-]{1,64}$/;

const nameOf = (value: unknown): string | undefined =>
  typeof value === "string" && NAME.test(value) ? value : undefined;

const uidOf = (value: unknown): string | undefined =>
  typeof value === "string" && UID.test(value) ? value : undefined;
