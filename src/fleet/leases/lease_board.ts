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
    // An earlier manager of this pod, or of an earlier pod of its name, may have
    // written it: its fields are replaced.
    const query = { fieldManager: "flush-manager", force: "true" };
    const call = { verb: "apply", name, query, body } as const;
    await askLeases(this.#options, call, signal);
  }

  async members(signal: AbortSignal): Promise<MemberList> {
    const query = {
      labelSelector: `${LABEL}=${this.#options.group}`,
      limit: String(MEMBERS_MAX),
    };
    const call = { verb: "list", query } as const;
    const answer = await askLeases(this.#options, call, signal);
    const members = leasesIn(answer)
      .map((lease) => this.#memberOf(lease))
      .filter((member) => member !== undefined)
      .sort((a, b) => a.name < b.name ? -1 : 1);
    return { members, isPartial: isCut(answer) };
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
