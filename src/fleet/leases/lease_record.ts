/**
 * A slot as a Lease (coordination.k8s.io/v1). Its own fields are written as the
 * leader election of client-go does it, so that whoever looks at Leases reads
 * these, too. Pure.
 */
import { shortLine } from "../../core/notation/one_line.ts";
import { microTime } from "../../kubernetes/micro_time.ts";
import {
  annotated,
  type Annotations,
  holderAnnotations,
  holderContent,
  verdictAnnotations,
} from "./lease_annotations.ts";
import type { Holder, Verdicts } from "../slots/slot_store.ts";
import { NAME_MAX_CHARS } from "../slots/verdict_notation.ts";

/** How long a slot stays with a holder that does not renew it. */
export const LEASE_SECONDS = 15;
/** Nobody may keep a slot from the others for longer by a number on a Lease. */
const LEASE_MAX_SECONDS = 600;
/** As client-go gives one back. */
const RELEASED_SECONDS = 1;

type Json = Readonly<Record<string, unknown>>;

/** What is read of one. Fields that we do not know are kept as they are. */
export interface Lease {
  readonly metadata: Json & {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels: Annotations;
    readonly annotations: Annotations;
  };
  readonly spec: Json;
}

/** Undefined if it is none. */
export function leaseIn(object: unknown): Lease | undefined {
  const { metadata, spec } = recordIn(object);
  // What the server keeps of who has written which field; it would only be sent back.
  const { managedFields: _, ...known } = recordIn(metadata);
  const { name, resourceVersion } = known;
  return typeof name === "string" && typeof resourceVersion === "string"
    ? {
      metadata: {
        ...known,
        name,
        resourceVersion,
        labels: textsIn(known.labels),
        annotations: textsIn(known.annotations),
      },
      spec: recordIn(spec),
    }
    : undefined;
}

/** Whoever holds it, by the identity that is written there; also somebody who is no manager. */
export function holderOf({ metadata, spec }: Lease): Holder | undefined {
  const { holderIdentity } = spec;
  if (typeof holderIdentity !== "string" || holderIdentity === "") {
    return undefined;
  }
  const at = holderIdentity.lastIndexOf("_");
  const name = at <= 0 ? holderIdentity : holderIdentity.slice(0, at);
  return {
    name: shortLine(name, NAME_MAX_CHARS),
    uid: holderIdentity.slice(at + 1),
    ...holderContent(metadata.annotations),
  };
}

/** As client-go's leader election has it by default; a uid has no underscore. */
export const holderIdentity = (
  { name, uid }: Pick<Holder, "name" | "uid">,
): string => `${name}_${uid}`;

/** After how many milliseconds without a renewal the holder has vanished. */
export function durationMs({ spec: { leaseDurationSeconds } }: Lease): number {
  const isGiven = typeof leaseDurationSeconds === "number" &&
    leaseDurationSeconds > 0;
  const seconds = isGiven ? leaseDurationSeconds : LEASE_SECONDS;
  return Math.min(seconds, LEASE_MAX_SECONDS) * 1_000;
}

/** What a renewal changes, as one text: if it stays the same, nobody has renewed. */
export const recordOf = ({ spec }: Pick<Lease, "spec">): string =>
  JSON.stringify([
    spec.holderIdentity,
    spec.leaseDurationSeconds,
    spec.acquireTime,
    spec.renewTime,
    spec.leaseTransitions,
  ]);

/** The one that is made where there is none. */
export const newLease = (name: string, labels: Annotations): LeaseParts => ({
  metadata: { name, labels },
  spec: {},
});

/** What a write is made of. */
export interface LeaseParts {
  readonly metadata: Json & { readonly annotations?: Annotations };
  readonly spec: Json;
}

/** The Lease with this holder, taken, taken again or given back at this time. */
export function heldBy(
  lease: LeaseParts,
  holder: Holder | undefined,
  nowMs: number,
): LeaseParts {
  const { metadata, spec } = lease;
  const now = microTime(nowMs);
  const isAgain = holder !== undefined &&
    holderIdentity(holder) === spec.holderIdentity;
  return {
    ...lease,
    metadata: {
      ...metadata,
      annotations: annotated(
        metadata.annotations ?? {},
        holderAnnotations(holder),
      ),
    },
    spec: {
      ...spec,
      holderIdentity: holder === undefined ? "" : holderIdentity(holder),
      leaseDurationSeconds: holder === undefined
        ? RELEASED_SECONDS
        : LEASE_SECONDS,
      acquireTime: isAgain ? spec.acquireTime : now,
      renewTime: now,
      leaseTransitions: transitionsAfter(
        spec,
        holder !== undefined && !isAgain,
      ),
    },
  };
}

/** As client-go counts them: from 0 for the one that makes the Lease, one more for each that takes it. */
function transitionsAfter(
  { leaseTransitions }: Json,
  isTaken: boolean,
): number {
  if (typeof leaseTransitions !== "number") return 0;
  return isTaken ? leaseTransitions + 1 : leaseTransitions;
}

/** That of the manager of a pod, which ends with it. Nobody takes it or renews it. */
export const memberLease = (
  name: string,
  { labels, annotations }: Pick<Lease["metadata"], "labels" | "annotations">,
  pod: Required<Pick<Holder, "name" | "uid">>,
  nowMs: number,
): LeaseParts => ({
  metadata: {
    name,
    labels,
    annotations,
    ownerReferences: [{
      apiVersion: "v1",
      kind: "Pod",
      name: pod.name,
      uid: pod.uid,
    }],
  },
  spec: { holderIdentity: holderIdentity(pod), renewTime: microTime(nowMs) },
});

export const renewed = (
  { metadata, spec }: Lease,
  nowMs: number,
): LeaseParts => ({
  metadata,
  spec: {
    ...spec,
    leaseDurationSeconds: LEASE_SECONDS,
    renewTime: microTime(nowMs),
  },
});

export const withVerdicts = (
  lease: LeaseParts,
  verdicts: Verdicts,
): LeaseParts => ({
  ...lease,
  metadata: {
    ...lease.metadata,
    annotations: annotated(
      lease.metadata.annotations ?? {},
      verdictAnnotations(verdicts),
    ),
  },
});

const recordIn = (value: unknown): Json =>
  typeof value === "object" && value !== null ? value as Json : {};

const textsIn = (value: unknown): Annotations =>
  Object.fromEntries(
    Object.entries(recordIn(value))
      .filter((entry): entry is [string, string] =>
        typeof entry[1] === "string"
      ),
  );
