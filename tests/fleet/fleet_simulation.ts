/** Plays random schedules of a fleet to their end, and checks every invariant after every step. */
import { FleetViolation } from "./fleet_violation.ts";
import {
  checkAlways,
  checkContent,
  checkHarm,
  checkSettled,
} from "./fleet_invariants.ts";
import { endFaults, harmful, tellFleet } from "./fleet_schedule.ts";
import type { FleetWorld } from "./fleet_world.ts";
import { turn } from "./seeker_story.ts";
import type { Mutation, SimulatedManager } from "./simulated_manager.ts";

const MINUTE = 60_000;
/** Within this, content has come to everybody, who has reloaded in turn. */
const SETTLING_MS = 20 * MINUTE;

/** What one schedule has seen. */
export interface FleetOutcome {
  readonly steps: number;
  readonly reloads: number;
}

/** Plays the schedule of `seed`. Throws a FleetViolation where an invariant breaks. */
export async function playFleet(
  seed: number,
  mutation: Mutation = {},
): Promise<FleetOutcome> {
  const { world, faultsMs } = tellFleet(seed, mutation);
  const reloads: (readonly [SimulatedManager, number])[] = [];
  world.onReload = (manager, content) => reloads.push([manager, content]);
  const tried = (content: number) =>
    reloads.filter(([, other]) => other === content)
      .map(([manager]) => manager);
  let steps = await advance(world, faultsMs);
  endFaults(world);
  for (const { store } of world.managers) store.reads = 0;

  const good = world.publish("good");
  steps += await advance(world, SETTLING_MS);
  checkSettled(world);
  checkContent(world, good);

  const bad = world.publish(harmful(world));
  steps += await advance(world, SETTLING_MS);
  checkHarm(world, bad, tried(bad));
  checkSettled(world);
  checkContent(world, good);
  return { steps, reloads: reloads.length };
}

async function advance(world: FleetWorld, ms: number): Promise<number> {
  const { agenda } = world;
  const end = agenda.now + ms;
  let steps = 0;
  await turn();
  while (agenda.step(end)) {
    await turn();
    steps++;
    checkAlways(world);
  }
  agenda.leap(Math.max(0, end - agenda.now));
  return steps;
}

/** A schedule that broke an invariant; its seed tells it again. */
export interface FleetFailure {
  readonly seed: number;
  readonly violation: FleetViolation;
}

/**
 * Plays the schedules of `count` seeds from `first` on; stops at the first failure.
 * `onSchedule` is told before each how many are done.
 */
export async function simulateFleet(
  first: number,
  count: number,
  mutation: Mutation = {},
  onSchedule: (done: number) => void = () => {},
): Promise<
  {
    readonly outcome: FleetOutcome;
    readonly failure: FleetFailure | undefined;
  }
> {
  let steps = 0;
  let reloads = 0;
  for (let seed = first; seed < first + count; seed++) {
    onSchedule(seed - first);
    try {
      const outcome = await playFleet(seed, mutation);
      steps += outcome.steps;
      reloads += outcome.reloads;
    } catch (violation) {
      if (!(violation instanceof FleetViolation)) throw violation;
      return { outcome: { steps, reloads }, failure: { seed, violation } };
    }
  }
  return { outcome: { steps, reloads }, failure: undefined };
}
