/**
 * A simulated system under the real event loop: virtual time, paths, children
 * with process groups, signals, late and lost hints. It records what an
 * invariant needs; it judges nothing.
 */
import { type Host, Loop } from "../../src/manager/loop.ts";
import {
  CAUSES,
  type Observation,
} from "../../src/core/vocabulary/observation.ts";
import type { Occasion } from "../../src/core/vocabulary/effect.ts";
import {
  LIMITS,
  type SpawnFailure,
  type TimerName,
} from "../../src/core/vocabulary/event.ts";
import type { ExitStatus } from "../../src/core/vocabulary/exit_status.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import {
  type Signal,
  SIGNAL_NUMBERS,
} from "../../src/core/vocabulary/signals.ts";
import { isFullyRead } from "../../src/core/change/quiet_window.ts";
import type { step } from "../../src/core/step.ts";
import { Agenda } from "./agenda.ts";
import type { Act, Character, Child, Deed, Sent } from "./child.ts";
import { Disk, type Entry } from "./disk.ts";
import { type HookAnswers, Hooks } from "./hooks.ts";
import { Inbox } from "./inbox.ts";
import { LivenessAnswers } from "./liveness.ts";
import {
  type Answers,
  entriesOf,
  fateOf,
  keyOf,
  keyOfPrint,
  Reloads,
  WILLING,
} from "./reloads.ts";
import { type SlotAnswers, Slots } from "./slots.ts";
import { SlowPaths, type Told } from "./slow_paths.ts";
import { CONFIG_SIGNAL, Trials } from "./trials.ts";
import {
  callsDependenciesMissing,
  faultOfVerdict,
  faultOfWait,
  PID_BASE,
  runCalledNotReady,
} from "./verdict.ts";

export interface WorldOptions {
  readonly policy: Policy;
  readonly paths: number;
  readonly characterOf: (run: number) => Character;
  readonly lookMs: () => number;
  /** How long a path takes to read beside the looks; by default none does. */
  readonly readMs?: () => number;
  /** How safe reloads go; nothing is bad by default. */
  readonly answers?: Answers;
  /** How hooks go; undefined where there are none. */
  readonly hooks?: HookAnswers | undefined;
  readonly slots?: SlotAnswers | undefined;
  /** The decisions under test. */
  readonly decide: typeof step;
  /** Puts faults into the host; none by default. */
  readonly wrap?: (host: Host) => Host;
}

/** Less than a quarter of what distances may differ by (change/feedback.ts). */
const SLOW_LOOK_MS = 90;

/** After this no child rewrites its configuration. */
const REWRITES_END_MS = 120_000;

/** When a start was decided, and beside which child that was to stay. */
type Decision = Pick<Deed, "at" | "changes" | "hasSlot"> & {
  readonly beside: Child | undefined;
};

type Wish = Pick<Observation, "depth" | "cause">;

const wishFor = (before: Wish | undefined, { depth, cause }: Wish): Wish => ({
  depth: before?.depth === "content" ? "content" : depth,
  cause: CAUSES[
    Math.max(CAUSES.indexOf(before?.cause ?? "timer"), CAUSES.indexOf(cause))
  ],
});

interface Starting {
  readonly run: number;
  readonly ended: (() => void)[];
  isWithdrawn: boolean;
}

/** A passing failure passes after so many attempts. */
const FAILURES_MAX = 3;

