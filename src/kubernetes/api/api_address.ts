/** Where the API server is: what the kubelet tells each container by variables. Pure. */

export interface ApiAddress {
  /** A name or an address; an IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
}

/** Throws an Error with one line for the user. */
export function apiAddress(
  variable: (name: string) => string | undefined,
): ApiAddress {
  const host = variable("KUBERNETES_SERVICE_HOST") ?? "";
  const port = variable("KUBERNETES_SERVICE_PORT") ?? "";
  if (host === "") {
    throw new Error(
      "KUBERNETES_SERVICE_HOST is not set, so this is no pod of Kubernetes",
    );
  }
  const plain = host.replace(/^\[(.*)\]$/, "$1");
  // Nothing else may get into the head of a request.
  if (!/^[\w.:-]+$/.test(plain)) {
    throw new Error("KUBERNETES_SERVICE_HOST is neither a name nor an address");
  }
  const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 &&
    Number(port) <= 65_535;
  if (!isPort) throw new Error("KUBERNETES_SERVICE_PORT is no port");
  return { host: plain, port: Number(port) };
}

/** As in a URL, and as in the header Host. */
export const addressText = ({ host, port }: ApiAddress): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;
