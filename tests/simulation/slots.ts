/**
 * The fleet of a simulated manager: other managers come first, have refused some
 * content for a while, cannot be asked for a while, or take a slot over. Records
 * what an invariant needs; it judges nothing.
 */
import type { Host } from "../../src/manager/loop.ts";
import type { SlotAnswer } from "../../src/core/vocabulary/event.ts";
import type { Member } from "../../src/core/vocabulary/member.ts";
import type { FleetRules } from "../../src/core/vocabulary/settings.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Agenda } from "./agenda.ts";
import type { Inbox } from "./inbox.ts";
import type { Random } from "./random.ts";
import { keyOfPrint, numbersOf } from "./reloads.ts";

/** How the fleet of a schedule answers. */
export interface SlotAnswers {
  readonly random: Random;
  /** Contents that another manager has refused, until that is cleared. */
  readonly refused: ReadonlySet<number>;
  readonly clearedAt: number;
  /** When it cannot be asked. */
  readonly outage: readonly [from: number, to: number];
}

/** What was refused or could not be asked by then has had another turn before a schedule settles. */
const TROUBLE_MS = 40_000;
const ASK_AGAIN_MS = 1_000;

/** In a part of the schedules the manager takes turns with others. */
export function withSlots(
  random: Random,
  policy: Policy,
): { readonly policy: Policy; readonly slots: SlotAnswers | undefined } {
  if (policy.configs.length === 0 || !random.chance(0.2)) {
    return { policy, slots: undefined };
  }
  const from = random.int(0, TROUBLE_MS);
  const fleet = {
    group: "simulated",
    directory: undefined,
    memberLeases: false,
    limit: 1,
    canary: random.chance(0.7),
    soakMs: random.pick([0, 500, 10_000]),
    settleMs: random.pick([0, 500, 10_000]),
    whenUnreachable: random.pick(["proceed", "hold"] as const),
    unreachableTimeoutMs: random.pick([0, 2_000, 20_000]),
  };
  return {
    policy: { ...policy, fleet },
    slots: {
      random,
      refused: new Set([2, 3, 4, 5, 6].filter(() => random.chance(0.1))),
      clearedAt: random.int(0, TROUBLE_MS),
      outage: random.chance(0.4)
        ? [from, random.int(from, TROUBLE_MS)]
        : [0, 0],
    },
  };
}

type SlotHost = Pick<
  Host,
  "takeSlot" | "reportSlot" | "releaseSlot" | "showMember"
>;

type Wish = {
  readonly ticket: number;
  readonly key: string;
  readonly isForced: boolean;
};

export interface SlotOptions {
  readonly agenda: Agenda;
  readonly inbox: () => Inbox;
  readonly rules: FleetRules | undefined;
  readonly answers: SlotAnswers | undefined;
}

export class Slots {
  /** The ticket of the slot that is the manager's. */
  held: number | undefined;
  /** What that is for. */
  #use: { readonly key: string; readonly isTrial: boolean } | undefined;
  /** What the others see of the manager. */
  shown: Member | undefined;
  /** Whether the manager has said that it reloads without one. */
  isPassedOver = false;
  /** What is wrong with what the manager has told or asked. */
  fault: string | undefined;
  #wish: Wish | undefined;
  #reported: number | undefined;
  /** When the slot was taken, and since when the manager has heard that nobody can be asked. */
  #takenAt = 0;
  #wishedAt = 0;
  #awaySince: number | undefined;
  /** The latest ticket. */
  #asked: number | undefined;
  readonly #options: SlotOptions;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** For how long the manager has waited for a slot, or has had one. */
  get busyMs(): number {
    const { agenda: { now } } = this.#options;
    return this.held === undefined && this.#wish === undefined
      ? 0
      : now - this.#wishedAt;
  }

  /** Whether the manager has its slot for this content. */
  isFor(key: string): boolean {
    return this.held !== undefined && this.#use?.key === key;
  }

  /** For how long a child that is ready on this content now has to go on. */
  soakMs(key: string): number {
    const isTried = this.isFor(key) && this.#use?.isTrial === true;
    return isTried ? this.#options.rules?.soakMs ?? 0 : 0;
  }

