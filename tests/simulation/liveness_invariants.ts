/** What must hold of children that hang, checked from what they did. */
import { isHanging } from "./liveness.ts";
import type { Story } from "./schedule.ts";
import { Violation } from "./violation.ts";
import type { Child } from "./child.ts";

/** Slack for the turn of the manager. */
const SLACK_MS = 600;

/** Since when a child has hung, on the manager's clock, and how much time it had lost by then. */
export interface Hung {
  readonly run: number;
  readonly since: number;
  readonly lostMs: number;
  /** When it was last told of new content, on the same clock: that excuses it. */
  readonly toldAt: number;
}

/** A child that hangs, that runs and is ready, and that nothing else is done about, is ended in time. */
export function checkHung(story: Story): void {
  const { world, policy: { live } } = story;
  if (live === undefined) return;
  const { agenda, inbox } = world;
  const asked = childToAsk(story);
  // Its clock may go on while the manager does not run.
  if (
    asked === undefined || !isHanging(asked.child, agenda.now) || inbox.isFrozen
  ) {
    story.hung = undefined;
    return;
  }
  const { child: { run }, toldAt } = asked;
  const lostMs = agenda.leaptMs + inbox.frozenMs;
  const { hung } = story;
  if (
    hung?.run !== run || hung.lostMs !== lostMs || hung.toldAt !== toldAt
  ) {
    story.hung = { run, since: agenda.awake, lostMs, toldAt };
    return;
  }
  const boundMs = live.intervalMs * live.threshold + live.timeoutMs + SLACK_MS;
  const forMs = agenda.awake - hung.since;
  if (forMs <= boundMs) return;
  throw new Violation("hung-is-ended", `run ${run} has hung for ${forMs} ms`);
}

/** The child that is to be asked, and when the manager last told it of new content. */
function childToAsk(
  { world }: Story,
): { readonly child: Child; readonly toldAt: number } | undefined {
  const { state } = world.loop.model;
  if (state.kind !== "running" || state.pending.kind === "acting") {
    return undefined;
  }
  const { readiness, run, toldAt } = state;
  const isReady = readiness.kind === "ready" ||
    (readiness.kind === "awaited" && readiness.proof === "survival");
  const child = isReady
    ? world.children.findLast((child) => child.run === run && child.alive)
    : undefined;
  return child && { child, toldAt };
}
