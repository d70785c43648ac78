/**
 * A manager as its fleet sees it: what its core does, in so many words, with the
 * real seeker. It takes a slot for new content, reloads, tries for a while what
 * nobody has proven, reports and gives back.
 */
import type { SlotAnswer } from "../../src/core/vocabulary/event.ts";
import type { SeekerSystem } from "../../src/fleet/seeker/seeker_system.ts";
import { SlotSeeker } from "../../src/fleet/seeker/slot_seeker.ts";
import type { decideSlot } from "../../src/fleet/slots/slot_decision.ts";
import type { FleetRules } from "../../src/core/vocabulary/settings.ts";
import type { SlotStore } from "../../src/fleet/slots/slot_store.ts";
import { VirtualSystem } from "./virtual_system.ts";
import type { WatchedStore } from "./watched_store.ts";
import type { Agenda } from "../simulation/agenda.ts";
import type { Random } from "../simulation/random.ts";

/** What a content does to a manager that reloads to it. */
export type Quality =
  | "good"
  /** Its check refuses it, or it is rolled back. */
  | "bad"
  /** The whole container ends. */
  | "deadly";

/** Parts of a seeker that are replaced by faulty ones. */
export interface Mutation {
  readonly decide?: typeof decideSlot;
  readonly store?: (store: SlotStore) => SlotStore;
  readonly system?: (system: VirtualSystem) => SeekerSystem;
}

/** What a manager needs of the world around it. */
export interface Surroundings {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly rules: FleetRules;
  readonly mutation: Mutation;
  readonly storeFor: (
    manager: SimulatedManager,
    identity: SlotStore["identity"],
    system: VirtualSystem,
  ) => WatchedStore;
  readonly qualityFor: (content: number, manager: SimulatedManager) => Quality;
  /** Its seeker says that its slot may be another one's. */
  readonly onLost: (manager: SimulatedManager) => void;
  /** It reloads to this content. */
  readonly onReload: (manager: SimulatedManager, content: number) => void;
  /** What it reloaded to has ended it. */
  readonly onKilled: (manager: SimulatedManager) => void;
}

/** A slot that the seeker has told us is ours. */
export interface Use {
  readonly content: number;
  readonly isTrial: boolean;
  readonly isForced: boolean;
  isLost: boolean;
}

const RELOAD_MS: readonly [number, number] = [1_000, 10_000];
/** As the core asks again about content that the fleet has refused. */
const REFUSED_RETRY_MS = 60_000;

export const nameOf = (content: number): string => `content ${content}`;

export class SimulatedManager {
  readonly name: string;
  /** The content that its child has. */
  running = 0;
  /** The content of its files. */
  wanted = 0;
  wish: { ticket: number; content: number; isForced: boolean } | undefined;
  use: Use | undefined;
  /** Told by its seeker since its latest wish. */
  isRefused = false;
  isAlive = false;
  system!: VirtualSystem;
  store!: WatchedStore;
  readonly #world: Surroundings;
  #seeker!: SlotSeeker;
  #isReloading = false;
  #ticket = 0;
  #generation = 0;
  readonly #rejected = new Set<number>();

  constructor(name: string, world: Surroundings) {
    this.name = name;
    this.#world = world;
    this.start();
  }

