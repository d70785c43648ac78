/** What an operator is told of the fleet: this manager's part in it, and what was read of the others. */
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import { soaksUntil } from "../../core/fleet/soak.ts";
import type { Model } from "../../core/vocabulary/model.ts";
import { digestOf } from "../../host/snapshot/content_names.ts";
import type { Facts } from "../vocabulary/facts.ts";
import type {
  FleetFacts,
  FleetReading,
  FleetStatus,
} from "../vocabulary/fleet.ts";
import type { Journal, ReloadRecord } from "../vocabulary/journal.ts";
import { servingChild } from "../../core/rules/children.ts";
import { momentOfClock, momentOrNull } from "./moments.ts";
import { NOT_ANSWERED } from "./pending.ts";

export function fleetStatusOf(
  model: Model,
  { current }: Pick<Journal, "current">,
  facts: Pick<Facts, "now" | "clock">,
  { group, name, fault, reading }: FleetFacts,
): FleetStatus {
  return {
    group,
    name,
    content: nameOrNull(servingChild(model.state)?.given),
    waiting: waitingOf(model, current),
    slot: slotOf(model, facts),
    rejected: rejectedOf(model, reading) ?? null,
    unreachable: fault ?? null,
    read_at: momentOrNull(reading?.readAtMs),
    ...readingOf(reading),
  };
}

/** The content of the paths that this manager does not use, because the fleet has refused it. */
export function rejectedOf(
  { state }: Model,
  reading: FleetReading | undefined,
): string | undefined {
  const pending = servingChild(state)?.pending;
  if (pending?.kind !== "rejected") return undefined;
  const name = digestOf(pending.candidate.content);
  const isRefused = reading?.refused.some(({ content }) => content === name);
  return isRefused ? name : undefined;
}

const nameOrNull = (content: Fingerprint | undefined): string | null =>
  content === undefined ? null : digestOf(content);

function waitingOf(
  { state }: Model,
  current: ReloadRecord | undefined,
): FleetStatus["waiting"] {
  if (state.kind !== "running" || state.pending.kind !== "queued") return null;
  const { candidate, why = NOT_ANSWERED } = state.pending;
  const since = current?.phases.findLast(({ phase }) => phase === "fleet");
  return {
    content: digestOf(candidate.content),
    why,
    since: momentOrNull(since?.startedAt),
  };
}

function slotOf(
  { slot, state }: Model,
  facts: Pick<Facts, "now" | "clock">,
): FleetStatus["slot"] {
  const child = servingChild(state);
  return slot === undefined ? null : {
    content: digestOf(slot.content),
    trial: slot.isTrial,
    trial_until: momentOfClock(
      facts,
      slot.isTrial && child !== undefined ? soaksUntil(child) : undefined,
    ),
  };
}

const readingOf = (
  reading: FleetReading | undefined,
): Pick<FleetStatus, "slots" | "proven" | "refused"> => ({
  slots: (reading?.slots ?? []).map((slot) => ({
    index: slot.index,
    holder: slot.holder ?? null,
    content: slot.content ?? null,
    trial: slot.isTrial,
    abandoned: slot.isAbandoned,
  })),
  proven: reading?.proven ?? [],
  refused: reading?.refused ?? [],
});
