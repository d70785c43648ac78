/** The part of a random schedule that `--live` needs. Made from a seed alone. */
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { LiveAction } from "../../src/core/vocabulary/settings.ts";
import type { Hang } from "./liveness.ts";
import type { Random } from "./random.ts";

/** In a part of the schedules the manager asks whether its child still works. */
export function withLiveness(random: Random, policy: Policy): Policy {
  if (!random.chance(0.25)) return policy;
  const intervalMs = random.pick([500, 2_000, 10_000]);
  return {
    ...policy,
    live: {
      sign: { kind: "tcp", host: "localhost", port: 1 },
      intervalMs,
      timeoutMs: random.pick([100, 500]),
      threshold: random.pick([1, 2, 3]),
      action: random.pick<LiveAction>([
        { kind: "restart" },
        { kind: "restart" },
        { kind: "signal", signal: "SIGABRT" },
        { kind: "exit" },
      ]),
    },
  };
}

/** Some children hang, for a while or for ever. */
export const hangOf = (random: Random): Hang | undefined =>
  random.chance(0.3)
    ? {
      afterMs: random.int(0, 20_000),
      forMs: random.pick([300, 3_000, Infinity]),
    }
    : undefined;
