/**
 * What each manager of a fleet does, as a Lease for each pod: GROUP.POD, in the
 * namespace of the slots. It is written when something changes, and never renewed:
 * the garbage collector of Kubernetes removes it with its pod.
 */
import { oneLine } from "../../core/notation/one_line.ts";
import type { MemberReading } from "../../control/vocabulary/fleet.ts";
import type { ApiCall } from "../../kubernetes/api/api_call.ts";
import { ApiFault } from "../../kubernetes/api/api_fault.ts";
import {
  type MemberBoard,
  MEMBERS_MAX,
  type ShownMember,
} from "../slots/member_board.ts";
import { StoreUnreachable } from "../slots/slot_store.ts";
import { annotated, memberAnnotations, memberIn } from "./lease_annotations.ts";
import { type LeaseApiOptions, LEASES } from "./lease_api.ts";
import { holderOf, type Lease, leaseIn, memberLease } from "./lease_record.ts";

export interface LeaseBoardOptions
  extends Pick<LeaseApiOptions, "client" | "namespace" | "group"> {
  /** Ours. Its uid ties the Lease to the pod. */
  readonly pod: { readonly name: string; readonly uid: string };
  /** Tests have others. */
  readonly wallNow?: () => number;
}

/** Another one than that of the slots: these are found among those of all pods. */
const LABEL = "flush-manager.dev/fleet-member";

export class LeaseBoard implements MemberBoard {
  readonly #options: LeaseBoardOptions;
  readonly #wallNow: () => number;
  /** Why we are not shown; undefined: we are, or were not to be yet. */
  #fault: StoreUnreachable | undefined;

  constructor(options: LeaseBoardOptions) {
    this.#options = options;
    this.#wallNow = options.wallNow ?? Date.now;
  }

  async show(member: ShownMember, signal: AbortSignal): Promise<void> {
    const { group, pod } = this.#options;
    const name = `${group}.${pod.name}`;
    const about = {
      labels: { [LABEL]: group },
      annotations: annotated({}, memberAnnotations(member)),
    };
    const body = {
      apiVersion: `${LEASES.group}/${LEASES.version}`,
      kind: "Lease",
      ...memberLease(name, about, pod, this.#wallNow()),
    };
    try {
      // Whoever had this name before us was of the same pod: what it shows is over.
      const query = { fieldManager: "flush-manager", force: "true" };
      await this.#ask({ verb: "apply", name, query, body }, signal);
      this.#fault = undefined;
    } catch (error) {
      if (error instanceof StoreUnreachable) this.#fault = error;
      throw error;
    }
  }

  async members(signal: AbortSignal): Promise<readonly MemberReading[]> {
    const { group } = this.#options;
    const query = {
      labelSelector: `${LABEL}=${group}`,
      limit: String(MEMBERS_MAX),
    };
    const answer = await this.#ask({ verb: "list", query }, signal);
    const { items } = Object(answer) as { readonly items?: unknown };
    const members = (Array.isArray(items) ? items : [])
      .map(leaseIn)
      .map((lease) => lease && this.#memberOf(lease))
      .filter((member) => member !== undefined)
      .sort((a, b) => a.name < b.name ? -1 : 1);
    // A list in which we are missing would be taken for all of them.
    if (this.#fault !== undefined) throw this.#fault;
    return members;
  }

  /** Undefined for one that is not named as a member's is: somebody else has given it the label. */
  #memberOf(lease: Lease): MemberReading | undefined {
    const { metadata: { name, annotations } } = lease;
    const holder = holderOf(lease);
    const isMember = holder !== undefined &&
      name === `${this.#options.group}.${holder.name}`;
    return isMember
      ? { name: holder.name, ...memberIn(annotations) }
      : undefined;
  }

  async #ask(
    call: Omit<ApiCall, "resource" | "namespace">,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { client, namespace } = this.#options;
    try {
      const whole = { ...call, resource: LEASES, namespace };
      return await client.call(whole, signal);
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error;
      throw new StoreUnreachable(oneLine(error.message), error.retryAfterMs);
    }
  }
}
