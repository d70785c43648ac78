/** Managers of one fleet in virtual time, for tests of what each asks of its store and is answered. */
import { setImmediate } from "node:timers";
import type { SlotAnswer } from "../../src/core/vocabulary/event.ts";
import type { FleetRules } from "../../src/core/vocabulary/settings.ts";
import { SlotSeeker } from "../../src/fleet/seeker/slot_seeker.ts";
import type { Verdicts } from "../../src/fleet/slots/slot_store.ts";
import { Agenda } from "../simulation/agenda.ts";
import { CARRIED, type Fate, networkOf } from "./network.ts";
import { ServedStore, SlotServer } from "./slot_server.ts";
import { VirtualSystem } from "./virtual_system.ts";

export const RULES: FleetRules = {
  group: "web",
  directory: undefined,
  memberLeases: false,
  limit: 1,
  canary: true,
  soakMs: 30_000,
  settleMs: 10_000,
  whenUnreachable: "proceed",
  unreachableTimeoutMs: 300_000,
};

/** Lets everything happen that waits for no time. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface Manager {
  readonly name: string;
  readonly seeker: SlotSeeker;
  readonly store: ServedStore;
  readonly system: VirtualSystem;
  readonly answers: SlotAnswer[];
  /** Why it could not tell what has become of a reload. */
  readonly untold: string[];
  /** When each request was sent. */
  readonly requests: number[];
  /** What becomes of the next requests; then all are carried. */
  readonly fates: Fate[];
  /** What becomes of all of them. */
  always: Fate | undefined;
  /** Is called at each request. */
  onRequest: (at: number) => void;
  /** Is called at each answer. */
  onAnswer: (answer: SlotAnswer) => void;
}

export class Story {
  readonly agenda = new Agenda();
  readonly server: SlotServer;
  readonly #rules: FleetRules;

  constructor(rules: Partial<FleetRules> = {}, verdicts?: Verdicts) {
    this.#rules = { ...RULES, ...rules };
    this.server = new SlotServer(this.#rules.limit);
    if (verdicts !== undefined) this.server.verdicts = verdicts;
  }

  get holders(): readonly (string | undefined)[] {
    return this.server.slots.map(({ holder }) => holder?.name);
  }

  manager(name: string, chance?: () => number): Manager {
    const { agenda, server } = this;
    const system = new VirtualSystem(agenda, chance);
    const requests: number[] = [];
    const fates: Fate[] = [];
    const answers: SlotAnswer[] = [];
    const untold: string[] = [];
    const network = networkOf(agenda, system, () => {
      requests.push(agenda.now);
      manager.onRequest(agenda.now);
      return fates.shift() ?? manager.always ?? CARRIED;
    });
    const store = new ServedStore(name, server, network, system.now);
    const seeker = new SlotSeeker({
      rules: this.#rules,
      store,
      system,
      onUntold: (detail) => untold.push(detail),
      answer: (answer) => {
        answers.push(answer);
        manager.onAnswer(answer);
      },
    });
    const manager: Manager = {
      name,
      seeker,
      store,
      system,
      answers,
      untold,
      requests,
      fates,
      always: undefined,
      onRequest: () => {},
      onAnswer: () => {},
    };
    return manager;
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.agenda.now + ms;
    let hasEnded = false;
    this.agenda.after(ms, () => hasEnded = true);
    await turn();
    while (!hasEnded && this.agenda.step(end)) await turn();
  }
}
