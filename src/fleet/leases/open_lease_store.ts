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
  const owner = ownerIn(pod);
  if (owner === undefined) throw new Error(NO_OWNER);
  return new LeaseBoard({ client, namespace, group, pod: owner });
}

/** Why a manager cannot show what it does by a Lease of its pod; undefined: it can. */
export const memberFault = (pod: PodIdentity): string | undefined =>
  ownerIn(pod) === undefined ? NO_OWNER : undefined;

/** The garbage collector removes a Lease whose owner it does not find by name and uid. */
const ownerIn = ({ name, uid, isTold }: PodIdentity) =>
  isTold && uid !== undefined ? { name, uid } : undefined;

const NO_OWNER =
  "Cannot use --kubernetes-members: nobody tells which pod this is: the token of its service account names none; set POD_NAME and POD_UID by the downward API";
