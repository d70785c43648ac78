/**
 * What each manager of a fleet does, as a Lease for each pod: GROUP.POD, in the
 * namespace of the slots. It is written when something changes, and never renewed:
 * the garbage collector of Kubernetes removes it with its pod.
 */
import type {
  MemberList,
  MemberReading,
} from "../../control/vocabulary/fleet.ts";
import {
  type MemberBoard,
  MEMBERS_MAX,
  type ShownMember,
} from "../slots/member_board.ts";
import { StoreUnreachable } from "../slots/slot_store.ts";
import { annotated, memberAnnotations, memberIn } from "./lease_annotations.ts";
import {
  askLeases,
  type LeaseApiOptions,
  LEASES,
  leasesIn,
} from "./lease_api.ts";
import { holderOf, type Lease, memberLease } from "./lease_record.ts";

export interface LeaseBoardOptions
  extends Pick<LeaseApiOptions, "client" | "namespace" | "group"> {
  /** Our own pod, which owns the Lease: the garbage collector knows it by its name and uid. */
  readonly pod: { readonly name: string; readonly uid: string };
  /** Tests have others. */
  readonly wallNow?: () => number;
}

/** Not the label of the slots, so that a list of the slots stays short. */
const LABEL = "flush-manager.dev/fleet-member";

export class LeaseBoard implements MemberBoard {
  readonly spacingMs = 2_000;
  readonly #options: LeaseBoardOptions;
  readonly #wallNow: () => number;
  /** What the others are to see; undefined before the first time. */
  #own: ShownMember | undefined;
  /** Why they cannot; undefined: they can, as far as we know. */
  #fault: string | undefined;

  constructor(options: LeaseBoardOptions) {
    this.#options = options;
    this.#wallNow = options.wallNow ?? Date.now;
  }

  async show(member: ShownMember, signal: AbortSignal): Promise<void> {
    this.#own = member;
    try {
      await this.#write(member, signal);
      this.#fault = undefined;
    } catch (error) {
      if (error instanceof StoreUnreachable) this.#fault = error.message;
      throw error;
    }
  }

  async members(signal: AbortSignal): Promise<MemberList> {
    const { group, pod: { name: ownName } } = this.#options;
    // One place is kept for ourselves.
    const query = {
      labelSelector: `${LABEL}=${group}`,
      limit: String(MEMBERS_MAX - 1),
    };
    const answer = await askLeases(
      this.#options,
      { verb: "list", query },
      signal,
    );
    const listed = leasesIn(answer)
      .map((lease) => this.#memberOf(lease))
      .filter((member) => member !== undefined);
    const isPartial = isCut(answer);
    const others = listed.filter(({ name }) => name !== ownName);
    const own = this.#own;
    if (own === undefined) return this.#listOf(listed, isPartial);
    if (others.length === listed.length && !isPartial) {
      await this.#restore(own, signal);
    }
    return this.#listOf([...others, { name: ownName, ...own }], isPartial);
  }

  #listOf(members: MemberReading[], isPartial: boolean): MemberList {
    members.sort((a, b) => a.name < b.name ? -1 : 1);
    return { members, isPartial, fault: this.#fault };
  }

  /** Somebody has deleted our Lease. Where it could not be written before, that is tried again elsewhere. */
  async #restore(own: ShownMember, signal: AbortSignal): Promise<void> {
    if (this.#fault !== undefined) return;
    try {
      await this.show(own, signal);
    } catch (error) {
      // Remembered, and told with the list.
      if (!(error instanceof StoreUnreachable)) throw error;
    }
  }

  async #write(member: ShownMember, signal: AbortSignal): Promise<void> {
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
    // An earlier manager of this pod, or of an earlier pod of its name, may have
    // written it: its fields are replaced.
    const query = { fieldManager: "flush-manager", force: "true" };
    const call = { verb: "apply", name, query, body } as const;
    await askLeases(this.#options, call, signal);
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
}

/** Whether the server has kept something back for the next page. */
function isCut(answer: object | undefined): boolean {
  const { metadata } = Object(answer) as { readonly metadata?: unknown };
  return Boolean(Object(metadata).continue);
}
