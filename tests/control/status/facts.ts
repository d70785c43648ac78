/** Facts of a host on which all is well. */
import type { Facts } from "../../../src/control/vocabulary/facts.ts";
import { EPOCH, type Story } from "../journal/story.ts";

const FACTS = {
  version: "1.0.0",
  pid: 1,
  command: ["program", "--serve"],
  logLevel: "info",
  degradations: [],
  dependencies: [],
  fleet: undefined,
  own: undefined,
  child: undefined,
  orphansReaped: 0,
  watchRearms: 0,
  eventLoopLagS: 0,
  logLinesDropped: 0,
} as const;

/** At the present moment of the story. */
export const factsOf = (
  { now: clock }: Pick<Story, "now">,
  changes: Partial<Facts> = {},
): Facts => ({ ...FACTS, now: EPOCH + clock, clock, ...changes });

/** What the watcher of a story is set to. */
export const WATCHING = {
  pollIntervalMs: 5_000,
  verifyIntervalMs: 0,
  debounceMs: 500,
  debounceMaxMs: 5_000,
} as const;