export class World {
  readonly agenda = new Agenda();
  readonly disk: Disk;
  readonly children: Child[] = [];
  readonly deeds: Deed[] = [];
  readonly reloads: Reloads;
  readonly trials: Trials;
  readonly hooks: Hooks<Decision>;
  readonly slots: Slots;
  /** What is wrong with a start, or an end, that hooks belong to. */
  hookFault: string | undefined;
  readonly loop: Loop;
  readonly inbox = new Inbox({
    agenda: this.agenda,
    loop: () => this.loop,
    isTicking: () =>
      this.liveness.isAsking ||
      [...this.#timers.keys()].some((name) => LIMITS.has(name)),
  });
  readonly liveness: LivenessAnswers;
  /** A verdict on a child that hangs, which is not so. */
  hastyLiveVerdict: string | undefined;
  /** What the core said when one of its promises did not hold. */
  brokenPromise: string | undefined;
  /** The child that was on its way out, or had left some of its group, when another one was started. */
  crowdedBy: Child | undefined;
  /** The first child that was started without its dependencies. */
  premature: Child | undefined;
  /** Why the latest attempt to start a child failed; undefined when it did not. */
  spawnFailure: SpawnFailure | undefined;
  /** Children of which some content was still being read when they were started, or when a look was to verify what they have. */
  readonly unverified = new Set<number>();
  /** Children of which a look has shown that they may have read other content than the manager started them on. */
  readonly doubted = new Set<number>();
  #failures = 0;
  /** How often children have rewritten their own configuration. */
  rewrites = 0;
  /** When a child, or what it has left of its group, was last asked to stop for the first time. */
  stopAskedAt = 0;
  /** Looks that took so long that the distance of a change from what the child was told is not what it was. */
  slowLooks = 0;
  #rewritten = 0;
  /** A start before which something is found out or read; what ends meanwhile is told after it. */
  #starting: Starting | undefined;
  readonly #options: WorldOptions;
  readonly #timers = new Map<TimerName, object>();
  readonly paths: SlowPaths;
  #looking = false;
  /** A verdict that did not rest on what had happened by then. */
  hastyVerdict: string | undefined;
  /** What the next look is to be, as in `host/watch/observer`. */
  #wish: Wish | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.disk = new Disk(options.paths);
    this.paths = new SlowPaths({
      agenda: this.agenda,
      disk: this.disk,
      readMs: options.readMs ?? (() => 0),
      whenRunning: (act) => this.inbox.whenRunning(act),
      onRead: (told) => this.#observe(told, "timer"),
      onAgain: (depth) => this.#look(depth, "timer"),
    });
    const { policy, answers = WILLING } = options;
    this.reloads = new Reloads({
      agenda: this.agenda,
      disk: this.disk,
      answers,
      snapshots: policy.snapshots,
      waitTimeoutMs: policy.waitTimeoutMs,
      dispatch: (happening) => this.loop.dispatch(happening),
      whenRunning: (act) => this.inbox.whenRunning(act),
    });
    this.trials = new Trials(
      this.agenda,
      this.disk,
      policy,
      this.children,
      this.inbox,
      () => this.slots,
    );
    this.liveness = new LivenessAnswers({
      agenda: this.agenda,
      inbox: this.inbox,
      rules: policy.live,
      isBusyWhileTold: policy.seed % 2 === 1,
      child: (run) => this.#child(run),
      loop: () => this.loop,
    });
    this.hooks = new Hooks({
      agenda: this.agenda,
      inbox: () => this.inbox,
      answers: options.hooks,
      policy,
      decide: () => ({ ...this.#moment(), beside: this.#staying()[0] }),
    });
    this.slots = new Slots({
      agenda: this.agenda,
      inbox: () => this.inbox,
      rules: policy.fleet,
      answers: options.slots,
    });
    const wrap = options.wrap ?? ((host: Host) => host);
    this.loop = new Loop(
      wrap(this.#host()),
      options.policy,
      { decide: this.#watching(options.decide) },
    );
  }

  /** The same core; what it throws is noted, and still the loop's to answer. */
  #watching(decide: typeof step): typeof step {
    return (model, event, policy) => {
      try {
        return decide(model, event, policy);
      } catch (error) {
        this.brokenPromise ??= String(error);
        throw error;
      }
    };
  }

  /** Timers that are armed now. */
  get armedTimers(): number {
    return this.#timers.size;
  }

  #host(): Host {
    const reloads = this.#reloadsHost();
    return {
      now: () => this.agenda.awake,
      takeStalled: () => this.inbox.takeStalled(),
      log: ({ text }) => {
        this.hastyVerdict ??= this.#faultOf(text);
        this.#noteHung(text);
        this.slots.heard(text);
      },
      askLive: (run, question) => this.liveness.ask(run, question),
      askSign: (run) => {
        const child = this.#child(run);
        if (child?.signedAt === undefined) {
          this.loop.dispatch({ kind: "notReady", run });
        } else this.#hear(child);
      },
      look: (depth, cause) => this.#look(depth, cause),
      spawn: (run, occasion) => this.#spawn(run, occasion),
      signal: (run, signal, to) => {
        const at = this.agenda.now;
        this.#signal(run, { signal, to, at });
      },
      isGroupAlive: (run) => {
        const child = this.#child(run);
        return child !== undefined && !child.left &&
          (child.alive || child.siblingAlive);
      },
      leave: (run) => {
        const child = this.#child(run);
        if (child !== undefined) child.left = true;
      },
      setTimer: (name, at) => this.#setTimer(name, at),
      suspend: () => {},
      ...this.slots.host(),
      ...reloads,
      ...this.hooks.host(),
      cancel: () => {
        reloads.cancel();
        this.hooks.cancel();
        this.#withdraw();
      },
    };
  }

  #reloadsHost() {
    return this.reloads.host({
      begun: (kind, key, isWhole, isFirst) => {
        const child = this.#staying()[0];
        this.#note({ kind, key, isWhole, isFirst, child });
      },
      rejected: (by, key, changes) => {
        this.trials.reject(by, key, changes);
        const child = this.#staying()[0];
        if (by === "action" && child !== undefined) child.doubt = key;
      },
      applied: (key, isFirst) => {
        const child = this.#staying()[0];
        if (child === undefined) return;
        this.trials.applied(child, key, isFirst);
        this.#giveTo(child, key);
      },
      abandoned: (run) => {
        const child = this.#child(run);
        if (child !== undefined) child.doubt = keyOf(child.read);
      },
      signalsToo: (run) => {
        const child = this.#child(run);
        if (child !== undefined) this.trials.reopen(child);
      },
    });
  }

  /** Children that nobody has asked to stop. */
  #staying(): Child[] {
    return this.children.filter(({ alive, askedToStop }) =>
      alive && !askedToStop
    );
  }

