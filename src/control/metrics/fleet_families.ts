/** Metrics of a manager that takes turns with others; without a fleet there are none. */
import { rejectedOf } from "../status/fleet_status.ts";
import { isQueued } from "./model_values.ts";
import { byLabel, counter, gauge, PREFIX } from "./sample.ts";
import type { Scrape } from "./scrape.ts";
import type { Family } from "./text_format.ts";

const FLEET = `${PREFIX}fleet_`;

export function fleetFamilies(
  { journal, model, facts: { fleet } }: Scrape,
): readonly Family[] {
  if (fleet === undefined) return [];
  const { fault, reading, cleared } = fleet;
  const { reports, rejections, slotsLost, passedOver } = journal.fleet;
  return [
    gauge(
      `${FLEET}slot_held`,
      "Whether this manager has a slot of its fleet.",
      model.slot !== undefined,
    ),
    gauge(
      `${FLEET}waiting`,
      "Whether a change waits for a slot of the fleet.",
      isQueued(model),
    ),
    gauge(
      `${FLEET}unreachable`,
      "Whether the fleet cannot be asked, although this manager needs it.",
      fault !== undefined,
    ),
    gauge(
      `${FLEET}config_rejected`,
      "Whether the watched paths hold content that was rejected and that the fleet has refused.",
      rejectedOf(model, reading) !== undefined,
    ),
    counter(
      `${FLEET}rejections`,
      "Times that content was rejected unseen, because the fleet has refused it.",
      rejections,
    ),
    counter(
      `${FLEET}reports`,
      "What the fleet was told of contents by this manager, by verdict.",
      byLabel("verdict", reports),
    ),
    counter(
      `${FLEET}slots_lost`,
      "Slots that another manager may have taken, because this one was cut off.",
      slotsLost,
    ),
    counter(
      `${FLEET}reloads_without_slot`,
      "Reloads that went on without a slot, because the fleet could not be asked.",
      passedOver,
    ),
    counter(
      `${FLEET}refusals_cleared`,
      "Refusals of the fleet that operators have taken back at this manager.",
      cleared,
    ),
  ];
}
