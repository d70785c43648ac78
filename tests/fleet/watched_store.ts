/** The store of a simulated manager, which remembers what its seeker can know and how often it asks. */
import type {
  FleetView,
  SlotChange,
  SlotStore,
} from "../../src/fleet/slots/slot_store.ts";
import {
  type Network,
  type ReadView,
  ServedStore,
  type SlotServer,
} from "./slot_server.ts";

export class WatchedStore extends ServedStore {
  override readonly identity: SlotStore["identity"];
  /** When the latest write was sent that has made or kept a slot ours, and was answered. */
  keptAt = -Infinity;
  reads = 0;
  readonly #now: () => number;
  /** Whether the next reading has to show what we may have written. */
  #mustBeNewest = false;

  /** `age` is how many writes old a reading may be. */
  constructor(
    identity: SlotStore["identity"],
    server: SlotServer,
    network: Network,
    now: () => number,
    age: () => number,
  ) {
    super(identity.name, server, network, now);
    this.identity = identity;
    this.#now = now;
    this.writesAgo = () => this.#mustBeNewest ? 0 : age();
  }

  override async read(signal: AbortSignal): Promise<ReadView> {
    this.reads++;
    const view = await super.read(signal);
    const { uid } = this.identity;
    this.#mustBeNewest = view.slots.some(({ holder }) => holder?.uid === uid);
    return view;
  }

  override async change(
    view: FleetView,
    change: SlotChange,
    signal: AbortSignal,
  ): Promise<boolean> {
    this.#mustBeNewest = true;
    const sentAt = this.#now();
    const isDone = await super.change(view, change, signal);
    const isOurs = change.holder?.uid === this.identity.uid;
    if (isDone && isOurs) this.keptAt = sentAt;
    return isDone;
  }

  override async renew(index: number, signal: AbortSignal): Promise<boolean> {
    const sentAt = this.#now();
    const isOurs = await super.renew(index, signal);
    if (isOurs) this.keptAt = sentAt;
    return isOurs;
  }
}