  #note(act: Act): void {
    this.deeds.push({ ...act, ...this.#moment() });
  }

  #moment(): Pick<Deed, "at" | "changes" | "hasSlot"> {
    const { agenda: { now: at }, disk: { changes } } = this;
    return { at, changes, hasSlot: this.slots.isAllowed };
  }

  #setTimer(name: TimerName, at: number | undefined): void {
    this.#timers.delete(name);
    if (at === undefined || at === Infinity) return;
    const token = {};
    this.#timers.set(name, token);
    this.agenda.atAwake(
      at,
      () =>
        this.inbox.whenRunning(() => {
          if (this.#timers.get(name) !== token) return;
          this.#timers.delete(name);
          this.loop.dispatch({ kind: "timer", name });
        }),
    );
  }

  /** A look finds what the child is to have, while the child has read something else in between. */
  #notice(key: string): void {
    const { state } = this.loop.model;
    if (state.kind !== "running" || state.change.kind !== "unverified") return;
    const child = this.#child(state.run);
    if (child === undefined || keyOfPrint(state.baseline) !== key) return;
    child.unnoticed = keyOf(child.read) !== key;
  }

  /** One look at a time; wishes during a look are granted after it, as one of the greatest depth and with the strongest cause. */
  #look(
    depth: Observation["depth"],
    cause: Observation["cause"],
  ): void {
    const take = () => {
      this.#looking = true;
      const tell = this.paths.begin(depth);
      this.#notice(keyOf(this.disk.entries));
      const answer = () => {
        // What is asked for meanwhile is a wish: looks never overlap.
        this.#observe(tell(), cause);
        this.#looking = false;
        const wish = this.#wish;
        this.#wish = undefined;
        if (wish !== undefined) this.#look(wish.depth, wish.cause);
      };
      const lookMs = this.#options.lookMs();
      if (lookMs > SLOW_LOOK_MS) this.slowLooks++;
      // Where there is little to read it is read at once.
      if (lookMs === 0) answer();
      else this.agenda.after(lookMs, () => this.inbox.whenRunning(answer));
    };
    if (this.#looking) this.#wish = wishFor(this.#wish, { depth, cause });
    else take();
  }

  #observe(
    { startedAt, ...told }: Told,
    cause: Observation["cause"],
  ): void {
    const { state } = this.loop.model;
    if (
      state.kind === "running" && state.change.kind === "unverified" &&
      told.unread.length > 0
    ) this.unverified.add(state.run);
    const observation = { at: this.agenda.awake, cause, ...told };
    this.loop.dispatch({ kind: "observed", startedAt, observation });
    this.#noteDoubt();
  }

  #noteDoubt(): void {
    const { state } = this.loop.model;
    if (state.kind !== "running") return;
    const { run, change } = state;
    const isDoubted = change.kind === "doubted" ||
      (change.kind === "settling" && !change.revertible);
    if (isDoubted) this.doubted.add(run);
  }

  #spawn(run: number, occasion: Occasion): void {
    const { answers = WILLING } = this.#options;
    const priorMs = answers.priorMs() +
      (occasion.saved ? answers.proveMs() : 0);
    const [beside] = this.#staying();
    const { approved } = this.hooks;
    // Where a hook ran first, it was decided before that.
    const decision = approved?.run === run
      ? { ...approved.decision, beside }
      : { ...this.#moment(), beside };
    if (priorMs === 0) return this.#start(run, occasion, decision);
    const starting: Starting = { run, ended: [], isWithdrawn: false };
    this.#starting = starting;
    const begin = () => {
      if (this.#starting !== starting || starting.isWithdrawn) return;
      this.#answerStart(() => this.#start(run, occasion, decision));
    };
    this.agenda.after(priorMs, () => this.inbox.whenRunning(begin));
  }

  /** Nothing is started any more. */
  #withdraw(): void {
    const starting = this.#starting;
    if (starting === undefined) return;
    const { run } = starting;
    starting.isWithdrawn = true;
    const failure = { kind: "withdrawn", detail: "simulated" } as const;
    const answer = () => {
      if (this.#starting !== starting) return;
      this.#answerStart(() =>
        this.loop.dispatch({ kind: "spawnFailed", run, failure })
      );
    };
    this.agenda.after(0, () => this.inbox.whenRunning(answer));
  }

  #answerStart(answer: () => void): void {
    const ended = this.#starting?.ended ?? [];
    this.#starting = undefined;
    answer();
    for (const tell of ended) this.#afterStart(tell);
  }

  /** At once, unless a start is under way. */
  #afterStart(tell: () => void): void {
    if (this.#starting === undefined) tell();
    else this.#starting.ended.push(tell);
  }

  #start(run: number, occasion: Occasion, decision: Decision): void {
    const character = this.#options.characterOf(run);
    const { spawnFailure, crash, suspendedAfterMs } = character;
    // Who is to stay, also if the manager has not heard of its end.
    const old = this.children.find((other) =>
      !other.askedToStop && other.endHeardAt === undefined
    );
    const read = occasion.saved
      ? entriesOf(occasion.baseline)
      : this.disk.entries;
    const key = keyOf(read);
    if (!isFullyRead(occasion.baseline)) this.unverified.add(run);
    this.spawnFailure = undefined;
    if (occasion.saved && !this.#isLed(run, key, occasion)) {
      return this.#refuse(run, { kind: "lost", detail: "simulated" });
    }
    if (spawnFailure !== undefined && this.#failures < FAILURES_MAX) {
      this.#failures++;
      // Beside another child it is not the end of anything.
      if (old === undefined) this.spawnFailure = spawnFailure;
      if (occasion.saved) {
        this.trials.troubles.add(key);
        this.trials.setbacks++;
      }
      return this.#refuse(run, spawnFailure);
    }
    const child: Child = {
      run,
      startedAt: this.agenda.now,
      startedAwake: this.agenda.awake,
      signedAt: undefined,
      reason: occasion.reason,
      read,
      doubt: undefined,
      unnoticed: false,
      character,
      signals: [],
      askedToStop: false,
      stoppedAt: undefined,
      waiting: undefined,
      alive: true,
      siblingAlive: character.siblingMs !== undefined,
      restAsked: false,
      restKilled: false,
      left: false,
      end: undefined,
      endHeardAt: undefined,
    };
    // Nobody else may be there any more.
    this.crowdedBy ??= this.children.find((other) =>
      other !== old && (other.alive || (other.siblingAlive && !other.left))
    );
    this.#judgeDependencies(child);
    this.#judgeHooks(child, old);
    this.children.push(child);
    if (crash !== undefined) {
      this.agenda.after(crash.afterMs, () => this.#end(child, crash.status));
    }
    if (suspendedAfterMs !== undefined) {
      this.agenda.after(suspendedAfterMs, () => child.waiting = []);
    }
    const asked = keyOfPrint(occasion.baseline);
    this.deeds.push({ kind: "spawn", key, asked, child, ...decision });
    this.#warmUp(child, key, asked);
    this.loop.dispatch({ kind: "spawned", run, pid: PID_BASE + run });
  }

  /** Each child needs a yes of its own. */
  #judgeDependencies(child: Child): void {
    const { waitTimeoutMs, waitForScope } = this.#options.policy;
    const waits = waitTimeoutMs !== undefined &&
      (waitForScope === "every" || this.children.length === 0);
    if (waits && !this.reloads.available) this.premature ??= child;
    this.reloads.available = false;
  }

  /** Each child needs a yes of its own hook, and the hooks of those before it have run. */
  #judgeHooks({ run }: Child, old: Child | undefined): void {
    const { beforeStart, afterExit } = this.#options.policy;
    if (beforeStart !== undefined && this.hooks.approved?.run !== run) {
      this.hookFault ??= `run ${run} was started without its --before-start`;
    }
    if (afterExit === undefined) return;
    const missed = this.children.find((other) =>
      other !== old && !this.hooks.afterExits.includes(other.run)
    );
    if (missed !== undefined) {
      this.hookFault ??= `run ${run} came before --after-exit of ${missed.run}`;
    }
  }

  /** Whether the child finds its content under its name, which is not damaged. */
  #isLed(run: number, key: string, { beside }: Occasion): boolean {
    const { copies } = this.reloads;
    const led = copies.lead(run, key);
    if (!led) this.trials.troubles.add(key);
    else if (!beside) copies.activate(key);
    return led;
  }

  /** Why the very first start has failed takes a while to find out. */
  #refuse(run: number, failure: SpawnFailure): void {
    const answer = () =>
      this.inbox.dispatch({ kind: "spawnFailed", run, failure });
    this.reloads.copies.release(run);
    if (this.children.length === 0 && this.#failures === 1) {
      this.agenda.after(this.#options.lookMs(), answer);
    } else answer();
  }

  /** The child shows that it works, or does not. */
  #warmUp(child: Child, key: string, asked: string): void {
    const { policy, answers = WILLING } = this.#options;
    const { agenda: { now } } = this;
    const fate = fateOf(key, answers, now);
    if (fate === "exits") this.#fail(child);
    if (policy.ready.sign !== undefined && fate === undefined) {
      const readyMs = answers.readyMs();
      const isSlow = now < answers.recoversAt;
      const inTimeMs = Math.min(readyMs, policy.ready.timeoutMs - 1);
      this.agenda.after(isSlow ? readyMs : inTimeMs, () => {
        if (!child.alive) return;
        child.signedAt = this.agenda.now;
        const noticeMs = answers.noticeMs();
        const hear = () => this.inbox.whenRunning(() => this.#hear(child));
        if (noticeMs === 0) hear();
        else this.agenda.after(noticeMs, hear);
      });
    }
    // What was not read yet may be tried again when it was.
    const isWhole = !this.unverified.has(child.run);
    this.trials.begin(child, key, asked, isWhole);
  }

  /** What is wrong with a verdict in this line of the log. */
  #faultOf(text: string): string | undefined {
    const { ready, waitTimeoutMs = 0 } = this.#options.policy;
    const child = this.#child(runCalledNotReady(text) ?? -1);
    if (child !== undefined) {
      return faultOfVerdict(child, this.agenda.awake, ready.timeoutMs);
    }
    return callsDependenciesMissing(text)
      ? faultOfWait(this.reloads, waitTimeoutMs)
      : undefined;
  }

  #noteHung(text: string): void {
    const before = this.liveness.called.size;
    this.hastyLiveVerdict ??= this.liveness.faultOf(text);
    if (this.liveness.called.size === before) return;
    const child = this.#child([...this.liveness.called].at(-1) ?? -1);
    if (child !== undefined) this.trials.hung(child);
  }

  /** The manager hears of the sign, of a child that is there. */
  #hear(child: Child): void {
    if (!child.alive) return;
    this.trials.ready(child);
    this.loop.dispatch({ kind: "ready", run: child.run });
  }

  #fail(child: Child): void {
    const { answers = WILLING } = this.#options;
    const status = { kind: "code", code: 1 } as const;
    this.agenda.after(answers.workMs(), () => this.#end(child, status));
  }

  /** The child takes in a content without a restart. */
  #giveTo(child: Child, key: string): void {
    const { answers = WILLING } = this.#options;
    this.liveness.toldAt.set(child.run, this.agenda.now);
    child.unnoticed = false;
    child.doubt = undefined;
    this.doubted.delete(child.run);
    child.read = key.split(",").map((part): Entry =>
      part === "-"
        ? { kind: "missing" }
        : { kind: "content", content: Number(part) }
    );
    if (this.#rewritten < answers.rewrites) this.#rewrite();
    if (fateOf(key, answers, this.agenda.now) === "exits") this.#fail(child);
  }

  /** The child answers by rewriting its own configuration. */
  #rewrite(): void {
    const content = 2 + this.#rewritten++ % 5;
    if (this.agenda.now > REWRITES_END_MS) return;
    this.agenda.after(20, () => {
      const before = this.disk.changes;
      this.disk.set(0, { kind: "content", content }, false);
      this.rewrites += this.disk.changes - before;
      this.inbox.dispatch({ kind: "hint", cause: "event" });
    });
  }

  #signal(run: number, sent: Sent): void {
    const { signal } = sent;
    const child = this.#child(run);
    if (child === undefined) return;
    child.signals.push(signal);
    if (signal === "SIGCONT") this.#continue(child);
    else if (signal !== "SIGKILL" && child.waiting !== undefined) {
      child.waiting.push(sent);
    } else this.#take(child, sent);
  }

  #continue(child: Child): void {
    const waiting = child.waiting ?? [];
    child.waiting = undefined;
    for (const sent of waiting) this.#take(child, sent);
  }

  /** The child, and the rest of its group, act on a signal. */
  #take(child: Child, { signal, to }: Sent): void {
    const { character } = child;
    const number = SIGNAL_NUMBERS[signal];
    const { snapshots } = this.#options.policy;
    const beside = this.children.find((other) =>
      other !== child && !other.askedToStop && other.endHeardAt === undefined
    );
    if (signal === CONFIG_SIGNAL && child.alive) {
      const now = keyOf(this.disk.entries);
      const key = snapshots
        ? this.reloads.copies.nameOf(child.run) ?? now
        : now;
      this.#note({ kind: "tell", key, child, beside });
      this.trials.told(child, key);
      this.#giveTo(child, key);
    }
    if (signal === "SIGKILL") {
      if (to === "group") {
        child.restKilled = true;
        child.siblingAlive = false;
      }
      const status = { kind: "signal", number } as const;
      this.agenda.after(character.killMs, () => this.#end(child, status));
    } else if (this.#isToStop(signal)) {
      if (!child.askedToStop && !child.restAsked) {
        this.stopAskedAt = this.agenda.now;
      }
      if (child.alive && !child.askedToStop) {
        const key = keyOf(child.read);
        this.#note({ kind: "stop", key, child, beside });
        child.askedToStop = true;
        child.stoppedAt = this.agenda.now;
      }
      if (to === "group") {
        child.restAsked = true;
        this.agenda.after(character.siblingMs ?? 0, () => {
          child.siblingAlive = false;
        });
      }
      if (character.stopMs === Infinity) return;
      const code = character.stopCode;
      const status: ExitStatus = code === undefined
        ? { kind: "signal", number }
        : { kind: "code", code };
      this.agenda.after(character.stopMs, () => this.#end(child, status));
    }
  }

  /** What the manager sends to end a child: the stop signal, or that of `--live-action`. */
  #isToStop(signal: Signal): boolean {
    const { stopSignal, live } = this.#options.policy;
    return signal === stopSignal ||
      (live?.action.kind === "signal" && signal === live.action.signal);
  }

  /** The child ends by itself. */
  crash(run: number): void {
    const child = this.#child(run);
    if (child !== undefined) this.#end(child, { kind: "code", code: 1 });
  }

  #end(child: Child, status: ExitStatus): void {
    if (!child.alive) return;
    child.alive = false;
    child.end = { status, at: this.agenda.now };
    this.reloads.copies.release(child.run);
    const hear = () => {
      child.endHeardAt = this.agenda.now;
      this.trials.ended(child);
      this.loop.dispatch({ kind: "exited", run: child.run, status });
    };
    this.inbox.whenRunning(() => this.#afterStart(hear));
  }

  #child(run: number): Child | undefined {
    return this.children.findLast((child) => child.run === run);
  }
}
