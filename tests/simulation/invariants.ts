/**
 * What must hold whatever happens. Each is checked from what the simulated
 * system saw, not from what the core believes. The list is the one in
 * ARCHITECTURE.md.
 */
import {
  EXIT_BUG,
  EXIT_KILLED,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_OK,
  exitCodeOf,
  isClean,
} from "../../src/core/exit_status.ts";
import { SIGNAL_NUMBERS } from "../../src/core/signals.ts";
import type { Story } from "./schedule.ts";

/** Slack for looks and probes under way. */
const SLACK_MS = 600;
const KILL_GRACE_MS = 1_000;

/** A broken invariant; the message names it first. */
export class Violation extends Error {
  constructor(readonly invariant: Invariant, detail: string) {
    super(`${invariant}: ${detail}`);
  }
}

export type Invariant =
  | "one-child"
  | "group-before-respawn"
  | "newest-content"
  | "restarts-bounded"
  | "prompt-end"
  | "nothing-after-stop"
  | "exit-code"
  | "released"
  | "signals-kept";

/** Holds after every step. */
export function checkAlways(story: Story): void {
  const { world } = story;
  const alive = world.children.filter((child) => child.alive);
  if (alive.length > 1) {
    throw new Violation("one-child", `runs ${alive.map((child) => child.run)}`);
  }
  const latest = world.children.at(-1);
  const left = world.children.find((child) =>
    child !== latest && child.siblingAlive
  );
  if (left !== undefined) {
    throw new Violation("group-before-respawn", `run ${left.run} left some`);
  }
  const restarts = world.children.length - 1;
  const allowed = world.disk.changes + allowedRevivals(story);
  if (restarts > allowed) {
    const detail = `${restarts} restarts, ${allowed} are accounted for`;
    throw new Violation("restarts-bounded", detail);
  }
  const asked = askedAt(story);
  const late = asked === undefined ? 0 : world.agenda.now - asked;
  if (late > stopBoundMs(story)) {
    throw new Violation("prompt-end", `${late} ms after it was asked to stop`);
  }
  if (asked !== undefined && latest !== undefined && latest.startedAt > asked) {
    throw new Violation("nothing-after-stop", `run ${latest.run} started`);
  }
}

/** Restarts that the crash policy allows for the children that ended by themselves. */
function allowedRevivals({ world, policy }: Story): number {
  const { restart, max } = policy.crash;
  const ended = world.children.filter(({ end, askedToStop }) =>
    end !== undefined && !askedToStop &&
    (restart === "always" || (restart === "on-failure" && !isClean(end.status)))
  );
  if (max === undefined) return ended.length;
  const windows = Math.floor(world.agenda.now / max.windowMs) + 1;
  return Math.min(ended.length, max.count * windows);
}

/** When the manager was first asked to stop, while it still ran. */
function askedAt(story: Story): number | undefined {
  return story.arrived.find(({ signal }) =>
    signal === "SIGTERM" || signal === "SIGINT"
  )?.at;
}

/** How long an asked stop may take: the child's time, then the kernel's. */
function stopBoundMs(story: Story): number {
  return story.policy.stopTimeoutMs + KILL_GRACE_MS + SLACK_MS +
    story.leaptMs;
}

/** Holds when the writers have rested long enough and no stop was asked for. */
export function checkSettled(story: Story): void {
  const child = story.world.children.at(-1);
  if (child === undefined || !child.alive) {
    throw new Violation("newest-content", "there is no child");
  }
  story.world.disk.entries.forEach((entry, path) => {
    if (entry.kind !== "content") return;
    const read = child.read[path];
    if (read.kind === "content" && read.content === entry.content) return;
    const detail = `path ${path} holds ${entry.content}, the child has ${
      JSON.stringify(read)
    }`;
    throw new Violation("newest-content", detail);
  });
  checkSignals(story);
}

/** Holds at the end. */
export function checkEnd(story: Story, code: number): void {
  const { world } = story;
  const survivor = world.children.find((child) =>
    child.siblingAlive ||
    (child.alive && child.character.killMs < KILL_GRACE_MS)
  );
  if (survivor !== undefined) {
    throw new Violation("released", `run ${survivor.run} is still there`);
  }
  const allowed = allowedCodes(story);
  if (!allowed.includes(code)) {
    throw new Violation("exit-code", `${code} is not in ${allowed}`);
  }
}

/** The table of exit codes, from what the children saw. */
function allowedCodes(story: Story): number[] {
  const { world, bugAt, policy } = story;
  const { spawnFailure } = world;
  if (bugAt !== undefined) return [EXIT_BUG];
  if (spawnFailure !== undefined) {
    if (askedAt(story) !== undefined) return [EXIT_OK];
    const notFound = spawnFailure.kind === "not-found";
    return [notFound ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE];
  }
  const child = world.children.at(-1);
  if (child === undefined) return [EXIT_OK];
  // In the kernel's hands although the grace after SIGKILL was over.
  if (child.end === undefined) return [EXIT_KILLED];
  const { status, at } = child.end;
  const ofStopSignal = status.kind === "signal" &&
    status.number === SIGNAL_NUMBERS[policy.stopSignal];
  const code = child.askedToStop && ofStopSignal ? EXIT_OK : exitCodeOf(status);
  // Ended before the manager was told to: the next child was not there yet.
  const between = at <= (askedAt(story) ?? -1);
  return between ? [code, EXIT_OK] : [code];
}

/** Every signal to forward reached exactly one child, or the manager stopped first. */
function checkSignals(story: Story): void {
  const { world, policy, arrived } = story;
  const forwarded = arrived.filter(({ signal }) =>
    signal !== "SIGTERM" && signal !== "SIGINT" &&
    !policy.rewrites.has(signal)
  );
  for (const signal of new Set(forwarded.map((entry) => entry.signal))) {
    const sent = forwarded.filter((entry) => entry.signal === signal).length;
    const seen = world.children.flatMap((child) => child.signals)
      .filter((entry) => entry === signal).length;
    // Those that waited together for one child are one, as in the kernel.
    if (seen < 1 || seen > sent) {
      throw new Violation(
        "signals-kept",
        `${signal}: ${sent} sent, ${seen} seen`,
      );
    }
  }
}
