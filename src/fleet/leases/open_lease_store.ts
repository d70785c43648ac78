/** The slots of a fleet as Leases of the cluster that we run in. */
import type { FleetRules } from "../../core/vocabulary/settings.ts";
import type { Cluster } from "../../kubernetes/cluster.ts";
import type { PodIdentity } from "../../kubernetes/pod_identity.ts";
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

function openBoard(
  { client, namespace, pod }: Cluster,
  group: string,
): LeaseBoard {
  const { name, uid } = pod;
  if (uid === undefined || !pod.isTold) throw new Error(memberFault(pod));
  return new LeaseBoard({ client, namespace, group, pod: { name, uid } });
}

/** Why a manager cannot show what it does by a Lease of its pod; undefined: it can. The garbage collector removes a Lease of a pod that it does not find. */
export const memberFault = (
  { uid, isTold }: PodIdentity,
): string | undefined =>
  uid === undefined || !isTold
    ? "Cannot use --kubernetes-members: nobody tells which pod this is: the token of its service account names none; set POD_NAME and POD_UID by the downward API"
    : undefined;
