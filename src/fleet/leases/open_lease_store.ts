/** The slots of a fleet as Leases of the cluster that we run in. */
import type { FleetRules } from "../../core/vocabulary/settings.ts";
import type { Cluster } from "../../kubernetes/cluster.ts";
import { LeaseBoard } from "./lease_board.ts";
import { LeaseStore } from "./lease_store.ts";

/**
 * The uid of a pod is not enough to tell two managers apart: it stays the same when
 * a container starts again, and containers of one pod share it. Throws an Error with
 * one line for the user where the members cannot be listed.
 */
export function openLeaseStore(
  cluster: Cluster,
  { group, limit, memberLeases }: Pick<
    FleetRules,
    "group" | "limit" | "memberLeases"
  >,
): LeaseStore {
  const { client, namespace, pod } = cluster;
  const own = crypto.randomUUID();
  const uid = pod.uid === undefined ? own : `${pod.uid}.${own.slice(0, 8)}`;
  const identity = { name: pod.name, uid };
  const board = memberLeases ? openBoard(cluster, group) : undefined;
  return new LeaseStore({ client, namespace, group, limit, identity, board });
}

/** Without the uid the Lease would be left behind when the pod has ended. */
function openBoard(
  { client, namespace, pod: { name, uid } }: Cluster,
  group: string,
): LeaseBoard {
  if (uid === undefined) {
    throw new Error(
      "Cannot use --kubernetes-members: nobody tells the uid of this pod: the token of its service account does not, and POD_UID is not set",
    );
  }
  return new LeaseBoard({ client, namespace, group, pod: { name, uid } });
}
