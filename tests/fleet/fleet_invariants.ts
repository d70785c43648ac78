/** What must hold in a fleet, whatever goes wrong. */
import type { FleetWorld } from "./fleet_world.ts";
import { type FleetInvariant, FleetViolation } from "./fleet_violation.ts";
import { nameOf, type SimulatedManager } from "./simulated_manager.ts";
import { HOLD_MS } from "./slot_server.ts";

/**
 * A wish is over within some minutes, and asks seldom: that many readings are
 * made in more than an hour.
 */
const READS_MAX = 120;

/** After every step. */
export function checkAlways(world: FleetWorld): void {
  if (world.violation !== undefined) throw world.violation;
  const users = world.managers.filter((manager) => isUser(world, manager));
  const { limit } = world.rules;
  expect(
    "at-most-limit",
    users.length <= limit,
    () => `${namesOf(users)} reload, and ${limit} may`,
  );
  const trying = users.filter(({ use }) => use?.isTrial && !use.isForced);
  expect(
    "one-trial",
    trying.length <= 1,
    () => `${namesOf(trying)} try content that nobody has proven`,
  );
  for (const manager of world.managers) {
    const { use, system, store } = manager;
    const isUntold = use !== undefined && !use.isLost && !system.isFrozen &&
      world.agenda.now > store.keptAt + HOLD_MS;
    expect(
      "loss-is-told",
      !isUntold,
      () => `${manager.name} is not told that its slot may be another one's`,
    );
  }
}

/**
 * Whether a manager counts on a slot. While it is frozen it cannot be told that it
 * was cut off for too long.
 */
function isUser(
  { agenda }: FleetWorld,
  { use, system, store }: SimulatedManager,
): boolean {
  if (use === undefined || use.isLost) return false;
  return !(system.isFrozen && agenda.now >= store.keptAt + HOLD_MS);
}

/** Some minutes after content has come, when nothing goes wrong any more. */
export function checkSettled(world: FleetWorld): void {
  for (const { name, wish, isRefused, store } of world.managers) {
    expect(
      "nobody-waits-for-ever",
      wish === undefined || isRefused,
      () => `${name} waits for ${nameOf(wish?.content ?? 0)}`,
    );
    expect(
      "seldom-asked",
      store.reads <= READS_MAX,
      () => `${name} has read ${store.reads} times`,
    );
  }
  for (const [index, { holder }] of world.server.slots.entries()) {
    expect(
      "given-back",
      holder === undefined || isLeft(world, holder.uid),
      () => `${holder?.name} has slot ${index} still`,
    );
  }
}

/** Whose slot it is has no time to give it back, or does not know of it; it is not renewed, so whoever asks may take it. */
const isLeft = ({ managers, lateSenders }: FleetWorld, uid: string) =>
  lateSenders.has(uid) ||
  !managers.some(({ store, isAlive }) => isAlive && store.identity.uid === uid);

export function checkContent(world: FleetWorld, content: number): void {
  for (const { name, running } of world.managers) {
    expect(
      "newest-content",
      running === content,
      () => `${name} runs ${nameOf(running)} in place of ${nameOf(content)}`,
    );
  }
}

/** `tried` have reloaded to content that does harm, since nothing else goes wrong. */
export function checkHarm(
  { rules, qualities }: FleetWorld,
  content: number,
  tried: readonly SimulatedManager[],
): void {
  if (!rules.canary) return;
  const isDeadly = qualities[content] === "deadly";
  expect(
    isDeadly ? "deadly-stops-at-two" : "bad-stops-at-one",
    tried.length <= (isDeadly ? 2 : 1),
    () => `${namesOf(tried)} have tried ${nameOf(content)}`,
  );
}

function expect(
  invariant: FleetInvariant,
  holds: boolean,
  detail: () => string,
): void {
  if (!holds) throw new FleetViolation(invariant, detail());
}

const namesOf = (managers: readonly SimulatedManager[]) =>
  managers.map(({ name }) => name).join(", ");
