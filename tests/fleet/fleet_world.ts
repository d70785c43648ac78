/** The managers of a fleet, the server that they share, and what goes wrong between them. */
import type { FleetRules } from "../../src/core/vocabulary/settings.ts";
import {
  type SlotChange,
  type SlotStore,
  StoreUnreachable,
} from "../../src/fleet/slots/slot_store.ts";
import { Agenda } from "../simulation/agenda.ts";
import type { Random } from "../simulation/random.ts";
import { type FleetInvariant, FleetViolation } from "./fleet_violation.ts";
import { type Fate, networkOf } from "./network.ts";
import {
  type Mutation,
  nameOf,
  type Quality,
  SimulatedManager,
  type Surroundings,
} from "./simulated_manager.ts";
import { HOLD_MS, type ReadView, SlotServer } from "./slot_server.ts";
import type { VirtualSystem } from "./virtual_system.ts";
import { WatchedStore } from "./watched_store.ts";

/** A server that takes note of who is given refused content. */
class GuardedServer extends SlotServer {
  readonly #onTaken: (uid: string, content: string) => void;

  constructor(limit: number, onTaken: (uid: string, content: string) => void) {
    super(limit);
    this.#onTaken = onTaken;
  }

  override change(view: ReadView, change: SlotChange): boolean {
    const { index, holder } = change;
    // What is known of contents is kept with the first slot: that one's writes are made with all of it.
    const { refused } = index === 0 ? this.verdicts : view.verdicts;
    const isDone = super.change(view, change);
    const isNews = holder !== undefined && holder !== view.slots[index].holder;
    const isRefused = refused
      .some(({ content }) => content === holder?.content);
    if (isDone && isNews && isRefused) {
      this.#onTaken(holder.uid, holder.content);
    }
    return isDone;
  }
}

export class FleetWorld implements Surroundings {
  readonly agenda = new Agenda();
  readonly random: Random;
  readonly rules: FleetRules;
  readonly mutation: Mutation;
  readonly server: GuardedServer;
  readonly managers: readonly SimulatedManager[];
  /** Of each content, what it does; of some it is another thing at one manager. */
  readonly qualities: Quality[] = ["good"];
  readonly exceptions = new Map<string, Quality>();
  /** Whom the network does not reach. */
  readonly cut = new Set<SimulatedManager>();
  /** Of whom a request has arrived that was given up: it may have taken a slot that nobody wants. */
  readonly lateSenders = new Set<string>();
  isServerDown = false;
  /** From then on nothing goes wrong any more. */
  quietAt = Infinity;
  readonly onLost: Surroundings["onLost"] = ({ name }) => {
    const isReasonable = this.agenda.now < this.quietAt + 2 * HOLD_MS;
    if (!isReasonable) this.#violated("loss-has-a-reason", name);
  };
  onReload: Surroundings["onReload"] = () => {};
  onKilled: Surroundings["onKilled"] = () => {};
  /** What was broken where it cannot be thrown. */
  violation: FleetViolation | undefined;

  constructor(
    random: Random,
    rules: FleetRules,
    managers: number,
    mutation: Mutation,
  ) {
    this.random = random;
    this.rules = rules;
    this.mutation = mutation;
    this.server = new GuardedServer(rules.limit, (uid, content) => {
      this.#onRefusedTaken(uid, content);
    });
    this.managers = Array.from(
      { length: managers },
      (_, n) => new SimulatedManager(`web-${n}`, this),
    );
  }

  get isQuiet(): boolean {
    return this.agenda.now >= this.quietAt;
  }

  readonly storeFor = (
    manager: SimulatedManager,
    identity: SlotStore["identity"],
    system: VirtualSystem,
  ): WatchedStore => {
    const fate = () => this.#fateFor(manager);
    const onLate = () => this.lateSenders.add(identity.uid);
    const network = networkOf(this.agenda, system, fate, onLate);
    const { now } = system;
    return new WatchedStore(identity, this.server, network, now, this.#age);
  };

  readonly qualityFor = (
    content: number,
    { name }: SimulatedManager,
  ): Quality =>
    this.exceptions.get(`${name} ${content}`) ?? this.qualities[content];

  /** Content that nobody had before; it reaches the files of each manager within a minute. */
  publish(quality: Quality): number {
    const content = this.qualities.push(quality) - 1;
    for (const manager of this.managers) {
      this.agenda.after(this.random.int(0, 60_000), () => {
        manager.update(content);
      });
    }
    return content;
  }

  #onRefusedTaken(uid: string, content: string): void {
    const taker = this.managers
      .find(({ store }) => store.identity.uid === uid);
    if (!this.rules.canary || taker?.wish?.isForced) return;
    if (taker === undefined || nameOf(taker.wish?.content ?? -1) !== content) {
      // A write of one that has given up its wish meanwhile: nothing comes of it.
      return;
    }
    this.#violated("refused-is-not-tried", `${taker.name} takes ${content}`);
  }

  #violated(invariant: FleetInvariant, detail: string): void {
    this.violation ??= new FleetViolation(invariant, detail);
  }

  /** A server that answers from its memory is sometimes behind. */
  readonly #age = (): number =>
    this.isQuiet || this.random.chance(0.8) ? 0 : this.random.int(1, 8);

  #fateFor(manager: SimulatedManager): Fate {
    const { random } = this;
    const thereMs = random.int(1, 50);
    const backMs = random.int(1, 50);
    const carried: Fate = { kind: "carried", thereMs, backMs };
    if (this.isQuiet) return carried;
    const lost: Fate = random.chance(0.5)
      ? { ...carried, thereMs: undefined }
      : { ...carried, backMs: undefined };
    if (this.cut.has(manager)) return lost;
    const answer = (message: string, retryAfterMs?: number): Fate => ({
      kind: "failed",
      afterMs: thereMs + backMs,
      error: new StoreUnreachable(message, retryAfterMs),
    });
    if (this.isServerDown) {
      return random.chance(0.5) ? lost : answer("connection refused");
    }
    const fates: readonly (readonly [number, () => Fate])[] = [
      [0.04, () => lost],
      [0.02, () => answer("500")],
      [0.01, () => answer("429", random.int(1_000, 30_000))],
      // It arrives when its sender may have given up.
      [0.02, () => ({ ...carried, thereMs: random.int(2_000, 12_000) })],
      [0.02, () => ({ ...carried, backMs: random.int(2_000, 12_000) })],
    ];
    let chance = random.next();
    for (const [share, fate] of fates) {
      if (chance < share) return fate();
      chance -= share;
    }
    return carried;
  }
}
