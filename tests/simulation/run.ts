/** Runs schedules to their end and checks every invariant after every step. */
import { step } from "../../src/core/step.ts";
import { checkAlways, checkEnd, checkSettled } from "./invariants.ts";
import { type Story, tell } from "./schedule.ts";
import { Violation } from "./violation.ts";

/** A schedule that broke an invariant; its seed tells it again. */
export interface Failure {
  readonly seed: number;
  readonly violation: Violation;
}

/** What one run has seen. */
export interface Outcome {
  readonly steps: number;
  readonly children: number;
}

/** Runs the schedule of `seed`. Throws a Violation where an invariant breaks. */
export function runSchedule(
  seed: number,
  decide: typeof step = step,
): Outcome {
  const story = tell(seed, decide);
  let steps = advance(story, story.settledAt);
  if (exitCodeOf(story) === undefined) {
    checkSettled(story);
    story.arrived.push({ signal: "SIGTERM", at: story.world.agenda.now });
    story.world.loop.dispatch({ kind: "signal", signal: "SIGTERM" });
    steps += advance(story, Infinity);
  }
  const code = exitCodeOf(story);
  if (code === undefined) throw new Violation("prompt-end", "it never ends");
  checkEnd(story, code);
  return { steps, children: story.world.children.length };
}

/** Lets time pass until the manager is done or `until` is over; returns the steps taken. */
function advance(story: Story, until: number): number {
  const { agenda } = story.world;
  let steps = 0;
  while (
    exitCodeOf(story) === undefined &&
    agenda.step(until + agenda.leaptMs + agenda.stalledMs)
  ) {
    steps++;
    checkAlways(story);
  }
  return steps;
}

function exitCodeOf(story: Story): number | undefined {
  const { state } = story.world.loop.model;
  return state.kind === "done" ? state.code : undefined;
}

/**
 * Runs the schedules of `count` seeds from `first` on; stops at the first failure.
 * `onSchedule` is told before each how many are done.
 */
export function simulate(
  first: number,
  count: number,
  decide: typeof step = step,
  onSchedule: (done: number) => void = () => {},
): { readonly outcome: Outcome; readonly failure: Failure | undefined } {
  let steps = 0;
  let children = 0;
  for (let seed = first; seed < first + count; seed++) {
    onSchedule(seed - first);
    try {
      const outcome = runSchedule(seed, decide);
      steps += outcome.steps;
      children += outcome.children;
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      const failure = { seed, violation: error };
      return { outcome: { steps, children }, failure };
    }
  }
  return { outcome: { steps, children }, failure: undefined };
}
