/**
 * Slots as Leases of Kubernetes: GROUP-0, GROUP-1 and so on, in the namespace of
 * our pod. A write names the version that it was made for, so of two writers one
 * fails.
 */
import { monotonicNow } from "../../host/base/clock.ts";
import { verdictsIn } from "./lease_annotations.ts";
import { LeaseApi, type LeaseApiOptions } from "./lease_api.ts";
import { LeaseObserver } from "./lease_observer.ts";
import {
  heldBy,
  holderOf,
  type Lease,
  LEASE_SECONDS,
  renewed,
  withVerdicts,
} from "./lease_record.ts";
import type { MemberBoard } from "../slots/member_board.ts";
import {
  type FleetView,
  NO_VERDICTS,
  type SlotChange,
  type SlotStore,
  StoreUnreachable,
} from "../slots/slot_store.ts";

export interface LeaseStoreOptions extends LeaseApiOptions {
  readonly identity: SlotStore["identity"];
  /** Undefined where the managers do not show each other what they do. */
  readonly board?: MemberBoard | undefined;
  /** Tests have others. */
  readonly now?: () => number;
  readonly wallNow?: () => number;
}

const RENEW_EVERY_MS = 5_000;
/** Others write verdicts beside a renewal, which happens once or twice a reload. */
const RENEW_ATTEMPTS = 3;

export class LeaseStore implements SlotStore {
  readonly identity: SlotStore["identity"];
  readonly holdMs = LEASE_SECONDS * 1_000;
  readonly renewEveryMs = RENEW_EVERY_MS;
  readonly board: MemberBoard | undefined;
  readonly #api: LeaseApi;
  readonly #close: () => void;
  readonly #now: () => number;
  readonly #wallNow: () => number;
  readonly #observer = new LeaseObserver();
  /** What each view was made of. */
  readonly #leases = new WeakMap<FleetView, readonly (Lease | undefined)[]>();
  /** The slots that we have, as they were written last. */
  readonly #held = new Map<number, Lease>();
  /** Whether the next reading has to show what we may have written. */
  #mustBeNewest = false;

  constructor(options: LeaseStoreOptions) {
    this.identity = options.identity;
    this.board = options.board;
    this.#api = new LeaseApi(options);
    this.#close = () => options.client.close();
    this.#now = options.now ?? monotonicNow;
    this.#wallNow = options.wallNow ?? Date.now;
  }

  async read(signal: AbortSignal): Promise<FleetView> {
    const sentAt = this.#now();
    const leases = await this.#api.read(this.#mustBeNewest, signal);
    this.#mustBeNewest = this.#held.size > 0;
    const moment = { sentAt, now: this.#now() };
    const view: FleetView = {
      slots: leases.map((lease, index) => {
        const holder = lease === undefined ? undefined : holderOf(lease);
        const isVanished = this.#observer.isVanished(index, lease, moment);
        return {
          index,
          holder,
          isAbandoned: holder !== undefined && isVanished,
        };
      }),
      verdicts: leases[0] === undefined
        ? NO_VERDICTS
        : verdictsIn(leases[0].metadata.annotations),
    };
    this.#leases.set(view, leases);
    return view;
  }

  async change(
    view: FleetView,
    { index, holder, verdicts }: SlotChange,
    signal: AbortSignal,
  ): Promise<boolean> {
    const leases = this.#leases.get(view);
    if (leases === undefined) throw new Error("the view is of another store");
    const known = leases[index] ?? this.#api.blank(index);
    const held = holder === view.slots[index].holder
      ? known
      : heldBy(known, holder, this.#wallNow());
    const wanted = verdicts === undefined ? held : withVerdicts(held, verdicts);
    this.#mustBeNewest = true;
    const { isDone, lease } = await this.#api.write(index, wanted, signal);
    this.#keep(index, lease);
    return isDone;
  }

  async renew(index: number, signal: AbortSignal): Promise<boolean> {
    let lease = this.#held.get(index) ?? await this.#api.get(index, signal);
    for (let attempt = 0; attempt < RENEW_ATTEMPTS; attempt++) {
      if (lease === undefined || !this.#isOurs(lease)) {
        this.#held.delete(index);
        return false;
      }
      const wanted = renewed(lease, this.#wallNow());
      const written = await this.#api.write(index, wanted, signal);
      this.#keep(index, written.lease);
      if (written.isDone) return true;
      lease = written.lease;
    }
    throw new StoreUnreachable("others change our Lease all the time");
  }

  close(): void {
    this.#close();
  }

  #keep(index: number, lease: Lease | undefined): void {
    if (lease !== undefined && this.#isOurs(lease)) {
      this.#held.set(index, lease);
    } else this.#held.delete(index);
  }

  #isOurs(lease: Lease): boolean {
    return holderOf(lease)?.uid === this.identity.uid;
  }
}