  /** Whether a reload may touch the child now. */
  get isAllowed(): boolean {
    return this.held !== undefined || this.isPassedOver;
  }

  /** The manager has logged this. */
  heard(text: string): void {
    if (!text.startsWith("Fleet could not be asked for ")) return;
    this.isPassedOver = true;
    const { agenda: { awake }, rules } = this.#options;
    const sinceMs = awake - (this.#awaySince ?? Infinity);
    // Virtual time is not exact.
    const isDue = rules?.whenUnreachable === "proceed" &&
      sinceMs >= rules.unreachableTimeoutMs - 1;
    if (!isDue) this.fault ??= `the fleet is passed over after ${sinceMs} ms`;
  }

  host(): SlotHost {
    return {
      takeSlot: (ticket, content, isForced) => {
        if (this.held !== undefined || this.#wish !== undefined) {
          this.fault ??= `slot ${ticket} is asked for beside another one`;
        }
        this.isPassedOver = false;
        this.#awaySince = undefined;
        this.#asked = ticket;
        this.#wishedAt = this.#options.agenda.now;
        this.#wish = { ticket, key: keyOfPrint(content), isForced };
        this.#askLater(this.#wish, this.#options.answers?.random.int(0, 200));
      },
      reportSlot: (ticket, { kind }) => {
        const { agenda: { awake }, rules } = this.#options;
        const soakMs = rules?.soakMs ?? 0;
        if (rules?.canary !== true) {
          this.fault ??= `a verdict for ${ticket} without a canary`;
        }
        if (kind === "proven" && awake - this.#takenAt < soakMs - 1) {
          this.fault ??= `proven after ${awake - this.#takenAt} ms`;
        }
        if (this.held !== ticket) {
          this.fault ??= `a verdict for ${ticket}, which is not held`;
        }
        if (this.#reported === ticket) {
          this.fault ??= `two verdicts for ${ticket}`;
        }
        this.#reported = ticket;
      },
      releaseSlot: (ticket) => {
        if (this.held === ticket) this.held = undefined;
        else if (this.#wish?.ticket === ticket) this.#wish = undefined;
        else this.fault ??= `slot ${ticket} is given back, and was not taken`;
      },
      showMember: (member) => {
        this.shown = member;
      },
    };
  }

  #askLater(wish: Wish, ms = 0): void {
    this.#options.agenda.after(ms, () => {
      if (this.#wish === wish) this.#ask(wish);
    });
  }

  #ask(wish: Wish): void {
    const { answers, agenda, rules } = this.#options;
    if (answers === undefined) return;
    const { random, refused, clearedAt, outage: [from, to] } = answers;
    const { ticket } = wish;
    const again = () => this.#askLater(wish, ASK_AGAIN_MS);
    if (agenda.now >= from && agenda.now < to) {
      this.#tell({ kind: "slotUnreachable", ticket, detail: "simulated" });
      return again();
    }
    const isRefused = numbersOf(wish.key).some((one) => refused.has(one));
    if (isRefused && !wish.isForced && agenda.now < clearedAt) {
      this.#tell({ kind: "slotRefused", ticket, by: "other", why: "bad" });
      return again();
    }
    if (random.chance(0.4)) {
      this.#tell({ kind: "slotAwaited", ticket, why: "other reloads" });
      return again();
    }
    this.#wish = undefined;
    this.held = ticket;
    this.#takenAt = agenda.awake;
    const isTrial = rules?.canary === true && random.chance(0.5);
    this.#use = { key: wish.key, isTrial };
    this.#tell({ kind: "slotTaken", ticket, isTrial });
    if (random.chance(0.1)) {
      agenda.after(random.int(0, 5_000), () => {
        this.#tell({ kind: "slotLost", ticket, detail: "simulated" });
      });
    }
  }

  /** What came while the manager did not run is heard in any order. */
  #tell(answer: SlotAnswer): void {
    const { agenda, inbox } = this.#options;
    inbox().whenRunning(() => {
      if (answer.ticket === this.#asked) {
        this.#awaySince = answer.kind === "slotUnreachable"
          ? this.#awaySince ?? agenda.awake
          : undefined;
      }
      inbox().dispatch(answer);
    });
  }
}
