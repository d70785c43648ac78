/** The slots of a fleet as Leases of the cluster that we run in. */
import type { FleetRules } from "../../core/vocabulary/settings.ts";
import type { Cluster } from "../../kubernetes/cluster.ts";
import { LeaseStore } from "./lease_store.ts";

/**
 * The uid of a pod is not enough to tell two managers apart: it stays the same when
 * a container starts again, and containers of one pod share it.
 */
export function openLeaseStore(
  { client, namespace, pod }: Cluster,
  { group, limit }: Pick<FleetRules, "group" | "limit">,
): LeaseStore {
  const own = crypto.randomUUID();
  const uid = pod.uid === undefined ? own : `${pod.uid}.${own.slice(0, 8)}`;
  const identity = { name: pod.name, uid };
  return new LeaseStore({ client, namespace, group, limit, identity });
}
