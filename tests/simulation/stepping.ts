/**
 * Drives the pure core by hand, one event after the other, for tables of
 * tests. It answers a spawn as the event loop does, and nothing else.
 */
import type { Happening } from "../../src/core/vocabulary/event.ts";
import type { Effect } from "../../src/core/vocabulary/effect.ts";
import type {
  HookOutcome,
  Outcome,
  Verdict,
  VettingGround,
} from "../../src/core/vocabulary/event.ts";
import type { Fingerprint } from "../../src/core/vocabulary/fingerprint.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { FleetRules } from "../../src/core/vocabulary/settings.ts";
import type { Signal } from "../../src/core/vocabulary/signals.ts";
import type { Member } from "../../src/core/vocabulary/member.ts";
import type { Message } from "../../src/core/vocabulary/message.ts";
import type { Model } from "../../src/core/vocabulary/model.ts";
import { initialModel } from "../../src/core/vocabulary/model.ts";
import { policyFrom } from "../../src/core/rules/tuning.ts";
import { step } from "../../src/core/step.ts";
import { PLAIN } from "./plain.ts";
import { keyOfPrint } from "./reloads.ts";

/** One path; a change is confirmed by the second look at it. */
export const QUICK: Policy = {
  ...PLAIN,
  command: "program",
  args: [],
  configs: [{ path: "/c", named: true }],
  debounceMs: 0,
  debounceMaxMs: 0,
  trustReplacement: false,
  stopSignal: "SIGTERM",
  stopTimeoutMs: 1_000,
  rewrites: new Map(),
  foreground: false,
  seed: 1,
  crash: {
    restart: "never",
    backoffFirstMs: 1_000,
    backoffMaxMs: 30_000,
    max: undefined,
  },
};

/** A manager that checks, keeps contents and waits for a sign. */
export const SAFE: Policy = {
  ...QUICK,
  vetting: { atStart: "fail" },
  snapshots: true,
  ready: { ...PLAIN.ready, sign: { kind: "notify" }, timeoutMs: 5_000 },
};

export const OVERLAP: Policy = { ...SAFE, strategy: "overlap" };

/** Turns with other managers, of which the first one tries what is new; a slot is not kept beyond a reload. */
export const FLEET: FleetRules = {
  group: "web",
  directory: undefined,
  memberLeases: false,
  limit: 1,
  canary: true,
  soakMs: 30_000,
  settleMs: 0,
  whenUnreachable: "proceed",
  unreachableTimeoutMs: 300_000,
};

/** What the paths look like that hold these contents; undefined is a path that is not there. */
export const holding = (
  ...contents: readonly (number | undefined)[]
): Fingerprint =>
  contents.map((content, at) =>
    content === undefined
      ? { kind: "fault", fault: "missing", detail: "missing" }
      : {
        kind: "file",
        identity: String(content),
        metadata: String(content),
        dev: 1,
        ino: at,
        size: 1,
        mtimeMs: 0,
      }
  );

export class Stepping {
  /** Virtual time; move it by hand. */
  now = 0;
  model: Model;
  /** Whether the next spawn fails. */
  refusing = false;
  /** All that was logged. */
  readonly lines: string[] = [];
  /** Whether the next spawn is not answered at once. */
  slow = false;
  /** Saved contents that are damaged: no child can be started on them. */
  readonly damaged = new Set<string>();
  /** What the last event led to, the log left out. */
  effects: readonly Effect[] = [];
  /** What the other managers of the fleet have been shown. */
  readonly shown: Member[] = [];
  /** What the last event has logged. */
  logged: readonly Message[] = [];
  #policy: Policy;

  constructor(policy: Policy) {
    this.#policy = policy;
    this.model = initialModel(policy);
  }

  /** Up to a first child on `content` that is ready. */
  static ready<Story extends Stepping>(
    this: new (policy: Policy) => Story,
    policy: Policy,
    ...content: readonly number[]
  ): Story {
    const story = new this(policy);
    story.send({ kind: "begin" });
    story.look(...content);
    if (policy.vetting !== undefined) story.verdict("approved");
    story.look(...content);
    story.send({ kind: "ready", run: 1 });
    story.now += 60_000;
    return story;
  }

