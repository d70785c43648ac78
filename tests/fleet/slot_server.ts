/**
 * The slots of a fleet on a server that managers reach by a network, with the
 * rules of Leases: a write names the version that it was made for, and a slot is
 * abandoned for whoever has not seen it renewed for its duration.
 */
import {
  type FleetView,
  type Holder,
  NO_VERDICTS,
  type Slot,
  type SlotChange,
  type SlotStore,
  type Verdicts,
} from "../../src/fleet/slots/slot_store.ts";

export const HOLD_MS = 15_000;
export const RENEW_EVERY_MS = 5_000;

interface Kept {
  readonly holder: Holder | undefined;
  /** Changes with each write. */
  readonly version: number;
  /** Changes with each write of its holder. */
  readonly beat: number;
}

export interface ReadSlot extends Slot {
  readonly version: number;
}

export interface ReadView extends FleetView {
  readonly slots: readonly ReadSlot[];
}

/** All that the server has at one moment. */
interface Snapshot {
  readonly slots: readonly Kept[];
  readonly verdicts: Verdicts;
}

/** So many states back a reading may be. */
const SNAPSHOTS_MAX = 8;

export class SlotServer {
  readonly slots: Kept[];
  verdicts: Verdicts = NO_VERDICTS;
  #version = 0;
  #snapshots: readonly Snapshot[] = [];

  constructor(limit: number) {
    this.slots = Array.from(
      { length: limit },
      () => ({ holder: undefined, version: 0, beat: 0 }),
    );
  }

  /** What the server had so many writes ago, as one that answers from its memory may tell. */
  snapshot(writesAgo: number): Snapshot {
    const past = writesAgo === 0 ? undefined : this.#snapshots.at(-writesAgo);
    return past ?? { slots: [...this.slots], verdicts: this.verdicts };
  }

  #keepSnapshot(): void {
    this.#snapshots = [...this.#snapshots, this.snapshot(0)]
      .slice(-SNAPSHOTS_MAX);
  }

  change(view: ReadView, { index, holder, verdicts }: SlotChange): boolean {
    const slot = this.slots[index];
    const read = view.slots[index];
    if (slot.version !== read.version) return false;
    this.#keepSnapshot();
    const version = ++this.#version;
    this.slots[index] = holder === read.holder
      ? { ...slot, version }
      : { holder, version, beat: version };
    if (verdicts !== undefined) this.verdicts = verdicts;
    return true;
  }

  renew(index: number, uid: string): boolean {
    const { holder } = this.slots[index];
    if (holder?.uid !== uid) return false;
    this.#keepSnapshot();
    const version = ++this.#version;
    this.slots[index] = { holder, version, beat: version };
    return true;
  }
}

/** What becomes of a request: `act` is what the server does with it. */
export type Network = <T>(act: () => T, signal: AbortSignal) => Promise<T>;

/** The store of one manager. */
export class ServedStore implements SlotStore {
  readonly holdMs = HOLD_MS;
  readonly renewEveryMs: number | undefined = RENEW_EVERY_MS;
  readonly identity: SlotStore["identity"];
  isClosed = false;
  /** How old the next reading is. */
  writesAgo: () => number = () => 0;
  readonly #server: SlotServer;
  readonly #network: Network;
  readonly #now: () => number;
  /** Of each slot, the beat that was seen last, and since when. */
  readonly #beats: { beat: number; since: number }[] = [];

  constructor(
    name: string,
    server: SlotServer,
    network: Network,
    now: () => number,
  ) {
    this.identity = { name, uid: `uid of ${name}` };
    this.#server = server;
    this.#network = network;
    this.#now = now;
  }

  async read(signal: AbortSignal): Promise<ReadView> {
    const { slots, verdicts } = await this.#network(
      () => this.#server.snapshot(this.writesAgo()),
      signal,
    );
    return {
      slots: slots.map(({ holder, version, beat }, index) => ({
        index,
        holder,
        version,
        isAbandoned: this.#isAbandoned(index, beat) && holder !== undefined,
      })),
      verdicts,
    };
  }

  change(
    view: FleetView,
    change: SlotChange,
    signal: AbortSignal,
  ): Promise<boolean> {
    // Nobody else makes the views that we are given.
    const read = view as ReadView;
    return this.#network(() => this.#server.change(read, change), signal);
  }

  renew(index: number, signal: AbortSignal): Promise<boolean> {
    const { uid } = this.identity;
    return this.#network(() => this.#server.renew(index, uid), signal);
  }

  close(): void {
    this.isClosed = true;
  }

  #isAbandoned(index: number, beat: number): boolean {
    const seen = this.#beats[index];
    if (seen?.beat === beat) return this.#now() - seen.since >= HOLD_MS;
    this.#beats[index] = { beat, since: this.#now() };
    return false;
  }
}
