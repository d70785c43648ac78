/** The cluster that we run in, and what is ours in it. */
import { apiAddress } from "./api/api_address.ts";
import { ApiClient } from "./api/api_client.ts";
import { type PodIdentity, podIdentity } from "./pod_identity.ts";
import { ServiceAccount } from "./api/service_account.ts";

export interface Cluster {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly pod: PodIdentity;
}

export interface ClusterOptions {
  readonly variable: (name: string) => string | undefined;
  /** Where the service account is mounted: what the variable of DIRECTORY says unless given, or where the kubelet does it. */
  readonly directory?: string | undefined;
}

/** For a cluster whose account is mounted elsewhere, and for a manager outside of a pod. */
const DIRECTORY = "KUBERNETES_SERVICE_ACCOUNT_DIR";

/** Asks nobody yet. Throws an Error with one line for the user where this is no pod, or has no service account. */
export function openCluster(
  { variable, directory = variable(DIRECTORY) }: ClusterOptions,
): Cluster {
  const address = apiAddress(variable);
  const account = new ServiceAccount(directory);
  const namespace = account.namespace();
  const pod = podIdentity(account.token(), variable, Deno.hostname());
  return { client: new ApiClient({ address, account }), namespace, pod };
}
