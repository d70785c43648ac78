/**
 * Faulty seekers, one for each invariant at least: the simulation is worth
 * something only if it notices every one of them.
 */
import type { SeekerSystem } from "../../src/fleet/seeker/seeker_system.ts";
import {
  type Asking,
  decideSlot,
} from "../../src/fleet/slots/slot_decision.ts";
import type {
  FleetView,
  SlotChange,
  SlotStore,
} from "../../src/fleet/slots/slot_store.ts";
import type { FleetInvariant } from "./fleet_violation.ts";
import type { Mutation } from "./simulated_manager.ts";
import { HOLD_MS } from "./slot_server.ts";
import { refusal } from "./views.ts";
import type { VirtualSystem } from "./virtual_system.ts";

export interface FleetMutant extends Mutation {
  readonly name: string;
  /** The invariant that it breaks; it may break others before. */
  readonly breaks: FleetInvariant;
}

/** Decides on other slots, or for another wish, than there are. */
const deciding =
  (change: (view: FleetView, asking: Asking) => readonly [FleetView, Asking]) =>
  (view: FleetView, asking: Asking) => decideSlot(...change(view, asking));

/** A store of which some calls do something else. */
const storing = (
  change: (store: SlotStore) => Partial<SlotStore>,
) =>
(store: SlotStore): SlotStore => ({
  identity: store.identity,
  holdMs: store.holdMs,
  renewEveryMs: store.renewEveryMs,
  read: (signal) => store.read(signal),
  change: (view, wanted, signal) => store.change(view, wanted, signal),
  renew: (index, signal) => store.renew(index, signal),
  close: () => store.close(),
  ...change(store),
});

const writing = (change: (wanted: SlotChange) => SlotChange) =>
  storing((store) => ({
    change: (view, wanted, signal) =>
      store.change(view, change(wanted), signal),
  }));

/** A system with other waits. */
const waiting = (change: (ms: number) => number) =>
(
  system: VirtualSystem,
): SeekerSystem => ({
  now: system.now,
  wallNow: system.wallNow,
  limit: system.limit,
  chance: system.chance,
  after: (ms, act) => system.after(change(ms), act),
});

/** Its clock stands still while it is frozen, and so do its waits. */
function standingStill(system: VirtualSystem): SeekerSystem {
  const { awakeNow } = system;
  const after: SeekerSystem["after"] = (ms, act) => {
    const at = awakeNow() + ms;
    let cancel = () => {};
    const wait = () => {
      // Virtual time is not exact.
      cancel = system.after(Math.max(at - awakeNow(), 0.001), () => {
        if (awakeNow() < at) wait();
        else act();
      });
    };
    wait();
    return () => cancel();
  };
  return { ...waiting((ms) => ms)(system), now: awakeNow, after };
}

export const FLEET_MUTANTS: readonly FleetMutant[] = [
  {
    name: "takes a slot that another one has",
    breaks: "at-most-limit",
    decide: deciding((view, asking) => [
      {
        ...view,
        slots: view.slots.map((slot) => ({
          ...slot,
          isAbandoned: slot.holder !== undefined,
        })),
      },
      asking,
    ]),
  },
  {
    name: "takes a write that came too late for one that was done",
    breaks: "at-most-limit",
    store: storing((store) => ({
      change: async (view, wanted, signal) => {
        await store.change(view, wanted, signal);
        return true;
      },
    })),
  },
  {
    name: "counts on its slot for longer than others wait for it",
    breaks: "at-most-limit",
    store: storing(({ holdMs }) => ({ holdMs: 2 * holdMs })),
  },
  {
    name: "does not renew its slot",
    breaks: "loss-has-a-reason",
    store: storing(() => ({ renewEveryMs: undefined })),
  },
  {
    name:
      "measures the time of its slot on a clock that stands still while it is frozen",
    breaks: "loss-is-told",
    system: standingStill,
  },
  {
    name: "never loses its slot",
    breaks: "loss-is-told",
    store: storing(() => ({ holdMs: Infinity })),
  },
  {
    name: "tries content in any slot that nobody has proven",
    breaks: "one-trial",
    decide: deciding((view, asking) => [
      view,
      { ...asking, request: { ...asking.request, isForced: true } },
    ]),
  },
  {
    name: "does not heed what was refused",
    breaks: "refused-is-not-tried",
    decide: deciding((view, asking) => [
      { ...view, verdicts: { ...view.verdicts, refused: [] } },
      asking,
    ]),
  },
  {
    name: "does not tell what was refused",
    breaks: "bad-stops-at-one",
    store: writing((wanted) => ({
      ...wanted,
      verdicts: wanted.verdicts && { ...wanted.verdicts, refused: [] },
    })),
  },
  {
    name: "does not count the managers that vanish",
    breaks: "deadly-stops-at-two",
    store: writing((wanted) => ({
      ...wanted,
      verdicts: wanted.verdicts && { ...wanted.verdicts, abandoned: {} },
    })),
  },
  {
    name: "tells a refusal where it has a proof",
    breaks: "newest-content",
    store: writing(({ verdicts, ...wanted }) => ({
      ...wanted,
      verdicts: verdicts &&
        { ...verdicts, proven: [], refused: verdicts.proven.map(refusal) },
    })),
  },
  {
    name: "does not ask again after a long wait",
    breaks: "nobody-waits-for-ever",
    system: waiting((ms) => ms > 4_000 && ms < HOLD_MS ? Infinity : ms),
  },
  {
    name: "takes nothing over from managers that have vanished",
    breaks: "nobody-waits-for-ever",
    decide: deciding((view, asking) => [
      {
        ...view,
        slots: view.slots.map((slot) => ({ ...slot, isAbandoned: false })),
      },
      asking,
    ]),
  },
  {
    name: "gives nothing back",
    breaks: "given-back",
    store: storing((store) => ({
      change: (view, wanted, signal) =>
        wanted.holder === undefined && wanted.verdicts === undefined
          ? Promise.resolve(true)
          : store.change(view, wanted, signal),
    })),
  },
  {
    name: "asks ten times as often",
    breaks: "seldom-asked",
    system: (system) => ({
      ...waiting((ms) => ms / 10)(system),
      now: () => 10 * system.now(),
    }),
  },
];
