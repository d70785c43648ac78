/** The journal of a manager that has not begun. Pure. */
import {
  BUCKETS_S,
  type Histogram,
  type Journal,
} from "../vocabulary/journal.ts";

/** `startedAt` is milliseconds since the epoch; `watched` are the paths of the settings, in their order. */
export function emptyJournal(
  startedAt: number,
  watched: readonly string[],
): Journal {
  return {
    startedAt,
    watched,
    seen: undefined,
    stateSince: startedAt,
    reloads: [],
    current: undefined,
    unready: undefined,
    lastReloadId: 0,
    lastSuccessAt: undefined,
    lastReloadSucceeded: undefined,
    lastExit: undefined,
    lastError: undefined,
    childStartedAt: undefined,
    children: [],
    childlessSince: undefined,
    starting: undefined,
    hint: undefined,
    starts: {
      start: 0,
      config: 0,
      crash: 0,
      liveness: 0,
      rollback: 0,
      request: 0,
    },
    lived: { success: 0, failure: 0 },
    exits: {},
    outcomes: {},
    phases: {
      detect: EMPTY,
      debounce: EMPTY,
      wait: EMPTY,
      fleet: EMPTY,
      check: EMPTY,
      act: EMPTY,
      drain: EMPTY,
      stop: EMPTY,
      start: EMPTY,
      ready: EMPTY,
      downtime: EMPTY,
    },
    signalsForwarded: {},
    hints: { poll: 0, event: 0, replacement: 0 },
    foundByPoll: 0,
    holds: 0,
    fleet: {
      rejections: 0,
      reports: { proven: 0, refused: 0 },
      slotsLost: 0,
      passedOver: 0,
    },
  };
}

const EMPTY: Histogram = {
  buckets: [...BUCKETS_S, Infinity].map(() => 0),
  sumS: 0,
  count: 0,
};
