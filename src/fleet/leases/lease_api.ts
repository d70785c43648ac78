/**
 * Reads and writes the Leases of one fleet. A write that was overtaken is no fault
 * but an answer: it tells what is there instead.
 */
import type { ApiCall, ApiResource } from "../../kubernetes/api/api_call.ts";
import type { ApiClient } from "../../kubernetes/api/api_client.ts";
import { ApiFault, type FaultKind } from "../../kubernetes/api/api_fault.ts";
import {
  type Lease,
  leaseIn,
  type LeaseParts,
  newLease,
  recordOf,
} from "./lease_record.ts";
import { StoreUnreachable } from "../slots/slot_store.ts";

export interface LeaseApiOptions {
  readonly client: Pick<ApiClient, "call" | "close">;
  readonly namespace: string;
  readonly group: string;
  /** How many slots there are. */
  readonly limit: number;
}

/** What has become of a write. */
export interface Written {
  /** False: somebody has changed or removed it since it was read. */
  readonly isDone: boolean;
  /** The Lease that is there now; undefined: none is. */
  readonly lease: Lease | undefined;
}

export const LEASES: ApiResource = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
};
const LABEL = "flush-manager.dev/fleet";

type Query = Readonly<Record<string, string>>;

/** Every method throws a StoreUnreachable, or the signal's reason. */
export class LeaseApi {
  readonly #options: LeaseApiOptions;

  constructor(options: LeaseApiOptions) {
    this.#options = options;
  }

  /**
   * All slots, undefined where there is no Lease yet. Without `isNewest` it may be
   * a moment old: then the API server answers from its memory and does not ask etcd.
   *
   * One slot is read by its name, so that a Role needs to allow no more than that
   * one; several are listed. Of 4 slots a list costs the server 0.6 ms of CPU time
   * and as many gets 1.9, of 10 slots 0.9 and 3.9, of one slot 0.6 and 0.4; the
   * bytes are the same, 1.1 KiB a slot. The newest state costs 0.4 to 1.9 ms more,
   * and 0.3 to 0.9 in etcd; a connection for each question 3.7 (kube-apiserver
   * 1.34.4, beside 0 and 200 other Leases). A watch would tell all who wait of
   * each renewal, three times in 15 seconds, where each of them asks every 2 to
   * 300: docs/fleet.md has what both cost.
   */
  async read(
    isNewest: boolean,
    signal: AbortSignal,
  ): Promise<readonly (Lease | undefined)[]> {
    const query: Query = isNewest ? {} : { resourceVersion: "0" };
    return this.#options.limit === 1
      ? [await this.#get(0, query, signal)]
      : await this.#list(query, signal);
  }

  /** The newest state; undefined: there is none. */
  get(index: number, signal: AbortSignal): Promise<Lease | undefined> {
    return this.#get(index, {}, signal);
  }

  /** A Lease for a slot that has none yet. */
  blank(index: number): LeaseParts {
    const { group } = this.#options;
    return newLease(this.#nameOf(index), { [LABEL]: group });
  }

  /** Makes the Lease where it has no version yet, else changes that version of it. */
  async write(
    index: number,
    lease: LeaseParts,
    signal: AbortSignal,
  ): Promise<Written> {
    const apiVersion = `${LEASES.group}/${LEASES.version}`;
    const body = { apiVersion, kind: "Lease", ...lease };
    const name = this.#nameOf(index);
    const isNew = lease.metadata.resourceVersion === undefined;
    const answer = isNew
      ? await askLeases(this.#options, { verb: "create", body }, signal, [
        "exists",
      ])
      : await askLeases(this.#options, { verb: "update", name, body }, signal, [
        "conflict",
        "missing",
      ]);
    return answer === undefined
      ? await this.#overtaken(index, lease, signal)
      : { isDone: true, lease: leaseOf(answer) };
  }

  /** The client may have sent the write twice, and the first one was carried out. */
  async #overtaken(
    index: number,
    wanted: LeaseParts,
    signal: AbortSignal,
  ): Promise<Written> {
    const lease = await this.get(index, signal);
    if (lease === undefined) return { isDone: false, lease };
    this.#assertLabel(lease);
    return { isDone: isSame(lease, wanted), lease };
  }

  /** Without the label a Lease is not found among several of its fleet. */
  #assertLabel({ metadata: { name, labels } }: Lease): void {
    const { group, limit, namespace } = this.#options;
    if (limit === 1 || labels[LABEL] === group) return;
    throw new StoreUnreachable(
      `Lease ${name} in namespace ${namespace} has no label ${LABEL}=${group}: give it that label, or delete it`,
    );
  }

  async #list(
    query: Query,
    signal: AbortSignal,
  ): Promise<readonly (Lease | undefined)[]> {
    const { group, limit } = this.#options;
    const labelSelector = `${LABEL}=${group}`;
    const answer = await askLeases(
      this.#options,
      { verb: "list", query: { labelSelector, ...query } },
      signal,
    );
    const byName = new Map(
      leasesIn(answer).map((lease) => [lease.metadata.name, lease]),
    );
    return Array.from(
      { length: limit },
      (_, index) => byName.get(this.#nameOf(index)),
    );
  }

  async #get(
    index: number,
    query: Query,
    signal: AbortSignal,
  ): Promise<Lease | undefined> {
    const name = this.#nameOf(index);
    const call = { verb: "get", name, query } as const;
    const answer = await askLeases(this.#options, call, signal, ["missing"]);
    return answer === undefined ? undefined : leaseOf(answer);
  }

  #nameOf(index: number): string {
    return `${this.#options.group}-${index}`;
  }
}

/** What is answered; undefined for a fault of one of these kinds. Throws as the methods of a LeaseApi. */
export async function askLeases(
  { client, namespace }: Pick<LeaseApiOptions, "client" | "namespace">,
  call: Omit<ApiCall, "resource" | "namespace">,
  signal: AbortSignal,
  expected: readonly FaultKind[] = [],
): Promise<object | undefined> {
  const full = { ...call, resource: LEASES, namespace };
  try {
    return Object(await client.call(full, signal));
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error;
    if (expected.includes(error.kind)) return undefined;
    throw new StoreUnreachable(error.message, error.retryAfterMs);
  }
}

/** The Leases of a list. */
export function leasesIn(answer: object | undefined): readonly Lease[] {
  const { items } = Object(answer) as { readonly items?: unknown };
  return (Array.isArray(items) ? items : []).map(leaseIn)
    .filter((lease) => lease !== undefined);
}

function leaseOf(answer: object): Lease {
  const lease = leaseIn(answer);
  if (lease !== undefined) return lease;
  throw new StoreUnreachable("the Kubernetes API answers with no Lease");
}

/** Whether all that was to be written is there. */
const isSame = (there: Lease, wanted: LeaseParts): boolean =>
  recordOf(there) === recordOf(wanted) &&
  Object.entries(wanted.metadata.annotations ?? {})
    .every(([name, text]) => there.metadata.annotations[name] === text);