  /** The effects of one event, as short words: see `wordOf`. */
  send(happening: Happening): string[] {
    const event = { ...happening, at: this.now };
    this.#policy = policyFrom(event, this.#policy);
    const { model, effects } = step(this.model, event, this.#policy);
    this.model = model;
    this.logged = effects.flatMap((effect) =>
      effect.kind === "log" ? [effect.message] : []
    );
    this.lines.push(...this.logged.map(({ text }) => text));
    const seen = effects.filter(({ kind }) => kind !== "log");
    const words = seen.flatMap(wordOf);
    for (const effect of effects) {
      if (effect.kind === "showMember") this.shown.push(effect.member);
      if (effect.kind === "spawn" && !this.slow) {
        words.push(...this.#spawned(effect));
      }
    }
    this.effects = seen;
    return words;
  }

  #spawned({ run, occasion }: Extract<Effect, { kind: "spawn" }>): string[] {
    const isLost = this.damaged.has(keyOfPrint(occasion.baseline));
    const kind = isLost ? "lost" : "transient";
    const failure = { kind, detail: "simulated" } as const;
    return this.refusing || isLost
      ? this.send({ kind: "spawnFailed", run, failure })
      : this.send({ kind: "spawned", run, pid: 1_000 + run });
  }

  /** One look that finds these contents. */
  look(...contents: readonly (number | undefined)[]): string[] {
    return this.find(...holding(...contents));
  }

  /** One look that finds these. */
  find(...fingerprint: Fingerprint): string[] {
    return this.observe(fingerprint, []);
  }

  /** One look, in which the paths with these indices are still being read. */
  observe(
    fingerprint: Fingerprint,
    unread: readonly number[],
    startedAt = this.now,
  ): string[] {
    const observation = {
      at: this.now,
      fingerprint,
      depth: "content",
      cause: "event",
      unread: unread.map((path) => ({ path, bytes: 0, entries: 1 })),
    } as const;
    return this.send({ kind: "observed", startedAt, observation });
  }

  /** A change to these contents, and the quiet window after it. */
  change(...contents: readonly number[]): string[] {
    return [...this.look(...contents), ...this.look(...contents)];
  }

  /** The answer to the latest question. */
  verdict(kind: Verdict["kind"], ground: VettingGround = "check"): string[] {
    const verdict: Verdict = kind === "rejected"
      ? { kind, ground, detail: "bad", tail: [] }
      : kind === "unsaved"
      ? { kind, detail: "full" }
      : { kind };
    return this.send({ kind: "vetted", ticket: this.model.ticket, verdict });
  }

  /** The answer to the latest action. */
  acted(kind: Outcome["kind"]): string[] {
    const outcome: Outcome = kind === "failed"
      ? { kind, detail: "bad", tail: [] }
      : kind === "unswitched"
      ? { kind, detail: "full" }
      : { kind };
    return this.send({ kind: "acted", ticket: this.model.ticket, outcome });
  }

  /** The latest hook has ended. */
  hook(kind: HookOutcome["kind"], ticket = this.model.ticket): string[] {
    const outcome: HookOutcome = kind === "failed"
      ? { kind, detail: "bad", tail: ["said"] }
      : kind === "lost"
      ? { kind, detail: "gone" }
      : { kind };
    return this.send({ kind: "hookEnded", ticket, outcome });
  }

  /** The child ends, and nobody of its group is left. */
  end(run: number, code = 0): string[] {
    const status = { kind: "code", code } as const;
    return [
      ...this.send({ kind: "exited", run, status }),
      ...this.send({ kind: "groupProbed", run, alive: false }),
    ];
  }

  /** Changes are held back, for so long or until they are resumed. */
  hold(forMs?: number, reason?: string): string[] {
    return this.send({ kind: "hold", reason, forMs });
  }

  signal(signal: Signal): string[] {
    return this.send({ kind: "signal", signal });
  }

  timer(name: Extract<Happening, { kind: "timer" }>["name"]): string[] {
    return this.send({ kind: "timer", name });
  }

  /** The time of this child to become ready is over, and the last look finds no sign. */
  overdue(run: number): string[] {
    const asked = this.timer("ready");
    return [...asked.slice(1), ...this.send({ kind: "notReady", run })];
  }

  /** The time for the dependencies is over, and the last look does not find these. */
  unavailable(...missing: readonly string[]): string[] {
    const asked = this.timer("await");
    const { ticket } = this.model;
    return [
      ...asked.slice(1),
      ...this.send({ kind: "unavailable", ticket, missing }),
    ];
  }

  /** What the child has, for states with one at work. */
  get baseline(): string | undefined {
    const { state } = this.model;
    return state.kind === "running" ? keyOfPrint(state.baseline) : undefined;
  }

  get kind(): string {
    return this.model.state.kind;
  }
}

/** An effect in a word or two: `spawn 2 on 5`, `SIGTERM 1`, `vet 5`, `timer drain`. Looks and disarmed timers are left out, and what the fleet is shown. */
function wordOf(effect: Effect): string[] {
  switch (effect.kind) {
    case "spawn":
      return [`spawn ${effect.run} on ${keyOfPrint(effect.occasion.baseline)}`];
    case "act":
      return [`act on ${keyOfPrint(effect.occasion.baseline)}`];
    case "signal":
      return [
        `${effect.signal} ${effect.run}${effect.to === "main" ? " main" : ""}`,
      ];
    case "vet":
    case "capture":
    case "activate":
      return [`${effect.kind} ${keyOfPrint(effect.content)}`];
    case "timer":
      return effect.at === undefined ? [] : [`timer ${effect.name}`];
    case "requestReload":
      return [effect.kind];
    case "takeSlot":
      return [
        `take slot for ${keyOfPrint(effect.content)}${
          effect.isForced ? " by force" : ""
        }`,
      ];
    case "reportSlot":
      return [`report ${effect.verdict.kind}`];
    case "releaseSlot":
      return [`release slot ${effect.ticket}`];
    case "showMember":
      return [];
    case "askSign":
    case "askLive":
      return [`${effect.kind} ${effect.run}`];
    case "beforeStart":
      return [
        `before start ${effect.run} on ${keyOfPrint(effect.occasion.baseline)}`,
      ];
    case "afterExit":
      return [`after exit ${effect.run}: ${effect.ending.reason}`];
    case "awaitDependencies":
    case "askDependencies":
    case "endHook":
      return [effect.kind];
    default:
      return [];
  }
}