  /** Starts at once on what it had: only reloads take turns. */
  start(): void {
    const { agenda, random, rules, mutation, storeFor } = this.#world;
    const uid = `${this.name} ${++this.#generation}`;
    this.system = new VirtualSystem(agenda, () => random.next());
    this.store = storeFor(this, { name: this.name, uid }, this.system);
    const { decide, store = same, system = same } = mutation;
    this.#seeker = new SlotSeeker({
      rules,
      store: store(this.store),
      system: system(this.system),
      answer: (answer) => this.#onAnswer(answer),
      ...(decide === undefined ? {} : { decide }),
    });
    this.isAlive = true;
    this.#rejected.clear();
    this.#isReloading = false;
    this.#pursue();
  }

  /** It is gone from one moment to the next; nothing of it happens any more. */
  kill(): void {
    this.isAlive = false;
    this.wish = undefined;
    this.use = undefined;
    this.system.end();
  }

  /** A container that is stopped: it gives back what it has. */
  async stop(): Promise<void> {
    this.#isReloading = true;
    // After a freeze it may hear now that it had lost its slot.
    const closed = this.#seeker.close();
    this.wish = undefined;
    this.use = undefined;
    await closed;
    this.kill();
  }

  /** The files have another content now. */
  update(content: number): void {
    this.wanted = Math.max(this.wanted, content);
    this.system.whenAwake(() => this.#pursue());
  }

  /** An operator wants the content of the files, whatever anybody says. */
  force(): void {
    this.system.whenAwake(() => {
      if (this.isAlive && !this.#isReloading) this.#take(this.wanted, true);
    });
  }

  /** An operator clears all refusals. */
  clear(): void {
    this.system.whenAwake(() => {
      if (!this.isAlive) return;
      // Where the store cannot be reached the operator is told so.
      this.#seeker.clear(undefined).catch(() => {});
    });
  }

  /** Wishes for what the files have, unless the child has it or cannot have it. */
  #pursue(): void {
    if (!this.isAlive || this.#isReloading) return;
    const { wanted } = this;
    if (this.wish?.content === wanted) return;
    if (wanted === this.running || this.#rejected.has(wanted)) {
      return this.#release();
    }
    this.#take(wanted, false);
  }

  #take(content: number, isForced: boolean): void {
    this.#release();
    const ticket = ++this.#ticket;
    this.wish = { ticket, content, isForced };
    this.isRefused = false;
    this.#seeker.take({ ticket, content: nameOf(content), isForced });
  }

  #release(): void {
    if (this.wish !== undefined) this.#seeker.release(this.wish.ticket);
    this.wish = undefined;
    this.use = undefined;
  }

  #onAnswer(answer: SlotAnswer): void {
    const { wish } = this;
    if (wish === undefined || answer.ticket !== wish.ticket) {
      throw new Error(`${this.name} is answered for a ticket it has not`);
    }
    switch (answer.kind) {
      case "slotTaken":
        return this.#reload(wish, answer.isTrial);
      case "slotLost":
        if (this.use !== undefined) this.use.isLost = true;
        return this.#world.onLost(this);
      case "slotRefused":
        return this.#onRefused();
      case "slotAwaited":
      case "slotUnreachable":
        this.isRefused = false;
    }
  }

  /** Some wait for the answer to change, as an interface allows; others give up and ask again, as the core does. */
  #onRefused(): void {
    this.isRefused = true;
    if (this.#world.random.chance(0.5)) return;
    const { wanted } = this;
    this.#rejected.add(wanted);
    this.#release();
    this.system.after(REFUSED_RETRY_MS, () => {
      this.#rejected.delete(wanted);
      this.#pursue();
    });
  }

  #reload(
    { ticket, content, isForced }: NonNullable<SimulatedManager["wish"]>,
    isTrial: boolean,
  ): void {
    this.use = { content, isTrial, isForced, isLost: false };
    this.#isReloading = true;
    this.#world.onReload(this, content);
    const ms = this.#world.random.int(...RELOAD_MS);
    this.system.after(ms, () => {
      if (this.wish?.ticket === ticket) {
        this.#reloaded(ticket, content, isTrial);
      }
    });
  }

  #reloaded(ticket: number, content: number, isTrial: boolean): void {
    const quality = this.#world.qualityFor(content, this);
    if (quality === "deadly") {
      this.kill();
      return this.#world.onKilled(this);
    }
    this.#isReloading = false;
    if (quality === "bad") {
      this.#rejected.add(content);
      this.#seeker.report(ticket, { kind: "refused", why: "rolled back" });
      this.#release();
      return this.#pursue();
    }
    this.running = content;
    this.#rejected.delete(content);
    if (!isTrial || this.wanted !== content) {
      this.#release();
      return this.#pursue();
    }
    this.system.after(this.#world.rules.soakMs, () => {
      if (this.wish?.ticket !== ticket) return;
      this.#seeker.report(ticket, { kind: "proven" });
      this.#release();
      this.#pursue();
    });
  }
}

const same = <T>(value: T): T => value;
