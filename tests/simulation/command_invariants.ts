/** What must hold of an operator's commands, checked from what was done to the children. */
import type { Deed } from "./child.ts";
import { isRestOurs } from "./ending_invariants.ts";
import type { Story } from "./schedule.ts";
import { Violation } from "./violation.ts";

/** Holds after every step. */
export function checkCommands(story: Story): void {
  noteForced(story);
  checkHalt(story);
  checkHeldStarts(story);
  checkHoldEnds(story);
}

function noteForced({ world: { loop, agenda }, commands }: Story): void {
  const { state } = loop.model;
  const isOpen = state.kind === "running" && state.request?.force === true;
  if (isOpen) commands.forcedUntil = agenda.now;
}

/** Nobody is there while no child is wanted, and none is started. */
function checkHalt({ world, commands: { halt } }: Story): void {
  const { children, loop: { model: { state } } } = world;
  if (halt !== undefined && children.length > halt.children) {
    const detail = `run ${children.at(-1)?.run} was started`;
    throw new Violation("halt", detail);
  }
  if (state.kind !== "halted") return;
  const left = children.find((child) => child.alive || isRestOurs(child));
  if (left === undefined) return;
  throw new Violation("halt", `some of run ${left.run} is left`);
}

/** Changed content is no reason to start a child while changes are held back. */
function checkHeldStarts({ world, commands: { hold } }: Story): void {
  if (hold === undefined) return;
  const { children } = world;
  const started = children.slice(hold.children)
    .find(({ reason }) => reason === "config");
  if (started === undefined) return;
  // The one before it was stopped for that by then, and the hook of the first attempt failed.
  const before = children[children.indexOf(started) - 1];
  const stoppedAt = before?.stoppedAt ?? Infinity;
  if (stoppedAt <= hold.since && world.hooks.failedAt >= stoppedAt) return;
  throw new Violation("hold", `run ${started.run} was started for a change`);
}

/** A hold with a time is over after it. */
function checkHoldEnds({ world: { loop, agenda, inbox } }: Story): void {
  const { gate } = loop.model;
  if (gate.kind === "open" || gate.until === undefined) return;
  const lateMs = agenda.awake - gate.until;
  // The clock leaps over timers, and goes on while the manager does not run.
  if (lateMs <= agenda.leaptMs + inbox.frozenMs + 1) return;
  throw new Violation("hold-ends", `${lateMs} ms after its time`);
}

/** Holds when writers have rested: a reload that was asked for is under way, done, or declined. */
export function checkDecided({ world: { loop } }: Story): void {
  const { state } = loop.model;
  if (state.kind !== "running" || state.request === undefined) return;
  const detail = `run ${state.run}: nothing came of a reload`;
  throw new Violation("reload-decided", detail);
}

/** Whether somebody has asked for a reload since this child was started. */
export const isRequested = (
  { commands: { reloads }, reloadSignals: { granted } }: Story,
  { startedAt }: { readonly startedAt: number },
): boolean => [...reloads, ...granted].some((at) => at >= startedAt);

/** A child is not stopped for a reload before what the next one needs is there. */
export function checkGap({ world, policy }: Story, deed: Deed): void {
  if (deed.kind !== "stop") return;
  const waits = policy.waitTimeoutMs !== undefined &&
    policy.waitForScope === "every";
  // In an overlap the next child is there, or was until a moment ago.
  if (policy.strategy === "overlap") return;
  if (!waits || world.reloads.available) return;
  const detail = `run ${deed.child.run} was stopped before they were there`;
  throw new Violation("no-gap", detail);
}
