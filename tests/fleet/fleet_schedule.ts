/**
 * Random schedules: new contents, good and bad, while requests are lost and late,
 * managers are cut off, frozen, killed and started again, and operators clear and
 * force. Then all of that ends.
 */
import type { FleetRules } from "../../src/core/vocabulary/settings.ts";
import { Random } from "../simulation/random.ts";
import { FleetWorld } from "./fleet_world.ts";
import { RULES } from "./seeker_story.ts";
import type {
  Mutation,
  Quality,
  SimulatedManager,
} from "./simulated_manager.ts";

const S = 1_000;
const MINUTE = 60 * S;

/** For how long things go wrong. */
const FAULTS_MS: readonly [number, number] = [5 * MINUTE, 40 * MINUTE];

export function tellFleet(
  seed: number,
  mutation: Mutation,
): { readonly world: FleetWorld; readonly faultsMs: number } {
  const random = new Random(seed);
  const rules: FleetRules = {
    ...RULES,
    limit: random.int(1, 3),
    canary: random.chance(0.8),
    soakMs: random.pick([0, 5 * S, 30 * S]),
  };
  const world = new FleetWorld(random, rules, random.int(1, 6), mutation);
  const faultsMs = random.int(...FAULTS_MS);
  world.onKilled = (manager) => startLater(world, manager);
  again(world, [30 * S, 6 * MINUTE], () => publishAny(world));
  const troubles: readonly (readonly [number, () => void])[] = [
    [0.6, () => withOne(world, cutOff)],
    [0.6, () => withOne(world, freeze)],
    [0.5, () => withOne(world, kill)],
    [0.5, () => withOne(world, stop)],
    [0.3, () => serverDown(world)],
    [0.3, () => random.pick(world.managers).clear()],
    [0.3, () => random.pick(world.managers).force()],
  ];
  for (const [share, trouble] of troubles) {
    if (random.chance(share)) again(world, [30 * S, 10 * MINUTE], trouble);
  }
  return { world, faultsMs };
}

/** Content that does harm, as the rules let it be told from good content. */
export const harmful = ({ random, rules }: FleetWorld): Quality =>
  rules.canary && random.chance(0.4) ? "deadly" : "bad";

/** All managers run, and are reached. */
export function endFaults(world: FleetWorld): void {
  world.quietAt = world.agenda.now;
  world.isServerDown = false;
  world.cut.clear();
  for (const manager of world.managers) {
    if (!manager.isAlive) manager.start();
    else manager.system.thaw();
  }
}

/** Does it again and again until things go wrong no more. */
function again(
  world: FleetWorld,
  [minMs, maxMs]: readonly [number, number],
  act: () => void,
): void {
  world.agenda.after(world.random.int(minMs, maxMs), () => {
    if (world.isQuiet) return;
    act();
    again(world, [minMs, maxMs], act);
  });
}

function publishAny(world: FleetWorld): void {
  const { random, exceptions } = world;
  const isGood = random.chance(0.6);
  const content = world.publish(isGood ? "good" : harmful(world));
  // At one manager it may be otherwise.
  if (random.chance(0.2)) {
    const { name } = random.pick(world.managers);
    exceptions.set(`${name} ${content}`, isGood ? "bad" : "good");
  }
}

function withOne(
  world: FleetWorld,
  act: (world: FleetWorld, manager: SimulatedManager) => void,
): void {
  const manager = world.random.pick(world.managers);
  if (manager.isAlive && !manager.system.isFrozen) act(world, manager);
}

/** Mostly so long that a slot is lost. */
const spell = ({ random }: FleetWorld) => random.int(1 * S, 60 * S);

function cutOff(world: FleetWorld, manager: SimulatedManager): void {
  world.cut.add(manager);
  world.agenda.after(spell(world), () => world.cut.delete(manager));
}

function freeze(world: FleetWorld, { system }: SimulatedManager): void {
  system.freeze();
  world.agenda.after(spell(world), () => system.thaw());
}

function kill(world: FleetWorld, manager: SimulatedManager): void {
  manager.kill();
  startLater(world, manager);
}

function stop(world: FleetWorld, manager: SimulatedManager): void {
  manager.stop().then(() => startLater(world, manager));
}

function serverDown(world: FleetWorld): void {
  world.isServerDown = true;
  world.agenda.after(spell(world), () => world.isServerDown = false);
}

function startLater(
  world: FleetWorld,
  manager: SimulatedManager,
): void {
  world.agenda.after(spell(world), () => {
    if (!manager.isAlive) manager.start();
  });
}
